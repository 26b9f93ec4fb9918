"""Small widgets painted from tokens: they look the same under any style sheet."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from psygnal import SignalInstance
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QComboBox, QPushButton, QSizePolicy, QWidget

from explorer.theme.fonts import font
from explorer.theme.icons import icon, pixmap
from explorer.theme.tokens import Tokens

_ANTIALIASING = QPainter.RenderHint.Antialiasing
_ICON_TOKENS = {"primary": "onaccent", "link": "accent"}


class Painted(QWidget):
    """Has tokens; a subclass paints with them."""

    def __init__(self, tokens: Tokens, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tokens = tokens

    def set_tokens(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self.update()


def dress(root: QWidget, tokens: Tokens) -> None:
    """Hand ``tokens`` to every painted widget below ``root``."""
    for child in root.findChildren(QWidget):
        if isinstance(child, Painted | Combo | PushButton):
            child.set_tokens(tokens)


def show_if(widget: QWidget, wanted: bool) -> None:
    """Show or hide; one that was never shown waits for its parent, it is no window of its own."""
    fresh = not widget.testAttribute(Qt.WidgetAttribute.WA_WState_ExplicitShowHide)
    if not (wanted and fresh):
        widget.setVisible(wanted)


class Words(Painted):
    """One line of text in a token's colour; elided where it does not fit, whole in the tooltip."""

    def __init__(
        self, tokens: Tokens, px: int = 13, weight: int = 400, colour: str = "text"
    ) -> None:
        super().__init__(tokens)
        self._text, self._colour = "", colour
        self.setFont(font(px, weight))
        self._made = font(px, weight)
        self._metrics = QFontMetricsF(self._made)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def text(self) -> str:
        return self._text

    def show_text(self, text: str, colour: str = "") -> None:
        """Paint ``text``; ``colour`` "" keeps the colour. The same again costs nothing."""
        if text != self._text:
            self._text = text
            self.setAccessibleName(text)
            self.updateGeometry()
            self._tell_tip()
            self.update()
        if colour and colour != self._colour:
            self._colour = colour
            self.update()

    def _tell_tip(self) -> None:
        fits = self._metrics.horizontalAdvance(self._text) <= self.width() + 0.5
        self.setToolTip("" if fits else self._text)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._tell_tip()

    def sizeHint(self) -> QSize:
        wide = self._metrics.horizontalAdvance(self._text)
        return QSize(int(wide) + 2, int(self._metrics.height()) + 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(min(12, self.sizeHint().width()), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self._made)
        painter.setPen(QColor(getattr(self.tokens, self._colour)))
        right = Qt.TextElideMode.ElideRight
        shown = self._metrics.elidedText(self._text, right, self.width())
        painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignVCenter, shown)
        painter.end()


class Sign(Painted):
    """An icon in a token's colour. ``turn`` rotates it by some degrees."""

    def __init__(self, tokens: Tokens, name: str, colour: str, size: int = 16) -> None:
        super().__init__(tokens)
        self._name, self._colour, self._size, self._angle = name, colour, size, 0.0
        self.setFixedSize(size, size)

    @property
    def name(self) -> str:
        return self._name

    def show_sign(self, name: str, colour: str) -> None:
        if (name, colour) != (self._name, self._colour):
            self._name, self._colour, self._angle = name, colour, 0.0
            self.update()

    def turn(self, degrees: float) -> None:
        self._angle = (self._angle + degrees) % 360
        self.update()

    def _pixmap(self) -> QPixmap:
        colour = getattr(self.tokens, self._colour)
        return pixmap(self._name, colour, self._size, self.devicePixelRatioF())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        half = self._size / 2
        painter.translate(half, half)
        painter.rotate(self._angle)
        painter.drawPixmap(QPointF(-half, -half), self._pixmap())
        painter.end()


class Bar(Painted):
    """A fraction in [0, 1] as a bar of 6 px in a token's colour, on ``line``."""

    def __init__(self, tokens: Tokens, width: int = 110) -> None:
        super().__init__(tokens)
        self._fraction, self._colour = 0.0, "accent"
        self.setFixedSize(width, 6)

    @property
    def fraction(self) -> float:
        return self._fraction

    @property
    def colour(self) -> str:
        return self._colour

    def show_fraction(self, fraction: float, colour: str = "accent") -> None:
        fraction = min(max(fraction, 0.0), 1.0)
        if (fraction, colour) != (self._fraction, self._colour):
            self._fraction, self._colour = fraction, colour
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(_ANTIALIASING)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.tokens.line))
        painter.drawRoundedRect(QRectF(self.rect()), 3, 3)
        if self._fraction > 0:
            wide = max(6.0, self.width() * self._fraction)
            painter.setBrush(QColor(getattr(self.tokens, self._colour)))
            painter.drawRoundedRect(QRectF(0, 0, wide, 6), 3, 3)
        painter.end()


