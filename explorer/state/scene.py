"""What the map shows, as one frozen value: a pure function of looks and playhead.

Coordinates are no part of a scene. Its arrays name *nodes*: node ``k < K`` is entry ``k``, node
``K + h`` is the h-th head: the end of a begun run, which lies between two entries at the playhead,
or an entry without steps. So live frames move nodes without a new scene, and a new playhead makes a
new scene without new coordinates and without new looks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from compute.core.numbers import count
from explorer.state import axes
from explorer.state.colouring import Bar
from explorer.state.dress import (
    ARROW,
    DOT,
    DOT_RIM,
    DOTTED,
    FUTURE_MIX,
    FUTURE_WIDTH,
    GREY_MIX,
    HEAD,
    HEAD_RIM,
    Dress,
    Floats,
    Ints,
    LegendRow,
    Rgb,
    Tracks,
)
from explorer.state.heads import Head, Heads
from explorer.state.map import Faith

DOTTED_MIX = np.float32(0.8)
MADE_WIDTH = np.float32(1.4)


@dataclass(frozen=True, eq=False)
class Scene:
    """Everything drawn, except coordinates and what follows the pointer.

    Attributes
    ----------
    head_a, head_b : ndarray, (H,) int32; head_t : ndarray, (H,) float32
        Node ``K + h`` lies at share ``head_t`` from entry ``head_a`` to entry ``head_b``.
    segments : ndarray, (S, 2) int32
        Nodes at both ends; the future of the playhead comes first.
    segment_colour : ndarray, (S, 2, 3) float32; segment_width : ndarray, (S, 2) float32, px
    segment_kind : ndarray, (S,) uint8
        Bits :data:`DOTTED` (a jump of the picture) and :data:`ARROW`.
    segment_link : ndarray, (S,) int32
        Row of ``MapTables.links``, -1 = its KL is not known.
    mark_node, mark_shape : ndarray, (M,) int32
        Dots first, heads last (``len(heads)`` of them). Shapes index :data:`SHAPES`.
    mark_colour : ndarray, (M, 3) float32; mark_radius, mark_rim : ndarray, (M,) float32, px
    mark_hole : ndarray, (M,) bool
        Partly scored entries have a hole in their mark; ``n_partial`` counts them.
    entry_colour : ndarray, (K, 3) float32; entry_shape : ndarray, (K,) int32
        Of the entry itself, at its full colour.
    seen, greyed : ndarray, (K,) bool
        What is not seen has no mark and no segment; greyed entries get no label.
    starts : ndarray, (R,) int32
        First entry of each run with steps; ``first_step`` is their step, -1 where they differ.
    ticks : tuple of (int, str)
        Entries and their steps worth a label, along the longest run.
    n_jumps, n_looked : int
        Dotted segments of those looked at; -1 = not known yet.
    bar : Bar, optional
        The colour bar where colours are values; then ``legend`` is empty.
    shapes : tuple of (shape, words)
        What shapes stand for, where the legend does not say it.
    """

    n_entries: int = 0
    head_a: Ints = field(default_factory=lambda: np.zeros(0, np.int32))
    head_b: Ints = field(default_factory=lambda: np.zeros(0, np.int32))
    head_t: Floats = field(default_factory=lambda: np.zeros(0, np.float32))
    segments: Ints = field(default_factory=lambda: np.zeros((0, 2), np.int32))
    segment_colour: Floats = field(default_factory=lambda: np.zeros((0, 2, 3), np.float32))
    segment_width: Floats = field(default_factory=lambda: np.zeros((0, 2), np.float32))
    segment_kind: NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, np.uint8))
    segment_link: Ints = field(default_factory=lambda: np.zeros(0, np.int32))
    mark_node: Ints = field(default_factory=lambda: np.zeros(0, np.int32))
    mark_shape: Ints = field(default_factory=lambda: np.zeros(0, np.int32))
    mark_colour: Floats = field(default_factory=lambda: np.zeros((0, 3), np.float32))
    mark_radius: Floats = field(default_factory=lambda: np.zeros(0, np.float32))
    mark_rim: Floats = field(default_factory=lambda: np.zeros(0, np.float32))
    mark_hole: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, bool))
    entry_colour: Floats = field(default_factory=lambda: np.zeros((0, 3), np.float32))
    entry_shape: Ints = field(default_factory=lambda: np.zeros(0, np.int32))
    seen: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, bool))
    greyed: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, bool))
    heads: Sequence[Head] = ()
    starts: Ints = field(default_factory=lambda: np.zeros(0, np.int32))
    first_step: int = -1
    ticks: tuple[tuple[int, str], ...] = ()
    legend: tuple[LegendRow, ...] = ()
    bar: Bar | None = None
    shapes: tuple[tuple[str, str], ...] = ()
    n_others: int = 0
    n_partial: int = 0
    n_jumps: int = -1
    n_looked: int = 0

    def nodes(self, coords: Floats) -> Floats:
        """Positions of all nodes, (K + H, 3) float32, from those of the entries, (K, 3)."""
        if not len(self.head_a):
            return coords
        t = self.head_t[:, None]
        heads = coords[self.head_a] * (1 - t) + coords[self.head_b] * t
        return np.concatenate([coords, heads.astype(np.float32)])


def mixed(under: Rgb, over: Floats, share: Floats) -> Floats:
    """``over`` (..., 3) at ``share`` (...) on ``under``: colour without alpha."""
    base = np.asarray(under, np.float32)
    return base + (over - base) * np.asarray(share, np.float32)[..., None]


@dataclass(frozen=True, eq=False)
class Choices:
    """Where the playhead is. ``places`` (K,) are positions on ``axis``; None = training steps.

    ``at`` is in the unit of the axis; ``tail`` is the share of the axis behind it that stays
    bright, 0 = all of it. Without ``dots`` only heads have marks.
    """

    at: float = float("inf")
    axis: str = "log"
    places: NDArray[np.float64] | None = None
    tail: float = 0.0
    dots: bool = True


@dataclass(frozen=True, eq=False)
class _Played:
    """What the playhead makes of the runs.

    ``x`` (K,) scaled positions, -inf where unknown; ``late`` (K,) after the playhead; heads as in
    :class:`Scene`, with ``shown`` (H,) where they stand in the unit of the axis; ``split`` (H,)
    the pair that a head cuts in two, -1 = none.
    """

    x: NDArray[np.float64]
    late: NDArray[np.bool_]
    a: NDArray[np.int64]
    b: NDArray[np.int64]
    t: Floats
    shown: NDArray[np.float64]
    split: NDArray[np.int64]
    starts: NDArray[np.int64]


def resolve(looks: Dress, choices: Choices) -> Scene:
    """The scene at the playhead."""
    t = looks.tracks
    if not t.entries:
        return Scene()
    played = _played(looks, choices)
    n, n_heads = len(t.entries), len(played.a)
    colour, share = _nodes(looks, played)
    late = np.append(played.late, np.zeros(n_heads, bool))
    tail = _tail(looks, choices, played)
    if tail is not None:
        share = np.minimum(FUTURE_MIX + (1 - FUTURE_MIX) * tail, _full(looks, _rows(looks, played)))
    dim = np.where(late, np.minimum(share, FUTURE_MIX), share)
    segments, past, source = _segments(looks, played, n)
    made = looks.relations
    dots = _dots(looks, played) if choices.dots else np.zeros(0, np.int32)
    heads = np.arange(n, n + n_heads, dtype=np.int32)
    mark = np.concatenate([dots, heads]).astype(np.int32)
    is_head = np.arange(len(mark)) >= len(dots)
    over = played.a if n_heads else np.zeros(0, np.int64)
    row = np.concatenate([dots, over]).astype(np.int64)
    scale = np.float32(looks.palette.mark_scale)
    kind = looks.kind[source]
    arrow = np.full(len(made), ARROW, np.uint8)
    return Scene(
        n_entries=n,
        head_a=played.a.astype(np.int32),
        head_b=played.b.astype(np.int32),
        head_t=played.t,
        segments=np.concatenate([segments, made]),
        segment_colour=np.concatenate(
            [
                _segment_colours(looks, (colour, share), segments, past, kind),
                _made_colours(looks),
            ]
        ),
        segment_width=np.concatenate(
            [
                _segment_widths(looks, tail, segments, past, source),
                np.full((len(made), 2), MADE_WIDTH * looks.palette.line_scale, np.float32),
            ]
        ),
        segment_kind=np.concatenate([kind, arrow]),
        segment_link=np.concatenate([looks.link[source], np.full(len(made), -1, np.int32)]),
        mark_node=mark,
        mark_shape=np.where(is_head, looks.shape[row], 0).astype(np.int32),
        mark_colour=mixed(
            looks.palette.canvas, colour[mark], np.where(is_head, _full(looks, row), dim[mark])
        ),
        mark_radius=np.where(is_head, HEAD, DOT).astype(np.float32) * looks.radius[row] * scale,
        mark_rim=np.where(is_head, HEAD_RIM, DOT_RIM).astype(np.float32) * scale,
        mark_hole=t.partial[row] & (np.concatenate([np.zeros(len(dots)), played.t]) == 0),
        entry_colour=looks.colour,
        entry_shape=looks.shape,
        seen=looks.seen,
        greyed=looks.greyed,
        heads=Heads(t, over.astype(np.int32), _head_steps(t, played, choices.axis), looks.greyed),
        starts=played.starts.astype(np.int32),
        first_step=_common_step(t, played.starts),
        ticks=_ticks(looks, played),
        legend=looks.legend,
        bar=looks.bar,
        shapes=looks.shapes,
        n_others=looks.n_others,
        n_partial=int((t.partial & looks.seen).sum()),
        n_jumps=looks.n_jumps,
        n_looked=looks.n_looked,
    )


def _played(looks: Dress, choices: Choices) -> _Played:
    t = looks.tracks
    stepped = np.isfinite(t.steps)
    order = t.order[looks.seen[t.order] & stepped[t.order]]
    x = _filled(t, choices, stepped)
    at = choices.at if not np.isnan(choices.at) else np.inf
    now = np.inf if np.isinf(at) else float(axes.scaled(choices.axis, at))
    late = stepped & (x > now)
    run = t.run_of[order]
    first = np.flatnonzero(np.diff(run, prepend=-1))
    begun = np.add.reduceat(~late[order], first) if len(first) else np.zeros(0, np.int64)
    last = np.append(first[1:], len(order)) if len(first) else first
    has = begun > 0
    a = order[(first + begun - 1)[has]]
    b = order[np.minimum(first + begun, last - 1)[has]]
    pair_of = np.full(len(t.entries), -1, np.int64)
    pair_of[looks.pairs[:, 0]] = np.arange(len(looks.pairs))
    split = pair_of[a]
    if len(looks.pairs):
        split[looks.pairs[split, 1] != b] = -1
    share = np.zeros(len(a), np.float64)
    cut = (split >= 0) & (a != b) & np.isfinite(x[a])
    if np.isfinite(now) and cut.any():
        share[cut] = (now - x[a][cut]) / np.maximum(x[b][cut] - x[a][cut], 1e-12)
    split[share <= 0] = -1
    place = axes.unscaled(choices.axis, x[a])
    between = axes.unscaled(choices.axis, np.where(share > 0, now, x[a])) if len(a) else place
    single = np.flatnonzero(looks.seen & ~stepped)
    none = np.full(len(single), np.nan)
    return _Played(
        x,
        late,
        np.concatenate([a, single]),
        np.concatenate([b, single]),
        np.concatenate([share, np.zeros(len(single))]).astype(np.float32),
        np.concatenate([between, none]),
        np.concatenate([split, np.full(len(single), -1)]),
        order[first] if len(first) else np.zeros(0, np.int64),
    )


def _filled(t: Tracks, choices: Choices, stepped: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(K,) scaled positions that never go back along a run; -inf where none is known yet."""
    places = t.steps if choices.places is None else choices.places
    x = np.where(stepped, axes.scaled(choices.axis, places), np.nan)
    ordered = np.where(np.isfinite(x[t.order]), x[t.order], -np.inf)
    out = np.empty(len(x))
    run = t.run_of[t.order]
    back = (ordered[1:] < ordered[:-1]) & (run[1:] == run[:-1])
    for r in np.unique(run[1:][back]):
        low, high = t.bounds[r], t.bounds[r + 1]
        np.maximum.accumulate(ordered[low:high], out=ordered[low:high])
    out[t.order] = ordered
    return out


