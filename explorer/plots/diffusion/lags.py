"""The upper plots: squared distance against lag, its fits, and the other law. Pure."""

from __future__ import annotations

import numpy as np

from compute.core.numbers import count
from explorer.plots.diffusion import axes as ax
from explorer.plots.diffusion.answers import Boot, Doubles, Fits, Space
from explorer.plots.diffusion.axes import Axes, Rect
from explorer.plots.diffusion.ink import DASHED, DOTTED, Ink, dashed
from explorer.plots.diffusion.look import DOT, FIT_PX, STRONG_PX, Look, Scene
from explorer.plots.diffusion.spec import exponent
from explorer.plots.diffusion.writing import Spots, Writer, most_ends
from explorer.plots.scales import Scale
from explorer.state.views import Unit
from explorer.theme.tokens import rgb


def axes_of(scene: Scene, look: Look, s: int, rect: Rect) -> Axes:
    """Both logarithmic; the range holds the points and fits of the runs in colour."""
    fits = scene.refit.fits[s]
    shown = look.order[look.lit[look.order]] if look.lit.any() else look.order
    lags = fits.lags[shown]
    x_range = ax.log_range(np.where(np.isfinite(fits.squared[shown]), lags, np.nan), 0.05)
    edge = np.exp(
        fits.law.intercept[shown, None]
        + fits.law.exponent[shown, None] * np.log(10.0) * np.array(x_range)
    )
    y_range = ax.calm_range(np.concatenate([fits.squared[shown].ravel(), edge.ravel()]))
    unit = look.unit.factor if scene.answer.spaces[s].key == "loglik" else 1.0
    return Axes(rect, Scale("log"), Scale("log", factor=unit), x_range, y_range)


def draw(ink: Ink, scene: Scene, look: Look, s: int, axes: Axes) -> tuple[Spots, Doubles, float]:
    """Points and fits: the points, the heights of the fits at the right edge (R,) in px, and the
    lag at which the window ends."""
    fits = scene.refit.fits[s]
    _grid(ink, look, axes)
    end = window_end(scene, look, s)
    heights = _fit_lines(ink, fits, look, axes, end)
    if look.drift and scene.boot is not None and s == 0 and scene.answer.tab == "distance":
        _drift(ink, scene.boot, look, axes)
    return _points(ink, fits, look, axes), heights, end


def _grid(ink: Ink, look: Look, axes: Axes) -> None:
    rect, colour, wide = axes.rect, rgb(look.tokens.grid), 1.0 / look.tokens.line_scale
    for place, _ in axes.x_ticks():
        x = axes.x_px(place)
        ink.lines(np.array([[[x, rect.top], [x, rect.bottom]]]), colour, wide)
    for place, _ in axes.y_ticks():
        y = axes.y_px(place)
        ink.lines(np.array([[[rect.left, y], [rect.right, y]]]), colour, wide)


def _points(ink: Ink, fits: Fits, look: Look, axes: Axes) -> Spots:
    """Filled in the window, outlined beyond it."""
    order = look.order
    px, py = axes.px(fits.lags[order]), axes.py(fits.squared[order])
    if look.hidden and px.shape[1]:
        off = np.stack([look.hidden[r][fits.targets[r]] for r in order])
        py = np.where(off, np.nan, py)
    n = px.shape[1]
    places = np.stack([px, py], axis=-1).reshape(-1, 2)
    run, inside = np.repeat(order, n), fits.inside[order].ravel()
    lit = look.lit[run]
    colour, shape = look.colour[run], look.shape[run]
    out = ~inside & lit
    ink.rings(places[out], colour[out], DOT, shape[out], rgb(look.tokens.canvas))
    ink.dots(places[inside], colour[inside], np.where(lit, DOT, DOT / 2)[inside], shape[inside])
    good = np.isfinite(places).all(axis=1)
    return Spots(places[good, 0], places[good, 1], run[good], fits.targets[order].ravel()[good])


