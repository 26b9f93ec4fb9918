from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

from compute.analysis.pretraining import (
    along,
    bits_per_byte,
    consecutive,
    consecutive_of,
    from_step,
    warm_up_end,
)  # fmt: skip
from compute.analysis.runs import Run, runs_of
from compute.core.tables import Recipe
from compute.geometry import mean_bits_per_byte, prepare

RAW = Recipe("raw")


def looped(snapshot, run: str, out: set[str]) -> list[tuple[int, int, float, float]]:
    """Neighbouring checkpoints of a run and their KL and SE, written as on the method page."""
    scale = 2 * snapshot.texts.n_bytes.mean() * math.log(2)
    rows = [(e.step, e.id, x) for e, x in zip(snapshot.entries, snapshot.loglik, strict=True)
            if e.run == run]  # fmt: skip
    found = []
    for (s, i, x), (t, j, y) in itertools.pairwise(rows):
        d = x.astype(np.float64) - y
        squares = (d - d.mean()) ** 2
        good = not {i, j} & out and t - s <= 1000
        kl, se = squares.mean() / scale, squares.std() / scale / math.sqrt(len(d))
        found.append((s, t, kl if good else np.nan, se if good else np.nan))
    return found


def test_that_consecutive_kl_bridges_neither_gaps_nor_excluded_checkpoints(make_pythia) -> None:
    snapshot = make_pythia(("410m", "1b"), n=30, missing=[("1b", 40_000), ("410m", 0)])
    out = {"1b/step116000", "410m/step64"}
    rows = prepare(snapshot, replace(RAW, excluded=tuple(out)))
    for found in consecutive_of(rows, runs_of(snapshot.entries)):
        expected = np.array(looped(snapshot, found.run.name, out)).T
        np.testing.assert_array_equal([found.start, found.stop], expected[:2])
        np.testing.assert_allclose([found.kl, found.se], expected[2:], rtol=1e-9)
        assert [bool(r) for r in found.reasons] == np.isnan(found.kl).tolist()
    reasons = [r for r in found.reasons if r]
    assert len(reasons) == 3
    assert sum("116,000 is not in use" in r for r in reasons) == 2


def test_that_the_grid_leaves_out_what_was_saved_between(make_pythia) -> None:
    snapshot = make_pythia(("1b",), n=20, missing=[("1b", 40_000)])
    (found,) = consecutive_of(prepare(snapshot, RAW), runs_of(snapshot.entries))
    grid = found.on_grid(2000)
    assert grid.start[0] == 2000
    assert len(grid.start) == 140
    assert np.flatnonzero(grid.broken).tolist() == [37]
    assert (grid.regular | grid.broken).all()
    assert len(found.on_grid().start) == 141
    assert found.regular.sum() == 140


@pytest.mark.parametrize("n", [0, 1])
def test_that_a_run_without_two_checkpoints_has_no_values(make_pythia, n: int) -> None:
    rows = prepare(make_pythia(("1b",), n=5), RAW)
    found = consecutive(rows, Run("r", ("1b/step0",)[:n], np.zeros(n, np.int64)))
    assert len(found.kl) == len(found.on_grid().kl) == len(found.reasons) == 0


def test_that_equal_rows_have_no_kl_and_no_error(make_pythia) -> None:
    snapshot = make_pythia(("1b",), n=9, steps=(0, 10, 20))
    same = replace(snapshot, loglik=np.repeat(snapshot.loglik[:1], 3, axis=0))
    (found,) = consecutive_of(prepare(same, RAW), runs_of(same.entries))
    np.testing.assert_array_equal([found.kl, found.se], np.zeros((2, 2)))


def test_that_code_lengths_are_those_of_the_project(make_pythia) -> None:
    snapshot = make_pythia(("410m", "1b"), n=12)
    tau = float(np.median(snapshot.loglik))
    for recipe in (RAW, Recipe("half", clip_quantile=0.5, tau=tau)):
        _code_lengths_of(snapshot, replace(recipe, excluded=("410m/step2",)))


def _code_lengths_of(snapshot, recipe) -> None:
    rows = prepare(snapshot, recipe)
    run = runs_of(snapshot.entries)[0]
    found = along(rows, run, bits_per_byte(rows))
    expected = mean_bits_per_byte(snapshot)[: len(run.ids)]
    expected[2] = np.nan
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_that_short_runs_are_shown_from_the_end_of_warm_up(pythia_steps) -> None:
    long = Run("long", ("",) * 154, np.array(pythia_steps))
    short = Run("short", ("",) * 20, np.arange(0, 200, 10))
    assert from_step([long], 10_000) == 10_000
    assert from_step([long, short], 10_000) == warm_up_end([long, short]) == 2000
    assert from_step([short], 10_000) == 20
    assert from_step([short], 10_000, after=50) == 50
    assert warm_up_end([]) == from_step([], 10_000) == 0
