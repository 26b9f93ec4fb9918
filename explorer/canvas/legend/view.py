"""The corners of the map as sprites, each one drawn once and kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter, QPen, QPixmap

from compute.core.numbers import count
from explorer.canvas import ink
from explorer.canvas.camera import View3D
from explorer.canvas.legend.spec import Chip
from explorer.canvas.overlay import Sprite
from explorer.state.colouring import Bar
from explorer.state.scene import Scene
from explorer.theme import icons, marks
from explorer.theme.tokens import Tokens, mix

GESTURES = (("drag", "orbit"), ("Shift drag", "pan"), ("wheel", "zoom"), ("R", "reset"))
EDGE, ROOM_RIGHT = 14, 80
BAR_WIDE, BAR_PAD, GIZMO = 190.0, 14.0, 32.0
EMPTY = "No scored models yet. They appear here while a job runs."


@dataclass(frozen=True, slots=True)
class _Item:
    """One name of the legend: its mark, and whether a fading line or a hole belongs to it."""

    words: str
    shape: str = "circle"
    colour: str = ""
    line: bool = False
    hole: bool = False

    def indent(self, face: ink.Face) -> float:
        return (3.8 if self.line else 1.7) * face.px


def legend(
    cache: ink.Cache, scene: Scene, size: tuple[int, int], tokens: Tokens
) -> tuple[Sprite, ...]:
    """Bottom left, wrapping upwards: the colour bar, or a mark and a name for each colour.

    Then what shapes stand for where colours do not say it, and last what a hole in a mark means.
    """
    face, line = ink.Face(tokens.small), round(1.83 * tokens.small)
    left, foot = float(EDGE), size[1] - 11
    out: list[Sprite] = []
    items = _items(scene, tokens)
    widths = [item.indent(face) + ink.width(item.words, face) + 18 for item in items]
    if scene.bar is not None:
        out.append(_bar(cache, scene.bar, size, tokens))
        beside = left + out[0].rect.width() + 16
        if beside + max(widths, default=0.0) <= size[0] - 24:
            left = beside
        else:  # a narrow map: above it
            foot = out[0].y - 6
    rows: list[list[tuple[float, _Item]]] = [[]]
    x = left
    for item, wide in zip(items, widths, strict=True):
        if rows[-1] and x + wide > size[0] - 24:
            rows.append([])
            x = left
        rows[-1].append((x, item))
        x += wide
    for i, row in enumerate(reversed(rows)):
        y = foot - line * (i + 1)
        out += [Sprite(_pixmap(cache, item, tokens), round(x0), y) for x0, item in row]
    return tuple(out)


def _items(scene: Scene, tokens: Tokens) -> list[_Item]:
    found = [_Item(r.run, r.shape, ink.hex_of(r.colour), line=True) for r in scene.legend]
    if scene.n_others:
        found.append(_Item(f"{count(scene.n_others)} others", colour=tokens.text3))
    found += [_Item(words, shape, tokens.text2) for shape, words in scene.shapes]
    if scene.n_partial:
        words = f"{count(scene.n_partial)} partly scored"
        found.append(_Item(words, colour=tokens.text2, hole=True))
    return found


def _pixmap(cache: ink.Cache, item: _Item, tokens: Tokens) -> QPixmap:
    face, high = ink.Face(tokens.small), round(1.83 * tokens.small)
    indent, middle = item.indent(face), high / 2
    radius, reach = 0.38 * face.px, 2.8 * face.px

    def draw(painter: QPainter) -> None:
        at = QPointF(reach if item.line else 0.7 * face.px, middle)
        if item.line:
            fade = QLinearGradient(0, 0, reach, 0)
            fade.setColorAt(0, QColor(mix(tokens.canvas, item.colour, 0.25)))
            fade.setColorAt(1, QColor(item.colour))
            painter.fillRect(QRectF(0, middle - 1, reach, 2), fade)
        marks.draw(painter, item.shape, at, radius, item.colour)
        if item.hole:
            marks.draw(painter, "circle", at, 0.45 * radius, tokens.canvas)
        base = QPointF(indent, middle + 0.37 * face.px)
        ink.haloed(painter, base, [(item.words, face, tokens.text2)], tokens.canvas)

    key = ("legend", item, tokens.name, tokens.small)
    return cache.get(key, lambda: QSizeF(indent + ink.width(item.words, face) + 6, high), draw)


def _bar(cache: ink.Cache, bar: Bar, size: tuple[int, int], tokens: Tokens) -> Sprite:
    """Title and unit, the colours, and numbers under them where they fit beside each other."""
    face, small = ink.Face(tokens.small), ink.Face(tokens.tick)
    wide, thick = BAR_WIDE * tokens.small / 12, 10.0
    high = tokens.small + thick + tokens.tick + 20
    title = bar.title[:1].upper() + bar.title[1:]
    said = bar.unit.lower() in title.lower()
    unit = ", ".join(w for w in ("" if said else bar.unit, "log" if bar.log else "") if w)

    def draw(painter: QPainter) -> None:
        top = tokens.small + 7.0
        words = [(title, ink.Face(face.px, 500), tokens.text2)]
        if unit:
            words.append((f"  {unit}", face, tokens.text3))
        ink.haloed(painter, QPointF(BAR_PAD, tokens.small + 1.0), words, tokens.canvas)
        rows = np.round(255 * np.asarray(bar.colours, np.float32)).astype(np.uint8)
        pixels = np.ascontiguousarray(rows[None])
        image = QImage(pixels.data, len(rows), 1, 3 * len(rows), QImage.Format.Format_RGB888)
        painter.drawImage(QRectF(BAR_PAD, top, wide, thick), image)
        painter.setPen(QPen(QColor(tokens.control), 1))
        for share, words_ in _clear(bar.ticks, small, wide):
            x = round(BAR_PAD + share * wide) + 0.5
            painter.drawLine(QPointF(x, top + thick), QPointF(x, top + thick + 4))
            at = QPointF(_inside(x, ink.width(words_, small), wide), top + thick + tokens.tick + 5)
            ink.haloed(painter, at, [(words_, small, tokens.text3)], tokens.canvas)
            painter.setPen(QPen(QColor(tokens.control), 1))

    key = ("bar", bar.title, unit, bar.ticks, bar.colours.tobytes(), tokens)
    pixmap = cache.get(key, lambda: QSizeF(wide + 2 * BAR_PAD, high), draw)
    return Sprite(pixmap, round(EDGE - BAR_PAD), round(size[1] - 8 - high))


def _inside(x: float, width: float, wide: float) -> float:
    """Where a number of ``width`` begins, centred at ``x`` but not beyond both ends by much."""
    return min(max(x - width / 2, 4.0), 2 * BAR_PAD + wide - width - 4.0)


def _clear(
    ticks: tuple[tuple[float, str], ...], face: ink.Face, wide: float
) -> list[tuple[float, str]]:
    """Ticks whose numbers do not touch the one before."""
    out: list[tuple[float, str]] = []
    end = -1e9
    for share, words in sorted(ticks):
        start = _inside(BAR_PAD + share * wide, ink.width(words, face), wide)
        if start > end + 8:
            out.append((share, words))
            end = start + ink.width(words, face)
    return out


def gestures(cache: ink.Cache, size: tuple[int, int], tokens: Tokens) -> tuple[Sprite, ...]:
    """What the hands can do in 3D, as key caps and words, bottom right."""
    face, high = ink.Face(tokens.small), tokens.small + 8
    caps = [(cap, word, ink.width(cap, face), ink.width(word, face)) for cap, word in GESTURES]
    total = sum(a + 10 + 5 + b + 14 for _, _, a, b in caps) - 14

    def draw(painter: QPainter) -> None:
        x, base = 0.0, high / 2 + 0.37 * face.px
        for cap, word, a, b in caps:
            ink.card(painter, QRectF(x, 1, a + 10, high - 2), 4, (tokens.raised, tokens.line))
            ink.write(painter, QPointF(x + 5, base), cap, face, tokens.text2)
            ink.write(painter, QPointF(x + a + 15, base), word, face, tokens.text3)
            x += a + b + 29

    pixmap = cache.get(("gestures", tokens), lambda: QSizeF(total + 2, high), draw)
    return (Sprite(pixmap, round(size[0] - total - EDGE), size[1] - 12 - high),)


def empty(cache: ink.Cache, size: tuple[int, int], tokens: Tokens) -> tuple[Sprite, ...]:
    """One sentence in the middle, while there is nothing to draw."""
    face = ink.Face(tokens.small + 1)
    width = ink.width(EMPTY, face)
    pixmap = cache.get(
        ("empty", tokens.name),
        lambda: QSizeF(width + 10, 2 * face.px),
        lambda p: ink.haloed(
            p, QPointF(5, 1.3 * face.px), [(EMPTY, face, tokens.text2)], tokens.canvas
        ),
    )
    return (Sprite(pixmap, round((size[0] - width) / 2), round(size[1] / 2 - 12)),)


ICONS = {"warn": "warning", "ok": "check-circle", "info": "info"}


def notes(
    cache: ink.Cache, chips: tuple[Chip, ...], width: int, tokens: Tokens
) -> tuple[Sprite, ...]:
    """Chips with one sentence each, top left, one under the other; cards where there is more."""
    out, y = [], 12
    for chip in chips:
        made = (_note if not chip.more else _card)(cache, chip, width - ROOM_RIGHT, tokens)
        out.append(Sprite(made, EDGE, y, chip.tip))
        y += round(made.deviceIndependentSize().height()) + 4
    return tuple(out)


def _icon(painter: QPainter, at: QPointF, level: str, size: int, tokens: Tokens) -> None:
    colour = {"warn": tokens.warn, "ok": tokens.ok}.get(level, tokens.accent)
    made = icons.pixmap(ICONS[level], colour, size, painter.device().devicePixelRatioF())
    painter.drawPixmap(at, made)


def _note(cache: ink.Cache, chip: Chip, room: float, tokens: Tokens) -> QPixmap:
    face, high = ink.Face(tokens.small, 500), 2 * tokens.small
    icon = tokens.small + 3
    text = ink.elided(chip.words, face, room - icon - 23)
    wide = ink.width(text, face) + icon + 23

    def draw(painter: QPainter) -> None:
        rect = QRectF(0, 0, wide, high)
        ink.card(painter, rect, min(12.0, high / 2), (tokens.raised, tokens.line))
        _icon(painter, QPointF(8, (high - icon) / 2), chip.level, icon, tokens)
        ink.write(painter, QPointF(icon + 13, high / 2 + 0.36 * face.px), text, face, tokens.text2)

    key = ("note", text, chip.level, tokens)
    return cache.get(key, lambda: QSizeF(wide + 1, high + 1), draw)


def _card(cache: ink.Cache, chip: Chip, room: float, tokens: Tokens) -> QPixmap:
    """Icon and title, then sentences in lines of at most 40 characters or so."""
    bold, face = ink.Face(tokens.small + 1, 500), ink.Face(tokens.small)
    icon = tokens.small + 5
    wide = min(26.0 * tokens.small, room)
    lines = ink.wrapped(chip.more, face, wide - icon - 33)
    step = round(1.4 * tokens.small)
    high = 24 + 1.5 * bold.px + step * len(lines)

    def draw(painter: QPainter) -> None:
        ink.card(painter, QRectF(0, 0, wide, high), 8, (tokens.raised, tokens.line))
        _icon(painter, QPointF(12, 12), chip.level, icon, tokens)
        x, y = icon + 20.0, 12 + bold.px
        ink.write(painter, QPointF(x, y), ink.elided(chip.words, bold, wide - x - 12), bold,
                  tokens.text)  # fmt: skip
        for i, line in enumerate(lines):
            ink.write(painter, QPointF(x, y + 6 + step * (i + 1)), line, face, tokens.text2)

    key = ("note-card", chip, wide, tokens)
    return cache.get(key, lambda: QSizeF(wide + 1, high + 1), draw)


def gizmo(
    view: View3D, names: tuple[str, ...], corner: tuple[int, int], tokens: Tokens, ratio: float
) -> tuple[Sprite, ...]:
    """Three short axes turned like the camera; ``corner`` is left of and under them."""
    right, up, _ = view.axes()
    face = ink.Face(tokens.tick)
    reach = GIZMO * tokens.tick / 11
    side = reach + max(ink.width(name, face) for name in names) + 14
    high = reach + 3.0 * tokens.tick

    def draw(painter: QPainter) -> None:
        origin = QPointF(side, high - 1.6 * tokens.tick)
        for i, name in enumerate(names):
            x, y = reach * float(right[i]), -reach * float(up[i])
            painter.setPen(QPen(QColor(tokens.control), 1.5))
            painter.drawLine(origin, QPointF(origin.x() + x, origin.y() + y))
            length = max(float(np.hypot(x, y)), 8.0)
            far, wide = 1 + (4 + 0.4 * tokens.tick) / length, ink.width(name, face)
            lean = (x / length - 1) / 2  # the name begins, or ends, where its axis does
            at = QPointF(origin.x() + x * far + lean * wide,
                         origin.y() + y * far + 0.36 * tokens.tick)  # fmt: skip
            ink.haloed(painter, at, [(name, face, tokens.text3)], tokens.canvas)

    pixmap = ink.pixmap(QSizeF(2 * side, high), ratio, draw)
    return (Sprite(pixmap, round(corner[0] + 52 - side), round(corner[1] - high)),)
