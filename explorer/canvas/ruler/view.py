"""Axes, scale bar and the reason for none, as sprites."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QSizeF
from PySide6.QtGui import QColor, QPainter, QPen

from explorer.canvas import ink
from explorer.canvas.overlay import Sprite
from explorer.canvas.ruler.spec import SHORT, UNIT, Bar, Ruler, Tick
from explorer.theme.tokens import Tokens

EDGE, NOTCH, HINTS, LEFT = 14, 5, 40, 60
"""Px to the edges, length of a tick, room for the hints in 3D, and how wide the left edge is."""


def room(ruler: Ruler, tokens: Tokens) -> int:
    """Px at the bottom edge that the numbers of the axis need."""
    return tokens.tick + NOTCH + 2 if ruler.across else 0


def sprites(
    cache: ink.Cache,
    ruler: Ruler,
    size: tuple[int, int],
    tokens: Tokens,
    *,
    flat: bool,
    taken: tuple[QRect, ...] = (),
) -> tuple[Sprite, ...]:
    """Everything of one ruler. In 3D the axes stand on the gizmo.

    Numbers that would lie on what is ``taken``, the legend and the chips, are left out.
    """
    numbers = [*_across(cache, ruler, size, tokens), *_upright(cache, ruler, size, tokens)]
    out = [n for n in numbers if not any(n.rect.intersects(_inner(rect)) for rect in taken)]
    low = size[1] - EDGE - room(ruler, tokens) - (0 if flat else HINTS)
    if flat:
        out += _names(cache, ruler, size, tokens, _free(size, taken))
    if ruler.bar is not None:
        out.append(_bar(cache, ruler.bar, (size[0] - EDGE, low), tokens))
    if ruler.why and flat:
        out.append(_why(cache, ruler.why, (size[0] - EDGE, low), tokens))
    return tuple(out)


def _inner(rect: QRect) -> QRect:
    """Without the halo."""
    return rect.adjusted(4, 4, -4, -4)


def _across(cache: ink.Cache, ruler: Ruler, size: tuple[int, int], tokens: Tokens) -> list[Sprite]:
    face, high = ink.Face(tokens.tick), tokens.tick + NOTCH + 4

    def made(tick: Tick) -> Sprite:
        wide = ink.width(tick.words, face) + 10

        def draw(painter: QPainter) -> None:
            at = QPointF(5, tokens.tick + 0.5)
            ink.haloed(painter, at, [(tick.words, face, tokens.text3)], tokens.canvas)
            painter.setPen(QPen(QColor(tokens.control), 1))
            painter.drawLine(QPointF(wide / 2, high - NOTCH), QPointF(wide / 2, high))

        key = ("tick", tick.words, tokens.name)
        pixmap = cache.get(key, lambda: QSizeF(wide, high), draw)
        return Sprite(pixmap, round(tick.at - wide / 2), size[1] - high)

    return [made(t) for t in ruler.across if _fits(t, face, size[0])]


def _fits(tick: Tick, face: ink.Face, length: int) -> bool:
    """Whether a number of the lower axis is clear of both corners."""
    half = ink.width(tick.words, face) / 2
    return 44 + half < tick.at < length - 8 - half


def _upright(cache: ink.Cache, ruler: Ruler, size: tuple[int, int], tokens: Tokens) -> list[Sprite]:
    face, high = ink.Face(tokens.tick), tokens.tick + 9

    def made(tick: Tick) -> Sprite:
        wide = ink.width(tick.words, face) + NOTCH + 12

        def draw(painter: QPainter) -> None:
            at = QPointF(NOTCH + 4, high / 2 + 0.36 * tokens.tick)
            ink.haloed(painter, at, [(tick.words, face, tokens.text3)], tokens.canvas)
            painter.setPen(QPen(QColor(tokens.control), 1))
            painter.drawLine(QPointF(0, high / 2), QPointF(NOTCH, high / 2))

        key = ("tick-up", tick.words, tokens.name)
        return Sprite(
            cache.get(key, lambda: QSizeF(wide, high), draw), 0, round(tick.at - high / 2)
        )

    low = size[1] - room(ruler, tokens) - high / 2
    return [made(t) for t in ruler.upright if high < t.at < low]


def _free(size: tuple[int, int], taken: tuple[QRect, ...]) -> tuple[int, int]:
    """From where to where the left edge is free, between chips and legend."""
    left = [rect for rect in taken if rect.left() < LEFT]
    top = max((r.bottom() for r in left if r.center().y() < size[1] / 2), default=0)
    return top, min((r.top() for r in left if r.center().y() >= size[1] / 2), default=size[1])


def _names(
    cache: ink.Cache, ruler: Ruler, size: tuple[int, int], tokens: Tokens, free: tuple[int, int]
) -> list[Sprite]:
    """Along the lower edge at the right, and up the left edge in the middle of what is free.

    The unit is left out where there is no room for it.
    """
    if len(ruler.names) < 2:
        return []
    face, shift = ink.Face(tokens.tick), room(ruler, tokens)
    high = tokens.tick + 13
    words = [f"{n} · {UNIT}" if ruler.across else n for n in ruler.names[:2]]
    if ink.width(words[1], face) + 18 > free[1] - free[0]:
        words[1] = ruler.names[1]
    wides = [ink.width(w, face) + 10 for w in words]

    def draw(painter: QPainter, k: int) -> None:
        if k:
            painter.translate(0, wides[1])
            painter.rotate(-90)
        at = QPointF(5, high / 2 + 0.36 * tokens.tick)
        ink.haloed(painter, at, [(words[k], face, tokens.text3)], tokens.canvas)

    sizes = (QSizeF(wides[0], high), QSizeF(high, wides[1]))
    first, second = (
        cache.get(
            ("axis", k, words[k], tokens.name), lambda k=k: sizes[k], lambda p, k=k: draw(p, k)
        )
        for k in (0, 1)
    )
    reach = max((round(ink.width(t.words, face)) for t in ruler.upright), default=-10)
    lowest, highest = free[0] + wides[1] / 2 + 4, free[1] - wides[1] / 2 - 4
    y = min(max(size[1] / 2, lowest), max(lowest, highest))
    return [
        Sprite(first, round(size[0] - wides[0] - 10), size[1] - high - 8 - shift),
        Sprite(second, 14 + reach, round(y - wides[1] / 2)),
    ]


def _bar(cache: ink.Cache, bar: Bar, corner: tuple[int, int], tokens: Tokens) -> Sprite:
    """Ends at ``corner``, words above a line with two feet. Its length goes by half px."""
    face, length = ink.Face(tokens.small), round(2 * bar.length) / 2
    wide = max(length, ink.width(bar.words, face)) + 10
    high = tokens.small + 18

    def draw(painter: QPainter) -> None:
        at = QPointF(wide - 5 - ink.width(bar.words, face), tokens.small + 3.0)
        ink.haloed(painter, at, [(bar.words, face, tokens.text2)], tokens.canvas)
        y, left, right = high - 4.0, wide - 5 - length, wide - 5.0
        for colour, width in ((tokens.canvas, 5.0), (tokens.control, 1.5)):
            painter.setPen(QPen(QColor(colour), width))
            painter.drawLine(QPointF(left, y), QPointF(right, y))
            for x in (left, right):
                painter.drawLine(QPointF(x, y - 3.5), QPointF(x, y + 3.5))

    key = ("bar", bar.words, length, tokens.name)
    pixmap = cache.get(key, lambda: QSizeF(wide, high + 3), draw)
    return Sprite(pixmap, round(corner[0] - wide + 5), corner[1] - high, bar.tip)


def _why(cache: ink.Cache, why: str, corner: tuple[int, int], tokens: Tokens) -> Sprite:
    face, high = ink.Face(tokens.tick), tokens.tick + 13
    wide = ink.width(SHORT, face) + 10
    pixmap = cache.get(
        ("why", tokens.name),
        lambda: QSizeF(wide, high),
        lambda p: ink.haloed(
            p,
            QPointF(5, high / 2 + 0.36 * tokens.tick),
            [(SHORT, face, tokens.text3)],
            tokens.canvas,
        ),
    )
    return Sprite(pixmap, round(corner[0] - wide + 5), corner[1] - high + 4, why)
