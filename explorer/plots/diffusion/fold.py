"""The tab of folding: the fold, the path beside what becomes of it, and the exponents of both."""

from __future__ import annotations

import numpy as np

from compute.analysis.diffusion.folding import Folding, takagi
from explorer.plots.diffusion import axes as ax
from explorer.plots.diffusion.answers import Doubles
from explorer.plots.diffusion.axes import Axes, Layout, Rect
from explorer.plots.diffusion.ink import Ink, Sheet, segments
from explorer.plots.diffusion.spec import exponent
from explorer.plots.diffusion.writing import Measure, Picture, Sign, Writer
from explorer.plots.scales import Scale
from explorer.theme.tokens import Tokens, rgb

TEETH, CURVE_POINTS, SHOWN_STEPS = 12, 1500, 4000
PATH, FOLDED = 6, 0
"""Run colours of the path and of its fold."""


def drawn(found: Folding, place: Layout, tokens: Tokens, measure: Measure) -> Picture:
    """The picture of one alpha."""
    ink, writer = Ink(tokens.line_scale, tokens.mark_scale), Writer(tokens, measure)
    _fold(ink, writer, found, place.upper[0])
    _law(ink, writer, found, place.upper[1])
    _paths(ink, writer, found, place.lower)
    _legend(writer, found, place.legend)
    return Picture(
        Sheet(), Sheet(), ink.sheet(), tuple(writer.texts), tuple(writer.strokes),
        tuple(writer.signs),
    )  # fmt: skip


def _legend(writer: Writer, found: Folding, rect: Rect) -> None:
    x, y = rect.left, rect.top + 8
    folded = f"f(w), its fold, α = {found.alpha:g}"
    for number, words in ((PATH, "w, a Brownian path in 8 dimensions"), (FOLDED, folded)):
        writer.signs.append(Sign(x + 5, y, "circle", writer.tokens.runs[number], 4.2))
        room = rect.right - x - 14
        x = writer.text(x + 14, y, words, writer.small, "text2", most=room).right + 16


def _fold(ink: Ink, writer: Writer, found: Folding, rect: Rect) -> None:
    x = np.linspace(0, 1, CURVE_POINTS)
    y = takagi(x, found.alpha, terms=TEETH)
    wide = Rect(rect.left, rect.top, rect.right + ax.LABELS - 10, rect.bottom)
    axes = Axes(wide, Scale(), Scale(), (0.0, 1.0), (0.0, 1.05 * float(y.max())))
    _grid(ink, writer, axes)
    ink.lines(segments(axes.px(x), axes.py(y)), _colour(writer.tokens, FOLDED), 1.0)
    writer.heading(rect, rect.left - ax.LEFT, "The fold", "f along one direction of the weights",
                   rect.width + ax.LEFT + ax.LABELS)  # fmt: skip
    writer.ticks(axes, "place along u, periods")


def _law(ink: Ink, writer: Writer, found: Folding, rect: Rect) -> None:
    """Both begin at 1: only slopes are compared."""
    x = found.lags.astype(np.float64)
    pairs = ((found.squared_w, found.law_w, PATH), (found.squared_f, found.law_f, FOLDED))
    values = np.concatenate([squared / squared[0] for squared, _, _ in pairs])
    axes = Axes(rect, Scale("log"), Scale("log"), ax.log_range(x), ax.calm_range(values))
    _grid(ink, writer, axes)
    ends, words, colours = [], [], []
    for squared, law, number in pairs:
        colour = _colour(writer.tokens, number)
        fit = np.exp(law.intercept + law.exponent * np.log(x)) / squared[0]
        ink.lines(segments(axes.px(x), axes.py(fit)), colour, 2.2)
        ink.dots(np.stack([axes.px(x), axes.py(squared / squared[0])], axis=1), colour, 3.6, 0)
        ends.append(float(axes.py(fit[-1])))
        words.append(exponent(float(law.exponent)))
        colours.append(writer.tokens.runs[number])
    writer.ends(rect, ends, words, ["circle"] * 2, colours, ax.LABELS)
    said = f"α times that of w: {exponent(found.alpha * float(found.law_w.exponent))}"
    writer.heading(rect, rect.left - ax.LEFT, "Squared distance", said,
                   rect.width + ax.LEFT + ax.LABELS)  # fmt: skip
    writer.ticks(axes, "lag, steps")


def _paths(ink: Ink, writer: Writer, found: Folding, rect: Rect) -> None:
    """Each in its own standard deviations, one above the other."""
    n = min(SHOWN_STEPS, len(found.along))
    x = np.arange(n, dtype=np.float64)
    k = writer.tokens
    rows = [(_standard(found.along[:n]), PATH, "w"), (_standard(found.height[:n]), FOLDED, "f")]
    tops = [float(rows[1][0].max()) + 0.6 - float(rows[0][0].min()), 0.0]
    values = np.concatenate([y + up for (y, _, _), up in zip(rows, tops, strict=True)])
    axes = Axes(rect, Scale(), Scale(), (0.0, float(n)), ax.linear_range(values, 0.08))
    for (y, number, words), up in zip(rows, tops, strict=True):
        px, py = thinned(axes.px(x), axes.py(y + up), rect)
        ink.lines(segments(px, py), _colour(k, number), 1.2)
        writer.text(rect.left - 8, float(axes.py(up)), words, writer.small, "text2",
                    align="right")  # fmt: skip
    writer.heading(rect, rect.left - ax.LEFT, "The path and what becomes of it",
                   f"w along u above, f below, each in its standard deviations; first {n:,} steps",
                   rect.width + ax.LEFT)  # fmt: skip
    for place, said in axes.x_ticks():
        half = writer.measure(said, writer.tick, 400) / 2
        at = min(axes.x_px(place), rect.right - half)
        writer.text(at, rect.bottom + 13, said, writer.tick, align="centre")
    writer.text(rect.right, rect.bottom + 29, "step", writer.tick, align="right")


def thinned(x: Doubles, y: Doubles, rect: Rect) -> tuple[Doubles, Doubles]:
    """At most four points a px: first, lowest, highest and last of each column."""
    column = np.clip((x - rect.left).astype(np.int64), 0, None)
    first = np.flatnonzero(np.diff(column, prepend=-1))
    last = np.append(first[1:], len(x)) - 1
    low = [a + int(np.argmin(y[a : b + 1])) for a, b in zip(first, last, strict=True)]
    high = [a + int(np.argmax(y[a : b + 1])) for a, b in zip(first, last, strict=True)]
    kept = np.unique(np.concatenate([first, last, low, high]).astype(np.int64))
    return x[kept], y[kept]


def _standard(values: Doubles) -> Doubles:
    return np.asarray((values - values.mean()) / max(float(values.std()), 1e-12))


def _grid(ink: Ink, writer: Writer, axes: Axes) -> None:
    k, rect = writer.tokens, axes.rect
    for place, _ in axes.y_ticks():
        y = axes.y_px(place)
        ink.lines(np.array([[[rect.left, y], [rect.right, y]]]), rgb(k.grid), 1.0 / k.line_scale)


def _colour(tokens: Tokens, number: int) -> tuple[float, float, float]:
    return rgb(tokens.runs[number])
