"""The lower plot: exponents against the start, and the window. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compute.core.numbers import count
from explorer.plots.diffusion import axes as ax
from explorer.plots.diffusion.answers import Curve, Doubles
from explorer.plots.diffusion.axes import Axes, Rect
from explorer.plots.diffusion.ink import DASHED, Ink, Sheet, dashed
from explorer.plots.diffusion.look import (
    CURVE_PX,
    SECOND,
    SECOND_PX,
    STRONG_PX,
    WINDOW_FILL,
    Look,
    Scene,
)
from explorer.plots.diffusion.spec import exponent
from explorer.plots.diffusion.writing import HIGH, Spots, Stroke, Text, Window, Writer
from explorer.plots.scales import Scale
from explorer.theme.tokens import mix, rgb

WARM_UP, MOST_BEYOND = "warm-up", 12


@dataclass(frozen=True, eq=False)
class Kept:
    """What stays while the window moves."""

    sheet: Sheet
    spots: Spots
    axes: Axes


def keep(scene: Scene, look: Look, rect: Rect) -> Kept:
    """The curves of a scene."""
    axes = _axes(scene, look, rect)
    return Kept(*_curves(scene, look, axes), axes)


def _axes(scene: Scene, look: Look, rect: Rect) -> Axes:
    """Steps from 0 to the end of the longest run; exponents with 0 and 1."""
    shown = [
        space[r] for space in scene.curves for r in range(len(space)) if look.lit[r] and space[r]
    ]
    values = np.concatenate([c.values for c in shown if c]) if shown else np.zeros(0)
    last = max((float(run.steps[-1]) for run in scene.answer.runs), default=1.0)
    return Axes(rect, Scale(), Scale(), (0.0, max(last, 1.0)), ax.exponent_range(values))


def _curves(scene: Scene, look: Look, axes: Axes) -> tuple[Sheet, Spots]:
    """The first space solid, the second dashed and paler."""
    ink = Ink(look.tokens.line_scale, look.tokens.mark_scale)
    _level(ink, look, axes)
    if len(scene.curves) > 1:
        _second(ink, scene.curves[1], look, axes)
    px, py, run, at = _flat(scene.curves[0], look, axes)
    wide = np.where(np.arange(len(look.lit)) == look.strong, STRONG_PX, CURVE_PX)
    wide = np.where(look.lit, wide, 1.0)
    ends, of = _pieces(px, py, run)
    ink.lines(ends, look.colour[of], wide[of])
    good = np.isfinite(py)
    joined = good[1:] & good[:-1] & (run[1:] == run[:-1])
    one = good & ~np.append(False, joined) & ~np.append(joined, False)
    ink.dots(np.stack([px[one], py[one]], axis=1), look.colour[run[one]], 2.0, 0)
    return ink.sheet(), Spots(px[good], py[good], run[good], at[good])


def _second(ink: Ink, curves: tuple[Curve | None, ...], look: Look, axes: Axes) -> None:
    colour, lit = look.rgb_of(SECOND), [int(r) for r in look.order if look.lit[r]]
    if not look.few:
        px, py, run, _ = _flat(curves, look, axes)
        ends, of = _pieces(px, py, run)
        ink.lines(ends[look.lit[of]], colour[of][look.lit[of]], 1.0)
        return
    for r in lit:
        if (curve := curves[r]) is not None:
            values = _seen(curve, look, r)
            py = inside(axes, axes.py(values))
            ink.lines(dashed(axes.px(curve.steps), py, DASHED), colour[r], SECOND_PX)


def _flat(
    curves: tuple[Curve | None, ...], look: Look, axes: Axes
) -> tuple[Doubles, Doubles, NDArray[np.int64], NDArray[np.int64]]:
    """px, px, run and position of the points of all runs, in the order of drawing."""
    found = [(int(r), c) for r in look.order if (c := curves[int(r)]) is not None]
    if not found:
        none = np.zeros(0, np.int64)
        return np.zeros(0), np.zeros(0), none, none
    run = np.repeat([r for r, _ in found], [len(c.at) for _, c in found]).astype(np.int64)
    px = axes.px(np.concatenate([c.steps for _, c in found]))
    py = inside(axes, axes.py(np.concatenate([_seen(c, look, r) for r, c in found])))
    return px, py, run, np.concatenate([c.at for _, c in found])


def inside(axes: Axes, py: Doubles) -> Doubles:
    """Values beyond the axis are drawn at its end; :func:`write_lower` says what they are."""
    return np.clip(py, axes.rect.top, axes.rect.bottom)


def _seen(curve: Curve, look: Look, r: int) -> Doubles:
    if not look.hidden:
        return curve.values
    return np.where(look.hidden[r][curve.at], np.nan, curve.values)


def _pieces(px: Doubles, py: Doubles, run: NDArray[np.int64]) -> tuple[Doubles, NDArray[np.int64]]:
    """(S, 2, 2) segments inside runs, and the run of each."""
    points = np.stack([px, py], axis=1)
    same = run[1:] == run[:-1]
    return np.stack([points[:-1], points[1:]], axis=1)[same], run[1:][same]


def _level(ink: Ink, look: Look, axes: Axes) -> None:
    """Horizontal grid, and Brownian motion as a dashed line."""
    k, rect = look.tokens, axes.rect
    for place, _ in axes.y_ticks():
        y = axes.y_px(place)
        ink.lines(np.array([[[rect.left, y], [rect.right, y]]]), rgb(k.grid), 1.0 / k.line_scale)
    y = float(axes.py(1.0))
    ends = dashed(np.array([rect.left, rect.right]), np.array([y, y]), DASHED)
    ink.lines(ends, rgb(k.control), 1.0 / k.line_scale)


# ---------------------------------------------------------------- what moves with the window


def span_of(scene: Scene, r: int) -> tuple[float, float]:
    """First and last step of the window of a run; NaN = it has none."""
    fits, run = scene.refit.fits[0], scene.answer.runs[r]
    at = int(fits.at[r])
    if at < 0:
        return float("nan"), float("nan")
    start = float(run.steps[at])
    return start, start + float(np.nanmax(np.where(fits.inside[r], fits.lags[r], 0.0), initial=0))


def draw_window(under: Ink, writer: Writer, scene: Scene, look: Look, low: Axes) -> Window | None:
    """Warm-up and window."""
    k, rect = look.tokens, low.rect
    if scene.answer.warm_up > 0:
        right = min(float(low.px(float(scene.answer.warm_up))), rect.right)
        under.fill(Rect(rect.left, rect.top, right, rect.bottom), rgb(k.grid))
    if look.strong < 0:
        return None
    start, end = span_of(scene, look.strong)
    if not np.isfinite(start):
        return None
    left, right = float(low.px(start)), float(low.px(end))
    tint = rgb(mix(k.canvas, k.accent, WINDOW_FILL))
    under.fill(Rect(left, rect.top, right, rect.bottom), tint)
    said = f"fit window {count(round(start))} – {count(round(end))}"
    wide, inside = look.measure(said, writer.small, 600) + 12, right - left
    if wide <= inside:
        x, align = (left + right) / 2, "centre"
    elif right + wide <= rect.right:
        x, align = right + 6, "left"
    else:
        x, align = left - 6, "right"
    writer.text(x, rect.top + 10, said, writer.small, "accent", weight=600, align=align,
                clear=align != "centre")  # fmt: skip
    return Window(left, right, rect)


def draw_starts(live: Ink, scene: Scene, look: Look, low: Axes) -> None:
    """The exponents of the window as marks at its start."""
    for s in reversed(range(len(scene.refit.fits))):
        fits = scene.refit.fits[s]
        rows = np.array([r for r in look.order if look.lit[r] and fits.at[r] >= 0], np.int64)
        if not len(rows):
            continue
        steps = [float(scene.answer.runs[r].steps[fits.at[r]]) for r in rows]
        places = np.stack([low.px(steps), low.py(fits.law.exponent[rows])], axis=1)
        places[(places[:, 1] < low.rect.top) | (places[:, 1] > low.rect.bottom)] = np.nan
        if s:
            canvas = rgb(look.tokens.canvas)
            live.rings(places, look.colour[rows], 3.6, look.shape[rows], canvas)
        else:
            live.dots(places, look.colour[rows], 4.0, look.shape[rows])


def write_lower(writer: Writer, scene: Scene, look: Look, low: Axes, window: Window | None) -> None:
    """Heading, ticks, and what the lines are."""
    rect = low.rect
    left = rect.left - ax.LEFT
    taken = _curve_names(writer, scene, rect)
    writer.text(left, rect.top - 34, "Exponent against start", 15, "text", weight=600,
                most=taken - left - 12)  # fmt: skip
    said = (
        f"Drag the window to refit. Each fit uses {scene.refit.points} intervals after the start. "
        "A gap marks an excluded start."
    )
    writer.text(left, rect.top - 15, said, writer.small, most=rect.right - left)
    writer.ticks(low, "start, step")
    _brownian(writer, low, window)
    _beyond(writer, scene, look, low)
    if scene.answer.warm_up > 0:
        _warm_up(writer, low, float(scene.answer.warm_up))


def _brownian(writer: Writer, low: Axes, window: Window | None) -> None:
    """At the right end of its line, or where the window leaves room."""
    words, right = "Brownian, c = 1", low.rect.right - 4
    wide, y = writer.measure(words, writer.tick, 400) + 12, float(low.py(1.0))
    if window is not None and window.right > right - wide and window.left < low.rect.right:
        right = window.left - 8
    if right - wide > low.rect.left:
        below = y - low.rect.top < 36
        writer.text(right, y + (11 if below else -10), words, writer.tick, "text2", align="right",
                    clear=True)  # fmt: skip


def _beyond(writer: Writer, scene: Scene, look: Look, low: Axes) -> None:
    """Exponents that have no place on the axis, as numbers at its end; the first few of them."""
    rect, found = low.rect, []
    for curves in scene.curves:
        for r in look.named:
            curve = curves[r]
            if curve is None:
                continue
            values = _seen(curve, look, r)
            odd = np.flatnonzero((values < low.y_range[0]) | (values > low.y_range[1]))
            found += [(float(curve.steps[k]), float(values[k])) for k in odd.tolist()]
    taken: list[tuple[float, float]] = []
    for step, value in sorted(found, key=lambda point: -abs(point[1] - 0.5)):
        up = value > low.y_range[1]
        words = f"{exponent(value)} {'↑' if up else '↓'}"
        half = writer.measure(words, writer.tick, 400) / 2
        x = min(max(float(low.px(step)), rect.left + half + 4), rect.right - half - 4)
        if len(taken) < MOST_BEYOND and all(x + half < a or x - half > b for a, b in taken):
            y = rect.top + 28 if up else rect.bottom - 10
            writer.text(x, y, words, writer.tick, align="centre", clear=True)
            taken.append((x - half - 8, x + half + 8))


def _curve_names(writer: Writer, scene: Scene, rect: Rect) -> float:
    """What solid and dashed stand for, at the right of the heading; where it begins."""
    k, x = writer.tokens, rect.right
    for s in reversed(range(len(scene.answer.spaces))):
        words = scene.answer.spaces[s].said
        found = writer.text(x, rect.top - 34, words, writer.small, "text2", align="right",
                            most=rect.width * 0.3)  # fmt: skip
        x = found.left - 8
        dash = () if s == 0 else DASHED
        width = 2.0 if s == 0 else 1.6
        colour = k.text2 if s == 0 else k.text3
        writer.strokes.append(Stroke(x - 26, rect.top - 34, x, rect.top - 34, colour, width, dash))
        x -= 26 + 16
    return x + 16


def _warm_up(writer: Writer, low: Axes, step: float) -> None:
    rect, tick = low.rect, writer.tick
    right = float(low.px(step))
    high = tick * HIGH
    left = right - high - 1 if right - rect.left >= high + 2 else right + 1
    wide = writer.measure(WARM_UP, tick, 400)
    if wide + 8 > rect.height:
        return
    place = Rect(left, rect.bottom - 4 - wide, left + high, rect.bottom - 4)
    writer.texts.append(Text(place, WARM_UP, tick, "text3", turned=True))
