"""The corners of the map as sprites, each one drawn once and kept."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPen, QPixmap

from compute.core.numbers import count
from explorer.canvas import ink
from explorer.canvas.camera import View3D
from explorer.canvas.overlay import Sprite
from explorer.state.map import Remark
from explorer.state.scene import LegendRow, Scene
from explorer.theme import marks
from explorer.theme.tokens import Tokens, mix

GESTURES = (("drag", "orbit"), ("Shift drag", "pan"), ("wheel", "zoom"), ("R", "reset"))
EDGE, ROOM_RIGHT = 14, 80
_HOLED = LegendRow("", (0.0, 0.0, 0.0), "circle")
EMPTY = "No scored models yet. They appear here while a job runs."


def legend(
    cache: ink.Cache, scene: Scene, size: tuple[int, int], tokens: Tokens
) -> tuple[Sprite, ...]:
    """Fading line, mark and name of each run, bottom left; wraps upwards.

    Last what a hole in a mark means, where there is one.
    """
    face, x, out = ink.Face(12), float(EDGE), []
    items: list[tuple[LegendRow | None, str]] = [(row, row.run) for row in scene.legend]
    if scene.n_others:
        items.append((None, f"{scene.n_others} others"))
    if scene.n_partial:
        items.append((_HOLED, f"{count(scene.n_partial)} partly scored"))
    lines: list[list[tuple[float, LegendRow | None, str]]] = [[]]
    for row, text in items:
        width = _indent(row) + ink.width(text, face) + 18
        if lines[-1] and x + width > size[0] - 24:
            lines.append([])
            x = float(EDGE)
        lines[-1].append((x, row, text))
        x += width
    for i, line in enumerate(reversed(lines)):
        y = size[1] - 33 - 22 * i
        out += [
            Sprite(_legend_item(cache, row, text, tokens), round(x0), y) for x0, row, text in line
        ]
    return tuple(out) if items else ()


def _indent(row: LegendRow | None) -> int:
    return 0 if row is None else 20 if row is _HOLED else 46


def _legend_item(cache: ink.Cache, row: LegendRow | None, text: str, tokens: Tokens) -> QPixmap:
    face = ink.Face(12)
    indent = _indent(row) or 2

    def draw(painter: QPainter) -> None:
        if row is _HOLED:
            marks.draw(painter, "circle", QPointF(8, 11), 4.6, tokens.text2)
            marks.draw(painter, "circle", QPointF(8, 11), 2.0, tokens.canvas)
        elif row is not None:
            colour = ink.hex_of(row.colour)
            fade = QLinearGradient(0, 0, 34, 0)
            fade.setColorAt(0, QColor(mix(tokens.canvas, colour, 0.25)))
            fade.setColorAt(1, QColor(colour))
            painter.fillRect(QRectF(0, 10, 34, 2), fade)
            marks.draw(painter, row.shape, QPointF(34, 11), 4.6, colour)
        ink.haloed(painter, QPointF(indent, 15.5), [(text, face, tokens.text2)], tokens.canvas)

    key = ("legend", row, text, tokens.name)
    return cache.get(key, lambda: QSizeF(indent + ink.width(text, face) + 6, 22), draw)


def gestures(cache: ink.Cache, size: tuple[int, int], tokens: Tokens) -> tuple[Sprite, ...]:
    """What the hands can do in 3D, as key caps and words, bottom right."""
    face = ink.Face(12)
    caps = [(cap, word, ink.width(cap, face), ink.width(word, face)) for cap, word in GESTURES]
    total = sum(a + 10 + 5 + b + 14 for _, _, a, b in caps) - 14

    def draw(painter: QPainter) -> None:
        x = 0.0
        for cap, word, a, b in caps:
            ink.card(painter, QRectF(x, 1, a + 10, 18), 4, (tokens.raised, tokens.line))
            ink.write(painter, QPointF(x + 5, 14.5), cap, face, tokens.text2)
            ink.write(painter, QPointF(x + a + 15, 14.5), word, face, tokens.text3)
            x += a + b + 29

    pixmap = cache.get(("gestures", tokens.name), lambda: QSizeF(total + 2, 20), draw)
    return (Sprite(pixmap, round(size[0] - total - EDGE), size[1] - 32),)


def empty(cache: ink.Cache, size: tuple[int, int], tokens: Tokens) -> tuple[Sprite, ...]:
    """One sentence in the middle, while there is nothing to draw."""
    face = ink.Face(13)
    width = ink.width(EMPTY, face)
    pixmap = cache.get(
        ("empty", tokens.name),
        lambda: QSizeF(width + 10, 24),
        lambda p: ink.haloed(p, QPointF(5, 16), [(EMPTY, face, tokens.text2)], tokens.canvas),
    )
    return (Sprite(pixmap, round((size[0] - width) / 2), round(size[1] / 2 - 12)),)


def notes(
    cache: ink.Cache, remarks: tuple[Remark, ...], width: int, tokens: Tokens
) -> tuple[Sprite, ...]:
    """Chips with one sentence each, top left, one under the other."""
    return tuple(
        Sprite(_note(cache, remark, width - ROOM_RIGHT, tokens), EDGE, 12 + 29 * i)
        for i, remark in enumerate(remarks)
    )


def _note(cache: ink.Cache, remark: Remark, room: float, tokens: Tokens) -> QPixmap:
    face = ink.Face(12, 500)
    text = ink.elided(remark.words, face, room - 36)
    colour = tokens.warn if remark.level == "warn" else tokens.accent

    def draw(painter: QPainter) -> None:
        rect = QRectF(0, 0, ink.width(text, face) + 36, 24)
        ink.card(painter, rect, 12, (tokens.raised, tokens.line))
        painter.setPen(QPen(QColor(colour), 1.4))
        painter.setBrush(QColor(0, 0, 0, 0))
        painter.drawEllipse(QPointF(15, 12), 5.5, 5.5)
        painter.drawLine(QPointF(15, 9), QPointF(15, 12.4))
        painter.drawPoint(QPointF(15, 14.8))
        ink.write(painter, QPointF(26, 16.3), text, face, tokens.text2)

    key = ("note", text, colour, tokens.name)
    return cache.get(key, lambda: QSizeF(ink.width(text, face) + 37, 25), draw)


def gizmo(
    view: View3D, names: tuple[str, ...], size: tuple[int, int], tokens: Tokens, ratio: float
) -> tuple[Sprite, ...]:
    """Three short axes turned like the camera; bottom left, above the legend."""
    right, up, _ = view.axes()

    def draw(painter: QPainter) -> None:
        origin = QPointF(36, 52)
        for i, name in enumerate(names):
            x, y = 32 * right[i], -32 * up[i]
            painter.setPen(QPen(QColor(tokens.control), 1.5))
            painter.drawLine(origin, QPointF(origin.x() + x, origin.y() + y))
            far = 1 + 10 / max(float(np.hypot(x, y)), 8.0)
            at = QPointF(origin.x() + x * far - ink.width(name, ink.Face(11)) / 2,
                         origin.y() + y * far + 4)  # fmt: skip
            ink.write(painter, at, name, ink.Face(11), tokens.text3)

    return (Sprite(ink.pixmap(QSizeF(84, 84), ratio, draw), 30, size[1] - 134),)
