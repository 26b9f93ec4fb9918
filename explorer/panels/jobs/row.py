"""One job: grid 20 / 310 / 150 / 40 / rest / buttons, 44 high."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from explorer.panels.jobs import spec
from explorer.panels.parts import Bar, Elided, IconLabel, PushButton, Themed, dress, label

HEIGHT = 44
WORDS_WIDTH, BAR_WIDTH, PERCENT_WIDTH = 310, 130, 40
LEAST_WORDS, OTHERS = 110, 500


class JobLine(QFrame, Themed):
    """Shows a :class:`~explorer.panels.jobs.spec.JobView`; ``command`` leaves with the job's id.

    One that waits can be dragged, or moved by Alt and an arrow key: ``dragged`` carries how far
    from its place it is held, in px; ``stepped`` -1 or 1.
    """

    command = Signal(str, object)
    dragged = Signal(float)
    stepped = Signal(int)

    def __init__(self, job: str) -> None:
        super().__init__()
        self._job = job
        self._buttons: tuple[spec.Button, ...] | None = None
        self._shown: list[PushButton] = []
        self._waits, self._held = False, -1.0
        self.setProperty("role", "jobline")
        self.setFixedHeight(HEIGHT)
        self._icon = IconLabel("clock", "text3")
        self._title, self._subtitle = Elided("medium"), Elided("caption")
        self._bar, self._percent, self._rest = Bar("Progress"), label("", "value"), Elided("small")
        self._place = QHBoxLayout()
        self._lay_out()

    def _lay_out(self) -> None:
        self._words = QWidget()
        words = QVBoxLayout(self._words)
        words.setContentsMargins(0, 4, 0, 5)
        words.setSpacing(0)
        words.addWidget(self._title)
        words.addWidget(self._subtitle)
        self._bar.setFixedWidth(BAR_WIDTH)
        self._percent.setFixedWidth(PERCENT_WIDTH)
        self._place.setSpacing(6)
        row = QHBoxLayout(self)
        row.setContentsMargins(15, 0, 13, 0)
        row.setSpacing(14)
        row.addWidget(self._icon)
        row.addWidget(self._words)
        row.addWidget(self._bar)
        row.addWidget(self._percent)
        row.addWidget(self._rest, 1)
        row.addLayout(self._place)

    def _show_waiting(self, *, waits: bool) -> None:
        self._waits = waits
        self._held = self._held if waits else -1.0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if waits else Qt.FocusPolicy.NoFocus)
        shape = Qt.CursorShape.OpenHandCursor if waits else Qt.CursorShape.ArrowCursor
        self.setCursor(shape)
        self.setToolTip("Drag it, or Alt+Up and Alt+Down, to change the order" if waits else "")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._waits and event.button() == Qt.MouseButton.LeftButton:
            self._held = event.position().y()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._held >= 0:
            self.dragged.emit(event.position().y() - self._held)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._held = -1.0
        self._show_waiting(waits=self._waits)
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()), 0)
        if step and self._waits and event.modifiers() == Qt.KeyboardModifier.AltModifier:
            self.stepped.emit(step)
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        room = self.width() - OTHERS
        self._words.setFixedWidth(min(WORDS_WIDTH, max(LEAST_WORDS, room)))

    def show_view(self, view: spec.JobView) -> None:
        """Only what has changed is touched."""
        self._icon.show_icon(view.kind.icon, view.kind.token)
        self._title.set_whole(view.title)
        self._subtitle.set_whole(view.subtitle)
        self._bar.show_fraction(view.fraction, view.kind.bar)
        if self._percent.text() != view.percent:
            self._percent.setText(view.percent)
        self._rest.set_whole(view.rest)
        if view.buttons != self._buttons:
            self._show_buttons(view.buttons)
        if view.waits != self._waits:
            self._show_waiting(waits=view.waits)
        self.setAccessibleName(f"{view.title}. {view.subtitle}. {view.percent}. {view.rest}")

    def _show_buttons(self, buttons: tuple[spec.Button, ...]) -> None:
        for old in self._shown:
            self._place.removeWidget(old)
            old.hide()
            old.deleteLater()
        self._shown = []
        self._buttons = buttons
        for button in buttons:
            made = PushButton(button.words, button.icon)
            made.setAccessibleName(f"{button.words}: {self._title.whole}")
            made.clicked.connect(lambda _=False, b=button: self.command.emit(b.command, self._job))
            dress(made, self.tokens)
            self._place.addWidget(made)
            self._shown.append(made)
