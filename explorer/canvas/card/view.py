"""The hover cards as one sprite: of an entry, and of a step between two."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QColor, QPainter, QPen

from compute.core.numbers import THIN, count, percent, with_se
from explorer.canvas import ink
from explorer.canvas.card.spec import ARTEFACT, CardModel, Look, SegmentModel
from explorer.canvas.overlay import Sprite
from explorer.state import axes
from explorer.state.map import Neighbour
from explorer.theme import icons, marks
from explorer.theme.tokens import Tokens

PAD, LINE, WIDTH = 12.0, 19.0, 264.0
NEIGHBOURS = 4
APART = 12.0


def card(
    model: CardModel | SegmentModel,
    at: tuple[float, float],
    size: tuple[int, int],
    tokens: Tokens,
    ratio: float,
) -> tuple[Sprite, ...]:
    """Right of and under ``at``, or on the other side when the edge is near."""
    draw, height = _segment(model, tokens) if isinstance(model, SegmentModel) else _entry(
        model, tokens
    )  # fmt: skip
    scale = tokens.small / 12
    wide, high = WIDTH * scale, height * scale

    def scaled(painter: QPainter) -> None:
        painter.scale(scale, scale)
        ink.card(painter, QRectF(0, 0, WIDTH, height), 8, (tokens.raised, tokens.line))
        draw(painter)

    pixmap = ink.pixmap(QSizeF(wide + 2, high + 2), ratio, scaled)
    x = at[0] + 16 if at[0] + 16 + wide < size[0] - 8 else at[0] - 16 - wide
    y = min(max(at[1] + 14, 8.0), size[1] - high - 8)
    return (Sprite(pixmap, round(max(x, 8.0)), round(y)),)


Drawn: TypeAlias = tuple[Callable[[QPainter], None], float]
"""What paints a card, and how high it is."""


def _entry(model: CardModel, tokens: Tokens) -> Drawn:
    rows: list[tuple[str, str, str]] = [
        ("Mean loss", _bits(model.bits_per_byte), " bits/byte"),
    ]
    if model.entry.status == "partial":
        rows.append(("Partly scored", count(model.entry.n_scored), " texts so far"))
    if math.isfinite(model.trust):
        rows.append(("Trustworthiness here", f"{model.trust:.2f}", ""))
    near = min(len(model.neighbours or ()), NEIGHBOURS)
    height = PAD * 2 + 20 + LINE * len(rows) + (10 + LINE * near + LINE if near else 0)

    def draw(painter: QPainter) -> None:
        entry = model.entry
        step = axes.place(entry, entry.step) if entry.step >= 0 else ""
        detail = step or (entry.label if entry.run else "")
        y = _title(painter, model.look, entry.run or entry.label, detail, tokens)
        y = _rows(painter, y, rows, tokens)
        if model.neighbours:
            _neighbours(painter, y, model.neighbours, tokens)

    return draw, height


def _segment(model: SegmentModel, tokens: Tokens) -> Drawn:
    value, se = with_se(model.kl, model.se)
    unit = f"{THIN}±{THIN}{se} bits/byte" if se else " bits/byte"
    rows = [("KL", value, unit)] if math.isfinite(model.kl) else []
    if math.isfinite(model.drawn) and math.isfinite(model.by_kl):
        rows.append(("Drawn longer than", percent(model.drawn), f" of {count(model.n)} steps"))
        rows.append(("KL larger than", percent(model.by_kl), f" of {count(model.n)} steps"))
    if not rows:
        rows.append(("KL", "not known yet", ""))
    face = ink.Face(12)
    lines = ink.wrapped(ARTEFACT, face, WIDTH - 2 * PAD - 22) if model.dotted else []
    height = PAD * 2 + 20 + LINE * len(rows) + (12 + 17 * len(lines) if lines else 0)

    def draw(painter: QPainter) -> None:
        y = _title(painter, model.look, model.name, model.ends, tokens)
        y = _rows(painter, y, rows, tokens)
        if lines:
            _rule(painter, y, tokens)
            ratio = painter.device().devicePixelRatioF() * 2
            warning = icons.pixmap("warning", tokens.warn, 16, ratio)
            painter.drawPixmap(QPointF(PAD, y + 18), warning)
        for i, line in enumerate(lines):
            _text(painter, PAD + 22, y + 30 + 17 * i, line, tokens.text2, face)

    return draw, height


def _title(painter: QPainter, look: Look, name: str, detail: str, tokens: Tokens) -> float:
    """Mark, name and what follows it; returns the baseline of the next row."""
    y = PAD + 14
    marks.draw(painter, look.shape, QPointF(PAD + 6, y - 4.5), 5.2, ink.hex_of(look.colour))
    bold, face = ink.Face(13, 600), ink.Face(13)
    room = WIDTH - 2 * PAD - 26 - ink.width(detail, face)
    x = _text(painter, PAD + 19, y, ink.elided(name, bold, room), tokens.text, bold)
    _text(painter, x + 7, y, detail, tokens.text2, face)
    return y + LINE + 2


def _rows(painter: QPainter, y: float, rows: list[tuple[str, str, str]], tokens: Tokens) -> float:
    """Name at the left, value and unit at the right; returns the last baseline."""
    for name, value, unit in rows:
        _text(painter, PAD, y, name, tokens.text3, ink.Face(12))
        _right(painter, y, [(value, tokens.text), (unit, tokens.text3)])
        y += LINE
    return y - LINE


def _rule(painter: QPainter, y: float, tokens: Tokens) -> None:
    painter.setPen(QPen(QColor(tokens.line), 1))
    painter.drawLine(QPointF(PAD, y + 9.5), QPointF(WIDTH - PAD, y + 9.5))


def _neighbours(
    painter: QPainter,
    y: float,
    rows: tuple[tuple[Neighbour, Look], ...],
    tokens: Tokens,
) -> None:
    face = ink.Face(12)
    _rule(painter, y, tokens)
    y += LINE + 9
    _text(painter, PAD, y, "Nearest", tokens.text3, face)
    _right(painter, y, [("KL, bits/byte", tokens.text3)])
    for neighbour, look in rows[:NEIGHBOURS]:
        y += LINE
        marks.draw(painter, look.shape, QPointF(PAD + 5, y - 4), 4.0, ink.hex_of(look.colour))
        value, se = with_se(neighbour.kl, neighbour.se)
        words = [(value, tokens.text)]
        if se:
            words.append((f"{THIN}±{THIN}{se}", tokens.text3))
        left = _right(painter, y, words)
        step = count(neighbour.step) if neighbour.step >= 0 else ""
        room = left - APART - PAD - 22 - ink.width(step, face)
        name = ink.elided(neighbour.run or neighbour.label, face, room)
        x = _text(painter, PAD + 17, y, name, tokens.text, face)
        _text(painter, x + 5, y, step, tokens.text3, face)


def _bits(value: float) -> str:
    return f"{value:.3f}" if math.isfinite(value) else "–"


def _text(painter: QPainter, x: float, y: float, text: str, colour: str, face: ink.Face) -> float:
    ink.write(painter, QPointF(x, y), text, face, colour)
    return x + ink.width(text, face)


def _right(painter: QPainter, y: float, words: list[tuple[str, str]]) -> float:
    """Ends at the right edge; returns where it begins."""
    face = ink.Face(12)
    x = left = WIDTH - PAD - sum(ink.width(text, face) for text, _ in words)
    for text, colour in words:
        x = _text(painter, x, y, text, colour, face)
    return left
