"""What is painted around and over the cells, in the window and in exports."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPainterPath, QPen

from compute.core.numbers import THIN, plain, with_se
from compute.core.tables import Entry
from explorer.plots.heatmap.layout import Frame, Rect, Stretch, Window, brackets, card_at
from explorer.plots.heatmap.spec import Pair
from explorer.plots.heatmap.tree import Drawn
from explorer.state.dress import ages
from explorer.state.ladder import between
from explorer.state.map import NO_MARK, RunMark
from explorer.state.views import Unit
from explorer.theme import marks
from explorer.theme.fonts import font
from explorer.theme.tokens import Tokens, rgb

NAME_PX, CARD_WIDTH, WIDE = 12, 232, 1.6
CLICK, CLICK_ONE = "Click to compare the two", "Click to select it"


@dataclass(frozen=True, eq=False)
class Figure:
    """The rows as they are shown, and how. ``greyed`` (K,) bool; ``strip`` (K, 3) uint8."""

    entries: tuple[Entry, ...]
    runs: tuple[str, ...]
    rows: tuple[Stretch, ...]
    strip: NDArray[np.uint8]
    marks: Mapping[str, RunMark]
    greyed: NDArray[np.bool_]
    tree: Drawn | None = None
    note: str = ""

    @cached_property
    def strips(self) -> tuple[QImage, QImage]:
        """The strip as one row and as one column of pixels."""
        n = len(self.strip)
        padded = np.zeros((n, 4), np.uint8)
        padded[:, :3], padded[:, 3] = self.strip[:, ::-1], 255
        kind = QImage.Format.Format_RGB32
        return QImage(padded.data, n, 1, 4 * n, kind).copy(), QImage(
            padded.data, 1, n, 4, kind
        ).copy()


@dataclass(frozen=True, eq=False)
class Pointed:
    """What is pointed at and selected. ``cell`` (row, column), -1 = none; ``others`` are rows that
    another view points at; ``cluster`` (first, last) rows; ``chosen`` (K,) bool."""

    cell: tuple[int, int] = (-1, -1)
    other: int = -1
    cluster: tuple[int, int] | None = None
    chosen: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, bool))
    pair: Pair | None = None
    unit: Unit = field(default_factory=lambda: Unit("bits/byte"))


def run_of(entry: Entry) -> str:
    return entry.run or entry.label


def stretch_of(entry: Entry) -> str:
    """What rows beside each other are named by: the run of a checkpoint, else what they are."""
    if entry.is_checkpoint:
        return entry.run
    return "layers" if entry.layer >= 0 else "variants" if entry.parent else run_of(entry)


def strip_colours(
    entries: tuple[Entry, ...], of: Mapping[str, RunMark], tokens: Tokens
) -> NDArray[np.uint8]:
    """(K, 3) uint8: the colours of the runs, dim for early checkpoints."""
    steps = np.array([e.step if e.step >= 0 else np.nan for e in entries], np.float64)
    last = float(np.nanmax(steps)) if np.isfinite(steps).any() else 1.0
    age = ages(steps, max(last, 1.0), "log")[:, None]
    names = {run_of(e) for e in entries}
    colour = {n: rgb(marks.colour_of(of.get(n, NO_MARK).colour, tokens)) for n in names}
    full = np.array([colour[run_of(e)] for e in entries], np.float64).reshape(-1, 3)
    canvas = np.array(rgb(tokens.canvas))
    return np.rint(255 * (canvas + (full - canvas) * age)).astype(np.uint8)


@lru_cache(maxsize=4096)
def measure(words: str) -> float:
    """The width of a name."""
    return QFontMetricsF(font(NAME_PX, 500)).horizontalAdvance(words)


# ---------------------------------------------------------------- around the cells


def paint_around(
    painter: QPainter, place: Frame, figure: Figure, window: Window, pointed: Pointed, k: Tokens
) -> None:
    """Strips, trees, brackets with names, the selected rows, the line below."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for upright in (True, False) if figure.entries else ():
        _strip(painter, place, figure, window, upright=upright)
        _chosen(painter, place, window, pointed, k, upright=upright)
        if figure.tree is not None:
            _tree(painter, place, figure, window, pointed, k, upright=upright)
    _names(painter, place, figure, window, k)
    if figure.note:
        painter.setFont(font(k.tick))
        painter.setPen(QColor(k.text3))
        room = QRectF(14, place.height - 22, place.width - 28, 16)
        words = QFontMetricsF(painter.font()).elidedText(
            figure.note, Qt.TextElideMode.ElideRight, room.width()
        )
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, words)


