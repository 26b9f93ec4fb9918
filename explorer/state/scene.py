"""What the map shows, as one frozen value: a pure function of tracks, choices and palette.

Coordinates are no part of a scene. Its arrays name *nodes*: node ``k < K`` is entry ``k``, node
``K + h`` is the head of the h-th begun run, which lies between two entries at the playhead. So live
frames move nodes without a new scene, and a new playhead makes a new scene without new coordinates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from compute.core.numbers import count
from compute.core.tables import Entry
from explorer.state.map import RunMark, run_marks

Floats: TypeAlias = NDArray[np.float32]
Ints: TypeAlias = NDArray[np.int32]
Rgb: TypeAlias = tuple[float, float, float]

SHAPES = ("circle", "triangle", "diamond", "star", "cross", "hexagon", "square", "ring", "dashed")
FUTURE_MIX, FUTURE_WIDTH = 0.22, 1.2
DOT, DOT_RIM, HEAD, HEAD_RIM = 2.3, 0.8, 7.0, 1.5
LEGEND_RUNS = 8


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours a scene is mixed from, as floats in [0, 1]; ``runs`` are the data colours."""

    canvas: Rgb
    text: Rgb
    text3: Rgb
    runs: tuple[Rgb, ...]
    mark_scale: float = 1.0
    line_scale: float = 1.0

    def of(self, mark: RunMark) -> Rgb:
        return self.text3 if mark.colour < 0 else self.runs[mark.colour]


@dataclass(frozen=True, eq=False)
class Tracks:
    """Entries sorted into runs. ``order`` (K,) holds entry rows by run, then step.

    ``bounds`` (R + 1,) cuts ``order`` into runs; ``steps`` (K,) float64 belongs to entry rows and
    is NaN where an entry has no step. ``run_of`` (K,) int32 is the run of each entry row,
    ``partial`` (K,) bool whether it is only partly scored.
    """

    entries: tuple[Entry, ...]
    runs: tuple[str, ...]
    marks: tuple[RunMark, ...]
    order: NDArray[np.int64]
    bounds: NDArray[np.int64]
    steps: NDArray[np.float64]
    run_of: Ints
    partial: NDArray[np.bool_]

    @property
    def last_step(self) -> float:
        """The largest step of all runs, at least 1."""
        known = self.steps[np.isfinite(self.steps)]
        return float(max(known.max(initial=1.0), 1.0))


