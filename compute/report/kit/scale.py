"""The scale of KL: linear to 0.1 bits/byte, logarithmic above, the same in every picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compute.core.colours import LIGHT, standing_out
from compute.report.kit.labels import spread
from compute.report.kit.paper import SMALL, TINY, need

LINEAR_TO = 0.1
"""bits/byte (paper, appendix A)."""
AXIS_SHARE, COLOUR_SHARE = 0.30, 0.25
"""The linear part of an axis, and of a colour bar."""
AXIS_TOP, COLOUR_TOP = 50.0, 10.0
"""Where an axis and where colours are clipped, bits/byte."""
TICKS = (0.0, 0.04, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 50.0)
RUNGS = (
    (0.011, "next step, late"),
    (0.067, "next step, early"),
    (0.12, "another seed"),
    (0.40, "fine-tune"),
    (0.48, "another size"),
    (0.95, "same type"),
    (2.2, "any two models"),
    (3.0, "next layer"),
)
"""The ladder: medians of the paper (Table 2a), bits/byte."""
_RAMPS = {"values": "crameri:batlow", "kl": "crameri:lipari", "signed": "crameri:vik"}


def position(
    kl: ArrayLike, share: float = AXIS_SHARE, top: float = AXIS_TOP
) -> NDArray[np.float64]:
    """Place on the axis of KL in bits/byte: 0 at 0, ``share`` at 0.1, 1 at ``top``; not clipped."""
    x = np.asarray(kl, np.float64)
    decades = np.log10(top / LINEAR_TO)
    above = np.log10(np.maximum(x, LINEAR_TO) / LINEAR_TO) / decades
    return np.where(x <= LINEAR_TO, share * x / LINEAR_TO, share + (1 - share) * above)


def value_at(
    place: ArrayLike, share: float = AXIS_SHARE, top: float = AXIS_TOP
) -> NDArray[np.float64]:
    """The inverse of :func:`position`, bits/byte."""
    p = np.asarray(place, np.float64)
    decades = np.log10(top / LINEAR_TO)
    above = LINEAR_TO * 10 ** (np.maximum(p - share, 0.0) / (1 - share) * decades)
    return np.where(p <= share, LINEAR_TO * p / share, above)


def ticks(top: float, bottom: float = 0.0) -> tuple[float, ...]:
    """The usual ticks from ``bottom`` to ``top``."""
    return tuple(t for t in TICKS if bottom <= t <= top)


def kl_axis(
    ax: Any, which: str = "y", *, top: float = AXIS_TOP, share: float = AXIS_SHARE,
    shade: bool = True,
) -> None:  # fmt: skip
    """Make an axis the scale of KL from 0 to ``top``; the linear part gets a faint ground.

    Call it before points are drawn beyond ``top`` by :func:`clip_marks`.

    >>> kit.kl_axis(ax)                       # vertical, 0 to 50
    >>> kit.kl_axis(ax, "x", top=10)
    """
    functions = (lambda x: position(x, share, top), lambda p: value_at(p, share, top))
    getattr(ax, f"set_{which}scale")("function", functions=functions)
    getattr(ax, f"set_{which}lim")(0.0, top)
    ticker = need("matplotlib.ticker")
    axis = getattr(ax, f"{which}axis")
    axis.set_major_locator(ticker.FixedLocator(ticks(top)))
    axis.set_minor_locator(ticker.NullLocator())
    axis.set_major_formatter(ticker.FuncFormatter(lambda value, _at: f"{value:g}"))
    if shade:
        span = ax.axhspan if which == "y" else ax.axvspan
        span(0, LINEAR_TO, color=LIGHT.panel, zorder=-1, lw=0)


def clip_marks(ax: Any, x: ArrayLike, y: ArrayLike, colour: str, *, top: float = AXIS_TOP) -> int:
    """An up-pointing triangle at the upper edge for each ``y`` above ``top``; how many there are.

    Draw the others yourself: ``y`` of those is not drawn here.
    """
    at = np.broadcast_to(np.asarray(x, np.float64), np.shape(y))[np.asarray(y) > top]
    if len(at):
        edge = np.full(len(at), top)
        ax.scatter(at, edge, 14, colour, marker="^", lw=0, clip_on=False, zorder=6)
    return len(at)


def ramp(kind: str) -> Any:
    """A matplotlib colour map: ``values`` (batlow), ``kl`` (lipari, dark = near), ``signed`` (vik).

    Of ``values`` the stretch that stands out from white is taken.
    """
    lut = np.asarray(need("cmap").Colormap(_RAMPS[kind]).lut(256)[:, :3], np.float64)
    if kind == "values":
        lut = np.asarray(standing_out(lut, LIGHT.canvas), np.float64)
    return need("matplotlib.colors").ListedColormap(lut, name=f"klscope-{kind}")


def kl_norm(top: float = COLOUR_TOP, share: float = COLOUR_SHARE) -> Any:
    """The scale of KL for colours: linear to 0.1 on the first quarter, clipped at ``top``."""
    functions = (lambda x: position(x, share, top), lambda p: value_at(p, share, top))
    return need("matplotlib.colors").FuncNorm(functions, vmin=0.0, vmax=top, clip=True)


def colour_bar(
    fig: Any, mappable: Any, axes: Any, label: str, *, at: Sequence[float] | None = None
) -> Any:
    """A slim colour bar right of ``axes``; ``label`` says quantity and unit."""
    bar = fig.colorbar(mappable, ax=axes, aspect=32, fraction=0.07, pad=0.02)
    bar.outline.set_visible(False)
    bar.ax.tick_params(size=0, labelsize=SMALL)
    bar.ax.grid(visible=False)
    bar.set_label(label, fontsize=SMALL, color=LIGHT.text3)
    if at is not None:
        bar.set_ticks(list(at), labels=[f"{t:g}" for t in at])
    return bar


def kl_bar(
    fig: Any, mappable: Any, axes: Any, *, top: float = COLOUR_TOP, ladder: bool = True
) -> Any:
    """The colour bar of a heat map of KL; with ``ladder`` the paper's rungs stand beside it."""
    words = "" if ladder else "KL, bits/byte"
    bar = colour_bar(fig, mappable, axes, words, at=ticks(top))
    if not ladder:
        return bar
    bar.ax.yaxis.set_ticks_position("left")
    bar.ax.set_title(
        "KL, bits/byte", fontsize=TINY, fontweight=400, color=LIGHT.text3, loc="left", pad=5
    )
    places = position([kl for kl, _ in RUNGS], COLOUR_SHARE, top)
    fig.draw_without_rendering()
    line = 1.32 * TINY * fig.dpi / 72 / bar.ax.get_window_extent().height
    shown = spread(places, line, 0.0, 1.0)
    for (_kl, name), y, words_y in zip(RUNGS, places, shown, strict=True):
        bar.ax.plot(
            [1.0, 1.6, 2.2], [y, y, words_y], transform=bar.ax.transAxes, lw=0.6,
            color=LIGHT.control, clip_on=False,
        )  # fmt: skip
        bar.ax.text(
            2.4, words_y, name, transform=bar.ax.transAxes, va="center", fontsize=TINY,
            color=LIGHT.text2,
        )  # fmt: skip
    return bar
