"""The library panel: state in, ticks and selection out."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QVBoxLayout, QWidget

from compute.core.numbers import count
from explorer.panels.library import spec
from explorer.panels.library.search import SearchField
from explorer.panels.library.shelf import Shelf, waiting
from explorer.panels.library.tree import Tree
from explorer.panels.parts import Dashed, Later, Links, PushButton, frame, label
from explorer.state.filter import FilterState
from explorer.state.library import Leaf, LibraryState
from explorer.state.map import RunMark, SelectionState, run_marks
from explorer.state.selection import select

REFRESH_MS = 80
_BELOW_CARD = 4
_CENTRE = Qt.AlignmentFlag.AlignCenter


class Library(QFrame):
    """Title, search, tree, and *Add models...* fixed below."""

    command = Signal(str, object)

    def __init__(
        self, library: LibraryState, selection: SelectionState, filtered: FilterState
    ) -> None:
        super().__init__()
        self._library, self._selection, self._filter = library, selection, filtered
        self._marks: dict[str, RunMark] = {}
        self._marked: object = None
        self._shelf = Shelf()
        self._rows: tuple[spec.RunRow, ...] = ()
        self.setProperty("role", "panel")
        self.search, self.tree = SearchField(), Tree()
        self._card = _Card()
        self._add = PushButton(
            "Add models...", "plus-bold", role="primary", tip="Add a folder of checkpoints (Ctrl+N)"
        )
        self._score = PushButton("Score", "gauge", tip="Score what is ticked (Ctrl+Enter)")
        self._lay_out()
        self._refresh = Later(self, REFRESH_MS, self.refresh)
        self._links = Links()
        self._connect()
        self.refresh()

    def _lay_out(self) -> None:
        head = frame("header", 36)
        row = QHBoxLayout(head)
        row.setContentsMargins(12, 0, 8, 0)
        row.addWidget(label("Library", "title"))
        self.head = row
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(head)
        layout.addLayout(_padded(self.search, (10, 9, 10, 8)))
        layout.addWidget(self.tree, 1)
        layout.addLayout(_padded(self._card, (14, 8, 14, 16)))
        layout.addStretch(0)
        self._column = layout
        layout.addWidget(self._footer())

    def _footer(self) -> QWidget:
        foot = frame("footer", 49)
        row = QHBoxLayout(foot)
        row.setContentsMargins(10, 0, 10, 0)
        row.setSpacing(8)
        self._add.setMinimumWidth(110)
        row.addWidget(self._add, 1)
        row.addWidget(self._score)
        return foot

    def _connect(self) -> None:
        e = self._library.events
        self._links.to(
            self._refresh.ask, e.listings, e.entries, e.unticked, e.progress, e.queued,
            e.looking_into, e.rule, e.n_texts, e.first_round,
        )  # fmt: skip
        self._links.to(self._query_changed, self._filter.events.query)
        self._links.to(self._follow, self._selection.events.selected)
        self.search.textChanged.connect(self._search_changed)
        self.search.left.connect(self.tree.setFocus)
        self.tree.toggled.connect(self._toggle)
        self.tree.picked.connect(self._pick)
        self.tree.menu_asked.connect(self._menu)
        self._add.clicked.connect(lambda: self.command.emit("library.add", None))
        self._score.clicked.connect(lambda: self.command.emit("job.new", None))
        self._card.command.connect(self._card_command)

    def close(self) -> bool:
        self._links.close()
        return super().close()

    def focus_search(self) -> None:
        """Put the keyboard into the search field."""
        self.search.setFocus()
        self.search.selectAll()

    # -- state to view ----------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show the state now; ``_refresh.ask()`` does it soon and once for many changes."""
        state = self._library
        if self._marked is not state.entries:
            self._marked, self._marks = state.entries, dict(run_marks(state.entries))
        every = self._shelf.leaves(state)
        rows = spec.rows(every, self._filter.query, state.unticked, self._marks, self._rows)
        self._rows = rows
        self.tree.rows.set_rows(rows)
        if self._filter.query:
            for at, row in enumerate(rows):
                if row.part:
                    self.tree.expand(self.tree.rows.index(at, 0))
        self._show_notes(every, len(rows))

    def _show_notes(self, every: tuple[Leaf, ...], n_rows: int) -> None:
        state = self._library
        self.search.show_count(f"{count(n_rows)} runs" if self._filter.query and n_rows else "")
        if state.looking_into:
            self._card.show_words(f"Reading {Path(state.looking_into).name}...")
        elif not every:
            self._card.show_words("No models yet. Add a folder of checkpoints.", "Add models...")
        elif not n_rows:
            self._card.show_words(f"No entry matches '{self._filter.query}'.", "Clear the filter")
        else:
            self._card.hide()
        self.tree.setVisible(n_rows > 0)
        self._column.setStretch(_BELOW_CARD, 0 if n_rows else 1)
        n = waiting(every, state.unticked)
        self._score.setVisible(n > 0)
        self._score.setText(f"Score {count(n)}")

    def _query_changed(self) -> None:
        if self.search.text() != self._filter.query:
            self.search.setText(self._filter.query)
        self._refresh.ask()

    def _follow(self) -> None:
        wanted = self._selection.selected
        current = self.tree.rows.leaf_at(self.tree.currentIndex())
        if current is not None and (current.key == wanted or (not wanted and not current.entry)):
            return
        if not wanted and current is None:
            return
        self.tree.follow(self.tree.rows.find(wanted) if wanted else QModelIndex())

    # -- gestures to state ------------------------------------------------------------------------

    def _search_changed(self, text: str) -> None:
        if text != self._filter.query:
            self._filter.query = text

    def _pick(self, index: QModelIndex) -> None:
        leaf = self.tree.rows.leaf_at(index)
        if leaf is not None:
            select(self._selection, leaf.key if leaf.entry is not None else "")

    def _toggle(self, index: QModelIndex) -> None:
        rows = self.tree.rows
        row, leaf = rows.run_at(index), rows.leaf_at(index)
        keys = spec.keys(row) if row is not None else frozenset({leaf.key} if leaf else ())
        unticked = self._library.unticked
        on = rows.ticked(index) != spec.ALL
        self._library.unticked = unticked - keys if on else unticked | keys

    def _menu(self, index: QModelIndex, at: QPoint) -> None:
        row = self.tree.rows.run_at(index)
        leaf = self.tree.rows.leaf_at(index) or (row.leaves[0] if row else None)
        source = leaf.checkpoint.source if leaf is not None and leaf.checkpoint else ""
        if not any(x.source == source for x in self._library.listings):
            return
        menu = QMenu(self)
        remove = menu.addAction(f"Remove {Path(source).name} from the library")
        remove.triggered.connect(lambda: self.command.emit("library.remove-source", source))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)

    def _card_command(self) -> None:
        if self._filter.query:
            self._filter.query = ""
        else:
            self.command.emit("library.add", None)


class _Card(Dashed):
    """A dashed card: one sentence, at most one action."""

    command = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._words = label("", "small", wrap=True)
        self._words.setAlignment(_CENTRE)
        self._action = PushButton("", role="link")
        self._action.clicked.connect(lambda: self.command.emit())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 16, 14, 14)
        layout.setSpacing(6)
        layout.addWidget(self._words)
        layout.addWidget(self._action, 0, _CENTRE)

    def show_words(self, words: str, action: str = "") -> None:
        self._words.setText(words)
        self._action.setText(action)
        self._action.setVisible(bool(action))
        self.show()


def _padded(widget: QWidget, margins: tuple[int, int, int, int]) -> QVBoxLayout:
    layout = QVBoxLayout()
    layout.setContentsMargins(*margins)
    layout.addWidget(widget)
    return layout
