from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute.analysis.pairs import across, early, joined, kl_between, kl_of, later, windows
from compute.analysis.runs import Run, runs_of
from compute.core.tables import Recipe
from compute.geometry import kl_pair, prepare

RAW = Recipe("raw")


def run_of(steps, name: str = "r") -> Run:
    return Run(name, tuple(f"{name}/{s}" for s in steps), np.array(steps, np.int64))


def test_that_pythia_has_fifty_early_and_fifty_later_pairs(pythia_steps) -> None:
    run = run_of(pythia_steps)
    assert windows(run) == ((2000, 52_000, 50), (93_000, 143_000, 50))
    for group, first in ((early(run, run.ids), 2000), (later(run, run.ids), 93_000)):
        start = np.arange(first, first + 50_000, 1000)
        assert (group.steps == np.stack([start, start + 1000], axis=1)).all()
        assert (group.slots == np.arange(50)).all()
        assert group.a[3] == f"r/{first + 3000}"
        assert group.b[3] == f"r/{first + 4000}"
        assert not group.omitted


def test_that_an_excluded_checkpoint_is_not_bridged_and_two_earlier_pairs_come(
    pythia_steps,
) -> None:
    run = run_of(pythia_steps)
    in_use = set(run.ids) - {"r/116000"}
    group = later(run, in_use)
    assert len(group) == 50
    assert windows(run, in_use=in_use)[1] == (91_000, 143_000, 50)
    assert set(range(52)) - set(group.slots.tolist()) == {24, 25}
    assert [note.what for note in group.omitted] == ["r 115,000–116,000", "r 116,000–117,000"]
    assert "116,000 is not in use" in group.omitted[0].reason


def test_that_a_missing_checkpoint_is_not_bridged(pythia_steps) -> None:
    run = run_of([s for s in pythia_steps if s != 111_000])
    group = later(run, run.ids)
    assert windows(run)[1] == (91_000, 143_000, 50)
    assert len(group) == 50
    assert "no checkpoint for 2,000 steps" in group.omitted[0].reason


def test_that_a_first_step_off_the_grid_moves_to_the_next_checkpoint(pythia_steps) -> None:
    assert windows(run_of(pythia_steps), after=1430)[0] == (2000, 52_000, 50)


@given(n=st.integers(0, 300), interval=st.integers(1, 50))
def test_that_the_groups_of_a_run_never_overlap(n: int, interval: int) -> None:
    run = run_of([k * interval for k in range(n)])
    first, second = (group(run, run.ids) for group in (early, later))
    assert len(first) == len(second) == min(50, max(0, n - 3) // 2)
    assert not set(first.a) & set(second.a)
    assert len(first) or "fewer than two pairs" in first.rule


@pytest.mark.parametrize("steps", [[], [5], [1, 2, 4, 8, 16]])
def test_that_a_run_without_an_interval_has_empty_groups(steps) -> None:
    run = run_of(steps)
    assert len(early(run, run.ids)) == len(later(run, run.ids)) == 0


def test_that_runs_are_compared_at_the_last_step_all_have_in_use(make_pythia) -> None:
    snapshot = make_pythia(("410m", "1b", "1.4b"), n=5, missing=[("1b", 143_000)])
    runs = runs_of(snapshot.entries)
    in_use = {e.id for e in snapshot.entries} - {"410m/step142000"}
    group = across(runs, in_use)
    names = [f"{run}/step141000" for run in ("410m", "1b", "1.4b")]
    assert list(zip(group.a, group.b, strict=True)) == [
        (names[0], names[1]), (names[0], names[2]), (names[1], names[2])
    ]  # fmt: skip
    assert "step 141,000" in group.rule


def test_that_a_run_that_is_excluded_whole_takes_no_part() -> None:
    runs = [run_of([0, 10, 20], name) for name in "abc"]
    group = across(runs, {*runs[0].ids, *runs[2].ids})
    assert (group.a, group.b) == (("a/20",), ("c/20",))
    assert group.omitted[0].what == "b"


def test_that_runs_without_a_common_step_give_no_pairs() -> None:
    runs = [run_of([0, 10]), run_of([5, 15], "b")]
    group = across(runs, {*runs[0].ids, *runs[1].ids})
    assert len(group) == 0
    assert "no step in common" in group.rule
    assert len(across(runs[:1], runs[0].ids)) == len(across([], ())) == 0


def test_that_kl_and_error_of_pairs_are_those_of_single_pairs(make_pythia) -> None:
    snapshot = make_pythia(n=40, steps=range(0, 9000, 1000))
    rows = prepare(snapshot, RAW)
    groups = [early(run, rows.row_of) for run in runs_of(snapshot.entries)]
    pairs = joined(groups, "both")
    kl, se = kl_of(rows, pairs)
    expected = [kl_pair(snapshot, RAW, a, b) for a, b in zip(pairs.a, pairs.b, strict=True)]
    np.testing.assert_allclose(kl, [p.kl for p in expected], rtol=1e-9)
    np.testing.assert_allclose(se, [p.se for p in expected], rtol=1e-9)
    assert len(kl) == sum(map(len, groups)) > 0


def test_that_pairs_of_blocks_equal_pairs_one_by_one() -> None:
    rng = np.random.default_rng(0)
    qs = rng.normal(size=(9, 12_000))
    i, j = rng.integers(-1, 9, (2, 50))
    kl, se = kl_between(qs, i, j)
    for t in range(50):
        one = kl_between(qs, i[t : t + 1], j[t : t + 1])
        np.testing.assert_array_equal([kl[t], se[t]], [one[0][0], one[1][0]])
    assert (np.isnan(kl) == ((i < 0) | (j < 0))).all()
    assert (kl[(i == j) & (i >= 0)] == 0).all()
