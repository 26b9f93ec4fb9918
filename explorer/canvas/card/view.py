"""The hover card as one sprite."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QColor, QPainter, QPen

from compute.core.numbers import THIN, count, with_se
from compute.core.tables import Entry
from explorer.canvas import ink
from explorer.canvas.overlay import Sprite
from explorer.state.map import Neighbour, RunMark
from explorer.state.scene import Palette
from explorer.theme import marks
from explorer.theme.tokens import Tokens

PAD, LINE, WIDTH = 12.0, 19.0, 248.0
NEIGHBOURS = 4


@dataclass(frozen=True, eq=False)
class CardModel:
    """What the card says. ``neighbours`` None = still being computed."""

    entry: Entry
    mark: RunMark
    bits_per_byte: float
    neighbours: tuple[tuple[Neighbour, RunMark], ...] | None = None


def card(
    model: CardModel,
    at: tuple[float, float],
    size: tuple[int, int],
    tokens: Tokens,
    palette: Palette,
    ratio: float,
) -> tuple[Sprite, ...]:
    """Right of and under ``at``, or on the other side when the edge is near."""
    rows = min(len(model.neighbours or ()), NEIGHBOURS)
    partial = LINE if model.entry.status == "partial" else 0
    height = PAD * 2 + 20 + LINE + partial + (10 + LINE * rows + LINE if rows else 0)
    pixmap = ink.pixmap(
        QSizeF(WIDTH + 2, height + 2),
        ratio,
        lambda painter: _draw(painter, model, height, tokens, palette),
    )
    x = at[0] + 16 if at[0] + 16 + WIDTH < size[0] - 8 else at[0] - 16 - WIDTH
    y = min(max(at[1] + 14, 8.0), size[1] - height - 8)
    return (Sprite(pixmap, round(max(x, 8.0)), round(y)),)


def _draw(
    painter: QPainter, model: CardModel, height: float, tokens: Tokens, palette: Palette
) -> None:
    ink.card(painter, QRectF(0, 0, WIDTH, height), 8, (tokens.raised, tokens.line))
    y = PAD + 14
    colour = ink.hex_of(palette.of(model.mark))
    marks.draw(painter, model.mark.shape, QPointF(PAD + 6, y - 4.5), 5.2, colour)
    entry = model.entry
    name = entry.run or entry.label
    x = _text(painter, PAD + 19, y, name, tokens.text, ink.Face(13, 600))
    detail = (
        f"step {count(entry.step)}" if entry.step >= 0 else ("" if entry.run == "" else entry.label)
    )
    _text(painter, x + 7, y, detail, tokens.text2, ink.Face(13))
    y += LINE + 2
    _text(painter, PAD, y, "Mean loss", tokens.text3, ink.Face(12))
    _right(painter, y, [(_bits(model.bits_per_byte), tokens.text), (" bits/byte", tokens.text3)])
    if entry.status == "partial":
        y += LINE
        _text(painter, PAD, y, "Partly scored", tokens.text3, ink.Face(12))
        _right(painter, y, [(count(entry.n_scored), tokens.text), (" texts so far", tokens.text3)])
    if model.neighbours:
        _neighbours(painter, y, model.neighbours, tokens, palette)


def _neighbours(
    painter: QPainter,
    y: float,
    rows: tuple[tuple[Neighbour, RunMark], ...],
    tokens: Tokens,
    palette: Palette,
) -> None:
    painter.setPen(QPen(QColor(tokens.line), 1))
    painter.drawLine(QPointF(PAD, y + 9.5), QPointF(WIDTH - PAD, y + 9.5))
    y += LINE + 9
    _text(painter, PAD, y, "Nearest", tokens.text3, ink.Face(12))
    _right(painter, y, [("KL, bits/byte", tokens.text3)])
    for neighbour, mark in rows[:NEIGHBOURS]:
        y += LINE
        marks.draw(painter, mark.shape, QPointF(PAD + 5, y - 4), 4.0, ink.hex_of(palette.of(mark)))
        x = _text(painter, PAD + 17, y, neighbour.run or neighbour.label, tokens.text, ink.Face(12))
        step = count(neighbour.step) if neighbour.step >= 0 else ""
        _text(painter, x + 5, y, step, tokens.text3, ink.Face(12))
        value, se = with_se(neighbour.kl, neighbour.se)
        words = [(value, tokens.text)]
        if se:
            words.append((f"{THIN}±{THIN}{se}", tokens.text3))
        _right(painter, y, words)


def _bits(value: float) -> str:
    return f"{value:.3f}" if math.isfinite(value) else "–"


def _text(painter: QPainter, x: float, y: float, text: str, colour: str, face: ink.Face) -> float:
    ink.write(painter, QPointF(x, y), text, face, colour)
    return x + ink.width(text, face)


def _right(painter: QPainter, y: float, words: list[tuple[str, str]]) -> None:
    face = ink.Face(12)
    x = WIDTH - PAD - sum(ink.width(text, face) for text, _ in words)
    for text, colour in words:
        x = _text(painter, x, y, text, colour, face)
