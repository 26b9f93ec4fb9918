"""The menu of a row: what can be done with the entries that are meant."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from compute.core.numbers import count
from explorer.panels.library.spec import RunRow
from explorer.state.filter import FilterState, grey_others, hide, isolate
from explorer.state.library import Leaf, LibraryState


@dataclass(frozen=True, slots=True)
class Meant:
    """The leaves of a row, and the run they are in. ``chosen``: all that is selected is meant."""

    leaves: tuple[Leaf, ...]
    chosen: frozenset[str] | None
    run: RunRow | None

    @property
    def ids(self) -> tuple[str, ...]:
        """Entries, latest first."""
        if self.chosen is not None:
            return tuple(sorted(self.chosen))
        return tuple(leaf.entry.id for leaf in reversed(self.leaves) if leaf.entry is not None)


class RowMenu(QMenu):
    """Says the rest by ``command``; ``chose`` carries entry ids to select."""

    command = Signal(str, object)
    chose = Signal(object)

    def __init__(
        self, parent: QWidget, meant: Meant, library: LibraryState, filtered: FilterState
    ) -> None:
        super().__init__(parent)
        self._meant, self._library, self._filter = meant, library, filtered
        self.setToolTipsVisible(True)
        self._add_selecting()
        self.addSeparator()
        self._add_seeing()
        self.addSeparator()
        self._add_origin()

    def _add_selecting(self) -> None:
        ids, run = self._meant.ids, self._meant.run
        if run is not None and not run.alone:
            mine = [leaf.entry.id for leaf in reversed(run.leaves) if leaf.entry is not None]
            self._add(f"Select run {run.run}", bool(mine), lambda: self.chose.emit(mine))
        if len(self._meant.leaves) > 1 and (run is None or run.leaves != self._meant.leaves):
            self._add(f"Select these {count(len(ids))}", bool(ids), lambda: self.chose.emit(ids))

    def _add_seeing(self) -> None:
        ids = frozenset(self._meant.ids)
        everything = frozenset(e.id for e in self._library.entries)
        aside = ids & (self._filter.hidden | self._filter.greyed)
        of = f" {count(len(ids))} selected" if self._meant.chosen is not None else ""
        any_entry = bool(ids)
        self._add(f"Show only{of or ' this'}", any_entry,
                  lambda: isolate(self._filter, ids, everything))  # fmt: skip
        self._add("Grey the others", any_entry,
                  lambda: grey_others(self._filter, ids, everything))  # fmt: skip
        if aside:
            self._add(f"Show{of} again", True, lambda: self._show(ids))
        else:
            self._add(f"Hide{of}", any_entry, lambda: hide(self._filter, ids))

    def _show(self, ids: frozenset[str]) -> None:
        self._filter.hidden -= ids
        self._filter.greyed -= ids

    def _add_origin(self) -> None:
        first = self._meant.leaves[0] if self._meant.leaves else None
        if first is None:
            return
        single = len(self._meant.leaves) == 1
        words = first.label if single or self._meant.run is None else self._meant.run.run
        self._add("Copy the label", bool(words), lambda: _copy(words))
        origin = _origin(first, single=single)
        came = self._add("Copy where it came from", bool(origin), lambda: _copy(origin))
        came.setToolTip(origin or "The project does not say where it came from.")
        source = first.checkpoint.source if first.checkpoint else ""
        if any(listing.source == source for listing in self._library.listings):
            name = source.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
            remove = self._add(
                f"Remove {name} from the library", True,
                lambda: self.command.emit("library.remove-source", source),
            )  # fmt: skip
            remove.setToolTip("The files and what is scored of them stay.")

    def _add(self, words: str, on: bool, then):
        action = self.addAction(words)
        action.setEnabled(on)
        action.triggered.connect(lambda _=False: then())
        if not on:
            action.setToolTip("It is not scored yet.")
        return action


def _origin(leaf: Leaf, *, single: bool) -> str:
    """Path of a checkpoint, or the source that its entry names."""
    if leaf.checkpoint is not None:
        return leaf.checkpoint.place if single else leaf.checkpoint.source
    entry = leaf.entry
    if entry is None:
        return ""
    return f"{entry.source}@{entry.revision}" if single and entry.revision else entry.source


def _copy(words: str) -> None:
    QGuiApplication.clipboard().setText(words)