def _rows(looks: Dress, played: _Played) -> NDArray[np.int64]:
    """(K + H,) the entry of each node: its own, or that of the head."""
    return np.concatenate([np.arange(len(looks.seen)), played.a])


def _nodes(looks: Dress, played: _Played) -> tuple[Floats, Floats]:
    """Colours (K + H, 3) and their shares (K + H,) on the canvas."""
    t = played.t[:, None]
    heads = looks.colour[played.a] * (1 - t) + looks.colour[played.b] * t
    colour: Floats = np.concatenate([looks.colour, heads]).astype(np.float32)
    return colour, np.concatenate([looks.age, _between(looks.age, played)])


def _tail(looks: Dress, choices: Choices, played: _Played) -> Floats | None:
    """(K + H,) brightness of a comet's tail, 1 at the playhead; None without tails."""
    known = played.x[np.isfinite(played.x)]
    if choices.tail <= 0 or not len(known):
        return None
    x = np.concatenate([played.x, _head_x(played)])
    top = float(axes.scaled(choices.axis, choices.at)) if np.isfinite(choices.at) else np.inf
    behind = min(top, float(known.max())) - np.where(np.isfinite(x), x, np.inf)
    bright = np.clip(1 - behind / max(choices.tail * float(np.ptp(known)), 1e-12), 0, 1)
    return np.where(np.isfinite(x), bright, 1.0).astype(np.float32)