def _rect(r: Rect) -> QRectF:
    return QRectF(r.x, r.y, r.w, r.h)


def _strip(
    painter: QPainter, place: Frame, figure: Figure, window: Window, *, upright: bool
) -> None:
    across, down = figure.strips
    if upright:
        painter.drawImage(_rect(place.left_strip), down, QRectF(0, window.y, 1, window.span))
    else:
        painter.drawImage(_rect(place.top_strip), across, QRectF(window.x, 0, window.span, 1))


def _chosen(
    painter: QPainter, place: Frame, window: Window, pointed: Pointed, k: Tokens, *, upright: bool
) -> None:
    """A line along the selected rows, between strip and cells."""
    c, start = place.cells, window.y if upright else window.x
    scale = c.w / window.span
    for first, stop in spans(pointed.chosen):
        a, b = ((min(max((v - start) * scale, 0.0), c.w)) for v in (first, stop))
        if b <= a:
            continue
        long = max(b - a, 2.0)
        bar = QRectF(c.x - 3, c.y + a, 2, long) if upright else QRectF(c.x + a, c.y - 3, long, 2)
        painter.fillRect(bar, QColor(k.text))


def spans(chosen: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """From and to before of every stretch of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], chosen, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def _tree(
    painter: QPainter, place: Frame, figure: Figure, window: Window, pointed: Pointed,
    k: Tokens, *, upright: bool,
) -> None:  # fmt: skip
    tree, room = figure.tree, place.left_tree if upright else place.top_tree
    assert tree is not None
    start, c = window.y if upright else window.x, place.cells
    seen = (tree.last + 1 > start) & (tree.first < start + window.span)
    scale, deep = c.w / window.span, (room.w if upright else room.h) - 2
    along = [(v - start) * scale for v in (tree.a, tree.b)]
    height = [deep * v for v in (tree.low_a, tree.low_b, tree.top)]
    lines: dict[str, list[QLineF]] = {}
    bold: list[QLineF] = []

    def point(at: float, high: float) -> QPointF:
        if upright:
            return QPointF(room.x + room.w - high, room.y + at)
        return QPointF(room.x + at, room.y + room.h - high)

    for m in np.flatnonzero(seen).tolist():
        a, b = along[0][m], along[1][m]
        low_a, low_b, top = (h[m] for h in height)
        corners = [point(a, low_a), point(a, top), point(b, top), point(b, low_b)]
        made = [QLineF(p, q) for p, q in itertools.pairwise(corners)]
        lines.setdefault(_colour(tree.runs[m], figure, k), []).extend(made)
        if pointed.cluster is not None:
            first, last = pointed.cluster
            if first <= tree.first[m] and tree.last[m] <= last:
                bold.extend(made)
    painter.save()
    painter.setClipRect(_rect(room).adjusted(-1, -1, 1, 1), Qt.ClipOperation.IntersectClip)
    for colour, some in lines.items():
        painter.setPen(QPen(QColor(colour), 1.0))
        painter.drawLines(some)
    if bold:
        painter.setPen(QPen(QColor(k.text), 1.6))
        painter.drawLines(bold)
    painter.restore()


def _colour(run: str, figure: Figure, k: Tokens) -> str:
    return marks.colour_of(figure.marks.get(run, NO_MARK).colour, k) if run else k.control


def _names(painter: QPainter, place: Frame, figure: Figure, window: Window, k: Tokens) -> None:
    painter.setFont(font(NAME_PX, 500))
    metrics = QFontMetricsF(painter.font())
    x0, x1 = place.names_x, place.names_x + 6
    for b in brackets(place, figure.rows, window, measure):
        colour = QColor(_colour(b.run, figure, k))
        for part in (
            QRectF(x0, b.y0, x1 - x0, WIDE), QRectF(x1 - WIDE, b.y0, WIDE, b.y1 - b.y0),
            QRectF(x0, b.y1 - WIDE, x1 - x0, WIDE),
        ):  # fmt: skip
            painter.fillRect(part, colour)
        if b.name is None:
            continue
        painter.setPen(QColor(k.text))
        if place.upright:
            painter.save()
            painter.translate(b.name.x + b.name.w / 2, b.name.y + b.name.h / 2)
            painter.rotate(90)
            half = QRectF(-b.name.h / 2 - 2, -b.name.w / 2, b.name.h + 4, b.name.w)
            painter.drawText(half, Qt.AlignmentFlag.AlignCenter, b.run)
            painter.restore()
        else:
            words = b.run
            if measure(words) > b.name.w + 1:
                words = metrics.elidedText(words, Qt.TextElideMode.ElideRight, b.name.w + 1)
            middle = b.name.y + b.name.h / 2
            painter.drawText(
                QPointF(b.name.x, middle + 0.5 * (metrics.ascent() - metrics.descent())), words
            )


# ---------------------------------------------------------------- over the cells


def paint_over(
    painter: QPainter, place: Frame, figure: Figure, window: Window, pointed: Pointed, k: Tokens
) -> None:
    """Greyed rows, the crosshair, the selected pair, the cell pointed at."""
    painter.save()
    painter.setClipRect(_rect(place.cells))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
    _greyed(painter, place, figure, window, k)
    chosen = np.flatnonzero(pointed.chosen)
    if len(chosen) == 2:
        for i, j in (chosen.tolist(), chosen[::-1].tolist()):
            _outline(painter, _cell(place, window, i, j))
    i, j = pointed.cell
    if i >= 0:
        _cross(painter, place, window, i, j)
        _outline(painter, _cell(place, window, i, j))
    elif pointed.other >= 0:
        _cross(painter, place, window, pointed.other, pointed.other)
    painter.restore()


def _cell(place: Frame, window: Window, i: int, j: int) -> QRectF:
    c = place.cells
    scale = c.w / window.span
    return QRectF(c.x + (j - window.x) * scale, c.y + (i - window.y) * scale, scale, scale)


def _greyed(painter: QPainter, place: Frame, figure: Figure, window: Window, k: Tokens) -> None:
    found = spans(figure.greyed)
    if not found:
        return
    c = place.cells
    scale = c.w / window.span
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.WindingFill)
    for first, stop in found:
        a, b = (first - window.y) * scale, (stop - first) * scale
        path.addRect(QRectF(c.x, c.y + a, c.w, b))
        path.addRect(QRectF(c.x + (first - window.x) * scale, c.y, b, c.h))
    veil = QColor(k.canvas)
    veil.setAlphaF(0.82)
    painter.fillPath(path, veil)


def _cross(painter: QPainter, place: Frame, window: Window, i: int, j: int) -> None:
    c, cell = place.cells, _cell(place, window, i, j)
    light = QColor(255, 255, 255, 41)
    wide, high = max(cell.width(), 1.5), max(cell.height(), 1.5)
    painter.fillRect(QRectF(c.x, cell.y(), c.w, high), light)
    painter.fillRect(QRectF(cell.x(), c.y, wide, c.h), light)


def _outline(painter: QPainter, cell: QRectF) -> None:
    """2 px white over 4 px black, not smaller than can be seen."""
    grow = max(0.0, (7 - cell.width()) / 2)
    box = cell.adjusted(-grow, -grow, grow, grow)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, wide in (("#000000", 4.0), ("#FFFFFF", 2.0)):
        pen = QPen(QColor(colour), wide)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        painter.drawRect(box)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)


# ---------------------------------------------------------------- the card


def card_words(pair: Pair, unit: Unit) -> tuple[str, str, str]:
    """The value, what stands beside it, and where it lies, in words."""
    if pair.i == pair.j:
        return "0", unit.title, "The same model."
    if pair.kl < pair.floor:
        floor = plain(pair.floor * unit.factor)
        return "< floor", unit.title, f"Below the measured noise floor of {floor}."
    value, se = with_se(pair.kl * unit.factor, pair.se * unit.factor)
    beside = f"±{THIN}{se} {unit.title}" if se else unit.title
    where = between(pair.kl)
    return value, beside, f"{where[0].upper()}{where[1:]}."


def card_lines(pair: Pair, figure: Figure, unit: Unit) -> list[str]:
    """Everything the card says, for the accessible description and tests."""
    names = [_name(figure.entries[k]) for k in dict.fromkeys((pair.i, pair.j))]
    value, beside, where = card_words(pair, unit)
    return [" ".join(n).strip() for n in names] + [f"{value} {beside}", where]


def _name(entry: Entry) -> tuple[str, str]:
    """A name, and what stands behind it in a lighter colour."""
    if entry.is_checkpoint:
        return entry.run, f"step {entry.step:,}"
    return entry.label or entry.id, ""


def card_size(pair: Pair, figure: Figure, unit: Unit) -> tuple[float, float]:
    """Width and height."""
    names = [_name(figure.entries[k]) for k in dict.fromkeys((pair.i, pair.j))]
    small = QFontMetricsF(font(12))
    wide = [QFontMetricsF(font(12, 600)).horizontalAdvance(a) + small.horizontalAdvance(b) + 28
            for a, b in names]  # fmt: skip
    value, beside, where = card_words(pair, unit)
    big = QFontMetricsF(font(20, 600)).horizontalAdvance(value)
    wide += [big + 10 + small.horizontalAdvance(beside), small.horizontalAdvance(where)]
    return max(CARD_WIDTH, max(wide) + 26), 20 * len(names) + 96


def paint_card(
    painter: QPainter, place: Frame, figure: Figure, window: Window, pointed: Pointed, k: Tokens
) -> Rect | None:
    """The card about the pair pointed at; where it stands."""
    pair = pointed.pair
    if pair is None or (pair.i, pair.j) != pointed.cell:
        return None
    cell = _cell(place, window, pair.i, pair.j)
    centre = (cell.center().x(), cell.center().y())
    where = card_at(place, centre, card_size(pair, figure, pointed.unit))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(k.line), 1))
    painter.setBrush(QColor(k.raised))
    painter.drawRoundedRect(_rect(where).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
    x, y = where.x + 13, where.y + 11
    for row in dict.fromkeys((pair.i, pair.j)):
        _named(painter, figure, row, QPointF(x, y), k)
        y += 20
    value, beside, words = card_words(pair, pointed.unit)
    room = where.w - 26
    at = _line(painter, value, QRectF(x, y + 4, room, 28), font(20, 600), k.text)
    _line(painter, beside, QRectF(at + 8, y + 9, room, 20), font(12), k.text3)
    _line(painter, words, QRectF(x, y + 32, room, 18), font(12), k.text2)
    painter.setPen(QColor(k.line))
    painter.drawLine(QPointF(x, y + 55.5), QPointF(x + room, y + 55.5))
    click = CLICK if pair.i != pair.j else CLICK_ONE
    _line(painter, click, QRectF(x, y + 60, room, 18), font(12), k.text3)
    return where


def _named(painter: QPainter, figure: Figure, row: int, at: QPointF, k: Tokens) -> None:
    entry = figure.entries[row]
    mark = figure.marks.get(run_of(entry), NO_MARK)
    marks.draw(painter, mark.shape, QPointF(at.x() + 5, at.y() + 9), 4.0,
               marks.colour_of(mark.colour, k))  # fmt: skip
    name, behind = _name(entry)
    x = _line(painter, name, QRectF(at.x() + 18, at.y(), 400, 18), font(12, 600), k.text)
    _line(painter, behind, QRectF(x + 7, at.y(), 200, 18), font(12), k.text3)


def _line(painter: QPainter, words: str, room: QRectF, in_font: QFont, colour: str) -> float:
    """Draw words; where they end."""
    painter.setFont(in_font)
    painter.setPen(QColor(colour))
    painter.drawText(room, _LEFT, words)
    return room.x() + QFontMetricsF(in_font).horizontalAdvance(words)


_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
