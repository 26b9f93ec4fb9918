from __future__ import annotations

import numpy as np

from compute.analysis.diffusion.exponents import Spread, after, exponents, late
from compute.analysis.diffusion.windows import regular, representative, windows_of

PYTHIA = np.array([0, *(2**k for k in range(10)), *range(1_000, 144_000, 1_000)], np.int64)
ROUNDED = np.round(np.arange(32) * 800 / 31).astype(np.int64)


def walk(n: int, dims: int = 20) -> np.ndarray:
    return np.cumsum(np.random.default_rng(1).normal(size=(n, dims)), axis=0)


def test_that_every_checkpoint_with_ten_thousand_steps_after_it_is_a_start(trajectory) -> None:
    path = trajectory(walk(154), PYTHIA)
    windows = windows_of(path)
    assert PYTHIA[windows.starts].tolist() == PYTHIA[PYTHIA <= 133_000].tolist()
    on_grid = PYTHIA[windows.starts] >= 1_000
    lags = windows.lags[on_grid][:, :10]
    np.testing.assert_array_equal(lags, np.tile(1_000.0 * np.arange(1, 11), (len(lags), 1)))
    assert np.isnan(windows.lags[on_grid][:, 10:]).all()


def test_that_a_window_holds_the_checkpoints_saved_between_regular_ones(trajectory) -> None:
    windows = windows_of(trajectory(walk(154), PYTHIA))
    lags = windows.lags[1]  # from step 1
    assert (1 + lags[np.isfinite(lags)]).tolist() == [
        *(2**k for k in range(1, 10)),
        *range(1_000, 11_000, 1_000),
    ]


def test_that_steps_rounded_to_whole_numbers_still_give_ten_points(trajectory) -> None:
    path = trajectory(walk(32), ROUNDED)
    windows = windows_of(path)
    assert (np.isfinite(windows.lags).sum(axis=1) == 10).all()
    assert ROUNDED[windows.starts[-1]] == ROUNDED[21]


def test_that_the_representative_start_is_the_papers_for_its_runs(trajectory) -> None:
    path = trajectory(walk(154), PYTHIA)
    assert PYTHIA[representative(path)] == 120_000
    assert PYTHIA[representative(path, 50_400)] == 50_000
    assert PYTHIA[representative(path, 10**9)] == 133_000


def test_that_a_short_run_is_shown_from_its_last_complete_window(trajectory) -> None:
    assert representative(trajectory(walk(15))) == 4
    assert representative(trajectory(walk(10))) == -1


def test_that_an_excluded_start_is_not_representative(trajectory) -> None:
    at = PYTHIA.tolist().index(120_000)
    path = trajectory(walk(154), PYTHIA, {at: "excluded"})
    assert PYTHIA[representative(path)] == 119_000


def test_that_runs_without_a_regular_interval_have_no_start(trajectory) -> None:
    for steps in ([], [5], [0, 7], [0, 1, 3, 7, 15]):
        path = trajectory(walk(len(steps)), steps)
        assert len(windows_of(path).starts) == 0
        assert representative(path) == -1
        assert exponents(path).law.exponent.shape == (0,)


def test_that_an_excluded_start_is_a_gap_with_its_reason(trajectory) -> None:
    found = exponents(trajectory(walk(40), reasons={7: "spike"}))
    assert np.flatnonzero(np.isnan(found.law.exponent)).tolist() == [7]
    assert found.reason(7) == "the start takes no part: spike"
    assert found.reason(8) == ""


def test_that_excluded_and_missing_targets_leave_the_fit(trajectory) -> None:
    points = walk(40)
    whole = exponents(trajectory(points))
    excluded = exponents(trajectory(points, reasons={12: "spike"}))
    kept = np.arange(40) != 12
    missing = exponents(trajectory(points[kept], 1_000 * np.flatnonzero(kept)))
    touched = (whole.steps >= 2_000) & (whole.steps <= 11_000)
    assert (excluded.law.n_points == np.where(touched, 9, whole.law.n_points))[
        whole.steps != 12_000
    ].all()
    assert 12_000 not in missing.steps.tolist()
    np.testing.assert_allclose(
        missing.law.exponent, excluded.law.exponent[excluded.steps != 12_000], atol=1e-9
    )
    free = ~touched & (whole.steps != 12_000)
    np.testing.assert_allclose(excluded.law.exponent[free], whole.law.exponent[free], atol=1e-9)
    assert np.abs(excluded.law.exponent - whole.law.exponent)[touched].min() > 0


def test_that_duplicate_weights_are_dropped_and_all_equal_rows_have_a_reason(trajectory) -> None:
    points = walk(30)
    points[5] = points[4]
    assert exponents(trajectory(points)).law.n_points[4] == 9
    flat = exponents(trajectory(np.ones((30, 20))))
    assert np.isnan(flat.law.exponent).all()
    assert flat.reason(0).startswith("only 0 of 10 points has a distance above zero")


def test_that_regular_checkpoints_are_those_of_the_grid(trajectory) -> None:
    path = trajectory(walk(154), PYTHIA)
    assert PYTHIA[regular(path)].tolist() == list(range(0, 144_000, 1_000))
    kept = np.array([step not in (55_000, 56_000) for step in PYTHIA.tolist()])
    gap = trajectory(walk(152), PYTHIA[kept])
    assert PYTHIA[kept][regular(gap)].tolist() == [
        step for step in range(0, 144_000, 1_000) if step not in (55_000, 56_000)
    ]
    mixed = np.array(sorted({*ROUNDED.tolist(), *(2**k for k in range(10))}), np.int64)
    path = trajectory(walk(len(mixed)), mixed)
    assert mixed[regular(path)].tolist() == ROUNDED.tolist()


def test_that_late_starts_are_the_last_fifty_or_the_last_half(trajectory) -> None:
    found = exponents(trajectory(walk(154), PYTHIA))
    assert found.steps[late(found, 2_000)].tolist() == list(range(84_000, 134_000, 1_000))
    assert found.steps[after(found, 2_000)].tolist() == list(range(2_000, 134_000, 1_000))
    short = exponents(trajectory(walk(25)))
    assert short.steps[late(short, 2_000)].tolist() == list(range(8_000, 15_000, 1_000))
    assert not late(short, 10**6).any()


def test_that_spread_passes_gaps_by_and_is_empty_without_values() -> None:
    found = Spread.of(np.array([1.0, np.nan, 3.0, 2.0]))
    assert (found.n, found.median, found.mean) == (3, 2.0, 2.0)
    assert (found.low, found.high) == (1.5, 2.5)
    empty = Spread.of(np.array([np.nan]))
    assert empty.n == 0
    assert np.isnan([empty.median, empty.low, empty.high, empty.mean, empty.sd]).all()