def tracks(entries: tuple[Entry, ...], marks: Mapping[str, RunMark] | None = None) -> Tracks:
    """Sort entries into runs. ``marks`` defaults to the order of these entries."""
    found = dict(marks or {})
    found.update({k: v for k, v in run_marks(entries).items() if k not in found})
    names = list(dict.fromkeys(e.run or e.label for e in entries))
    index = {name: i for i, name in enumerate(names)}
    run_of = np.array([index[e.run or e.label] for e in entries], np.int32)
    steps = np.array([e.step if e.step >= 0 else np.nan for e in entries], np.float64)
    order = np.lexsort((np.arange(len(entries)), steps, run_of))
    bounds = np.searchsorted(run_of[order], np.arange(len(names) + 1))
    partial = np.array([e.status == "partial" for e in entries], bool)
    in_order = tuple(found[n] for n in names)
    return Tracks(entries, tuple(names), in_order, order, bounds, steps, run_of, partial)


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a run at the playhead, or an entry without steps. ``row``: its last entry."""

    node: int
    row: int
    run: str
    name: str
    detail: str
    mark: RunMark


@dataclass(frozen=True, slots=True)
class LegendRow:
    """A run in the legend."""

    run: str
    colour: Rgb
    shape: str


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
    mark_node, mark_shape : ndarray, (M,) int32
        Dots first, heads last (``n_heads`` of them). Shapes index :data:`SHAPES`.
    mark_colour : ndarray, (M, 3) float32; mark_radius, mark_rim : ndarray, (M,) float32, px
    mark_hole : ndarray, (M,) bool
        Partly scored entries have a hole in their mark; ``n_partial`` counts them.
    starts : ndarray, (R,) int32
        First entry of each run with steps; ``first_step`` is their step, -1 where they differ.
    tick_node : tuple of (int, str)
        Steps worth a label, along the longest run.
    """

    n_entries: int = 0
    head_a: Ints = field(default_factory=lambda: np.zeros(0, np.int32))
    head_b: Ints = field(default_factory=lambda: np.zeros(0, np.int32))
    head_t: Floats = field(default_factory=lambda: np.zeros(0, np.float32))
    segments: Ints = field(default_factory=lambda: np.zeros((0, 2), np.int32))
    segment_colour: Floats = field(default_factory=lambda: np.zeros((0, 2, 3), np.float32))
    segment_width: Floats = field(default_factory=lambda: np.zeros((0, 2), np.float32))
    mark_node: Ints = field(default_factory=lambda: np.zeros(0, np.int32))
    mark_shape: Ints = field(default_factory=lambda: np.zeros(0, np.int32))
    mark_colour: Floats = field(default_factory=lambda: np.zeros((0, 3), np.float32))
    mark_radius: Floats = field(default_factory=lambda: np.zeros(0, np.float32))
    mark_rim: Floats = field(default_factory=lambda: np.zeros(0, np.float32))
    mark_hole: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, bool))
    heads: tuple[Head, ...] = ()
    starts: Ints = field(default_factory=lambda: np.zeros(0, np.int32))
    first_step: int = -1
    ticks: tuple[tuple[int, str], ...] = ()
    legend: tuple[LegendRow, ...] = ()
    n_others: int = 0
    n_partial: int = 0

    def nodes(self, coords: Floats) -> Floats:
        """Positions of all nodes, (K + H, 3) float32, from those of the entries, (K, 3)."""
        if not len(self.head_a):
            return coords
        t = self.head_t[:, None]
        heads = coords[self.head_a] * (1 - t) + coords[self.head_b] * t
        return np.concatenate([coords, heads.astype(np.float32)])


def ages(steps: NDArray[np.float64], last: float, fade: str) -> Floats:
    """Age in [0.25, 1]: a = 0.25 + 0.75 (log(1 + step) / log(1 + last))^3; unknown steps are 1."""
    part = steps / last if fade == "linear" else np.log1p(steps) / np.log1p(last)
    age = 0.25 + 0.75 * np.clip(part, 0, 1) ** 3
    return np.where(np.isfinite(steps), age, 1.0).astype(np.float32)


def mixed(under: Rgb, over: Floats, share: Floats) -> Floats:
    """``over`` (..., 3) at ``share`` (...) on ``under``: colour without alpha."""
    base = np.asarray(under, np.float32)
    return base + (over - base) * np.asarray(share, np.float32)[..., None]


@dataclass(frozen=True, slots=True)
class Choices:
    """What the state says about drawing: playhead, its axis, and the fade."""

    step: float = float("inf")
    axis: str = "log"
    fade: str = "log"


def _scaled(step: float | NDArray[np.float64], axis: str) -> Any:
    return np.log1p(step) if axis == "log" else step


@dataclass
class _Parts:
    """Collects a scene run by run."""

    a: list[int] = field(default_factory=list)
    b: list[int] = field(default_factory=list)
    t: list[float] = field(default_factory=list)
    segments: list[Ints] = field(default_factory=list)
    future: list[NDArray[np.bool_]] = field(default_factory=list)
    heads: list[Head] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    late: list[NDArray[np.int64]] = field(default_factory=list)


def resolve(tracks: Tracks, choices: Choices, palette: Palette) -> Scene:
    """The scene at the playhead."""
    if not tracks.entries:
        return Scene()
    playhead = choices.step if np.isfinite(choices.step) else float("inf")
    parts = _Parts()
    for r in range(len(tracks.runs)):
        _add_run(parts, tracks, r, playhead, choices.axis)
    return _styled(parts, tracks, choices, palette)


