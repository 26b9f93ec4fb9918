"""The library panel: state in, ticks and selection out."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QVBoxLayout, QWidget

from compute.core.numbers import count
from explorer.panels.library import facets, spec
from explorer.panels.library.chips import Chips
from explorer.panels.library.groups import Row, runs_in, tree
from explorer.panels.library.menu import Meant, RowMenu
from explorer.panels.library.search import SearchField
from explorer.panels.library.selections import Selections
from explorer.panels.library.shelf import Finder, Shelf, waiting
from explorer.panels.library.tree import Tree
from explorer.panels.parts import Dashed, IconButton, Later, Links, PushButton, frame, label
from explorer.state.filter import FilterState
from explorer.state.library import Leaf, LibraryState, entry_of
from explorer.state.map import RunMark, SelectionState, run_marks
from explorer.state.query import Query, parse
from explorer.state.selection import choose

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
        self._shelf, self._finder = Shelf(), Finder()
        self._query = Query()
        self._rows: tuple[Row, ...] = ()
        self._offered: object = None
        self._own = False
        self.setProperty("role", "panel")
        self.search, self.tree = SearchField(), Tree()
        self._problem = label("", "warn", wrap=True)
        self.chips = Chips(filtered, lambda: [entry_of(leaf) for leaf in self._shelf.base])
        self.selections = Selections(selection)
        self._card = _Card()
        self._funnel = IconButton("funnel", "Filter by family, size, step, kind, status or tag")
        self._dots = IconButton("dots-three", "More for the library")
        self._add = PushButton(
            "Add models...",
            "plus-bold",
            role="primary",
            tip="Add models",
            command="library.add",
        )
        self._score = PushButton("Score", "gauge", tip="Score what is ticked", command="job.new")
        self._lay_out()
        self._refresh = Later(self, REFRESH_MS, self.refresh)
        self._links = Links()
        self._connect()
        self._understand()
        self.refresh()

    def _lay_out(self) -> None:
        head = frame("header", 36)
        row = QHBoxLayout(head)
        row.setContentsMargins(12, 0, 8, 0)
        row.setSpacing(2)
        row.addWidget(label("Library", "title"))
        row.addStretch(1)
        row.addWidget(self._funnel)
        row.addWidget(self._dots)
        self.head = row
        asked = QVBoxLayout()
        asked.setContentsMargins(10, 9, 10, 8)
        asked.setSpacing(7)
        for widget in (self.search, self._problem, self.chips):
            asked.addWidget(widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(head)
        layout.addLayout(asked)
        layout.addWidget(self.tree, 1)
        layout.addLayout(_padded(self._card, (14, 8, 14, 16)))
        layout.addStretch(0)
        self._column = layout
        layout.addWidget(self.selections)
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
        e, f, s = self._library.events, self._filter.events, self._selection.events
        self._links.to(
            self._refresh.ask, e.listings, e.entries, e.unticked, e.progress, e.queued,
            e.looking_into, e.rule, e.n_texts, e.first_round, f.hidden, f.greyed,
        )  # fmt: skip
        self._links.to(self._query_changed, f.query)
        self._links.to(self._terms_changed, f.terms)
        self._links.to(self._follow, s.chosen, s.selected)
        self.search.textChanged.connect(self._search_changed)
        self.search.left.connect(self.tree.setFocus)
        self.search.returnPressed.connect(self._choose_found)
        self.tree.toggled.connect(self._toggle)
        self.tree.chose.connect(self._choose)
        self.tree.pointed.connect(self._point)
        self.tree.menu_asked.connect(self._menu)
        self.tree.rename_asked.connect(lambda: self.command.emit("inspector.edit", None))
        self._funnel.clicked.connect(self._show_facets)
        self._dots.clicked.connect(self._show_more)
        self._add.clicked.connect(lambda: self.command.emit("library.add", None))
        self._score.clicked.connect(lambda: self.command.emit("job.new", None))
        self._card.command.connect(self._card_command)

    def close(self) -> bool:
        self._links.close()
        self._refresh.stop()
        self.selections.close()
        return super().close()

    @property
    def add_button(self) -> QWidget:
        return self._add

    def focus_search(self) -> None:
        """Put the keyboard into the search field."""
        self.search.setFocus()
        self.search.selectAll()

    # -- state to view ----------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show the state now; ``_refresh.ask()`` does it soon and once for many changes."""
        state, filtered = self._library, self._filter
        if self._marked is not state.entries:
            self._marked, self._marks = state.entries, dict(run_marks(state.entries))
        every = self._shelf.leaves(state)
        found = self._finder.found(self._shelf.base, self._query)
        shows = None if found is None else (lambda leaf: leaf.key in found)
        seen = spec.Seen(state.unticked, filtered.hidden, filtered.greyed, shows)
        runs = spec.rows(every, seen, self._marks, tuple(runs_in(self._rows)))
        self._rows = tree(runs, self._rows)
        self.tree.show_rows(self._rows, searching=bool(filtered.query))
        self._show_notes(every, len(every) if found is None else len(found))
        self._offer(self._shelf.base)

    def _offer(self, base: tuple[Leaf, ...]) -> None:
        if self._offered is not base:
            self._offered = base
            entries = [entry_of(leaf) for leaf in base]
            self.chips.offer([f for f in facets.USUAL if facets.several(f, entries)])

    def _show_notes(self, every: tuple[Leaf, ...], n_found: int) -> None:
        state, query = self._library, self._filter.query
        self.search.show_count(f"{count(n_found)} found" if query and n_found else "")
        problem = parse(query).problem or self._finder.problem
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        if state.looking_into:
            self._card.show_words(f"Reading {state.looking_into}...")
        elif not every:
            self._card.show_words("No models yet. Add a folder of checkpoints.", "Add models...")
        elif not n_found:
            self._card.show_words(f"No entry matches {self._asked()}.", "Clear the filter")
        else:
            self._card.hide()
        self.tree.setVisible(n_found > 0)
        self._column.setStretch(_BELOW_CARD, 0 if n_found else 1)
        n = waiting(every, state.unticked)
        self._score.setVisible(n > 0)
        self._score.setText(f"Score {count(n)}")
        self._score.setAccessibleName(f"Score {count(n)} checkpoints")

    def _asked(self) -> str:
        parts = [self._filter.query.strip(), *map(facets.chip, self._filter.terms)]
        return " and ".join(f"'{part}'" for part in parts if part)

    def _query_changed(self) -> None:
        if self.search.text() != self._filter.query:
            self.search.setText(self._filter.query)
        self._ask_again()

    def _terms_changed(self) -> None:
        self.chips.refresh()
        self._ask_again()

    def _ask_again(self) -> None:
        self._understand()
        self._refresh.ask()

    def _understand(self) -> None:
        asked = parse(self._filter.query)
        self._query = replace(asked, terms=(*asked.terms, *self._filter.terms), problem="")

    def _follow(self) -> None:
        chosen, shown = self._selection.chosen, self._selection.selected
        if shown and shown not in chosen:
            chosen = chosen | {shown}
        self.tree.follow(chosen, shown, own=self._own)

    # -- gestures to state ------------------------------------------------------------------------

    def _search_changed(self, text: str) -> None:
        if text != self._filter.query:
            self._filter.query = text

    def _choose_found(self) -> None:
        """Select what is found and can be selected."""
        self.refresh()
        entries = (leaf.entry for run in runs_in(self._rows) for leaf in run.leaves)
        found = [entry.id for entry in entries if entry is not None]
        if found and not self._query.empty:
            choose(self._selection, found)

    def _choose(self, ids: tuple[str, ...], how: str) -> None:
        self._own = True  # what was pressed is in sight already
        choose(self._selection, ids, how)
        self._own = False

    def _point(self, entry: str) -> None:
        if self._selection.hovered != entry:
            self._selection.hovered = entry

    def _toggle(self, indexes: list[QModelIndex], on: bool) -> None:
        leaves = (leaf for index in indexes for leaf in self.tree.rows.leaves_at(index))
        keys = frozenset(leaf.key for leaf in leaves)
        unticked = self._library.unticked
        self._library.unticked = unticked - keys if on else unticked | keys

    def _menu(self, index: QModelIndex, at: QPoint) -> None:
        rows = self.tree.rows
        many = rows.is_chosen(index) and len(self._selection.chosen) > 1
        chosen = self._selection.chosen if many else None
        meant = Meant(rows.leaves_at(index), chosen, rows.run_of(index))
        made = RowMenu(self, meant, self._library, self._filter)
        made.command.connect(self.command)
        made.chose.connect(lambda ids: choose(self._selection, ids))
        made.aboutToHide.connect(made.deleteLater)
        made.popup(at)

    def _show_facets(self) -> None:
        self._pop(self.chips.all_menus(self), self._funnel)

    def _show_more(self) -> None:
        menu = QMenu(self)
        menu.addAction("Open every run", self.tree.open_all)
        menu.addAction("Close every run", self.tree.close_runs)
        menu.addSeparator()
        menu.addAction("Tick all that are shown", lambda: self._tick_shown(on=True))
        menu.addAction("Untick all that are shown", lambda: self._tick_shown(on=False))
        menu.addSeparator()
        everything = menu.addAction("Show all that is hidden or greyed", self._show_all)
        everything.setEnabled(bool(self._filter.hidden or self._filter.greyed))
        self._pop(menu, self._dots)

    def _pop(self, menu: QMenu, under: QWidget) -> None:
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(under.mapToGlobal(under.rect().bottomLeft()))

    def _tick_shown(self, *, on: bool) -> None:
        keys = frozenset(leaf.key for run in runs_in(self._rows) for leaf in run.leaves)
        unticked = self._library.unticked
        self._library.unticked = unticked - keys if on else unticked | keys

    def _show_all(self) -> None:
        self._filter.hidden = self._filter.greyed = frozenset()

    def _card_command(self) -> None:
        if self._filter.query or self._filter.terms:
            self._filter.query, self._filter.terms = "", ()
        else:
            self.command.emit("library.add", None)


class _Card(Dashed):
    """A dashed card: one sentence, at most one action."""

    command = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._words = label("", "small", wrap=True)
        self._words.setAlignment(_CENTRE)
        self._action = PushButton("Add models...", role="link")
        self._action.clicked.connect(lambda: self.command.emit())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 16, 14, 14)
        layout.setSpacing(6)
        layout.addWidget(self._words)
        layout.addWidget(self._action, 0, _CENTRE)

    def show_words(self, words: str, action: str = "") -> None:
        self._words.setText(words)
        if action:
            self._action.setText(action)
            self._action.set_tip(action.rstrip("."))
        self._action.setVisible(bool(action))
        self.show()


def _padded(widget: QWidget, margins: tuple[int, int, int, int]) -> QVBoxLayout:
    layout = QVBoxLayout()
    layout.setContentsMargins(*margins)
    layout.addWidget(widget)
    return layout
