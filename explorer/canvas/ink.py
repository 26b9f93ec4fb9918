"""Text and cards as pixmaps, drawn once and kept: the pens of the overlay."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import lru_cache
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QPaintEngine,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
)

from explorer.theme import fonts

HALO = 8.0
KEEP = 600
Draw = Callable[[QPainter], None]
_WRITING = (QPaintEngine.Type.SVG, QPaintEngine.Type.Pdf)
_drawn: OrderedDict[int, Draw] = OrderedDict()
"""How the latest pixmaps were drawn, by their keys: for files where text stays text."""


class Face(NamedTuple):
    """The sans at a size and weight: a key that can be hashed."""

    px: int
    weight: int = 400


@lru_cache(maxsize=64)
def qfont(face: Face) -> QFont:
    """The font of a face, with tabular figures. Not to be changed: all callers get the same."""
    return fonts.font(face.px, face.weight)


class Cache:
    """Pixmaps by key, least used thrown away. One per overlay, since it knows the pixel ratio."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, QPixmap] = OrderedDict()
        self.ratio = 1.0

    def clear(self) -> None:
        self._kept.clear()

    def get(self, key: Hashable, size: Callable[[], QSizeF], draw: Draw) -> QPixmap:
        """The pixmap of ``key``; drawn at once if it is new."""
        full = (key, self.ratio)
        found = self._kept.get(full)
        if found is None:
            found = self._kept[full] = pixmap(size(), self.ratio, draw)
            if len(self._kept) > KEEP:
                self._kept.popitem(last=False)
        self._kept.move_to_end(full)
        return found


def pixmap(size: QSizeF, ratio: float, draw: Draw) -> QPixmap:
    """A transparent pixmap of logical ``size`` with ``draw`` painted on it."""
    made = QPixmap(max(1, round(size.width() * ratio)), max(1, round(size.height() * ratio)))
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
    draw(painter)
    painter.end()
    _drawn[made.cacheKey()] = draw
    if len(_drawn) > 4 * KEEP:
        _drawn.popitem(last=False)
    return made


def stamp(painter: QPainter, x: int, y: int, made: QPixmap) -> None:
    """A pixmap at a place; where the painter writes SVG or PDF, drawn anew with text as text."""
    draw = _drawn.get(made.cacheKey()) if writes(painter) else None
    if draw is None:
        painter.drawPixmap(x, y, made)
        return
    painter.save()
    painter.translate(x, y)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    draw(painter)
    painter.restore()


def writes(painter: QPainter) -> bool:
    """Whether the painter writes a file that can hold text."""
    return painter.paintEngine().type() in _WRITING


def _fill(painter: QPainter, at: QPointF, text: str, face: Face, colour: str) -> None:
    """Text as a path, or as text where that can be written.

    As a path since the glyph cache of ``drawText`` may draw a glyph anew a little differently.
    """
    if writes(painter):
        painter.setFont(qfont(face))
        painter.setPen(QColor(colour))
        painter.drawText(at, text)
    else:
        painter.fillPath(_path(at, text, face), QColor(colour))


def _path(at: QPointF, text: str, face: Face) -> QPainterPath:
    path = QPainterPath()
    path.addText(at, qfont(face), text)
    return path


@lru_cache(maxsize=4096)
def width(text: str, face: Face) -> float:
    """How far ``text`` reaches, in px. Measured once per text and face."""
    return QFontMetricsF(qfont(face)).horizontalAdvance(text)


def elided(text: str, face: Face, room: float) -> str:
    """``text``, or its beginning with dots where it is wider than ``room``."""
    if width(text, face) <= room:
        return text
    return QFontMetricsF(qfont(face)).elidedText(text, Qt.TextElideMode.ElideRight, max(room, 0.0))


def wrapped(text: str, face: Face, room: float) -> list[str]:
    """``text`` in lines no wider than ``room``, broken between words."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and width(longer, face) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def haloed(painter: QPainter, at: QPointF, words: list[tuple[str, Face, str]], halo: str) -> None:
    """Words one after the other on a baseline, over a halo with round joins."""
    x, pieces = at.x(), []
    for text, face, colour in words:
        pieces.append((QPointF(x, at.y()), text, face, colour))
        x += width(text, face)
    pen = QPen(QColor(halo), HALO, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    for place, text, face, _ in pieces:
        painter.strokePath(_path(place, text, face), pen)
    for piece in pieces:
        _fill(painter, *piece)


def write(painter: QPainter, at: QPointF, text: str, face: Face, colour: str) -> None:
    """Text on a baseline without a halo."""
    _fill(painter, at, text, face, colour)


def hex_of(colour: tuple[float, float, float]) -> str:
    """``#RRGGBB`` of three floats in [0, 1]."""
    return "#" + "".join(f"{round(255 * c):02X}" for c in colour)


def card(painter: QPainter, rect: QRectF, radius: float, look: tuple[str, str]) -> None:
    """A rounded surface with a one-pixel border; ``look`` is (fill, border)."""
    painter.setPen(QPen(QColor(look[1]), 1))
    painter.setBrush(QColor(look[0]))
    painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
