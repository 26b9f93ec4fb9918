"""Runs as lines: a colour by their order in the project, a mark by the rank of their size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.analysis.runs import Run
from compute.core.colours import LIGHT, RUNS_LIGHT, SHAPES, mix
from compute.report.kit.paper import SMALL, need

MARKERS = {
    "triangle": "^", "circle": "o", "diamond": "D", "star": "*", "cross": "X", "hexagon": "h",
    "square": "s",
}  # fmt: skip
LONGEST = 28
"""Characters of a name in a picture."""
ELLIPSIS = "\u2026"
_BREAKS = "/-_. "
_AREA = {"triangle": 1.15, "diamond": 0.75, "star": 1.7, "cross": 1.1, "square": 0.8}
"""Factors that make marks of about equal area."""


@dataclass(frozen=True, slots=True)
class RunStyle:
    """``shape`` is a name of ``compute.core.colours.SHAPES``, or "square" for a variant.

    ``name`` is what pictures say: the name of the run, shortened where it is long.
    """

    name: str
    colour: str = LIGHT.text3
    shape: str = "circle"


def run_style(runs: Sequence[Run]) -> Mapping[str, RunStyle]:
    """Name of a run -> how it looks. Give it every run of the project: ``study.every_run``.

    Eight colours; the ninth and later runs are grey. The smallest size is a triangle.

    >>> styles = kit.run_style(study.every_run)
    >>> ax.plot(steps, kl, color=styles[run.name].colour)
    """
    sizes = sorted({run.n_params for run in runs if run.n_params >= 0})
    names = brief([run.name for run in runs])
    return {
        run.name: RunStyle(names[run.name], colour(k), _shape(run, sizes))
        for k, run in enumerate(runs)
    }


def brief(names: Sequence[str], most: int = LONGEST) -> Mapping[str, str]:
    """Name -> the same with at most ``most`` characters, still different from all others.

    Of long names what they all begin and end with is cut, then their middle; where two would then
    be equal they get a number.

    >>> kit.brief(["org/some-long-name-of-a-model-1-base", "org/some-long-name-of-a-model-2-base"])
    """
    kept = {name: " ".join(name.split()) for name in names}
    if all(len(words) <= most for words in kept.values()):
        return kept
    every = sorted(set(kept.values()))
    start = _same(every)
    end = _same(sorted(words[::-1] for words in every))
    out: dict[str, str] = {}
    taken: set[str] = set()
    for name, words in kept.items():
        short = words if len(words) <= most else _window(words, start, end, most)
        n = 1
        while short in taken:
            n += 1
            short = _cut(words, most - len(f" {n}")) + f" {n}"
        taken.add(short)
        out[name] = short
    return out


def _same(every: Sequence[str]) -> int:
    """Characters with which all of several sorted words begin."""
    if len(every) < 2:
        return 0
    first, last = every[0], every[-1]
    return next((k for k, (a, b) in enumerate(zip(first, last, strict=False)) if a != b),
                min(len(first), len(last)))  # fmt: skip


def _window(words: str, start: int, end: int, most: int) -> str:
    """The part that differs from the others, and of what is before it as much as has room."""
    last = len(words) - end
    last = next((k for k in range(last, len(words)) if words[k] in _BREAKS), len(words))
    before = max((words.rfind(mark, 0, start) + 1 for mark in _BREAKS), default=0)
    after = ELLIPSIS if last < len(words) else ""
    if last - before > most - len(after) - 1:
        return _cut(words[before:last], most - len(after) - 1).join(
            (ELLIPSIS * (before > 0), after)
        )
    first = max(last - most + len(after) + 1, 0)
    while 0 < first < before and words[first - 1] not in _BREAKS:
        first += 1
    return f"{ELLIPSIS * (first > 0)}{words[first:last]}{after}"


def _cut(words: str, most: int) -> str:
    """Words without their middle."""
    if len(words) <= most:
        return words
    tail = most // 3
    return words[: most - tail - 1].rstrip() + ELLIPSIS + words[len(words) - tail :].lstrip()


def panel_name(ax: Any, style: RunStyle) -> None:
    """The mark and the name of the run that a panel is about, above its left corner."""
    ax.set_title(" ", loc="left", fontsize=SMALL, pad=5)
    ax.annotate(
        style.name, (0, 1), xycoords="axes fraction", xytext=(10, 5), textcoords="offset points",
        fontsize=SMALL, fontweight=500, color=LIGHT.text, va="baseline", annotation_clip=False,
    ).set_in_layout(False)  # fmt: skip
    moved = need("matplotlib.transforms").ScaledTranslation(3 / 72, 7.7 / 72,
                                                            ax.figure.dpi_scale_trans)  # fmt: skip
    ax.scatter(
        [0], [1], area(style.shape, 4.6), style.colour, marker=marker(style.shape), lw=0,
        transform=ax.transAxes + moved, clip_on=False, zorder=6,
    ).set_in_layout(False)  # fmt: skip


def colour(number: int) -> str:
    """Data colour of the run or family with this number, 0 the first; from 8 on grey."""
    return RUNS_LIGHT[number] if 0 <= number < len(RUNS_LIGHT) else LIGHT.text3


def _shape(run: Run, sizes: Sequence[int]) -> str:
    if run.n_params < 0 or len(sizes) < 2:
        return "circle"
    return SHAPES[min(sizes.index(run.n_params), len(SHAPES) - 1)]


def marker(shape: str) -> str:
    """matplotlib's mark for a shape."""
    return MARKERS.get(shape, "o")


