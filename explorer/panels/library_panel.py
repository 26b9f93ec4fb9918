"""The library dock: runs and checkpoints, ticked, searched and selected."""

from __future__ import annotations

from pathlib import PurePath

from PySide6.QtCore import QModelIndex, QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from compute.core.numbers import count
from compute.core.tables import Listing
from explorer.panels.library_model import LibraryModel, Reading, Run, check_of, runs_of
from explorer.panels.library_tree import LibraryTree
from explorer.panels.painted import Band, DashedCard, Links, PushButton, Sign, Soon, Words, dress
from explorer.state.library import Leaf, LibraryState
from explorer.state.map import SelectionState
from explorer.theme.fonts import font
from explorer.theme.icons import pixmap
from explorer.theme.tokens import Tokens

HINT = "Find a model or run"
_UPDATE_MS = 60


class LibraryPanel(QFrame):
    """Shows ``library``; ticks and clicks set its fields and ``selection.selected``.

    ``set_card`` puts a widget above the footer. ``command`` carries a command id and its argument.
    """

    command = Signal(str, object)

    def __init__(
        self,
        library: LibraryState,
        selection: SelectionState,
        tokens: Tokens,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self._library, self._selection, self._tokens = library, selection, tokens
        self._reading = Reading()
        self._opened: frozenset[str] = frozenset()
        self._to_reveal = ""
        self._restoring = False
        self.model = LibraryModel()
        self._build(tokens)
        self._soon = Soon(self, _UPDATE_MS, self.refresh)
        self._links = Links()
        self._connect()
        self.refresh()
        self._show_selected()

    # -- parts

    def _build(self, tokens: Tokens) -> None:
        self.search = SearchField(tokens)
        self.tree = LibraryTree(self.model, tokens)
        self._looking = _LookingRow(tokens)
        self._empty = _Nothing(tokens, "cube")
        self._empty.say(
            "No models yet. Add a folder of checkpoints, or open the example.", "Open the example"
        )
        self._none = _Nothing(tokens, "magnifying-glass")
        self.pages = QStackedWidget()
        for page in (self.tree, self._empty, self._none):
            self.pages.addWidget(page)
        self._footer = _Footer(tokens)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(_header(tokens))
        column.addWidget(_padded(self.search, (10, 8, 10, 8)))
        column.addWidget(self._looking)
        column.addWidget(self.pages, 1)
        self._card_room = QVBoxLayout()
        column.addLayout(self._card_room)
        column.addWidget(self._footer)

    def set_card(self, card: QWidget) -> None:
        """Put ``card`` above the footer; it shows and hides itself."""
        self._card_room.setContentsMargins(8, 0, 8, 8)
        self._card_room.addWidget(card)

    @property
    def add_button(self) -> PushButton:
        return self._footer.add

    @property
    def score_button(self) -> PushButton:
        return self._footer.score

    @property
    def empty(self) -> _Nothing:
        return self._empty

    @property
    def no_match(self) -> _Nothing:
        return self._none

    @property
    def looking(self) -> _LookingRow:
        return self._looking

    # -- both directions

    def _connect(self) -> None:
        on = self._library.events
        changed = (on.listings, on.entries, on.unticked, on.query, on.progress, on.queued)
        self._links.to(self._soon.ask, *changed, on.looking_into)
        self._links.to(self._show_selected, self._selection.events.selected)
        self.search.textEdited.connect(self._on_typed)
        self.tree.chosen.connect(self._on_chosen)
        self.tree.flipped.connect(self._on_flipped)
        self.tree.menu_asked.connect(self._on_menu_asked)
        self.tree.expanded.connect(self._on_opened)
        self.tree.collapsed.connect(self._on_closed)
        self._footer.add.clicked.connect(lambda: self.command.emit("library.add", None))
        self._footer.score.clicked.connect(lambda: self.command.emit("job.new", None))
        self._empty.link.clicked.connect(lambda: self.command.emit("project.example", None))
        self._none.link.clicked.connect(lambda: self._on_typed(""))

    def set_tokens(self, tokens: Tokens) -> None:
        self._tokens = tokens
        dress(self, tokens)
        self.tree.set_tokens(tokens)
        self.search.set_tokens(tokens)

    def focus_search(self) -> None:
        """For the command that finds: the field, its text marked."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def close(self) -> bool:
        self._links.close()
        self._soon.stop()
        return super().close()

    # -- state to view

    def refresh(self) -> None:
        """Show the state as it is now, by the difference."""
        library = self._library
        self._reading.read(library)
        of = self._reading
        runs = runs_of(of.leaves, library.query, of.marks, self.model.runs)
        self._show_runs(runs)
        self.search.show_query(library.query, f"{count(len(runs))} run{'s' * (len(runs) != 1)}")
        self._looking.show_folder(library.looking_into)
        self._show_page()
        self._footer.show_number(of.n_to_score)
        if self._to_reveal:
            self._reveal()

    def _show_runs(self, runs: tuple[Run, ...]) -> None:
        same = self.model.fits(runs)
        remembered = None if same else self.tree.remembered()
        self.model.set_runs(runs, self._library.unticked)
        self.tree.rows.measure()
        if remembered is not None:
            self._restoring = True
            searched = {run.name for run in runs if run.part}
            self.tree.restore(self._opened | searched, remembered)
            self._restoring = False

    def _show_page(self) -> None:
        if self.model.runs:
            self.pages.setCurrentWidget(self.tree)
        elif self._library.query.strip():
            self._none.say(f"No entry matches '{self._library.query.strip()}'.", "Clear the filter")
            self.pages.setCurrentWidget(self._none)
        else:
            self._empty.setHidden(bool(self._library.looking_into))
            self.pages.setCurrentWidget(self._empty)

    def _show_selected(self) -> None:
        key = self._selection.selected
        if key != self.tree.rows.selected:
            self.tree.show_selected(key)
            self._to_reveal = key
            self._reveal()

    def _reveal(self) -> None:
        """Scroll to what was selected elsewhere; later, where its row is not there yet."""
        if not self._to_reveal or self.model.find(self._to_reveal).isValid():
            self.tree.reveal(self._to_reveal)
            self._to_reveal = ""

    # -- view to state

    def _on_typed(self, text: str) -> None:
        self._library.query = text

    def _on_chosen(self, index: QModelIndex) -> None:
        leaf = self.model.leaf_at(index)
        if leaf is not None and leaf.entry is not None and leaf.status == "done":
            self._selection.selected = leaf.entry.id

    def _on_flipped(self, index: QModelIndex) -> None:
        keys = self.model.keys_at(index)
        unticked = self._library.unticked
        if check_of(keys, unticked) == Qt.CheckState.Checked:
            self._library.unticked = unticked | frozenset(keys)
        else:
            self._library.unticked = unticked - frozenset(keys)

    def _only(self, run: str) -> None:
        self._library.unticked = frozenset(x.key for x in self._reading.leaves if x.run != run)

    def _on_opened(self, index: QModelIndex) -> None:
        run = self.model.run_at(index)
        if run is not None and not self._restoring:
            self._opened |= {run.name}

    def _on_closed(self, index: QModelIndex) -> None:
        run = self.model.run_at(index)
        if run is not None and not self._restoring:
            self._opened -= {run.name}

    # -- the menu of a row

    def _on_menu_asked(self, index: QModelIndex, where: QPoint) -> None:
        menu = self.menu_of(index)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(where)

    def menu_of(self, index: QModelIndex) -> QMenu:
        """What can be done with this row."""
        menu = QMenu(self)
        leaf = self.model.leaf_at(index)
        if leaf is not None and leaf.status == "done":
            menu.addAction("Select", lambda: self._on_chosen(index))
        row = self.model.run_at(index)
        run = leaf.run if leaf is not None else row.name if row is not None else ""
        menu.addAction("Tick only this run", lambda: self._only(run))
        for listing in self._sources(run, leaf):
            if menu.actions()[-1].text() == "Tick only this run":
                menu.addSeparator()
            remove = menu.addAction(f"Remove {listing.name or listing.source}")
            remove.triggered.connect(
                lambda _=False, source=listing.source: self.command.emit(
                    "library.remove-source", source
                )
            )
        return menu

    def _sources(self, run: str, leaf: Leaf | None) -> list[Listing]:
        """The sources that the row's checkpoints came from."""
        paths = {
            x.checkpoint.path
            for x in ((leaf,) if leaf is not None else self._reading.leaves)
            if x.run == run and x.checkpoint is not None
        }
        return [
            listing
            for listing in self._library.listings
            if any(c.path in paths for c in listing.checkpoints)
        ]


class SearchField(QLineEdit):
    """28 high: magnifier, words, and on the right the key that leads here or what was found."""

    def __init__(self, tokens: Tokens) -> None:
        super().__init__()
        self._tokens, self._found = tokens, ""
        self.setPlaceholderText(HINT)
        self.setAccessibleName(HINT)
        self.setToolTip(f"{HINT} (/)")
        self.setFixedHeight(28)
        self.setFont(font(13))
        self.setTextMargins(20, 0, 50, 0)

    def set_tokens(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self.update()

    def show_query(self, query: str, found: str) -> None:
        if query != self.text():
            self.setText(query)
        self._found = found if query else ""
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            self.textEdited.emit("")
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ratio = self.devicePixelRatioF()
        painter.drawPixmap(8, 6, pixmap("magnifying-glass", self._tokens.text3, 16, ratio))
        painter.setFont(font(12 if self.text() else 11))
        if self.text():
            painter.setPen(QColor(self._tokens.text3))
            right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
            painter.drawText(self.rect().adjusted(0, 0, -9, 0), right, self._found)
        elif not self.hasFocus():
            self._cap(painter)
        painter.end()

    def _cap(self, painter: QPainter) -> None:
        cap = QRectF(self.width() - 25.5, 5.5, 17, 17)
        painter.setPen(QPen(QColor(self._tokens.line), 1))
        painter.setBrush(QColor(self._tokens.panel))
        painter.drawRoundedRect(cap, 4, 4)
        painter.setPen(QColor(self._tokens.text2))
        painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, "/")


class _LookingRow(Band):
    """One row of 26 while a folder is being looked into."""

    def __init__(self, tokens: Tokens) -> None:
        super().__init__(tokens)
        self.words = Words(tokens, 12, 400, "text2")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 12, 0)
        row.setSpacing(8)
        row.addWidget(Sign(tokens, "folder-open", "accent"))
        row.addWidget(self.words, 1)
        self.setFixedHeight(26)
        self.hide()

    def show_folder(self, folder: str) -> None:
        name = PurePath(folder).name or folder
        self.words.show_text(f"Looking into {name}..." if folder else "")
        self.setToolTip(folder)
        self.setVisible(bool(folder))