def window_end(scene: Scene, look: Look, s: int) -> float:
    """Longest lag of a window: of the run that is read out, else of any."""
    fits = scene.refit.fits[s]
    inside = np.where(fits.inside, fits.lags, np.nan)
    for rows in ([look.strong] if look.strong >= 0 else [], look.order):
        found = inside[rows]
        if np.isfinite(found).any():
            return float(np.nanmax(found))
    return float("nan")


def _fit_lines(ink: Ink, fits: Fits, look: Look, axes: Axes, end: float) -> Doubles:
    """Solid in the window, dotted beyond it; (R,) px of the right ends, NaN where no fit is."""
    rect, colour = axes.rect, look.colour
    edge = 10.0 ** np.array([axes.x_range[0], axes.x_range[1]])
    turn = end if np.isfinite(end) else edge[1]
    x = np.array([edge[0], min(turn, edge[1]), edge[1]])
    with np.errstate(over="ignore"):
        y = np.exp(fits.law.intercept[:, None] + fits.law.exponent[:, None] * np.log(x))
    px, py = axes.px(x), axes.py(y)
    order = look.order
    wide = np.where(order == look.strong, STRONG_PX, np.where(look.lit[order], FIT_PX, 1.0))
    whole = np.stack([np.broadcast_to(px[:2], (len(order), 2)), py[order, :2]], axis=-1)
    inside = (whole[..., 1] >= rect.top - 1) & (whole[..., 1] <= rect.bottom + 1)
    whole[~inside.all(axis=1)] = np.nan
    ink.lines(whole, colour[order], wide)
    for r in order[look.lit[order]] if look.few else ():
        if np.isfinite(py[r]).all() and rect.top - 1 <= py[r, 2] <= rect.bottom + 1:
            ink.lines(dashed(px[1:], py[r, 1:], DOTTED), colour[r], 1.6)
    return py[:, 2]


def _drift(ink: Ink, boot: Boot, look: Look, axes: Axes) -> None:
    """Noise plus drift of the run that is read out."""
    laws = boot.at.laws
    if not np.isfinite([laws.noise, laws.drift]).all():
        return
    x = np.logspace(*axes.x_range, 60)
    py = axes.py(laws.noise + laws.drift * x)
    py[(py < axes.rect.top) | (py > axes.rect.bottom)] = np.nan
    ink.lines(dashed(axes.px(x), py, DASHED), rgb(look.tokens.text3), 1.4)


def write(writer: Writer, scene: Scene, look: Look, s: int, axes: Axes, heights: Doubles) -> None:
    """Heading, ticks, and the exponents at the ends of the fits."""
    space, rect, fits = scene.answer.spaces[s], axes.rect, scene.refit.fits[s]
    wide = rect.width + ax.LEFT + ax.LABELS
    writer.heading(rect, rect.left - ax.LEFT, space.title, _subtitle(space, look.unit), wide)
    starts = {float(scene.answer.runs[r].steps[fits.at[r]]) for r in look.order if fits.at[r] >= 0}
    after = count(round(starts.pop())) if len(starts) == 1 else "the start"
    writer.ticks(axes, f"lag, steps after {after}")
    fitted = [r for r in look.named if np.isfinite(heights[r])][: most_ends(rect)]
    writer.ends(
        rect, [float(heights[r]) for r in fitted],
        [exponent(fits.law.exponent[r]) for r in fitted],
        [look.shapes[r] for r in fitted], [look.colours[r] for r in fitted], ax.LABELS,
    )  # fmt: skip


def _subtitle(space: Space, unit: Unit) -> str:
    match space.key:
        case "loglik":
            return f"squared distance, {unit.title}"
        case "weights":
            return "squared distance of all parameters"
        case "exp":
            return "squared distance of exp(qs), the literal reading"
        case _:
            return "squared distance of exp(l / B), the informative one"