def _segment_widths(
    looks: Dress,
    tail: Floats | None,
    segments: Ints,
    past: NDArray[np.bool_],
    source: NDArray[np.int64],
) -> Floats:
    """(S, 2) px; a comet's tail grows towards the playhead."""
    scale = np.float32(looks.palette.line_scale)
    now = looks.width[source] if tail is None else (1.2 + 2.4 * tail[segments]) * scale
    thin = np.float32(FUTURE_WIDTH) * scale
    return np.where(past[:, None], now, thin).astype(np.float32)


def _between(values: Floats, played: _Played) -> Floats:
    found: Floats = values[played.a] * (1 - played.t) + values[played.b] * played.t
    return found


def _head_steps(t: Tracks, played: _Played, axis: str) -> NDArray[np.float64]:
    """(H,) the training step of each head, which is what tells them apart on tokens and loss."""
    if axis in ("step", "log"):
        return played.shown
    a, b = t.steps[played.a], t.steps[played.b]
    return a + np.where(played.t > 0, b - a, 0.0) * played.t


def _head_x(played: _Played) -> NDArray[np.float64]:
    a, b = played.x[played.a], played.x[played.b]
    moved, out = played.t > 0, a.copy()
    out[moved] += (b[moved] - a[moved]) * played.t[moved]
    return out


