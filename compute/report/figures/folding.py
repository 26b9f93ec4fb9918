"""Appendix B: a map that folds a Brownian path, and the exponents of both."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from compute.analysis.diffusion.folding import TERMS, Folding, folding, takagi
from compute.report import kit
from compute.report.contract import DataTable, Drawing, Piece
from compute.report.study import Study

ALPHA = 0.25
"""Near the paper's effective Hoelder exponents, 0.14 to 0.36."""
ALPHAS = (0.15, 0.25, 0.36, 0.5, 0.75)
_SHOWN_STEPS = 4_000
_CURVE_POINTS = 4_000
_PATH, _FOLDED = kit.colour(6), kit.colour(0)


def make(study: Study) -> Piece:
    """An illustration: it depends on no entry of the project, only on the seed."""
    seed = study.options.seed
    found = folding(ALPHA, seed=seed)
    tables = (_curves(found), _exponents(found, [folding(a, seed=seed) for a in ALPHAS]))
    return Piece(_caption(found, seed), tables, (Drawing("", partial(_draw, found)),))


def _caption(found: Folding, seed: int) -> str:
    return (
        "An illustration, not a measurement. A Brownian path w is folded by "
        f"f(w) = v Σ 2^(−αk) saw(2^k ⟨u, w⟩) with α = {found.alpha:g} and {TERMS} terms; saw is "
        "the distance to the nearest integer. Left: f along u. Middle: the first "
        f"{_SHOWN_STEPS:,} steps of both. Right: squared distance against lag, averaged over all "
        f"{len(found.along):,} starts; the exponent of f is about α times that of w. Seed {seed}."
    )


def _curves(found: Folding) -> DataTable:
    rows = [
        (int(lag), float(w), float(f))
        for lag, w, f in zip(found.lags, found.squared_w, found.squared_f, strict=True)
    ]
    columns = (("lag", "steps"), ("squared distance of w", ""), ("squared distance of f", ""))
    return DataTable("curves", f"Squared distances for alpha = {found.alpha:g}", columns,
                     tuple(rows), notes="Averaged over all starts of the path.")  # fmt: skip


def _exponents(found: Folding, others: list[Folding]) -> DataTable:
    rows = [
        (one.alpha, float(one.law_w.exponent), float(one.law_f.exponent),
         float(one.law_f.exponent / one.law_w.exponent), float(one.law_f.r2))
        for one in others
    ]  # fmt: skip
    columns = (("alpha", ""), ("c of w", ""), ("c of f", ""), ("c of f / c of w", ""),
               ("R² of f", ""))  # fmt: skip
    return DataTable(
        "exponents", "Exponents of the path and of its fold", columns, tuple(rows),
        notes=f"The same path of {len(found.along):,} steps each time; one path leaves the "
        "exponent of f uncertain by a few hundredths.",
    )  # fmt: skip


def _draw(found: Folding) -> Any:
    fig, (map_, paths, law) = kit.figure(kit.DOUBLE, 2.4, (1, 3), width_ratios=(1, 1.1, 1))
    _map(map_, found)
    _paths(paths, found)
    names = _law(law, found)
    kit.direct_labels(law, names)
    return fig


def _map(ax: Any, found: Folding) -> None:
    x = np.linspace(0, 1, _CURVE_POINTS + 1)
    ax.plot(x, takagi(x, found.alpha, terms=12), color=_FOLDED, lw=0.5)
    ax.set_xlim(0, 1)
    ax.set_ylim(bottom=0)
    kit.x_words(ax, "place along u, periods")
    kit.title(ax, "The fold", f"f along u, α = {found.alpha:g}")


def _paths(ax: Any, found: Folding) -> None:
    """Both in units of their own spread: only their shape is compared."""
    kit.title(ax, "Path and fold", "each in its standard deviations")
    for values, colour, up, words in (
        (found.along, _PATH, 4.0, "w along u"),
        (found.height, _FOLDED, -1.5, "f"),
    ):
        y = values[:_SHOWN_STEPS]
        y = (y - y.mean()) / y.std()
        ax.plot(np.arange(len(y)), y + up, color=colour, lw=0.6)
        ax.annotate(
            words, (0, up + y.max()), xytext=(2, 2), textcoords="offset points",
            fontsize=kit.SMALL, color=kit.LIGHT.text, fontweight=500, va="bottom",
        )  # fmt: skip
    ax.set_yticks([])
    ax.margins(y=0.12)
    kit.thousands(ax.xaxis)
    kit.x_words(ax, "step")


def _law(ax: Any, found: Folding) -> list[kit.Name]:
    """Both start from 1 at the first lag: only slopes are compared."""
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.grid(visible=True, axis="both")
    names = []
    for squared, law, colour, words in (
        (found.squared_w, found.law_w, _PATH, "w"),
        (found.squared_f, found.law_f, _FOLDED, "f"),
    ):
        fit = np.exp(law.intercept + law.exponent * np.log(found.lags)) / squared[0]
        ax.scatter(found.lags, squared / squared[0], 9, colour, lw=0, zorder=3)
        ax.plot(found.lags, fit, color=colour, zorder=4)
        look = kit.RunStyle(words, colour)
        names.append(kit.Name(0, float(fit[-1]), f"{words}  {float(law.exponent):.2f}", look))
    kit.plain_log(ax.xaxis)
    kit.plain_log(ax.yaxis)
    kit.x_words(ax, "lag, steps")
    kit.title(ax, "Exponents", "squared distance, 1 at the first lag")
    return names
