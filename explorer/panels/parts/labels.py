"""Words, icons and marks that only show something."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QWidget

from explorer.panels.parts.themed import Themed
from explorer.theme import icons, marks
from explorer.theme.tokens import Tokens


def label(text: str = "", role: str = "", *, wrap: bool = False) -> QLabel:
    """Plain text in one of the roles of the style sheet."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setProperty("role", role)
    made.setWordWrap(wrap)
    return made


def frame(role: str, height: int = 0) -> QFrame:
    """A surface; ``height`` 0 = free."""
    made = QFrame()
    made.setProperty("role", role)
    if height:
        made.setFixedHeight(height)
    return made


def rule() -> QFrame:
    """A separator of one pixel."""
    return frame("rule", 1)


class Elided(QLabel):
    """One line that ends in dots when there is no room; the whole text is its tooltip then."""

    def __init__(self, role: str = "", *, middle: bool = False) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        mode = Qt.TextElideMode
        self._mode = mode.ElideMiddle if middle else mode.ElideRight
        self._whole = self._tip = ""

    def set_whole(self, text: str) -> None:
        if text != self._whole:
            self._whole = text
            self.updateGeometry()
            self._fit()

    def set_tip(self, words: str) -> None:
        """What the tooltip says besides what was cut off."""
        self._tip = words
        self._fit()

    @property
    def whole(self) -> str:
        return self._whole

    def sizeHint(self) -> QSize:
        size = super().sizeHint()
        return QSize(self.fontMetrics().horizontalAdvance(self._whole) + 3, size.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(20, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        shown = self.fontMetrics().elidedText(self._whole, self._mode, max(0, self.width()))
        if shown != self.text():
            self.setText(shown)
        cut = self._whole if shown != self._whole else ""
        self.setToolTip("\n".join(part for part in (cut, self._tip) if part))


class IconLabel(QLabel, Themed):
    """An icon in a token's colour, for example ``IconLabel("check", "ok")``."""

    def __init__(self, name: str, token: str, size: int = 16) -> None:
        super().__init__()
        self._name, self._token, self._size = name, token, size
        self.setFixedSize(size, size)

    def show_icon(self, name: str, token: str) -> None:
        if (name, token) != (self._name, self._token):
            self._name, self._token = name, token
            self.set_tokens(self.tokens)

    def set_tokens(self, tokens: Tokens) -> None:
        Themed.set_tokens(self, tokens)
        colour = getattr(tokens, self._token)
        self.setPixmap(icons.pixmap(self._name, colour, self._size, self.devicePixelRatioF()))


class MarkLabel(QWidget, Themed):
    """The mark of a run: ``colour`` 0 to 7 or -1, ``shape`` a name of ``theme.marks``."""

    def __init__(self, size: int = 14, radius: float = 4.2) -> None:
        super().__init__()
        self._radius, self._colour, self._shape = radius, -1, "circle"
        self.setFixedSize(size, size)

    def show_mark(self, colour: int, shape: str) -> None:
        if (colour, shape) != (self._colour, self._shape):
            self._colour, self._shape = colour, shape
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        at = QPointF(self.width() / 2, self.height() / 2)
        colour = marks.colour_of(self._colour, self.tokens)
        marks.draw(painter, self._shape, at, self._radius, colour)
        painter.end()