def _add_run(parts: _Parts, tracks: Tracks, r: int, playhead: float, axis: str) -> None:
    rows = tracks.order[tracks.bounds[r] : tracks.bounds[r + 1]]
    stepped = rows[np.isfinite(tracks.steps[rows])]
    for row in rows[~np.isfinite(tracks.steps[rows])]:
        entry = tracks.entries[row]
        _add_head(parts, tracks, Head(0, int(row), tracks.runs[r], entry.label or entry.id, "",
                                      tracks.marks[r]), (int(row), int(row), 0.0))  # fmt: skip
    if len(stepped):
        parts.starts.append(int(stepped[0]))
        _add_line(parts, tracks, r, stepped, (playhead, axis))


def _add_head(parts: _Parts, tracks: Tracks, head: Head, at: tuple[int, int, float]) -> int:
    node = len(tracks.entries) + len(parts.heads)
    parts.heads.append(Head(node, head.row, head.run, head.name, head.detail, head.mark))
    for values, value in zip((parts.a, parts.b, parts.t), at, strict=True):
        values.append(value)  # type: ignore[attr-defined]
    return node


def _add_line(
    parts: _Parts, tracks: Tracks, r: int, rows: NDArray[np.int64], at: tuple[float, str]
) -> None:
    playhead, axis = at
    steps = tracks.steps[rows]
    k = int(np.searchsorted(steps, playhead, side="right")) - 1
    parts.late.append(rows[k + 1 :])
    pairs = np.stack([rows[:-1], rows[1:]], axis=1).astype(np.int32)
    future = np.arange(len(pairs)) >= max(k, 0)
    if k >= 0:
        share = 0.0
        if k + 1 < len(rows):
            low, high = _scaled(steps[k], axis), _scaled(steps[k + 1], axis)
            share = float((_scaled(playhead, axis) - low) / max(high - low, 1e-12))
        shown = steps[k] if k + 1 == len(rows) else playhead
        head = Head(0, int(rows[k]), tracks.runs[r], tracks.runs[r],
                    f"step {count(int(shown))}", tracks.marks[r])  # fmt: skip
        after = int(rows[min(k + 1, len(rows) - 1)])
        node = _add_head(parts, tracks, head, (int(rows[k]), after, share))
        if share > 0:
            pairs[k, 0] = node
            pairs = np.concatenate([pairs, [[rows[k], node]]]).astype(np.int32)
            future = np.append(future, False)
    parts.segments.append(pairs)
    parts.future.append(future)


def _styled(parts: _Parts, tracks: Tracks, choices: Choices, palette: Palette) -> Scene:
    n, last = len(tracks.entries), tracks.last_step
    colours = np.array([palette.of(m) for m in tracks.marks], np.float32)
    steps = np.concatenate([tracks.steps, _head_steps(parts, tracks, choices)])
    run_of = np.concatenate([tracks.run_of, tracks.run_of[np.array(parts.a, np.int64)]])
    age = ages(steps, last, choices.fade)
    base = colours[run_of]
    segments, late_segment = _joined(parts)
    first = np.argsort(~late_segment, kind="stable")
    segments, late_segment = segments[first], late_segment[first]
    width = (1.2 + 1.6 * age[segments]) * palette.line_scale
    colour = mixed(palette.canvas, base[segments], age[segments])
    faint = mixed(palette.canvas, base[segments], np.full(segments.shape, FUTURE_MIX, np.float32))
    heads = np.array([h.node for h in parts.heads], np.int32)
    late = np.zeros(n + len(heads), bool)
    late[np.concatenate([[], *parts.late]).astype(np.int64)] = True
    dots = _dot_rows(parts, tracks, late)
    share = np.where(late, FUTURE_MIX, age)
    mark_node = np.concatenate([dots, heads]).astype(np.int32)
    is_head = np.arange(len(mark_node)) >= len(dots)
    shape = np.array([SHAPES.index(m.shape) for m in tracks.marks], np.int32)
    scale = np.float32(palette.mark_scale)
    return Scene(
        n_entries=n,
        head_a=np.array(parts.a, np.int32),
        head_b=np.array(parts.b, np.int32),
        head_t=np.array(parts.t, np.float32),
        segments=segments,
        segment_colour=np.where(late_segment[:, None, None], faint, colour),
        segment_width=np.where(
            late_segment[:, None], FUTURE_WIDTH * palette.line_scale, width
        ).astype(np.float32),
        mark_node=mark_node,
        mark_shape=np.where(is_head, shape[run_of[mark_node]], 0).astype(np.int32),
        mark_colour=mixed(
            palette.canvas, base[mark_node], np.where(is_head, 1.0, share[mark_node])
        ),
        mark_radius=np.where(is_head, HEAD, DOT).astype(np.float32) * scale,
        mark_rim=np.where(is_head, HEAD_RIM, DOT_RIM).astype(np.float32) * scale,
        mark_hole=_holes(parts, tracks)[mark_node],
        heads=tuple(parts.heads),
        starts=np.array(parts.starts, np.int32),
        first_step=_common_step(parts, tracks),
        ticks=_ticks(tracks, choices),
        legend=_legend(tracks, palette),
        n_others=max(0, len(tracks.runs) - LEGEND_RUNS),
        n_partial=int(tracks.partial.sum()),
    )


