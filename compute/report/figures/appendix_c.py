"""Appendix C: how much KLs depend on the choice of the texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.analysis.robustness import (
    Agreement,
    Sample,
    domains,
    halves,
    kl_on,
    random_parts,
    sample_of,
)
from compute.core.numbers import count
from compute.report import kit
from compute.report.contract import DataTable, Drawing, Missing, Piece
from compute.report.figures.trajectories import HOW_TO_ADD, Panel, panel
from compute.report.study import Study

SPLITS = 5
ALL = "all runs"
MOST = 1000
"""Entries for the density and for domains; of more, so many evenly spaced ones."""
MOST_ROWS = 14
"""Rows of runs that are drawn; the table has all."""
CELLS = 70
"""Cells of the density along each axis."""


@dataclass(frozen=True, eq=False)
class _Density:
    """``edges`` (C + 1,) of log10 KL in bits/byte, ``counts`` (C, C) by first and second half."""

    edges: NDArray[np.float64]
    counts: NDArray[np.float64]


FEWEST_TEXTS = 8
"""Below, the KL on half of the texts says nothing."""


@dataclass(frozen=True, eq=False)
class _Found:
    panel: Panel
    density: _Density
    halves: tuple[Agreement, ...]
    domains: tuple[Agreement, ...]
    controls: tuple[Agreement, ...]
    pairs: tuple[Agreement, ...]


def make(study: Study) -> Piece:
    """All checkpoints after warm-up, on random halves of the texts and on domains."""
    shown = panel(study, "pretraining")
    groups = _groups(shown)
    if not len(groups.get(ALL, ())):
        raise Missing("Fewer than three checkpoints lie after warm-up", advice=HOW_TO_ADD)
    if shown.rows.n_texts < FEWEST_TEXTS:
        raise Missing(
            f"{count(shown.rows.n_texts)} texts are too few for two halves",
            advice=f"Score at least {FEWEST_TEXTS}",
        )
    found = _found(study, shown, groups)
    first = next(a for a in found.halves if a.group == ALL)
    values = [a.pearson for a in found.halves if a.group == ALL]
    caption = (
        "Pearson correlation r of all pairwise KLs on two sets of texts: "
        f"{count(first.n_entries)} checkpoints from step {count(shown.after)} on, "
        f"{count(first.n_pairs)} pairs. Two random halves of the texts ({SPLITS} splits, seed "
        f"{study.options.seed}): r = {np.mean(values):.4f} on average, {min(values):.4f} to "
        f"{max(values):.4f}; the paper has 0.99 for another sample of as many texts. "
        f"{_about_domains(found)}{shown.about}"
    )
    tables = (_halves(found), _domains(found), _pairs(found), _cells(found.density))
    return Piece(caption, tables, (Drawing("robustness", lambda: _draw(found)),))


def _groups(shown: Panel) -> Mapping[str, NDArray[np.intp]]:
    """Rows after warm-up, of all runs and of each that has at least three."""
    row_of = shown.rows.row_of
    each = {
        run.name: np.array(
            [
                row_of[name]
                for name, step in zip(run.ids, run.steps, strict=True)
                if step >= shown.after and name in row_of
            ],
            np.intp,
        )
        for run in shown.runs
    }
    every = np.concatenate(list(each.values()))
    each = {name: at for name, at in each.items() if len(at) > 2}
    return {ALL: every, **each} if len(every) > 2 else {}


def _found(study: Study, shown: Panel, groups: Mapping[str, NDArray[np.intp]]) -> _Found:
    texts, rows, seed = study.snapshot.texts, shown.rows, study.options.seed
    n_bytes = texts.n_bytes[rows.texts]
    names = [texts.domains[k] for k in rows.texts]
    every = sample_of(rows, n_bytes, groups[ALL])
    some = every if len(every.rows) <= MOST else sample_of(rows, n_bytes, groups[ALL], MOST)
    by_domain = domains(some, names, seed=seed)
    return _Found(
        shown,
        _density(some, seed),
        halves(every, groups, splits=SPLITS, seed=seed),
        by_domain.rest,
        by_domain.controls,
        by_domain.pairs,
    )


def _density(sample: Sample, seed: int) -> _Density:
    n = len(sample.n_bytes)
    upper = np.triu_indices(len(sample.rows), 1)
    x, y = (kl[upper] for kl in kl_on(sample, random_parts(n, n // 2, 1, seed)[0]))
    good = (x > 0) & (y > 0)
    x, y = np.log10(x[good]), np.log10(y[good])
    low, high = (min(x.min(), y.min()), max(x.max(), y.max())) if len(x) else (-1.0, 0.0)
    edges = np.linspace(low - 0.02, high + 0.02, CELLS + 1)
    return _Density(edges, np.histogram2d(x, y, bins=(edges, edges))[0])


def _about_domains(found: _Found) -> str:
    if not found.domains:
        return "No two domains have enough texts to be compared. "
    return (
        "Right: the same between the texts of a domain and all others (filled), and between as "
        "many random texts and all others (hollow): what lies between them is owed to the domain. "
    )


_COLUMNS = (
    ("First texts", ""), ("Second texts", ""), ("Checkpoints", ""), ("N, first", "texts"),
    ("N, second", "texts"), ("Entries", ""), ("Pairs", ""), ("r", ""), ("Ratio of mean KL", ""),
    ("Why there is none", ""),
)  # fmt: skip


def _rows(values: Sequence[Agreement]) -> tuple[tuple[Any, ...], ...]:
    return tuple(
        (a.first, a.second, a.group or ALL, a.n_first, a.n_second, a.n_entries, a.n_pairs,
         a.pearson, a.ratio, a.reason)
        for a in values
    )  # fmt: skip


def _halves(found: _Found) -> DataTable:
    title = "Two random halves of the texts"
    return DataTable("halves", title, _COLUMNS, _rows(found.halves))


def _domains(found: _Found) -> DataTable:
    both = [a for pair in zip(found.domains, found.controls, strict=True) for a in pair]
    return DataTable("domains", "A domain and all other texts", _COLUMNS, _rows(both))


def _pairs(found: _Found) -> DataTable:
    return DataTable("two-domains", "Two domains", _COLUMNS, _rows(found.pairs))


def _cells(density: _Density) -> DataTable:
    centres = 10 ** ((density.edges[:-1] + density.edges[1:]) / 2)
    rows = [
        (float(centres[i]), float(centres[j]), int(density.counts[i, j]))
        for i, j in zip(*np.nonzero(density.counts), strict=True)
    ]
    columns = (("KL, first half", "bits/byte"), ("KL, second half", "bits/byte"), ("Pairs", ""))
    return DataTable("density", "Pairs by their KL on two halves", columns, tuple(rows))


def _draw(found: _Found) -> Any:
    fig, (left, right) = kit.figure(
        kit.DOUBLE, max(3.0, 0.8 + 0.16 * _n_rows(found)), (1, 2), width_ratios=(1, 1.05)
    )
    _draw_density(fig, left, found)
    _draw_rows(right, found)
    return fig


def _n_rows(found: _Found) -> int:
    return min(len({a.group for a in found.halves}), MOST_ROWS) + len(found.domains)


def _draw_density(fig: Any, ax: Any, found: _Found) -> None:
    kit.title(ax, "Every pair on two random halves", "KL on the second half, bits/byte")
    edges = 10**found.density.edges
    counts = np.ma.masked_equal(found.density.counts.T, 0)
    norm = kit.need("matplotlib.colors").LogNorm(1, max(counts.max(), 2))
    image = ax.pcolormesh(edges, edges, counts, cmap=kit.ramp("values"), norm=norm, rasterized=True)
    ax.plot(edges[[0, -1]], edges[[0, -1]], color=kit.LIGHT.control, lw=0.8, dashes=(4, 3))
    ax.set_xscale("log")
    ax.set_yscale("log")
    decades = float(np.ptp(found.density.edges))
    for axis in (ax.xaxis, ax.yaxis):
        kit.plain_log(axis)
        if decades > 2:
            axis.set_major_locator(kit.need("matplotlib.ticker").LogLocator(numticks=6))
    kit.x_words(ax, "KL on the first half, bits/byte")
    bar = kit.colour_bar(fig, image, ax, "pairs")
    kit.plain_log(bar.ax.yaxis)
    kit.thousands(bar.ax.yaxis)


def _draw_rows(ax: Any, found: _Found) -> None:
    kit.title(ax, "Agreement of two sets of texts", "Pearson correlation r of all pairwise KLs")
    words: list[str] = []
    for name in list(dict.fromkeys(a.group for a in found.halves))[:MOST_ROWS]:
        values = [a.pearson for a in found.halves if a.group == name]
        look = found.panel.styles.get(name, kit.RunStyle(name, kit.LIGHT.text))
        y = -len(words)
        ax.plot([min(values), max(values)], [y, y], color=look.colour, lw=kit.THIN)
        kit.scatter(
            ax, _point(float(np.mean(values)), y), colours=look.colour, shape=look.shape, size=5
        )
        words.append(look.name)
    for domain, control in zip(found.domains, found.controls, strict=True):
        y = -len(words)
        ax.plot([domain.pearson, control.pearson], [y, y], color=kit.LIGHT.line, lw=kit.THIN)
        kit.scatter(ax, _point(control.pearson, y), colours=kit.LIGHT.text2, hollow=True, size=5)
        kit.scatter(ax, _point(domain.pearson, y), colours=kit.LIGHT.text2, size=5)
        words.append(f"{domain.first}, {count(domain.n_first)} texts")
    ax.set_yticks([-k for k in range(len(words))], words)
    ax.set_ylim(-len(words) + 0.4, 0.6)
    ax.set_xlim(right=1.0 + 0.02 * (1.0 - ax.get_xlim()[0]))
    ax.locator_params(axis="x", nbins=5)
    ax.grid(visible=False, axis="y")
    ax.grid(visible=True, axis="x")
    kit.x_words(ax, "r")


def _point(x: float, y: float) -> NDArray[np.float64]:
    return np.array([[x, y]])
