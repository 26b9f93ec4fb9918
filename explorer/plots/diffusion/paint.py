"""A picture drawn by QPainter: all of it in exports, what lies over the layers in the window."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QWidget

from explorer.plots.diffusion.axes import Rect
from explorer.plots.diffusion.ink import Sheet
from explorer.plots.diffusion.writing import Picture, Text, Window
from explorer.state.dress import SHAPES
from explorer.theme import marks
from explorer.theme.fonts import font
from explorer.theme.tokens import Tokens

HANDLE, EDGE_PX, RING, CHOSEN, CLEAR = (8.0, 32.0), 2.0, 6.5, 7.5, 0.8
_ALIGN = {
    "left": Qt.AlignmentFlag.AlignLeft,
    "right": Qt.AlignmentFlag.AlignRight,
    "centre": Qt.AlignmentFlag.AlignHCenter,
}


@dataclass(frozen=True, slots=True)
class Marked:
    """What is pointed at and selected, in px, and its words."""

    pointed: tuple[tuple[float, float], ...] = ()
    chosen: tuple[tuple[float, float], ...] = ()
    said: str = ""


@lru_cache(maxsize=4096)
def measure(words: str, px: int, weight: int) -> float:
    """Width of words, px."""
    return QFontMetricsF(font(px, weight)).horizontalAdvance(words)


def _qrect(rect: Rect) -> QRectF:
    return QRectF(rect.left, rect.top, rect.width, rect.height)


def _hue(colour: NDArray[np.float32] | tuple[float, ...]) -> QColor:
    return QColor.fromRgbF(*(min(max(float(c), 0.0), 1.0) for c in colour))


# ---------------------------------------------------------------- layers


def draw_sheet(painter: QPainter, sheet: Sheet, canvas: str) -> None:
    """One layer: what OpenGL draws in the window."""
    for rect, colour in sheet.fills:
        painter.fillRect(_qrect(rect), _hue(colour))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for a, b in _stretches(np.column_stack([sheet.colour, sheet.width])):
        pen = QPen(_hue(sheet.colour[a]), float(sheet.width[a]))
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.drawPath(_path(sheet.ends[a:b]))
    for n, (x, y) in enumerate(sheet.places.tolist()):
        name, radius = SHAPES[int(sheet.shape[n])], float(sheet.radius[n])
        if sheet.rim[n] > 0:
            marks.draw(painter, name, QPointF(x, y), radius + float(sheet.rim[n]), canvas)
        marks.draw(painter, name, QPointF(x, y), radius, _hue(sheet.marks[n]).name())


def _stretches(keys: NDArray[np.float32]) -> list[tuple[int, int]]:
    """(first, last + 1) of rows in a row that are alike."""
    if not len(keys):
        return []
    cuts = np.flatnonzero((keys[1:] != keys[:-1]).any(axis=1)) + 1
    ends = [0, *cuts.tolist(), len(keys)]
    return list(pairwise(ends))


def _path(ends: NDArray[np.float32]) -> QPainterPath:
    """Segments that touch are one line."""
    path, last = QPainterPath(), (np.nan, np.nan)
    for (x0, y0), (x1, y1) in ends.tolist():
        if (x0, y0) != last:
            path.moveTo(x0, y0)
        path.lineTo(x1, y1)
        last = (x1, y1)
    return path


# ---------------------------------------------------------------- over the layers


def draw_over(painter: QPainter, picture: Picture, tokens: Tokens) -> None:
    """Words, thin lines, and marks beside words."""
    for s in picture.strokes:
        pen = QPen(QColor(s.colour), s.width)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        if s.dash:
            pen.setDashPattern([d / s.width for d in s.dash])
        painter.setPen(pen)
        painter.drawLine(QPointF(s.x0, s.y0), QPointF(s.x1, s.y1))
    for sign in picture.signs:
        marks.draw(painter, sign.shape, QPointF(sign.x, sign.y), sign.radius, sign.colour)
    for text in picture.texts:
        _draw_text(painter, text, tokens)


def _draw_text(painter: QPainter, text: Text, tokens: Tokens) -> None:
    rect = _qrect(text.rect)
    if text.clear:
        ground = QColor(tokens.canvas)
        ground.setAlphaF(CLEAR)
        painter.fillRect(rect.adjusted(-3, 0, 3, 0), ground)
    painter.setFont(font(text.size, text.weight))
    painter.setPen(QColor(getattr(tokens, text.token)))
    flags = _ALIGN[text.align] | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip
    if not text.turned:
        painter.drawText(rect, int(flags), text.words)
        return
    painter.save()
    painter.translate(rect.left(), rect.bottom())
    painter.rotate(-90)
    painter.drawText(QRectF(0, 0, rect.height(), rect.width()), int(flags), text.words)
    painter.restore()


def draw_window(painter: QPainter, window: Window, tokens: Tokens, *, handles: bool) -> None:
    """Both edges, and what they are taken by."""
    rect, colour = window.rect, QColor(tokens.accent)
    for x in (window.left, window.right):
        if not rect.left - 1 <= x <= rect.right + 1:
            continue
        painter.setPen(QPen(colour, EDGE_PX))
        painter.drawLine(QPointF(x, rect.top), QPointF(x, rect.bottom))
        if not handles:
            continue
        wide, high = HANDLE[0], min(HANDLE[1], rect.height * 0.6)
        middle = (rect.top + rect.bottom) / 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawRoundedRect(QRectF(x - wide / 2, middle - high / 2, wide, high), 4, 4)
        painter.setPen(QPen(QColor(tokens.onaccent), 1))
        for off in (-1.5, 1.5):
            painter.drawLine(
                QPointF(x + off, middle - high / 4), QPointF(x + off, middle + high / 4)
            )


def draw_marked(painter: QPainter, marked: Marked, said: Rect, tokens: Tokens) -> None:
    """Rings, and the words of the checkpoint under the pointer."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for places, radius in ((marked.chosen, CHOSEN), (marked.pointed, RING)):
        painter.setPen(QPen(QColor(tokens.text), 2 if radius == CHOSEN else 1.5))
        for x, y in places:
            painter.drawEllipse(QPointF(x, y), radius, radius)
    if marked.said:
        size = min(tokens.small, 14)
        painter.setFont(font(size))
        painter.setPen(QColor(tokens.text2))
        words = QFontMetricsF(font(size)).elidedText(
            marked.said, Qt.TextElideMode.ElideRight, said.width
        )
        painter.drawText(_qrect(said), int(Qt.AlignmentFlag.AlignVCenter), words)


def draw_all(painter: QPainter, picture: Picture, tokens: Tokens) -> None:
    """The whole picture, for a file."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for sheet in (picture.under, picture.curves, picture.live):
        draw_sheet(painter, sheet, tokens.canvas)
    if picture.window is not None:
        draw_window(painter, picture.window, tokens, handles=False)
    draw_over(painter, picture, tokens)


class Paper(QWidget):
    """What an export draws; never shown."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.hide()
        self._picture: Picture | None = None
        self._tokens: Tokens | None = None

    def show_picture(self, picture: Picture, tokens: Tokens, size: tuple[int, int]) -> None:
        self._picture, self._tokens = picture, tokens
        self.resize(*size)

    def paintEvent(self, _event: object) -> None:
        if self._picture is None or self._tokens is None:
            return
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._tokens.canvas))
        draw_all(painter, self._picture, self._tokens)
        painter.end()
