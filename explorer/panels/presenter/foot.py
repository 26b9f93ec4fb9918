"""Where on the axis of time it is: a large number, a slider, and the keys that work."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QWidget

from explorer.panels.parts import Links, Themed, label
from explorer.panels.presenter.words import MARGIN
from explorer.state.course import Course, Scale, course_of, read_out
from explorer.state.map import MapTables, TimelineState

HEIGHT = 128
KNOB, GROOVE = 11.0, 6.0
KEYS = ((("Space",), "play"), (("←", "→"), "step"), (("3",), "2D or 3D"), (("Esc",), "leave"))


class Foot(QFrame):
    """Shows the playhead of ``state``; its slider moves it."""

    def __init__(self, state: TimelineState) -> None:
        super().__init__()
        self._state, self._tables = state, MapTables()
        self._course = Course()
        self.setProperty("role", "canvas")
        self.setFixedHeight(HEIGHT)
        self._number = label("", "show-step")
        self.slider = Slider()
        row = QHBoxLayout(self)
        row.setContentsMargins(MARGIN, 0, MARGIN, 0)
        row.setSpacing(28)
        row.addWidget(self._number)
        row.addWidget(self.slider, 1)
        row.addWidget(_hints())
        self.slider.sought.connect(self._seek)
        self._links = Links()
        self._links.to(self._take_course, state.events.axis)
        self._links.to(self._show, state.events.at)
        self._take_course()

    def set_tables(self, tables: MapTables) -> None:
        """What is on the map now; coordinates alone change nothing here."""
        same = tables.entries is self._tables.entries
        if not (same and tables.bits_per_byte is self._tables.bits_per_byte):
            self._tables = tables
            self._take_course()

    def _take_course(self) -> None:
        t = self._tables
        self._course = course_of(self._state.axis, t.entries, t.bits_per_byte)
        self._number.setMinimumWidth(0)
        self.slider.setVisible(self._course.plays)
        self._show()

    def _show(self) -> None:
        words = read_out(self._course, self._state.at).head if len(self._course.stops) else ""
        if words != self._number.text():
            _show_steadily(self._number, words)
        share = Scale(self._course.axis, *self._course.ends).share(self._state.at)
        self.slider.show_share(share, words)

    def _seek(self, share: float) -> None:
        self._state.playing = False
        self._state.at = Scale(self._course.axis, *self._course.ends).place(share)

    def close(self) -> bool:
        self._links.close()
        return super().close()


class Slider(QWidget, Themed):
    """A share of the way; ``sought`` carries the one under the pointer."""

    sought = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self._share = 1.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Position in time")
        self.setToolTip("Drag to move in time (Left, Right)")

    def sizeHint(self) -> QSize:
        return QSize(240, 44)

    def show_share(self, share: float, words: str) -> None:
        if share != self._share:
            self._share = share
            self.setAccessibleDescription(words)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        y, x = self.height() / 2, KNOB + self._share * (self.width() - 2 * KNOB)
        painter.setPen(Qt.PenStyle.NoPen)
        for end, colour in ((self.width() - KNOB, self.tokens.line), (x, self.tokens.accent)):
            painter.setBrush(QColor(colour))
            rect = QRectF(KNOB, y - GROOVE / 2, end - KNOB, GROOVE)
            painter.drawRoundedRect(rect, GROOVE / 2, GROOVE / 2)
        painter.drawEllipse(QPointF(x, y), KNOB, KNOB)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._seek(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._seek(event.position().x())

    def _seek(self, x: float) -> None:
        share = (x - KNOB) / max(self.width() - 2 * KNOB, 1.0)
        self.sought.emit(min(max(share, 0.0), 1.0))


def _hints() -> QWidget:
    box = QWidget()
    row = QHBoxLayout(box)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    for i, (keys, words) in enumerate(KEYS):
        if i:
            row.addSpacing(14)
        for key in keys:
            row.addWidget(label(key, "show-cap"), 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(label(words, "show-hint"))
    return box


def _show_steadily(words: QLabel, text: str) -> None:
    """Set a text that changes while it plays; the slider beside it does not move."""
    words.setText(text)
    words.setMinimumWidth(max(words.minimumWidth(), words.sizeHint().width()))