def _segments(
    looks: Dress, played: _Played, n: int
) -> tuple[Ints, NDArray[np.bool_], NDArray[np.int64]]:
    """Nodes (S, 2), whether each is past, and the pair that each came from; the future first."""
    pairs = looks.pairs.copy()
    past = ~played.late[pairs[:, 1]]
    cut = np.flatnonzero(played.split >= 0)
    where = played.split[cut]
    extra = np.stack([pairs[where, 0], n + cut], axis=1) if len(cut) else np.zeros((0, 2))
    pairs[where, 0] = n + cut
    segments = np.concatenate([pairs, extra]).astype(np.int32)
    past = np.concatenate([past, np.ones(len(cut), bool)])
    source = np.concatenate([np.arange(len(pairs)), where]).astype(np.int64)
    order = np.argsort(past, kind="stable")
    return segments[order], past[order], source[order]


def _made_colours(looks: Dress) -> Floats:
    """(R, 2, 3): arrows from models to their variants have the colour of the model."""
    rows = looks.relations
    share = np.where(looks.greyed[rows].any(axis=1), np.float32(GREY_MIX), np.float32(1.0))
    over = np.repeat(looks.colour[rows[:, :1]], 2, axis=1)
    return mixed(looks.palette.canvas, over, np.repeat(share[:, None], 2, axis=1))


