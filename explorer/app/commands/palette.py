"""The palette: what it lists, and going to an entry or a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.app.commands.group import Handler
from explorer.panels.palette import spec
from explorer.panels.palette.spec import Item
from explorer.state.map import run_marks
from explorer.state.selection import choose, select

if TYPE_CHECKING:
    from compute.core.tables import Entry
    from explorer.app.build import App

OWN = "palette.open"


class Palette:
    """Runs and entries are prepared once per list of entries, commands each time it opens."""

    def __init__(self, app: App) -> None:
        self._app, self._state = app, app.state
        self._of: tuple[Entry, ...] | None = None
        self._data = spec.Items()
        app.shell.palette_list.wanted.connect(self._fill)

    def table(self) -> Mapping[str, Handler]:
        return {
            OWN: lambda _: self._app.shell.palette_list.open(),
            "selection.go": lambda entry: select(self._state.selection, entry),
            "selection.go-run": self._go_to_run,
        }

    def close(self) -> None:
        self._app.shell.palette_list.wanted.disconnect(self._fill)

    def _fill(self) -> None:
        entries = self._state.library.entries
        if entries is not self._of:
            self._of, self._data = entries, spec.items(_data(entries))
        first = spec.items((*_commands(self._app), *self._recent()))
        self._app.shell.palette_list.show_items(first + self._data)

    def _recent(self) -> Iterator[Item]:
        for path in self._state.shell.recent:
            file = Path(path)
            yield Item(
                f"Open {file.stem}", "project.open", path, str(file.parent), "clock", also="recent"
            )

    def _go_to_run(self, run: str) -> None:
        ids = [e.id for e in self._state.library.entries if (e.run or e.label) == run]
        choose(self._state.selection, ids)


def _commands(app: App) -> Iterator[Item]:
    for c in app.registry.commands(app.state):
        if c.id != OWN:
            yield Item(c.title, c.id, None, c.menu, c.icon, " or ".join(c.keys), why_not=c.why_not)


def _data(entries: tuple[Entry, ...]) -> Iterator[Item]:
    """Runs, then entries in their order."""
    marks = {run: (m.colour, m.shape) for run, m in run_marks(entries).items()}
    counts: dict[str, int] = {}
    for e in entries:
        counts[e.run or e.label] = counts.get(e.run or e.label, 0) + 1
    for run, n in counts.items():
        if n > 1:
            yield Item(run, "selection.go-run", run, "run", "", "", _GO, marks[run])
    for e in entries:
        run = e.run or e.label
        yield Item(_name(e), "selection.go", e.id, e.family, "", "", _GO, marks[run])


def _name(entry: Entry) -> str:
    """The label, with run and step where it does not say them."""
    parts = [entry.run] if entry.run and entry.run not in entry.label else []
    parts.append(entry.label)
    if entry.step >= 0 and str(entry.step) not in entry.label.replace(",", ""):
        parts.append(f"step {entry.step:,}")
    return " ".join(parts)


_GO = "go to"
