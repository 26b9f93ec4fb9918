"""The welcome page."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QFrame,
    QHBoxLayout,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from explorer.panels.parts import Dashed, IconLabel, Links, Logo, PushButton, frame, label
from explorer.panels.welcome import spec
from explorer.panels.welcome.card import OpeningCard
from explorer.panels.welcome.preview import Preview
from explorer.panels.welcome.recent import GAP, ROW, RecentList
from explorer.state.app import ShellState
from explorer.state.map import MapTables, TimelineState

WIDEST, SIDE, BETWEEN, ABOVE_RECENT, CONTROL = 1312, 40, 72, 424, 28


class Welcome(QFrame):
    """Two columns, at most 1312 wide, in the middle of the window."""

    command = Signal(str, object)

    def __init__(self, state: ShellState) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        self.cards = [OpeningCard(o) for o in spec.OPENINGS]
        self.recent, self.preview = RecentList(state), Preview()
        self._machine = label("", "small", wrap=True)
        self._tour = PushButton("Start", "compass", tip="Start the tour", command="help.tour")
        self._check = PushButton("Check everything", role="link", command="help.doctor",
                                 tip="OpenGL, devices and libraries, in a table")  # fmt: skip
        self._grow = PushButton("Start", "leaf", tip="Score a small suite now",
                                command="suite.grow")  # fmt: skip
        self._drop = self._drop_zone()
        self._lay_out()
        for card, opening in zip(self.cards, spec.OPENINGS, strict=True):
            card.clicked.connect(lambda _=False, o=opening: self.command.emit(o.command, None))
        for button in (self._tour, self._check, self._grow):
            button.clicked.connect(lambda _=False, b=button: self.command.emit(b.command, None))
        self.recent.command.connect(self.command)
        self._links = Links()
        self._links.to(self._make_room, state.events.opening)
        self._state = state
        self.set_machine("")

    # -- what comes in ----------------------------------------------------------------------------

    def set_preview(
        self,
        widget: QWidget | None,
        timeline: TimelineState | None = None,
        tables: MapTables | None = None,
    ) -> None:
        """A map of the example and the timeline that plays it; None takes it out."""
        self.preview.set_preview(widget, timeline, tables)

    def _make_room(self) -> None:
        """A project is being read: what plays here would only slow it down."""
        if self._state.opening:
            self.preview.pause()

    def set_machine(self, words: str) -> None:
        self._machine.setText(words or "Looking at this computer...")

    def show_drop(self, *, over: bool) -> None:
        """Something that can be used is held over the window, or no longer."""
        self._drop.set_over(over=over)

    def close(self) -> bool:
        self._links.close()
        self.recent.close()
        return super().close()

    # -- layout -----------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(BETWEEN)
        row.addLayout(self._left(), 15)
        row.addLayout(self._right(), 16)
        inside = QWidget()
        inside.setMaximumWidth(WIDEST)
        inside.setLayout(row)
        row.setContentsMargins(0, 0, 0, 0)
        self._row = row
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(inside, 1000)
        middle.addStretch(1)
        inside.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(SIDE, 24, SIDE, 24)
        outer.addStretch(2)
        outer.addLayout(middle)
        outer.addStretch(3)

    def _left(self) -> QVBoxLayout:
        brand = QHBoxLayout()
        brand.setSpacing(12)
        brand.addWidget(Logo(46))
        brand.addWidget(label("klscope", "brand"))
        brand.addStretch(1)
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addLayout(brand)
        column.addSpacing(14)
        lead = label(spec.LEAD, "lead", wrap=True)
        lead.setMaximumWidth(560)
        column.addWidget(lead)
        column.addSpacing(26)
        for i, card in enumerate(self.cards):
            column.addSpacing(10 if i else 0)
            column.addWidget(card)
        column.addSpacing(28)
        column.addWidget(self.recent)
        column.addStretch(1)
        return column

    def _right(self) -> QVBoxLayout:
        self.preview.setMaximumHeight(432)
        cards = QHBoxLayout()
        cards.setSpacing(12)
        for icon, title, words, button in (
            ("compass", "One-minute tour", spec.TOUR, self._tour),
            ("leaf", "Score a small suite now", spec.GROW, self._grow),
            ("cpu", "This computer", self._machine, self._check),
        ):
            cards.addWidget(_small_card(icon, title, words, button), 1)
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(self.preview, 1000)
        column.addSpacing(14)
        column.addLayout(cards)
        column.addSpacing(14)
        column.addWidget(self._drop)
        column.addStretch(1)
        return column

    def _drop_zone(self) -> Dashed:
        zone = Dashed()
        zone.setFixedHeight(92)
        row = QHBoxLayout(zone)
        row.setSpacing(12)
        row.addStretch(1)
        row.addWidget(IconLabel("upload-simple", "text2", 20))
        row.addWidget(label("Drop a project or a folder of checkpoints here.", "body"))
        row.addStretch(1)
        return zone

    # -- Qt ---------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.cards[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._row.setSpacing(BETWEEN if self.width() > 1360 else 40)
        room = self.height() - ABOVE_RECENT - 48
        self.recent.fit(max(0, room // (ROW + GAP)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            focus = QApplication.focusWidget()
            inside = isinstance(focus, QAbstractButton) and self.isAncestorOf(focus)
            button = focus if inside and isinstance(focus, QAbstractButton) else self.cards[0]
            button.click()
            return
        super().keyPressEvent(event)


def _small_card(icon: str, title: str, words: str | QWidget, button: PushButton) -> QFrame:
    card = frame("card")
    top = QHBoxLayout()
    top.setSpacing(9)
    top.addWidget(IconLabel(icon, "text2" if button.property("role") == "link" else "accent", 18))
    top.addWidget(label(title, "medium"))
    top.addStretch(1)
    column = QVBoxLayout(card)
    column.setContentsMargins(16, 13, 16, 13)
    column.setSpacing(6)
    column.addLayout(top)
    column.addWidget(label(words, "small", wrap=True) if isinstance(words, str) else words)
    column.addStretch(1)
    row = QHBoxLayout()
    row.addStrut(CONTROL)
    row.addWidget(button)
    row.addStretch(1)
    column.addLayout(row)
    return card