def _segment_colours(
    looks: Dress,
    nodes: tuple[Floats, Floats],
    segments: Ints,
    past: NDArray[np.bool_],
    kind: NDArray[np.uint8],
) -> Floats:
    colour, share = nodes
    grey = np.concatenate([looks.greyed, np.zeros(len(colour) - len(looks.greyed), bool)])
    part: Floats = np.where(past[:, None], share[segments], np.float32(FUTURE_MIX))
    part = np.where(np.any(grey[segments], axis=1, keepdims=True), np.minimum(part, GREY_MIX), part)
    over = colour[segments]
    dotted = (kind & DOTTED) > 0
    if dotted.any():
        over[dotted] = looks.palette.text3
        part[dotted & past] = DOTTED_MIX
    return mixed(looks.palette.canvas, over, part.astype(np.float32))


def _full(looks: Dress, row: NDArray[np.int64]) -> Floats:
    """The share of heads: full, or greyed."""
    return np.where(looks.greyed[row], np.float32(GREY_MIX), np.float32(1.0))


def _dots(looks: Dress, played: _Played) -> Ints:
    """Entries drawn as dots: those seen that no head covers; late ones first."""
    shown = looks.seen & np.isfinite(looks.tracks.steps)
    shown[played.a[played.t == 0]] = False
    rows = looks.tracks.order[shown[looks.tracks.order]]
    return rows[np.argsort(~played.late[rows], kind="stable")].astype(np.int32)


def _common_step(t: Tracks, starts: NDArray[np.int64]) -> int:
    found = np.unique(t.steps[starts])
    return int(found[0]) if len(found) == 1 else -1


def _ticks(looks: Dress, played: _Played) -> tuple[tuple[int, str], ...]:
    """Powers of two along the run with most steps, up to the playhead."""
    t = looks.tracks
    sizes = np.diff(t.bounds)
    if not len(sizes) or sizes.max() < 8:
        return ()
    r = int(np.argmax(sizes))
    rows = t.order[t.bounds[r] : t.bounds[r + 1]]
    rows = rows[np.isfinite(t.steps[rows])]
    rows = rows[~played.late[rows] & looks.seen[rows] & ~looks.greyed[rows]]
    steps = t.steps[rows].astype(np.int64)
    picked = (steps >= 64) & (steps & (steps - 1) == 0)
    return tuple(
        (int(row), count(int(s))) for row, s in zip(rows[picked], steps[picked], strict=True)
    )


@dataclass(frozen=True, eq=False)
class Ties:
    """Thin lines between nodes, under the marks. ``nodes`` (T, 2) int32, ``colour`` (T, 3)."""

    nodes: Ints = field(default_factory=lambda: np.zeros((0, 2), np.int32))
    colour: Floats = field(default_factory=lambda: np.zeros((0, 3), np.float32))


def ties(looks: Dress, faith: Faith | None, rows: Sequence[int]) -> Ties:
    """Lines from these entries to those that are nearest to them by KL."""
    if faith is None or not len(rows) or not len(faith.neighbours):
        return Ties()
    near = faith.neighbours[list(rows)]
    pairs = np.stack([np.repeat(rows, near.shape[1]), near.ravel()], axis=1).astype(np.int32)
    pairs = pairs[looks.seen[pairs].all(axis=1)]
    return Ties(pairs, np.full((len(pairs), 3), looks.palette.text, np.float32))