def _holes(parts: _Parts, tracks: Tracks) -> NDArray[np.bool_]:
    """(K + H,) bool: a head has the hole of the entry that it covers, between two it has none."""
    covered, on_entry = np.array(parts.a, np.int64), np.array(parts.t) == 0.0
    return np.concatenate([tracks.partial, tracks.partial[covered] & on_entry])


def _head_steps(parts: _Parts, tracks: Tracks, choices: Choices) -> NDArray[np.float64]:
    a, b = tracks.steps[np.array(parts.a, np.int64)], tracks.steps[np.array(parts.b, np.int64)]
    t = np.array(parts.t, np.float64)
    if choices.axis == "log":
        return np.expm1(np.log1p(a) * (1 - t) + np.log1p(b) * t)
    return a * (1 - t) + b * t


def _joined(parts: _Parts) -> tuple[Ints, NDArray[np.bool_]]:
    empty: Ints = np.zeros((0, 2), np.int32)
    return (
        np.concatenate([empty, *parts.segments]),
        np.concatenate([np.zeros(0, bool), *parts.future]),
    )


def _dot_rows(parts: _Parts, tracks: Tracks, late: NDArray[np.bool_]) -> Ints:
    """Entries drawn as dots: those that no head covers; late ones first."""
    shown = np.ones(len(tracks.entries), bool)
    covered = np.array(parts.t) == 0.0
    shown[np.array(parts.a, np.int64)[covered]] = False
    rows = tracks.order[shown[tracks.order]]
    return rows[np.argsort(~late[rows], kind="stable")].astype(np.int32)


def _common_step(parts: _Parts, tracks: Tracks) -> int:
    found = {int(tracks.steps[row]) for row in parts.starts}
    return found.pop() if len(found) == 1 else -1


def _ticks(tracks: Tracks, choices: Choices) -> tuple[tuple[int, str], ...]:
    """Powers of two along the run with most steps, up to the playhead."""
    sizes = np.diff(tracks.bounds)
    if not len(sizes) or sizes.max() < 8:
        return ()
    r = int(np.argmax(sizes))
    rows = tracks.order[tracks.bounds[r] : tracks.bounds[r + 1]]
    out = []
    for row in rows:
        step = tracks.steps[row]
        if np.isfinite(step) and 64 <= step <= choices.step and int(step) & (int(step) - 1) == 0:
            out.append((int(row), count(int(step))))
    return tuple(out)


def _legend(tracks: Tracks, palette: Palette) -> tuple[LegendRow, ...]:
    pairs = list(zip(tracks.runs, tracks.marks, strict=True))[:LEGEND_RUNS]
    return tuple(LegendRow(run, palette.of(mark), mark.shape) for run, mark in pairs)
