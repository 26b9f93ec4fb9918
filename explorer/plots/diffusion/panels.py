"""What the tabs of runs draw: two plots of squared distance, and exponents against the start."""

from __future__ import annotations

import numpy as np

from compute.core.numbers import count
from explorer.plots.diffusion import axes as ax
from explorer.plots.diffusion import lags, starts
from explorer.plots.diffusion.axes import Layout, Rect
from explorer.plots.diffusion.ink import Ink
from explorer.plots.diffusion.look import WINDOW_FILL, Look, Scene
from explorer.plots.diffusion.starts import Kept
from explorer.plots.diffusion.writing import Picture, Sign, Stroke, Writer
from explorer.theme.tokens import mix, rgb

NOT_MEASURED = (
    "The weights of these runs were not measured. It is done once, from the files of the "
    "checkpoints; log-likelihoods need none of it."
)
LINE, BUTTON = 1.5, 28.0


def drawn(
    scene: Scene, look: Look, place: Layout, kept: Kept | None = None
) -> tuple[Picture, Kept]:
    """The picture, and its curves to be kept while only the window moves."""
    kept = kept or starts.keep(scene, look, place.lower)
    k, low = look.tokens, kept.axes
    under, live = Ink(k.line_scale), Ink(k.line_scale, k.mark_scale)
    writer = Writer(k, look.measure)
    window = starts.draw_window(under, writer, scene, look, low)
    spots = [kept.spots]
    tint = rgb(mix(k.canvas, k.accent, WINDOW_FILL))
    for s, rect in enumerate(place.upper[: len(scene.answer.spaces)]):
        axes = lags.axes_of(scene, look, s, rect)
        found, heights, end = lags.draw(live, scene, look, s, axes)
        if np.isfinite(end):
            right = min(float(axes.px(end)) + 6, rect.right)
            under.fill(Rect(rect.left, rect.top, right, rect.bottom), tint)
        spots.append(found)
        lags.write(writer, scene, look, s, axes, heights)
    starts.draw_starts(live, scene, look, low)
    starts.write_lower(writer, scene, look, low, window)
    _legend(writer, look, place.legend)
    empty = _unmeasured(writer, place.upper[1]) if len(scene.answer.spaces) == 1 else None
    writer.strokes.append(Stroke(0, place.rule, place.lower.right + ax.EDGE, place.rule, k.line))
    return Picture(
        under.sheet(), kept.sheet, live.sheet(), tuple(writer.texts), tuple(writer.strokes),
        tuple(writer.signs), tuple(spots), window, low, empty,
    ), kept  # fmt: skip


def _unmeasured(writer: Writer, plot: Rect) -> Rect:
    """What stands in the place of the weights; where the button goes."""
    left, right = plot.left - ax.LEFT, plot.right + ax.LABELS
    writer.heading(plot, left, "Weights", "squared distance of all parameters", right - left)
    lines = wrapped(NOT_MEASURED, writer, min(right - left - 24, 320.0))
    high = writer.small * LINE
    middle = (left + right) / 2
    top = (plot.top + plot.bottom) / 2 - (len(lines) * high + 12 + BUTTON) / 2
    for n, words in enumerate(lines):
        writer.text(middle, top + (n + 0.5) * high, words, writer.small, "text2", align="centre")
    below = top + len(lines) * high + 12
    return Rect(left, below, right, below + BUTTON)


def wrapped(words: str, writer: Writer, room: float) -> list[str]:
    """Words in lines of at most ``room`` px."""
    lines = [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and writer.measure(longer, writer.small, 400) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _legend(writer: Writer, look: Look, rect: Rect) -> None:
    """Marks and names of the runs in colour, as many as there is room for."""
    x, small = rect.left, writer.small
    runs = sorted(look.named)
    y = (rect.top + rect.bottom) / 2 - 4
    for n, r in enumerate(runs):
        wide = look.measure(look.names[r], small, 400) + 14
        more = f"{count(len(runs) - n)} others"
        left = len(runs) - n - 1
        if x + wide + (look.measure(more, small, 400) + 16 if left else 0) > rect.right:
            writer.text(x, y, more, small, most=rect.right - x)
            break
        writer.signs.append(Sign(x + 5, y, look.shapes[r], look.colours[r], 4.2))
        writer.text(x + 14, y, look.names[r], small, "text2")
        x += wide + 16
