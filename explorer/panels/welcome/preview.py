"""The example in motion: a dark card, a slot for the map, a bar that plays it once."""

from __future__ import annotations

import math
from time import perf_counter

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from compute.core.numbers import count
from explorer.panels.parts import Bar, IconButton, label
from explorer.panels.welcome import spec
from explorer.state.map import MapTables, TimelineState
from explorer.theme.tokens import DARK

RADIUS, INSET, FRAME_MS, PASS_S = 12, 20, 33, 7.0


class Preview(QFrame):
    """Always dark. Without a map it shows only its surface and its words.

    The map reaches from edge to edge, so that its grid does not end inside the card.
    """

    command = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self._map: QWidget | None = None
        self._timeline: TimelineState | None = None
        self._last, self._share, self._then = 1.0, 0.0, 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(220)
        self._title, self._words = (
            label("The example, live", "preview-title"),
            label("", "preview-words"),
        )
        self._button = IconButton(
            "play-fill", "Play the example", role="preview", size=24, token="text"
        )
        self._bar, self._step = _SeekBar(), label("", "preview-words")
        self._button.keeps = self._bar.keeps = DARK
        self._foot = QWidget()
        self._column = QVBoxLayout(self)
        self._lay_out()
        self._clock = QTimer(self, interval=FRAME_MS)
        self._clock.timeout.connect(self._frame)
        self._button.clicked.connect(self._toggle)
        self._bar.sought.connect(self._seek)

    def _lay_out(self) -> None:
        row = QHBoxLayout(self._foot)
        row.setContentsMargins(INSET - 1, 0, INSET - 1, 0)
        row.setSpacing(10)
        row.addWidget(self._button)
        row.addWidget(self._bar, 1)
        row.addWidget(self._step)
        self._column.setContentsMargins(1, 16, 1, 14)
        for words in (self._title, self._words):
            words.setContentsMargins(INSET - 1, 0, INSET - 1, 0)
        self._column.setSpacing(1)
        self._column.addWidget(self._title)
        self._column.addWidget(self._words)
        self._column.addStretch(1)
        self._column.addWidget(self._foot)
        self._foot.hide()
        self._words.setText("One moment.")

    def sizeHint(self) -> QSize:
        return QSize(640, 430)

    def set_preview(
        self,
        widget: QWidget | None,
        timeline: TimelineState | None = None,
        tables: MapTables | None = None,
    ) -> None:
        """Put a map into the card and play it; None takes it out again."""
        self._clock.stop()
        if self._map is not None:
            self._column.removeWidget(self._map)
            self._map.setParent(None)
        self._map, self._timeline = widget, timeline
        self._foot.setVisible(widget is not None)
        if widget is None or timeline is None or tables is None:
            return
        self._words.setText(spec.preview_words(tables))
        self._last = float(max((e.step for e in tables.entries), default=1) or 1)
        self._column.insertWidget(2, widget, 1)
        self._column.setStretch(3, 0)
        widget.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        widget.show()
        self._play_from(0.0)

    def _play_from(self, share: float) -> None:
        self._share, self._then = share, perf_counter()
        self._button.show_icon("pause-fill")
        self._button.set_tip("Pause the example")
        self._clock.start()
        self._show()

    def pause(self) -> None:
        """Stand still."""
        self._clock.stop()
        self._button.show_icon("play-fill")
        self._button.set_tip("Play the example")

    def _toggle(self) -> None:
        if self._clock.isActive():
            self.pause()
        else:
            self._play_from(0.0 if self._share >= 1 else self._share)

    def _seek(self, share: float) -> None:
        self.pause()
        self._share = share
        self._show()

    def _frame(self) -> None:
        now = perf_counter()
        self._share += min(now - self._then, 0.25) / PASS_S
        self._then = now
        if self._share >= 1:
            self._share = 1.0
            self.pause()
        self._show()

    def _show(self) -> None:
        if self._timeline is None:
            return
        step = math.expm1(self._share * math.log1p(self._last))
        self._timeline.at = step if self._share < 1 else math.inf
        self._bar.show_fraction(self._share)
        self._step.setText(f"step {count(round(step))}")

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        path = QPainterPath()
        path.addRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        painter.fillPath(path, QColor(DARK.canvas))
        painter.strokePath(path, QPen(QColor(DARK.line), 1))
        painter.end()


class _SeekBar(Bar):
    """A bar that can be pressed; ``sought`` carries the share."""

    sought = Signal(float)

    def __init__(self) -> None:
        super().__init__("Position in the example")
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.sought.emit(min(max(event.position().x() / max(self.width(), 1), 0.0), 1.0))
