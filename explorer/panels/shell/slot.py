"""Where the map goes: until there is one, its colour; with nothing to show, what to do."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from explorer.panels.parts import IconLabel, Links, PushButton, frame, label
from explorer.panels.shell import spec
from explorer.state.app import ShellState
from explorer.state.filter import FilterState, sight
from explorer.state.library import LibraryState
from explorer.state.map import MapState

EMPTY = "No models yet. Add a folder of checkpoints, or open the example."
UNSCORED = "Nothing is scored yet. Tick what you want to see, then score it."
UNSEEN = 360
WAITING = "The map appears when two checkpoints have their first texts."


class Slot(QFrame):
    """``parts`` that matter: the map itself, an empty page, and a card with a problem."""

    command = Signal(str, object)

    def __init__(
        self, shell: ShellState, library: LibraryState, chosen: FilterState, view: MapState
    ) -> None:
        super().__init__()
        self._shell, self._library, self._filter, self._view = shell, library, chosen, view
        self.setProperty("role", "canvas")
        self.setMinimumSize(240, 180)
        self._map: QWidget | None = None
        self._score = PushButton(
            "Score...", "gauge", role="primary", tip="Score", command="job.new"
        )
        self._score.clicked.connect(lambda: self.command.emit("job.new", None))
        self._empty, self._words, self._actions = self._made_empty()
        self._problem, self._what = self._made_problem()
        self._unseen, self._why = self._made_unseen()
        self._links = Links()
        self._links.to(self.refresh, shell.events.n_entries, shell.events.problem,
                       shell.events.project, library.events.listings)  # fmt: skip
        self._links.to(self._show_unseen, chosen.events.terms, chosen.events.hidden,
                       view.events.aside, library.events.entries)  # fmt: skip
        self.refresh()
        self._show_unseen()

    def set_map(self, widget: QWidget) -> None:
        """Take the map; it fills the slot under the cards."""
        self._map = widget
        widget.setParent(self)
        widget.setGeometry(self.rect())
        widget.installEventFilter(self)
        widget.show()
        self._place()

    def focus_map(self) -> None:
        """Give the keyboard to the map."""
        if self._map is not None:
            self._map.setFocus(Qt.FocusReason.OtherFocusReason)

    def refresh(self) -> None:
        """Show the state now."""
        empty = self._shell.n_entries < 1
        any_model = bool(self._library.listings or self._library.entries)
        scored_soon = UNSCORED if not self._shell.project else WAITING
        self._words.setText(scored_soon if any_model else EMPTY)
        self._actions.setVisible(not any_model)
        self._score.setVisible(any_model and not self._shell.project)
        self._empty.setVisible(empty and not self._shell.problem)
        self._what.setText(self._shell.problem)
        self._problem.setVisible(bool(self._shell.problem))
        self._place()

    def _show_unseen(self) -> None:
        """A filter that hides everything says so where the map would be, above the notices."""
        entries = self._library.entries
        hidden = sight(entries, self._filter, self._view.aside).all_hidden
        self._why.setText(spec.unseen(self._filter.terms))
        self._unseen.setVisible(hidden)
        self._place()

    def _made_unseen(self) -> tuple[QFrame, QLabel]:
        card = frame("card")
        card.setParent(self)
        why = label("", "body", wrap=True)
        why.setAlignment(Qt.AlignmentFlag.AlignCenter)
        clear = PushButton("Show everything", "eye", role="primary",
                           tip="Nothing hidden, no filter", command="filter.show-all")  # fmt: skip
        clear.clicked.connect(lambda: self.command.emit("filter.show-all", None))
        column = QVBoxLayout(card)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(10)
        column.addWidget(IconLabel("funnel", "text3", 28), 0, _CENTRE)
        column.addWidget(why)
        column.addWidget(clear, 0, _CENTRE)
        return card, why

    def _made_empty(self) -> tuple[QFrame, QLabel, QWidget]:
        page = frame("canvas")
        page.setParent(self)
        words = label(EMPTY, "body", wrap=True)
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        words.setMinimumWidth(420)
        add = PushButton("Add models...", "plus-bold", role="primary", command="library.add")
        example = PushButton("Open the example", "play")
        add.clicked.connect(lambda: self.command.emit("library.add", None))
        example.clicked.connect(lambda: self.command.emit("project.example", None))
        buttons = QWidget()
        row = QHBoxLayout(buttons)
        row.setContentsMargins(0, 6, 0, 0)
        row.setSpacing(8)
        row.addWidget(add)
        row.addWidget(example)
        column = QVBoxLayout(page)
        column.setSpacing(10)
        column.addStretch(1)
        column.addWidget(IconLabel("map-trifold", "text3", 28), 0, _CENTRE)
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(words)
        middle.addStretch(1)
        column.addLayout(middle)
        column.addWidget(buttons, 0, _CENTRE)
        column.addWidget(self._score, 0, _CENTRE)
        column.addStretch(1)
        return page, words, buttons

    def _made_problem(self) -> tuple[QFrame, QLabel]:
        card = frame("card")
        card.setParent(self)
        what = label("", "body", wrap=True)
        again = PushButton("Open another project...", "folder-open")
        again.clicked.connect(lambda: self.command.emit("project.open", None))
        top = QHBoxLayout()
        top.setSpacing(9)
        top.addWidget(IconLabel("warning-circle", "danger", 18))
        top.addWidget(label("The project cannot be shown", "strong"))
        top.addStretch(1)
        column = QVBoxLayout(card)
        column.setContentsMargins(16, 13, 16, 14)
        column.setSpacing(8)
        column.addLayout(top)
        column.addWidget(what)
        column.addWidget(again, 0, Qt.AlignmentFlag.AlignLeft)
        return card, what

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Close:
            watched.removeEventFilter(self)
            self._map = None
        return False

    def _place(self) -> None:
        rect = self.rect()
        if self._map is not None:
            self._map.setGeometry(rect)
        self._empty.setGeometry(rect)
        self._empty.raise_()
        wide = min(460, rect.width() - 28)
        self._problem.setFixedWidth(wide)
        self._problem.adjustSize()
        high = max(self._problem.heightForWidth(wide), self._problem.sizeHint().height())
        self._problem.setGeometry(14, 14, wide, high)
        self._problem.raise_()
        self._unseen.setFixedWidth(min(UNSEEN, rect.width() - 28))
        self._unseen.adjustSize()
        over = rect.height() - self._unseen.height()
        self._unseen.move((rect.width() - self._unseen.width()) // 2, over // 3)
        self._unseen.raise_()

    def close(self) -> bool:
        self._links.close()
        return super().close()


_CENTRE = Qt.AlignmentFlag.AlignHCenter
