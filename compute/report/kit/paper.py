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
from functools import cache
from importlib import import_module
from typing import Any

from compute.core.assets import asset
from compute.core.colours import LIGHT
from compute.core.errors import MissingPart

SINGLE, DOUBLE = 3.3, 6.9
"""Width of one and of two columns of a page, in inches."""
TITLE, BODY, SMALL, TINY = 9.0, 8.0, 7.5, 7.0
"""Sizes of text, in points: panel titles, names, ticks and subtitles, notes."""
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
    "font.family": ["Inter", "DejaVu Sans", "sans-serif"],
    "font.size": BODY,
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
    "legend.frameon": False,
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


def title(ax: Any, words: str, subtitle: str = "") -> None:
    """What a panel shows (600), and below it the quantity, its unit and scale.

    >>> kit.title(ax, "Consecutive checkpoints", "KL divergence, bits/byte")
    """
    lines = subtitle.count("\n") + 1 if subtitle else 0
    ax.set_title(words, loc="left", pad=5 + 11 * lines if subtitle else 5)
    if subtitle:
        ax.annotate(
            subtitle, (0, 1), xycoords="axes fraction", xytext=(0, 4), va="bottom", ha="left",
            textcoords="offset points", fontsize=SMALL, color=LIGHT.text3, linespacing=1.25,
            annotation_clip=False,
        )  # fmt: skip


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


def plain_log(axis: Any) -> None:
    """Ticks of a logarithmic axis as 0.01, 0.1, 1, 10: few, and no exponents."""
    ticker = need("matplotlib.ticker")

    def words(value: float, _at: int) -> str:
        return f"{value:,.6g}" if 1e-5 <= abs(value) < 1e6 else f"{value:.0e}"

    axis.set_major_locator(ticker.LogLocator(base=10, subs=(1.0, 2.0, 5.0), numticks=9))
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
