"""Shows the stops of the tour over the window."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from explorer.panels.parts import IconButton, PushButton, Themed, dress, label
from explorer.panels.tour.spec import STOPS, Box, Stop, place
from explorer.theme.tokens import Tokens

WIDTH, SHADE, RADIUS = 340, 0.55, 8
_STEPS = {
    Qt.Key.Key_Right: 1, Qt.Key.Key_Return: 1, Qt.Key.Key_Enter: 1, Qt.Key.Key_Space: 1,
    Qt.Key.Key_Left: -1, Qt.Key.Key_Backspace: -1,
}  # fmt: skip


class Guide(QWidget, Themed):
    """Covers the window and leaves the part of the current stop bright. Arrows or Enter go on, Esc
    ends it. ``ended`` when it is over, seen to the end or not."""

    ended = Signal()

    def __init__(self, parts: Mapping[str, QWidget], tokens: Tokens, window: QWidget) -> None:
        super().__init__(window)
        self._parts, self._window, self._at = parts, window, 0
        self._before = window.focusWidget()
        self.setAccessibleName("Guided tour")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._card = QFrame(self)
        self._card.setProperty("role", "card")
        self._card.setFixedWidth(WIDTH)
        self._where, self._title = label("", "caption"), label("", "heading")
        self._words = label("", "body", wrap=True)
        self._caps = QHBoxLayout()
        self._caps.setSpacing(5)
        self._back = PushButton("Back", tip="The stop before (Left)")
        self._next = PushButton("Next", role="primary", tip="The next stop (Right)")
        self._skip = IconButton("x", "End the tour (Esc)", size=22)
        self._lay_out()
        self._back.clicked.connect(lambda: self._go(-1))
        self._next.clicked.connect(lambda: self._go(1))
        self._skip.clicked.connect(self.end)
        window.installEventFilter(self)
        dress(self, tokens)
        self._show_stop()
        self.show()
        self.raise_()
        self._next.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def stop(self) -> Stop:
        """The stop that is shown."""
        return STOPS[self._at]

    def end(self) -> None:
        """Take it away and give the keyboard back."""
        self._window.removeEventFilter(self)
        self.hide()
        if self._before is not None and self._before.isVisible():
            self._before.setFocus(Qt.FocusReason.OtherFocusReason)
        self.ended.emit()
        self.deleteLater()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self._where)
        top.addStretch(1)
        top.addWidget(self._skip)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addLayout(self._caps)
        foot.addStretch(1)
        foot.addWidget(self._back)
        foot.addWidget(self._next)
        column = QVBoxLayout(self._card)
        column.setContentsMargins(16, 8, 12, 14)
        column.setSpacing(6)
        column.addLayout(top)
        for part in (self._title, self._words):
            column.addWidget(part)
        column.addSpacing(6)
        column.addLayout(foot)

    def _go(self, by: int) -> None:
        if self._at + by >= len(STOPS):
            self.end()
        elif self._at + by >= 0:
            self._at += by
            self._show_stop()

    def _show_stop(self) -> None:
        stop, n = self.stop, len(STOPS)
        self._where.setText(f"{self._at + 1} of {n}")
        self._title.setText(stop.title)
        self._words.setText(stop.words)
        self._back.setEnabled(self._at > 0)
        self._next.setText("Done" if self._at == n - 1 else "Next")
        self._card.setAccessibleName(f"{stop.title}. {stop.words}")
        while item := self._caps.takeAt(0):
            item.widget().deleteLater()
        for key in stop.keys:
            cap = label(key.replace("+", " "), "cap")
            cap.setAccessibleName(f"Key {key}")
            self._caps.addWidget(cap)
        self._place()

    def _hole(self) -> QRect:
        part = self._parts[self.stop.part]
        return QRect(part.mapTo(self._window, QPoint(0, 0)), part.size())

    def _place(self) -> None:
        self.setGeometry(self._window.rect())
        layout = self._card.layout()
        assert layout is not None
        high = max(layout.totalHeightForWidth(WIDTH), layout.totalMinimumSize().height())
        hole = self._hole()
        box = Box(hole.x(), hole.y(), hole.width(), hole.height())
        x, y = place(box, (WIDTH, high), (self.width(), self.height()))
        self._card.setGeometry(x, y, WIDTH, high)
        self.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep up with the window, and above a notice that comes up in it."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self._place()
        elif event.type() == QEvent.Type.ChildPolished:
            self.raise_()
        return False

    def event(self, event: QEvent) -> bool:
        """Keys of the tour before those of the window."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Escape:
            self.end()
        elif key in _STEPS:
            self._go(_STEPS[key])

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        hole = QRectF(self._hole()).adjusted(1.5, 1.5, -1.5, -1.5)
        shade = QPainterPath()
        shade.addRect(QRectF(self.rect()))
        inside = QPainterPath()
        inside.addRoundedRect(hole, RADIUS, RADIUS)
        dark = QColor(self.tokens.chrome if self.tokens.dark else self.tokens.text)
        dark.setAlphaF(SHADE if self.tokens.dark else SHADE * 0.6)
        painter.fillPath(shade.subtracted(inside), dark)
        painter.setPen(QPen(QColor(self.tokens.accent), 2))
        painter.drawPath(inside)
        painter.end()
