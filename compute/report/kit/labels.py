"""Names beside what they name, none upon another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compute.core.colours import LIGHT
from compute.report.kit.paper import SMALL, haloed, need
from compute.report.kit.runs import RunStyle, marker

_MOVED, _ABOVE = 3.0, 2
"""A name is moved by a line to spare three points of what is drawn; the third side is above."""
_MISTAKEN = 24.0
"""Points of what is drawn that a name may hide rather than stand beside another point."""
NOWHERE = np.empty((0, 2))


@dataclass(frozen=True, slots=True)
class Name:
    """A name at a point of the data; ``z`` only in space. With a style, the mark goes before it."""

    x: float
    y: float
    words: str
    style: RunStyle | None = None
    z: float | None = None


def spread(wanted: ArrayLike, height: float, low: float, high: float) -> NDArray[np.float64]:
    """Places nearest to the wanted ones, in their order, at least ``height`` apart.

    Kept between ``low`` and ``high`` where there is room for all; squares of moves are least.
    """
    at = np.asarray(wanted, np.float64)
    order = np.argsort(at, kind="stable")
    offsets = height * np.arange(len(at))
    blocks: list[list[float]] = []
    for value in at[order] - offsets:
        blocks.append([value, 1.0])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            mean, n = blocks.pop()
            blocks[-1][0] = (blocks[-1][0] * blocks[-1][1] + mean * n) / (blocks[-1][1] + n)
            blocks[-1][1] += n
    level = np.concatenate([np.full(int(n), mean) for mean, n in blocks]) if blocks else at
    room = high - low - height * (len(at) - 1)
    level = np.clip(level, low, low + max(room, 0.0))
    out = np.empty(len(at))
    out[order] = level + offsets
    return out


def direct_labels(
    ax: Any, names: Sequence[Name], *, gap: float = 8.0, settled: bool = False
) -> None:
    """Names of curves right of the axes, at the height of their ends, on bent leaders.

    ``Name.x`` is not used; ``Name.y`` is in data. Call it last: the limits are read here.
    ``settled`` spares the layout of the whole figure where an earlier panel has had its names.

    >>> kit.direct_labels(ax, [kit.Name(0, y[-1], "0.24", style) for ...])
    """
    if not names:
        return
    fig = ax.figure
    if not settled:
        fig.draw_without_rendering()
    top_px = ax.get_window_extent().height
    places = ax.transData.transform([(ax.get_xlim()[1], n.y) for n in names])[:, 1]
    wanted = (places - ax.get_window_extent().y0) / top_px
    high = _line_height(fig) / top_px
    shown = spread(np.clip(wanted, 0, 1), high, 0.0, 1.0)
    offset = need("matplotlib.transforms").ScaledTranslation
    marked = any(name.style is not None for name in names)
    for name, y, at in zip(names, np.clip(wanted, 0, 1), shown, strict=True):

        def moved(points: float) -> Any:
            return ax.transAxes + offset(points / 72, 0, fig.dpi_scale_trans)

        if abs(y - at) > high / 4:
            _leader(ax, y, at, gap)
        if name.style is not None:
            ax.scatter(
                [1], [at], 18, name.style.colour, marker=marker(name.style.shape), lw=0,
                transform=moved(gap + 3), clip_on=False, zorder=6,
            )  # fmt: skip
        words_at = gap + (8 if marked else 0)
        ax.text(
            1, at, name.words, transform=moved(words_at), va="center", fontsize=SMALL,
            fontweight=500, color=LIGHT.text,
        )  # fmt: skip


def _leader(ax: Any, y: float, at: float, gap: float) -> None:
    width = ax.get_window_extent().width
    ends = np.array([2.0, gap - 1]) * ax.figure.dpi / 72 / width
    ax.plot(1 + ends, [y, at], transform=ax.transAxes, lw=0.5, color=LIGHT.control, clip_on=False)


def _line_height(fig: Any) -> float:
    return float(SMALL * 1.3 * fig.dpi / 72)


def map_labels(
    ax: Any, names: Sequence[Name], *, most: int = 40, avoid: ArrayLike | None = None
) -> tuple[str, ...]:
    """Names of points on a map, with a halo, where they hide least of the lines and points.

    A name that is moved by more than a line has a leader to its point.
    Those that would lie upon another, or upon one of the points (M, 2) to avoid, are left out.
    Call it last.

    Returns
    -------
    tuple of str
        The names that found no place.
    """
    fig = ax.figure
    fig.draw_without_rendering()
    renderer, frame = fig.canvas.get_renderer(), ax.get_window_extent()
    point = fig.dpi / 72
    boxes = [] if avoid is None else _around(ax.transData.transform(avoid), 2.0 * point)
    heads = [ax.transData.transform(_flat(ax, name)) for name in names]
    every = np.array(heads, np.float64).reshape(-1, 2)
    boxes += _around(every, 3.0 * point)
    drawn = _drawn(ax, 2.5 * point)
    left_out: list[str] = []
    for name, (x, y) in zip(names[:most], heads, strict=False):
        text = fig.text(0, 0, name.words, fontsize=SMALL, fontweight=600, color=LIGHT.text)
        size = text.get_window_extent(renderer)
        place = free_place(
            (x, y), (size.width, size.height), boxes, _inside(frame), 5.5 * point, drawn, every
        )
        if place is None:
            text.remove()
            left_out.append(name.words)
            continue
        boxes.append(place)
        text.remove()
        up = ((place[1] + place[3]) / 2 - y) / point
        _put(ax, name, ((place[0] - x) / point, up))
        if abs(up) > SMALL:
            _lead(ax, name, ((place[0 if place[0] > x else 2] - x) / point, up))
    return (*left_out, *(n.words for n in names[most:]))


Box = tuple[float, float, float, float]


def _around(points: NDArray[np.float64], half: float) -> list[Box]:
    return [(x - half, y - half, x + half, y + half) for x, y in points.tolist()]


def _drawn(ax: Any, every: float) -> NDArray[np.float64]:
    """(M, 2) points on everything that is drawn in the data, ``every`` so many pixels on lines."""
    found = [np.empty((0, 2))]
    for shape in ax.collections:
        if hasattr(shape, "get_segments"):
            found += [_along(ax.transData.transform(s), every) for s in shape.get_segments()]
        elif shape.get_offset_transform() == ax.transData:
            found.append(ax.transData.transform(np.ma.filled(shape.get_offsets(), np.nan)))
    found += [
        _along(ax.transData.transform(np.asarray(line.get_xydata(), np.float64)), every)
        for line in ax.lines
        if line.get_transform() == ax.transData and not hasattr(ax, "get_zlim")
    ]
    points = np.concatenate(found)
    return np.asarray(points[np.isfinite(points).all(axis=1)])


def _along(path: NDArray[np.float64], every: float) -> NDArray[np.float64]:
    """Points along a path of pixels; parts to or from NaN have none."""
    starts, ends = path[:-1], path[1:]
    lengths = np.hypot(*(ends - starts).T)
    good = np.isfinite(lengths)
    n = np.maximum(np.ceil(np.where(good, lengths, 0) / every), 1).astype(int)
    parts = [
        start + (end - start) * ((np.arange(k) + 0.5) / k)[:, None]
        for start, end, k in zip(starts[good], ends[good], n[good], strict=True)
    ]
    return np.concatenate(parts) if parts else np.empty((0, 2))


def _inside(frame: Any) -> Box:
    return frame.x0, frame.y0, frame.x1, frame.y1


def free_place(
    at: tuple[float, float],
    size: tuple[float, float],
    taken: Sequence[Box],
    frame: Box,
    away: float,
    drawn: NDArray[np.float64] = NOWHERE,
    named: NDArray[np.float64] = NOWHERE,
) -> Box | None:
    """A box (x0, y0, x1, y1) of ``size`` near ``at``, in ``frame``, that overlaps none of taken.

    The one that hides fewest of the points ``drawn`` (M, 2) and is moved least: right of the point,
    left of it, above and below, up to four lines away; and one that is not nearer to another of the
    points that are ``named`` (M, 2), where there is a choice.
    """
    (x, y), (w, h) = at, size
    best, least = None, np.inf
    for lines in (0, -1, 1, -2, 2, -3, 3, -4, 4):
        for side, x0 in enumerate((x + away, x - away - w, x - w / 2)):
            if side == _ABOVE and abs(lines) < 2:
                continue
            y0 = y - h / 2 + lines * h * 0.95
            box = (x0, y0, x0 + w, y0 + h)
            if not _within(box, frame) or any(overlap(box, other) for other in taken):
                continue
            cost = _MOVED * abs(lines) + side + _hidden(box, drawn)
            cost += _MISTAKEN * _mistaken(box, at, named)
            if cost < least:
                best, least = box, cost
    return best


def _mistaken(box: Box, at: tuple[float, float], named: NDArray[np.float64]) -> bool:
    """Whether another named point is nearer to the box than its own."""
    points = np.vstack([np.array([at]), named])
    low, high = np.array(box[:2]), np.array(box[2:])
    away = np.hypot(*np.maximum(np.maximum(low - points, points - high), 0).T)
    return bool(len(named) and (away < away[0] - 1).any())


def _hidden(box: Box, drawn: NDArray[np.float64]) -> int:
    x, y = drawn.T
    return int(((x > box[0]) & (x < box[2]) & (y > box[1]) & (y < box[3])).sum())


def overlap(a: Box, b: Box) -> bool:
    """Whether two boxes share more than an edge."""
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _within(box: Box, frame: Box) -> bool:
    return (
        box[0] >= frame[0] and box[2] <= frame[2] and box[1] >= frame[1] and box[3] <= frame[3]
    )  # fmt: skip


def _flat(ax: Any, name: Name) -> tuple[float, float]:
    """The point of a name in the plane of the axes."""
    if name.z is None:
        return name.x, name.y
    x, y, _ = need("mpl_toolkits.mplot3d.proj3d").proj_transform(
        name.x, name.y, name.z, ax.get_proj()
    )
    return float(x), float(y)


def _put(ax: Any, name: Name, offset: tuple[float, float]) -> None:
    haloed(
        ax, name.words, _flat(ax, name), LIGHT.canvas, xytext=offset, va="center", ha="left",
        fontsize=SMALL, fontweight=600, color=LIGHT.text, zorder=1000,
    )  # fmt: skip


def _lead(ax: Any, name: Name, edge: tuple[float, float]) -> None:
    """A thin line from the edge of a name, in points from its point, to the point."""
    looks = {"arrowstyle": "-", "lw": 0.5, "color": LIGHT.control, "shrinkA": 1, "shrinkB": 3}
    ax.annotate(
        "", _flat(ax, name), xytext=edge, textcoords="offset points", annotation_clip=False,
        zorder=999, arrowprops=looks,
    ).set_in_layout(False)  # fmt: skip