class Chip(Words):
    """A count on a raised lozenge, 18 high."""

    def __init__(self, tokens: Tokens) -> None:
        super().__init__(tokens, 12, 400, "text2")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(max(22, super().sizeHint().width() + 12), 18)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(_ANTIALIASING)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.tokens.raised))
        painter.drawRoundedRect(QRectF(self.rect()), 9, 9)
        painter.setFont(self._made)
        painter.setPen(QColor(self.tokens.text2))
        painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignCenter, self.text())
        painter.end()


class Band(Painted):
    """A strip of panel colour with a line of 1 px at its "top", "bottom" or nowhere ("")."""

    def __init__(self, tokens: Tokens, edge: str = "", parent: QWidget | None = None) -> None:
        super().__init__(tokens, parent)
        self._edge = edge

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self.tokens.panel))
        if self._edge:
            y = 0 if self._edge == "top" else self.height() - 1
            painter.fillRect(0, y, self.width(), 1, QColor(self.tokens.line))
        painter.end()


class DashedCard(Painted):
    """A dashed outline of radius 8 around an empty place."""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(_ANTIALIASING)
        pen = QPen(QColor(self.tokens.control), 1.0, Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([3, 3])
        painter.setPen(pen)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        painter.end()


class PushButton(QPushButton):
    """Words and perhaps an icon. ``role``: "secondary", "primary" or "link"."""

    def __init__(self, tokens: Tokens, text: str, icon_name: str = "", role: str = "") -> None:
        super().__init__(text)
        self._icon, self._role = icon_name, role or "secondary"
        self.setProperty("role", self._role)
        self.setFont(font(13, 500))
        self.setIconSize(QSize(14, 14))
        if role == "link":
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.set_tokens(tokens)

    def set_tokens(self, tokens: Tokens) -> None:
        if self._icon:
            colour = getattr(tokens, _ICON_TOKENS.get(self._role, "text2"))
            self.setIcon(icon(self._icon, colour, 14))


class Combo(QComboBox):
    """A combo box of 28, painted; ``activated`` alone says that a person chose."""

    def __init__(self, tokens: Tokens, name: str) -> None:
        super().__init__()
        self.tokens = tokens
        self.setAccessibleName(name)
        self.setFixedHeight(28)
        self.setMinimumWidth(80)
        self.setFont(font(13))
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)

    def set_tokens(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self.update()

    def show_options(self, options: tuple[tuple[str, str], ...]) -> None:
        """``options``: (key, words). Left alone where they are the same."""
        now = tuple((self.itemData(i), self.itemText(i)) for i in range(self.count()))
        if now == options:
            return
        self.clear()
        for key, words in options:
            self.addItem(words, key)

    def show_key(self, key: str) -> None:
        at = self.findData(key)
        if at != self.currentIndex():
            self.setCurrentIndex(at)

    def paintEvent(self, event: QPaintEvent) -> None:
        t, painter = self.tokens, QPainter(self)
        painter.setRenderHint(_ANTIALIASING)
        wide = 2.0 if self.hasFocus() else 1.0
        painter.setPen(QPen(QColor(t.accent if self.hasFocus() else t.line), wide))
        painter.setBrush(QColor(t.hover if self.underMouse() else t.panel))
        inset = wide / 2
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), 6, 6)
        painter.setFont(font(13))
        painter.setPen(QColor(t.text))
        room = QRectF(self.rect()).adjusted(9, 0, -26, 0)
        shown = QFontMetricsF(font(13)).elidedText(
            self.currentText(), Qt.TextElideMode.ElideRight, room.width()
        )
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, shown)
        caret = pixmap("caret-down-bold", t.text3, 10, self.devicePixelRatioF())
        painter.drawPixmap(QPointF(self.width() - 19, self.height() / 2 - 5), caret)
        painter.end()


class Links:
    """Connections to the state, made in one place and ended in one place."""

    def __init__(self) -> None:
        self._ends: list[Callable[[], None]] = []

    def to(self, slot: Callable[[], object], *signals: SignalInstance) -> None:
        """Call ``slot``, with no argument, when one of ``signals`` says that it has changed."""
        for signal in signals:
            signal.connect(slot, max_args=0)
            self._ends.append(partial(signal.disconnect, slot, missing_ok=True))

    def close(self) -> None:
        """End them all. Safe to call twice."""
        while self._ends:
            self._ends.pop()()


class Soon(QTimer):
    """Many changes, one update: calls ``then`` once per ``interval`` ms, however often asked."""

    def __init__(self, parent: QWidget, interval: int, then: Callable[[], None]) -> None:
        super().__init__(parent, singleShot=True, interval=interval)
        self.timeout.connect(then)

    def ask(self) -> None:
        if not self.isActive():
            self.start()