def area(shape: str, size: float) -> float:
    """``s`` of ``Axes.scatter`` for a mark of ``size`` points across, equal for all shapes."""
    return size**2 * _AREA.get(shape, 1.0)


def among(size: float, n: int) -> float:
    """The size of a mark where ``n`` share a panel: as it is up to 100, smaller among more."""
    return size * min(1.0, float((100 / max(n, 1)) ** 0.3))


def ages(steps: NDArray[np.int64]) -> NDArray[np.float64]:
    """(T,) in [0.25, 1]: ``0.25 + 0.75 (ln(1 + step) / ln(1 + last))^3``; early is pale."""
    last = max(int(steps.max(initial=0)), 1)
    return np.asarray(0.25 + 0.75 * (np.log1p(np.maximum(steps, 0)) / np.log1p(last)) ** 3)


def run_lines(
    ax: Any, coords: NDArray[np.floating], steps: NDArray[np.int64], style: RunStyle, *,
    fade: bool = True, head: bool = True, dots: bool = True,
) -> None:  # fmt: skip
    """One run as a line through its checkpoints, pale where young, with its mark at the head.

    Parameters
    ----------
    ax : Axes, of :func:`space` where coords have three columns
    coords : ndarray, (T, 2) or (T, 3)
        Rows of NaN leave a gap.
    steps : ndarray, (T,)
        Ascending.

    >>> for run in runs:
    ...     kit.run_lines(ax, xy[run_rows], run.steps, styles[run.name])
    >>> kit.map_labels(ax, [kit.Name(*xy[last], run.name) for ...])
    """
    xyz, had = np.asarray(coords, np.float64), ax.has_data()
    age = ages(np.asarray(steps)) if fade else np.ones(len(xyz))
    tints = [mix(LIGHT.canvas, style.colour, float(a)) for a in age]
    if len(xyz) > 1:
        lines = _lines(np.stack([xyz[:-1], xyz[1:]], axis=1))
        lines.set(color=tints[1:], linewidth=0.5 + 0.8 * age[1:], capstyle="round")
        ax.add_collection(lines)
    if dots:
        ax.scatter(*xyz.T, s=2.5, c=tints, lw=0, zorder=3, **_flatly(xyz))
    if head:
        ax.scatter(
            *xyz[-1:].T, s=area(style.shape, 5.5), c=style.colour, marker=marker(style.shape),
            edgecolors=LIGHT.canvas, lw=0.8, zorder=7, **_flatly(xyz),
        )  # fmt: skip
    ax.auto_scale_xyz(*xyz.T, had_data=had) if xyz.shape[1] == 3 else ax.autoscale_view()


def _lines(pieces: NDArray[np.float64]) -> Any:
    if pieces.shape[2] == 3:
        return need("mpl_toolkits.mplot3d.art3d").Line3DCollection(pieces)
    return need("matplotlib.collections").LineCollection(pieces)


def _flatly(xyz: NDArray[np.float64]) -> dict[str, Any]:
    """Depth is not shaded: the tint says the age."""
    return {"depthshade": False} if xyz.shape[1] == 3 else {}


def legend(ax: Any, styles: Sequence[RunStyle], *, n_others: int = 0, **where: Any) -> None:
    """Mark and name of each; more than eight colours end with "12 others".

    Direct labels are better where there is room for them.

    >>> kit.legend(ax, [styles[r.name] for r in runs], loc="upper left")
    """
    handles = [_handle(s) for s in styles]
    names = [s.name for s in styles]
    if n_others:
        handles.append(_handle(RunStyle("", LIGHT.text3)))
        names.append(f"{n_others} other{'s' * (n_others != 1)}")
    options: dict[str, Any] = {"fontsize": SMALL, **where}
    ax.legend(handles, names, **options)


def _handle(style: RunStyle) -> Any:
    size = float(np.sqrt(area(style.shape, 5.0)))
    return need("matplotlib.lines").Line2D(
        [], [], lw=0, marker=marker(style.shape), ms=size, mew=0, color=style.colour
    )
