"""What the read-out and the pointer say. No Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from compute.analysis.diffusion.dimension import hoelder, hurst, trajectory_dimension
from compute.core.numbers import count, plain
from explorer.plots.diffusion.answers import Answer, Boot
from explorer.plots.diffusion.fitting import Fitting
from explorer.plots.diffusion.look import Look
from explorer.plots.diffusion.spec import MOST_ROWS, exponent, interval, r2

TITLES = {
    "distance": ("c_q", "R²", "c_w", "α"),
    "scale": ("c_q", "exp(qs)", "exp(l / B)"),
}
WAITING = "..."


@dataclass(frozen=True, slots=True)
class Line:
    """A run: its mark, its name, and a cell for each column; ``second`` stands below the first
    cell, ``strong`` is read out below the table."""

    run: int
    name: str
    colour: str
    shape: str
    cells: tuple[str, ...]
    second: str = ""
    strong: bool = False


@dataclass(frozen=True, eq=False)
class Read:
    """What the read-out says now.

    ``titles`` and ``lines`` are the table, ``more`` runs have no room in it. ``strong`` is the run
    in detail, -1 = none; ``facts`` are names and values about it; ``boot`` None = not worked out.
    """

    answer: Answer
    titles: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()
    more: int = 0
    strong: int = -1
    facts: tuple[tuple[str, str], ...] = ()
    r2_q: float = math.nan
    boot: Boot | None = None


def read_of(fitting: Fitting, look: Look) -> Read:
    """The read-out of the fits as they are."""
    answer, refit = fitting.answer, fitting.refit
    shown = [r for r in look.named if refit.fits[0].at[r] >= 0]
    rows = sorted(shown[:MOST_ROWS])
    lines = tuple(_line(fitting, look, r) for r in rows)
    strong = look.strong if look.strong >= 0 and refit.fits[0].at[look.strong] >= 0 else -1
    read = Read(answer, TITLES[answer.tab], lines, len(shown) - len(rows))
    if strong < 0:
        return read
    boot = fitting.boot(strong)
    return Read(
        answer, read.titles, lines, read.more, strong, _facts(fitting, strong, boot),
        float(refit.law_q.r2[strong]), boot,
    )  # fmt: skip


def exponents_of(fitting: Fitting, r: int) -> tuple[float, float]:
    """c_q and c_w of a run; NaN = its weights were not measured, or not asked for."""
    refit, spaces = fitting.refit, fitting.answer.spaces
    at = next((k for k, space in enumerate(spaces) if space.key == "weights"), -1)
    c_w = float(refit.fits[at].law.exponent[r]) if at >= 0 else math.nan
    return float(refit.law_q.exponent[r]), c_w


def _line(fitting: Fitting, look: Look, r: int) -> Line:
    answer, refit = fitting.answer, fitting.refit
    c_q, c_w = exponents_of(fitting, r)
    cells, second = [exponent(c_q)], ""
    if answer.tab == "distance":
        cells += [r2(float(refit.law_q.r2[r])), exponent(c_w), exponent(hoelder(c_q, c_w))]
        boot = fitting.boot(r)
        second = interval(*boot.at.c_q_interval) or "–" if boot is not None else WAITING
    else:
        for fits in refit.fits:
            cells.append(exponent(float(fits.law.exponent[r])))
    return Line(r, answer.names[r], look.colours[r], look.shapes[r], tuple(cells), second,
                r == look.strong)  # fmt: skip


def _facts(fitting: Fitting, r: int, boot: Boot | None) -> tuple[tuple[str, str], ...]:
    c_q, c_w = exponents_of(fitting, r)
    if fitting.answer.tab == "scale":
        return _scale_facts(fitting, r)
    effective = WAITING
    if boot is not None:
        good, at = math.isfinite(boot.at.effective_dimension), boot.at
        effective = f"{at.effective_dimension:.0f} of {count(at.n_texts)} texts" if good else "–"
    return (
        ("Hurst exponent, H", exponent(hurst(c_q))),
        ("Trajectory dimension, D", exponent(trajectory_dimension(c_q))),
        ("Hölder exponent, α", exponent(hoelder(c_q, c_w))),
        ("Effective dimension", effective),
    )


def _scale_facts(fitting: Fitting, r: int) -> tuple[tuple[str, str], ...]:
    laws = (fitting.refit.law_q, *(fits.law for fits in fitting.refit.fits))
    names = ("R² of c_q", "R² of exp(qs)", "R² of exp(l / B)")
    found = tuple((name, r2(float(law.r2[r]))) for name, law in zip(names, laws, strict=True))
    return (*found, ("Points in the fit", count(int(laws[0].n_points[r]))))


def folding_facts(answer: Answer) -> tuple[tuple[str, str], ...]:
    """The same for the illustration."""
    fold = answer.folding
    assert fold is not None
    w, f = float(fold.law_w.exponent), float(fold.law_f.exponent)
    return (
        ("Exponent of w", exponent(w)), ("Exponent of f", exponent(f)),
        ("α times that of w", exponent(fold.alpha * w)),
        ("R² of w, f", f"{r2(float(fold.law_w.r2))}, {r2(float(fold.law_f.r2))}"),
    )  # fmt: skip


def words_of(fitting: Fitting, r: int, at: int, factor: float, unit: str) -> str:
    """The checkpoint under the pointer: where it is from the start, and the exponents from it."""
    answer, refit = fitting.answer, fitting.refit
    run = answer.runs[r]
    parts = []
    for space, fits in zip(answer.spaces, refit.fits, strict=True):
        column = np.flatnonzero((fits.targets[r] == at) & np.isfinite(fits.squared[r]))
        if len(column):
            value = float(fits.squared[r, column[0]])
            value, said = (value * factor, f" {unit}") if space.key == "loglik" else (value, "")
            parts.append(f"{_short(space.said)} {plain(value)}{said}")
    first = f"{run.name}, step {count(int(run.steps[at]))}"
    if parts:
        lag = int(run.steps[at]) - fitting.start_of(r)
        first += f", {count(lag)} after the start: squared distance {', '.join(parts)}"
    from_here = [
        f"{_short(space.said)} {exponent(value)}"
        for space, curves in zip(answer.spaces, fitting.curves, strict=False)
        if (curve := curves[r]) is not None
        for value in curve.values[curve.at == at].tolist()
    ]
    return first + (f". Exponent from here: {', '.join(from_here)}" if from_here else "")


def _short(said: str) -> str:
    """Up to the comma."""
    return said.split(",")[0]
