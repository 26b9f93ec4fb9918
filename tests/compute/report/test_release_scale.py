"""Tables 2 and the shift cosines of the authors' release, worked out again without our functions.

The script below reads the numbers of the made-up release and follows the method page by plain
loops: exclude, tau, clip, drop texts, half the variance of differences. It shares nothing with the
importer, the recipes or the analyses.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from compute.core.tables import BUILT_IN_RECIPES, Snapshot
from compute.exchange import Request, authors
from compute.report.contract import DataTable
from compute.report.study import Study
from compute.report.tables import shifts, table2a, table2b, table2c
from tests.fixtures.release import RUNS, SIZES, Release, make, write

TIGHT = 1e-9
REGULAR = range(1000, 143_001, 1000)
Vector = np.ndarray


@pytest.fixture(scope="module")
def release() -> Release:
    return make(120, seed=3)


@pytest.fixture(scope="module")
def study(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = write(release, tmp_path_factory.mktemp("release"))
    given = authors.read(folder, Request())
    recipes = {r.name: r for r in (*BUILT_IN_RECIPES, *given.recipes)}
    return Study(Snapshot(Path("r.h5"), given.texts, given.entries, given.loglik, recipes))


@dataclass
class Filtered:
    """The vectors of some runs after the method of appendix E.1, and the bytes of the texts."""

    steps: dict[str, dict[int, Vector]]
    mean_bytes: float

    def kl(self, a: tuple[str, int], b: tuple[str, int]) -> float:
        return half_variance(self.steps[a[0]][a[1]], self.steps[b[0]][b[1]], self.mean_bytes)


def half_variance(a: Vector, b: Vector, mean_bytes: float) -> float:
    d = a - b
    return sum((x - d.sum() / len(d)) ** 2 for x in d) / len(d) / 2 / (mean_bytes * math.log(2))


def standard_error(a: Vector, b: Vector, mean_bytes: float) -> float:
    d = (a - b - (a - b).mean()) ** 2
    return float(np.std(d)) / (2 * math.sqrt(len(d)) * mean_bytes * math.log(2))


def filtered(release: Release, runs: Sequence[str]) -> Filtered:
    n_bytes = np.array([len(text.encode()) for text in release.texts], float)
    steps = {
        run: {
            step: np.asarray(row, float)
            for step, row in release.checkpoints[run].items()
            if row is not None and (run, step) != ("1b", 116_000)
        }
        for run in runs
    }
    tau = np.quantile(np.concatenate([row for of in steps.values() for row in of.values()]), 0.02)
    clipped = {r: {s: np.maximum(row, tau) for s, row in of.items()} for r, of in steps.items()}
    score = np.zeros(len(n_bytes))
    for of in clipped.values():
        for step in REGULAR:
            if step >= 2000 and step in of and step + 1000 in of:
                score = np.maximum(score, np.abs(of[step + 1000] - of[step]))
    kept = np.sort(np.argsort(score)[: len(score) - round(0.03 * len(score))])
    rows = {r: {s: row[kept] for s, row in of.items()} for r, of in clipped.items()}
    return Filtered(rows, float(n_bytes[kept].mean()))


@pytest.fixture(scope="module")
def sizes(release: Release) -> Filtered:
    return filtered(release, SIZES)


@dataclass
class Public:
    """Vectors of the models after the common clip value, and the bytes of the texts."""

    release: Release

    def __post_init__(self) -> None:
        values = self.release.public.astype(np.float32).astype(float)
        self.tau = float(np.quantile(values, 0.02))
        self.rows = dict(zip(self.release.models, np.maximum(values, self.tau), strict=True))
        self.mean_bytes = float(np.mean([len(text.encode()) for text in self.release.texts]))

    def clipped(self, row: Vector) -> Vector:
        return np.maximum(np.asarray(row, float), self.tau)

    def parents(self) -> list[tuple[str, str]]:
        """(parent, child) with exactly one declared parent that is here."""
        out = []
        for child, said in self.release.siblings.items():
            named = [said] if isinstance(said, str) else list(said or ())
            if child in self.rows and len(named) == 1 and named[0] in self.rows:
                out.append((named[0], child))
        return out


@pytest.fixture(scope="module")
def public(release: Release) -> Public:
    return Public(release)


def cells(data: DataTable, name: str) -> dict[str, object]:
    """The row of a group."""
    row = next(row for row in data.rows if row[0] == name)
    return dict(zip((title for title, _ in data.columns), row, strict=True))


def check(row: dict[str, object], kl: Sequence[float]) -> None:
    assert row["pairs"] == len(kl)
    assert row["median"] == pytest.approx(np.median(kl), rel=TIGHT)
    assert row["mean"] == pytest.approx(np.mean(kl), rel=TIGHT)
    if len(kl) >= 12:
        assert row["SD"] == pytest.approx(np.std(kl), rel=1e-7)


@pytest.fixture(scope="module")
def settings(study: Study) -> DataTable:
    return table2a.make(study).tables[0]


def test_that_steps_and_sizes_are_those_of_the_script(settings: DataTable, sizes: Filtered) -> None:
    there = {
        run: [s for s in range(2000, 143_000, 1000) if {s, s + 1000} <= set(sizes.steps[run])]
        for run in SIZES
    }
    for name, some in (("Early", slice(50)), ("Later", slice(-50, None))):
        kl = [
            sizes.kl((run, step), (run, step + 1000)) for run in SIZES for step in there[run][some]
        ]
        check(cells(settings, name), kl)
    pairs = itertools.combinations(SIZES, 2)
    check(cells(settings, "Size"), [sizes.kl((a, 143_000), (b, 143_000)) for a, b in pairs])


def test_that_seeds_are_those_of_the_script(settings: DataTable, release: Release) -> None:
    runs = [run for run in RUNS if "seed" in run]
    seeds = filtered(release, runs)
    pairs = itertools.combinations(runs, 2)
    check(cells(settings, "Seed"), [seeds.kl((a, 143_000), (b, 143_000)) for a, b in pairs])


def test_that_variants_and_fine_tunes_are_those_of_the_script(
    settings: DataTable, release: Release, public: Public
) -> None:
    for name, given in (("8-bit", release.eight), ("4-bit", release.four)):
        kl = [
            half_variance(public.rows[model], public.clipped(row), public.mean_bytes)
            for model, row in given.items()
            if row is not None
        ]
        check(cells(settings, name), kl)
    tuned = [half_variance(public.rows[a], public.rows[b], public.mean_bytes)
             for a, b in public.parents()]  # fmt: skip
    check(cells(settings, "Fine-tune"), tuned)


def test_that_layers_are_those_of_the_script(
    settings: DataTable, release: Release, public: Public
) -> None:
    kl = []
    for by_layer in release.layers.values():
        rows = {int(k): np.asarray(row, float) for k, row in (by_layer or {}).items()}
        kl += [
            half_variance(rows[k], rows[k + 1], public.mean_bytes) for k in rows if k + 1 in rows
        ]
    check(cells(settings, "Layer"), kl)


def test_that_all_pairs_of_a_type_are_those_of_the_script(
    study: Study, release: Release, public: Public
) -> None:
    by_type: dict[str, set[str]] = {}
    for parent, child in public.parents():
        by_type.setdefault(release.types[child], set()).update((parent, child))
    kl = [
        half_variance(public.rows[a], public.rows[b], public.mean_bytes)
        for pool in by_type.values()
        for a, b in itertools.combinations(sorted(pool), 2)
    ]
    row = cells(next(t for t in table2a.make(study).tables if t.name == "draws"), "Same type")
    assert row["all pairs"] == len(kl)
    assert row["median of all"] == pytest.approx(np.median(kl), rel=TIGHT)
    assert row["mean of all"] == pytest.approx(np.mean(kl), rel=TIGHT)


def test_that_one_runs_steps_seeds_and_sizes_are_those_of_the_script(
    study: Study, release: Release, sizes: Filtered
) -> None:
    rows = table2b.make(study).tables[0].rows
    at = {(row[0], row[2].partition(", step")[0]): row[4:6] for row in rows}
    for step in (10_000, 50_000, 100_000):
        pair = [sizes.steps["410m"][step + k] for k in (0, 1000)]
        found = at["Step", f"{step:,} – {step + 1000:,}"]
        assert found[0] == pytest.approx(half_variance(*pair, sizes.mean_bytes), rel=TIGHT)
        assert found[1] == pytest.approx(standard_error(*pair, sizes.mean_bytes), rel=1e-7)
    for size in SIZES[1:]:
        pair = [sizes.steps[run][143_000] for run in ("410m", size)]
        assert at["Size", size][0] == pytest.approx(
            half_variance(*pair, sizes.mean_bytes), rel=TIGHT
        )
    every = filtered(release, RUNS)
    seeds = [every.kl(("410m", 143_000), (run, 143_000)) for run in RUNS if "seed" in run]
    assert at["Seed", "mean of 7 other seeds"][0] == pytest.approx(np.mean(seeds), rel=TIGHT)


def test_that_layer_pairs_are_those_of_the_script(
    study: Study, release: Release, public: Public
) -> None:
    rows = table2c.make(study).tables[0].rows
    assert len(rows) == 9
    for model, words, _, kl, se, *_ in rows:
        low, high = (int(part) for part in words.split(" – "))
        by_layer = {int(k): row for k, row in release.layers[model].items()}
        pair = [np.asarray(by_layer[k], float) for k in (low, high)]
        assert kl == pytest.approx(half_variance(*pair, public.mean_bytes), rel=TIGHT)
        assert se == pytest.approx(standard_error(*pair, public.mean_bytes), rel=1e-7)


def test_that_shift_cosines_are_those_of_the_script(
    study: Study, release: Release, public: Public
) -> None:
    found = {(row[0], row[1]): row for row in shifts.make(study).tables[0].rows}
    for kind, given in (("8-bit", release.eight), ("4-bit", release.four)):
        by_type: dict[str, list[Vector]] = {}
        for model, row in given.items():
            if row is not None:
                d = public.clipped(row) - public.rows[model]
                by_type.setdefault(release.types[model], []).append(d - d.mean())
        for family, deltas in by_type.items():
            cos = [float(a @ b / math.sqrt((a @ a) * (b @ b)))
                   for a, b in itertools.combinations(deltas, 2)]  # fmt: skip
            if cos:
                row = found[kind, family]
                assert row[2:4] == (len(deltas), len(cos))
                assert row[4:7] == pytest.approx((np.mean(cos), min(cos), max(cos)), abs=TIGHT)
