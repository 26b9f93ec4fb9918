"""What is selected, and what is hidden, greyed or alone on the map."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from explorer.app.commands.group import Handler
from explorer.state import filter as filtering
from explorer.state.map import TOOLS
from explorer.state.selection import choose, clear, remember

if TYPE_CHECKING:
    from explorer.app.build import App

NEAR = 10


class Selection:
    """Commands that change the shared selection and what is seen."""

    def __init__(self, app: App) -> None:
        self._app, self._state = app, app.state

    def table(self) -> Mapping[str, Handler]:
        f = self._state.filter
        return {
            "selection.clear": lambda _: clear(self._state.selection),
            "selection.all": lambda _: choose(self._state.selection, self._seen()),
            "selection.invert": lambda _: self._invert(),
            "selection.run": lambda _: self._run(),
            "selection.near": lambda n: self._near(n or NEAR),
            "selection.save": self._save,
            "selection.hide": lambda _: filtering.hide(f, self._chosen()),
            "selection.grey": lambda _: filtering.grey_others(f, *self._parts()),
            "selection.isolate": lambda _: filtering.isolate(f, *self._parts()),
            "filter.show-all": lambda _: filtering.show_all(f),
            **{f"tool.{name}": self._tool(name) for name in TOOLS},
        }

    def close(self) -> None:
        pass

    def _entries(self):
        return self._app.session.current.entries

    def _seen(self) -> list[str]:
        """Ids on the map that are neither hidden nor greyed."""
        entries = self._entries()
        found = filtering.sight(entries, self._state.filter, self._state.map.aside)
        out = found.hidden | found.greyed
        return [e.id for e, left in zip(entries, out, strict=True) if not left]

    def _chosen(self) -> frozenset[str]:
        return self._state.selection.chosen

    def _parts(self) -> tuple[frozenset[str], frozenset[str]]:
        """What is selected, and everything."""
        return self._chosen(), frozenset(e.id for e in self._entries())

    def _invert(self) -> None:
        chosen = self._chosen()
        choose(self._state.selection, [i for i in self._seen() if i not in chosen])

    def _run(self) -> None:
        """All of the runs of what is selected."""
        chosen = self._chosen()
        runs = {e.run or e.label for e in self._entries() if e.id in chosen}
        ids = [e.id for e in self._entries() if (e.run or e.label) in runs]
        choose(self._state.selection, ids, "add")

    def _near(self, n: int) -> None:
        """The nearest entries by KL, added to the one that is shown."""
        shown = self._state.selection.selected

        def answer(ids: tuple[str, ...]) -> None:
            if self._state.selection.selected == shown:
                choose(self._state.selection, ids, "add")

        self._app.session.nearest(shown, n, answer)

    def _save(self, name: str | None) -> None:
        """Without a name, ask for one."""
        selection = self._state.selection
        if name is None:
            suggestion = f"Selection {len(selection.named) + 1}"
            self._app.shell.ask_name("Save the selection", suggestion, "Save", self._save)
        elif name.strip():
            remember(selection, name.strip())

    def _tool(self, name: str) -> Handler:
        """Pick a tool; the same again goes back to panning."""

        def pick(_: object) -> None:
            s = self._state.selection
            s.tool = "pan" if s.tool == name else name

        return pick