class _Nothing(QWidget):
    """A dashed card: an icon, one sentence, one action."""

    def __init__(self, tokens: Tokens, icon_name: str) -> None:
        super().__init__()
        card = DashedCard(tokens)
        self.words = QLabel()
        self.words.setProperty("role", "body")
        self.words.setWordWrap(True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.link = PushButton(tokens, "", role="link")
        inside = QVBoxLayout(card)
        inside.setContentsMargins(16, 18, 16, 14)
        inside.setSpacing(8)
        centre = Qt.AlignmentFlag.AlignHCenter
        inside.addWidget(Sign(tokens, icon_name, "text3", 24), 0, centre)
        inside.addWidget(self.words)
        inside.addWidget(self.link, 0, centre)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 14)
        column.addWidget(card)
        column.addStretch(1)

    def say(self, sentence: str, action: str) -> None:
        self.words.setText(sentence)
        self.link.setText(action)


class _Footer(Band):
    """What can be added, and what is left to score."""

    def __init__(self, tokens: Tokens) -> None:
        super().__init__(tokens, "top")
        self.add = PushButton(tokens, "Add models...", "plus-bold", "primary")
        self.add.setToolTip("Add a folder of checkpoints (Ctrl+N)")
        self.score = PushButton(tokens, "")
        self.score.setToolTip("Choose texts and device, see the cost, start (Ctrl+Return)")
        self.score.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 10, 10, 9)
        row.setSpacing(6)
        row.addWidget(self.add, 1)
        row.addWidget(self.score)
        self.setFixedHeight(48)

    def show_number(self, n: int) -> None:
        self.score.setText(f"Score {count(n)}...")
        self.score.setVisible(n > 0)


def _header(tokens: Tokens) -> Band:
    header, title = Band(tokens, "bottom"), Words(tokens, 13, 600)
    title.show_text("Library")
    header.setFixedHeight(36)
    row = QHBoxLayout(header)
    row.setContentsMargins(12, 0, 8, 1)
    row.addWidget(title, 1)
    return header


def _padded(inside: QWidget, margins: tuple[int, int, int, int]) -> QWidget:
    outside = QWidget()
    row = QHBoxLayout(outside)
    row.setContentsMargins(*margins)
    row.addWidget(inside)
    return outside
