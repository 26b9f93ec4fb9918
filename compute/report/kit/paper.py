"""Figures on paper: sizes, fonts, and bytes that are the same each time.

Only :class:`matplotlib.figure.Figure` is used, never pyplot: no state outlives a figure. Everything
about a figure, its making and its writing, happens within :func:`style`.
"""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from compute.core.assets import asset
from compute.core.colours import LIGHT
from compute.core.errors import MissingPart

SINGLE, DOUBLE = 3.3, 6.9
"""Width of one and of two columns of a page, in inches."""
TITLE, SMALL, TINY = 9.0, 7.5, 7.0
"""Sizes of text, in points: titles; names, ticks and subtitles; notes. There are no others."""
LINE = 11.0
"""From one line of a subtitle to the next, in points."""
CURVE, THIN = 1.4, 0.9
"""Widths of lines, in points: a curve, a second quantity."""
_FACES = ("Inter-Regular.otf", "Inter-Medium.otf", "Inter-SemiBold.otf")


def need(module: str = "matplotlib") -> Any:
    """A module of matplotlib, or of cmap.

    Raises
    ------
    MissingPart
        If the extra ``report`` is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        name = module.partition(".")[0]
        raise MissingPart(
            f"the report needs the package {name}, which is not installed",
            advice="Install klscope[report]",
        ) from error


@cache
def _fonts_added() -> bool:
    manager = need("matplotlib.font_manager").fontManager
    for face in _FACES:
        manager.addfont(str(asset("fonts") / face))
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)  # no 600 of the fallback
    return True


@contextmanager
def style() -> Iterator[None]:
    """The look of paper while a figure is made and written.

    >>> with kit.style():
    ...     picture = kit.svg(drawing.draw())
    """
    matplotlib = need()
    _fonts_added()
    with matplotlib.rc_context(_RC), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


_RC: dict[str, Any] = {
    "font.family": ["Inter", "Helvetica Neue", "Arial", "DejaVu Sans", "sans-serif"],
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": SMALL,
    "text.parse_math": False,
    "mathtext.fontset": "custom",
    "mathtext.rm": "Inter",
    "mathtext.it": "Inter",
    "mathtext.bf": "Inter:semibold",
    "axes.titlesize": TITLE,
    "axes.titleweight": 600,
    "axes.titlelocation": "left",
    "axes.titlecolor": LIGHT.text,
    "axes.labelsize": SMALL,
    "axes.labelcolor": LIGHT.text3,
    "axes.labelpad": 3.0,
    "axes.edgecolor": LIGHT.control,
    "axes.linewidth": 0.8,
    "axes.facecolor": "none",
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.unicode_minus": True,
    "axes.xmargin": 0.02,
    "grid.color": LIGHT.grid,
    "grid.linewidth": 0.8,
    "xtick.color": LIGHT.control,
    "ytick.color": LIGHT.control,
    "xtick.labelcolor": LIGHT.text3,
    "ytick.labelcolor": LIGHT.text3,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "xtick.major.size": 3.0,
    "xtick.major.width": 0.8,
    "xtick.minor.size": 0.0,
    "ytick.major.size": 0.0,
    "ytick.minor.size": 0.0,
    "text.color": LIGHT.text,
    "lines.linewidth": CURVE,
    "lines.solid_joinstyle": "round",
    "lines.solid_capstyle": "round",
    "legend.frameon": True,
    "legend.framealpha": 1.0,
    "legend.facecolor": LIGHT.canvas,
    "legend.edgecolor": "none",
    "legend.fancybox": False,
    "legend.borderpad": 0.15,
    "legend.labelspacing": 0.3,
    "legend.handlelength": 0.8,
    "legend.fontsize": SMALL,
    "legend.labelcolor": LIGHT.text,
    "legend.handletextpad": 0.4,
    "legend.columnspacing": 1.2,
    "legend.borderaxespad": 0.2,
    "figure.facecolor": "white",
    "figure.dpi": 100.0,
    "savefig.facecolor": "white",
    "svg.fonttype": "none",
    "svg.hashsalt": "klscope",
    "path.simplify": True,
}


def figure(
    width: float = DOUBLE,
    height: float = 2.6,
    panels: tuple[int, int] = (1, 1),
    **grid: Any,
) -> tuple[Any, Any]:
    """A figure of ``height`` inches and its axes, in one row after the other.

    ``grid`` goes to ``Figure.subplots`` (``width_ratios``, ``sharey``, ``subplot_kw`` ...). With
    ``panels=(0, 0)`` there are no axes yet.

    >>> fig, (left, right) = kit.figure(kit.DOUBLE, 2.6, (1, 2))
    >>> fig, (ax,) = kit.figure(kit.SINGLE, 2.4)
    """
    fig = need("matplotlib.figure").Figure(figsize=(width, height), layout="constrained")
    need("matplotlib.backends.backend_agg").FigureCanvasAgg(fig)
    fig.get_layout_engine().set(w_pad=0.06, h_pad=0.05, wspace=0.04, hspace=0.06)
    if panels == (0, 0):
        return fig, ()
    axes = fig.subplots(*panels, squeeze=False, **grid)
    return fig, tuple(axes.ravel())


@dataclass(frozen=True, eq=False)
class Panels:
    """Panels that show one thing each: ``axes`` in order, ``lowest`` those with none below."""

    figure: Any
    axes: tuple[Any, ...]
    lowest: tuple[Any, ...]


MOST_COLUMNS = 3
_ABOVE = 0.4
"""Height of a heading with its subtitle, in inches."""


def panels(
    n: int, height: float, words: str, subtitle: str, *, flat: float = 0.0, **grid: Any
) -> Panels:
    """``n`` panels of ``height`` inches below one heading, in up to three columns.

    One panel is as wide as one column of a page, more are as wide as two. ``flat``: the height is
    so many times the width of a panel, and ``height`` is added to it. ``grid`` as in
    :func:`figure`.

    >>> made = kit.panels(len(runs), 1.4, "Consecutive KL of each run", "bits/byte", sharex=True)
    """
    columns = 2 if n == 4 else min(n, MOST_COLUMNS)
    lines = -(-n // columns)
    width = DOUBLE if columns > 1 else SINGLE
    each = height + flat * width / columns
    fig, axes = figure(width, _ABOVE + each * lines, (lines, columns), **grid)
    heading(fig, words, subtitle)
    for ax in axes[n:]:
        ax.set_visible(False)
    lowest = tuple(axes[k] for k in range(max(n - columns, 0), n))
    for ax in lowest:
        ax.tick_params(labelbottom=True)
    return Panels(fig, axes[:n], lowest)


def title(ax: Any, words: str, subtitle: str = "") -> None:
    """What a panel shows (600), and below it the quantity, its unit and scale.

    >>> kit.title(ax, "Consecutive checkpoints", "KL divergence, bits/byte")
    """
    below = subtitle.split("\n") if subtitle else []
    if words or not below:
        ax.set_title(words, loc="left", pad=6 + LINE * len(below))
    else:
        ax.set_title(" ", loc="left", fontsize=SMALL, pad=6 + LINE * (len(below) - 1))
    for k, line in enumerate(reversed(below)):
        ax.annotate(
            line, (0, 1), xycoords="axes fraction", xytext=(0, 6 + LINE * k), va="baseline",
            ha="left", textcoords="offset points", fontsize=SMALL, color=LIGHT.text3,
            annotation_clip=False,
        ).set_in_layout(False)  # fmt: skip


def heading(fig: Any, words: str, subtitle: str = "") -> None:
    """What a figure of several panels shows, once above them all; the panels have only names.

    >>> kit.heading(fig, "Consecutive KL of each run", "bits/byte; the band is one standard error")
    """
    lines: list[tuple[str, float, dict[str, Any]]]
    lines = [(words, _FIRST, {"fontsize": TITLE, "fontweight": 600})]
    if subtitle:
        lines.append((subtitle, _FIRST + LINE, {"fontsize": SMALL, "color": LIGHT.text3}))
    down = need("matplotlib.transforms").ScaledTranslation
    for line, points, looks in lines:
        fig.text(
            0, 1, line, transform=fig.transFigure + down(4 / 72, -points / 72, fig.dpi_scale_trans),
            va="baseline", **looks,
        ).set_in_layout(False)  # fmt: skip
    taken = (lines[-1][1] + 4) / 72 / fig.get_figheight()
    fig.get_layout_engine().set(rect=(0, 0, 1, 1 - taken))


_FIRST = 12.0
"""Baseline of a heading below the upper edge, in points."""


def haloed(ax: Any, words: str, at: tuple[float, float], halo: str, **looks: Any) -> None:
    """A note with a rim of the ground, ``halo``, that sets it off from what is below.

    The rim is drawn by itself: matplotlib would write the words of a text that has one as outlines,
    not as text. The layout does not make room for the note.
    """
    stroke = need("matplotlib.patheffects").Stroke(linewidth=_RIM, foreground=halo)
    above = looks.pop("zorder", 6)
    for more in (
        {"path_effects": [stroke], "color": halo, "zorder": above - 0.5},
        {"zorder": above},
    ):
        note = ax.annotate(
            words, at, textcoords="offset points", annotation_clip=False, **{**looks, **more}
        )
        note.set_in_layout(False)


_RIM = 2.2


def width_of(fig: Any, words: str, size: float = SMALL) -> float:
    """Width of words on paper, in points."""
    text = fig.text(0, 0, words, fontsize=size)
    width = text.get_window_extent(fig.canvas.get_renderer()).width
    text.remove()
    return float(width * 72 / fig.dpi)


def x_words(ax: Any, words: str) -> None:
    """Name of the horizontal axis, at its right end below the ticks."""
    ax.set_xlabel(words, loc="right")


def thousands(axis: Any) -> None:
    """Ticks of steps as ``1,200`` or ``20k``: ``kit.thousands(ax.xaxis)``."""

    def words(value: float, _at: int) -> str:
        whole = abs(value) >= 10_000 and value % 1000 == 0
        text = f"{value / 1000:,.0f}k" if whole else f"{value:,.6g}"
        return text.replace("-", "\u2212")

    axis.set_major_formatter(need("matplotlib.ticker").FuncFormatter(words))


MOST_DECADES = 150.0
"""An axis over a larger factor has ticks at powers of ten alone."""


def plain_log(axis: Any) -> None:
    """Ticks of a logarithmic axis as 0.01, 0.1, 1, 10: few, and no exponents.

    Call it when all is drawn: the ends of the axis are read.
    """
    ticker = need("matplotlib.ticker")

    def words(value: float, _at: int) -> str:
        return f"{value:,.6g}" if 1e-5 <= abs(value) < 1e6 else f"{value:.0e}"

    low, high = sorted(axis.get_view_interval())
    subs = (1.0, 2.0, 5.0) if high < MOST_DECADES * max(low, 1e-300) else (1.0,)
    axis.set_major_locator(ticker.LogLocator(base=10, subs=subs, numticks=9))
    axis.set_major_formatter(ticker.FuncFormatter(words))
    axis.set_minor_locator(ticker.NullLocator())


def svg(fig: Any) -> bytes:
    """The figure as SVG: text as text, no date, the same bytes each time."""
    return _written(fig, "svg", metadata={"Date": None, "Creator": "klscope"})


def png(fig: Any, dpi: int = 300) -> bytes:
    """The figure as PNG."""
    return _written(fig, "png", dpi=dpi, metadata={"Software": "klscope"})


def _written(fig: Any, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    fig.savefig(buffer, format=kind, **options)
    fig.set_layout_engine("none")  # where things are is settled: the next file needs no layout
    return buffer.getvalue()
