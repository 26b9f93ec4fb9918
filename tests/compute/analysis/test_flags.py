"""What is planted is found, with its reason and its numbers, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from compute.analysis.flags import exclusions, flags_of
from compute.core.tables import Recipe, WeightDistances
from tests.compute.analysis.made_runs import FIVE_SIZES, SEEDS, TWELVE, changed, project, without

CLIP2, RAW = Recipe("clip2", 0.02), Recipe("raw")


def _found(snapshot, recipe=CLIP2, **options):
    return {(f.kind, f.run, f.step) for f in flags_of(snapshot, recipe, **options)}


@pytest.mark.parametrize("seed", range(5))
def test_that_honest_runs_have_no_flag(seed) -> None:
    assert _found(project(TWELVE, seed=seed)) == set()


def test_that_a_run_that_slows_down_has_no_flag() -> None:
    snapshot = project(FIVE_SIZES, n_steps=60)
    speed = 20 * np.exp(-np.arange(60) / 8) + 1

    def slow(loglik, row_of):
        rng = np.random.default_rng(1)
        walk = (rng.normal(0, 3, (60, loglik.shape[1])) * speed[:, None]).cumsum(axis=0)
        loglik[:60] = rng.normal(-600, 120, loglik.shape[1]) + walk

    assert _found(changed(snapshot, slow)) == set()


def _spike(name: str):
    def plant(loglik, row_of):
        rng = np.random.default_rng(3)
        loglik[row_of[name]] += rng.normal(0, 30, loglik.shape[1]).astype(np.float32)

    return plant


@pytest.mark.parametrize("recipe", [CLIP2, RAW])
def test_that_a_planted_spike_is_found_and_says_its_numbers(recipe) -> None:
    snapshot = changed(project(FIVE_SIZES), _spike("p-1B/step7000"))
    (flag,) = flags_of(snapshot, recipe)
    assert (flag.kind, flag.id, flag.step) == ("spike", "p-1B/step7000", 7000)
    assert flag.excludes == (flag.id,)
    assert flag.reason.startswith("p-1B step 7,000 has a KL of ")
    told = dict(flag.measured)
    rows = np.array([snapshot.row_of[f"p-1B/step{s}000"] for s in (6, 7, 8)])
    values = snapshot.loglik[rows].astype(float)
    tau = np.quantile(snapshot.loglik.astype(float), 0.02) if recipe is CLIP2 else -np.inf
    before, later, across = (
        np.var(np.maximum(values[a], tau) - np.maximum(values[b], tau))
        / (2 * np.log(2) * snapshot.texts.n_bytes.mean())
        for a, b in ((0, 1), (1, 2), (0, 2))
    )
    assert told["kl_before"] == pytest.approx(before, rel=1e-9)
    assert told["kl_after"] == pytest.approx(later, rel=1e-9)
    assert told["kl_across"] == pytest.approx(across, rel=1e-9)


def _right_angled(sizes, *, beside=0.0, at=7):
    """A run whose steps are at right angles, of KL 1 x ``sizes`` each in some unit; the checkpoint
    ``at`` lies besides by the KL ``beside``."""

    def make(loglik, row_of):
        walk = np.zeros(loglik.shape[1])
        for k, size in enumerate((0.0, *sizes)):
            walk[2 * k : 2 * k + 2] += 16 * np.sqrt(size) * np.array([1, -1])
            off = np.zeros_like(walk)
            off[-2:] = 16 * np.sqrt(beside) * np.array([1, -1]) * (k == at)
            loglik[row_of[f"r/step{k * 1000}"]] = walk + off - 600

    return changed(project({"r": {}}, n_steps=len(sizes) + 1), make)


def test_that_a_spike_is_five_times_the_median_and_no_less() -> None:
    assert _found(_right_angled([1] * 15, beside=3.9), RAW) == set()  # 4.9 to both
    assert _found(_right_angled([1] * 15, beside=4.1), RAW) == {("spike", "r", 7000)}


def test_that_two_jumps_one_after_the_other_are_no_spike() -> None:
    sizes = [1.0] * 15
    sizes[6:8] = [6.0, 6.0]  # its neighbours are 12 apart
    assert _found(_right_angled(sizes), RAW) == set()


def test_that_a_jump_that_stays_is_no_spike() -> None:
    def jump(loglik, row_of):
        rng = np.random.default_rng(3)
        rows = [row_of[f"p-1B/step{k * 1000}"] for k in range(7, 16)]
        loglik[rows] += rng.normal(0, 30, loglik.shape[1]).astype(np.float32)

    assert _found(changed(project(FIVE_SIZES), jump)) == set()


def test_that_the_warm_up_the_ends_and_what_is_excluded_are_not_judged() -> None:
    snapshot = project(FIVE_SIZES)
    for step in (1000, 15000):
        assert _found(changed(snapshot, _spike(f"p-1B/step{step}"))) == set()
    spiked = changed(snapshot, _spike("p-1B/step7000"))
    assert _found(spiked, replace(CLIP2, excluded=("p-1B/step7000",))) == set()
    assert _found(spiked, after=8000) == set()


def _copy(target: str, source: str):
    def plant(loglik, row_of):
        loglik[row_of[target]] = loglik[row_of[source]]

    return plant


@pytest.mark.parametrize(
    ("target", "source"), [(9000, 15000), (9000, 5000), (9000, 8000), (14000, 15000)]
)
def test_that_a_planted_duplicate_is_found_and_it_is_the_copy_not_the_original(
    target, source
) -> None:
    plant = _copy(f"p-1B/step{target}", f"p-1B/step{source}")
    (flag,) = flags_of(changed(project(FIVE_SIZES), plant), CLIP2)
    assert (flag.kind, flag.id) == ("duplicate", f"p-1B/step{target}")
    assert dict(flag.measured)["same_as_step"] == source
    assert (
        flag.reason
        == f"p-1B step {target:,} scores every text exactly as a copy would of step {source:,}."
    )


def test_that_equal_digests_are_duplicates_too_and_early_ones_stay_in() -> None:
    snapshot = project(FIVE_SIZES)
    same = {"p-1B/step9000": "d", "p-1B/step4000": "d", "p-2.8B/step4000": "d"}
    entries = tuple(e.with_(digest=same.get(e.id, e.id)) for e in snapshot.entries)
    (flag,) = flags_of(replace(snapshot, entries=entries), CLIP2)
    assert flag.kind == "duplicate"
    assert flag.id in same
    assert " has the same weights as step " in flag.reason
    early = changed(snapshot, _copy("p-1B/step1000", "p-1B/step0"))
    (flag,) = flags_of(early, CLIP2)
    assert (flag.kind, flag.excludes) == ("duplicate", ())
    assert exclusions([flag]) == {}


def test_that_a_gap_in_the_regular_grid_is_found_and_the_doubling_before_it_is_none() -> None:
    snapshot = project({"p-1B": {"family": "p", "size": "1B"}}, n_steps=30)
    steps = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, *range(1000, 20_000, 1000)]
    entries = tuple(
        e.with_(id=f"p-1B/step{s}", step=s) for e, s in zip(snapshot.entries, steps, strict=True)
    )
    snapshot = replace(snapshot, entries=entries)
    assert _found(snapshot) == set()
    missing = without(snapshot, "p-1B/step11000", "p-1B/step12000", "p-1B/step17000")
    first, second = flags_of(missing, CLIP2)
    assert (first.kind, first.id, dict(first.measured)["n_missing"]) == (
        "gap", "p-1B/step10000", 2,
    )  # fmt: skip
    assert "no checkpoint at steps 11,000 – 12,000" in first.reason
    assert "no checkpoint at step 17,000" in second.reason
    assert exclusions([first, second]) == {}


def test_that_a_failed_checkpoint_is_a_gap_and_a_planned_one_is_not_yet() -> None:
    snapshot = project(FIVE_SIZES)
    for status, found in (("failed", {("gap", "p-1B", 6000)}), ("planned", set())):
        entries = tuple(
            e.with_(status=status) if e.id == "p-1B/step7000" else e for e in snapshot.entries
        )
        assert _found(replace(snapshot, entries=entries)) == found


def test_that_a_spike_in_the_weights_alone_is_found() -> None:
    snapshot = project(FIVE_SIZES)
    steps = np.arange(16) * 1000
    rng = np.random.default_rng(0)
    walk = rng.normal(0, 1, (16, 300)).cumsum(axis=0)
    walk[9] += rng.normal(0, 10, 300)
    squared = ((walk[:, None] - walk[None]) ** 2).sum(axis=2)
    weights = {"p-1B": WeightDistances("p-1B", steps, squared)}
    (flag,) = flags_of(snapshot, CLIP2, weights=weights)
    assert (flag.kind, flag.id) == ("weights", "p-1B/step9000")
    assert dict(flag.measured)["squared_before"] == squared[8, 9]
    holes = squared.copy()
    holes[9, 10] = holes[10, 9] = np.nan
    assert flags_of(snapshot, CLIP2, weights={"p-1B": WeightDistances("p-1B", steps, holes)}) == ()


def test_that_planted_outlier_runs_are_found_and_no_other() -> None:
    snapshot = project(TWELVE)

    def plant(loglik, row_of):
        for k in (3, 4):
            rng = np.random.default_rng(k)
            rows = [row_of[f"p-410M-seed{k}/step{t * 1000}"] for t in range(16)]
            loglik[rows] += rng.normal(0, 40, loglik.shape[1]).astype(np.float32)

    found = flags_of(changed(snapshot, plant), CLIP2)
    assert {(f.kind, f.run) for f in found} == {("run", "p-410M-seed3"), ("run", "p-410M-seed4")}
    assert all(f.step == 15_000 and len(f.excludes) == 16 for f in found)
    assert "from the other 6 runs of size 410M at step 15,000" in found[0].reason


@pytest.mark.parametrize(("size", "out"), [(1.8, set()), (2.2, {"p-410M-seed6"})])
def test_that_an_outlier_run_is_half_as_far_again_and_no_less(size, out) -> None:
    """Runs at right angles from one point: 2 apart, the last 1 + ``size`` from the others."""

    def place(loglik, row_of):
        loglik[:] = -600
        for k in range(6):
            rows = [row_of[f"p-410M-seed{k + 1}/step{t * 1000}"] for t in range(16)]
            far = 16 * np.sqrt(size if k == 5 else 1.0)
            loglik[rows, 2 * k] += far
            loglik[rows, 2 * k + 1] -= far
            for t, row in enumerate(rows):
                loglik[row, 20 + 2 * t : 22 + 2 * t] += (1, -1)

    flags = flags_of(changed(project(SEEDS), place), RAW)
    assert {f.run for f in flags if f.kind == "run"} == out


def test_that_of_three_runs_none_is_called_an_outlier() -> None:
    snapshot = project({k: SEEDS[k] for k in list(SEEDS)[:3]})

    def plant(loglik, row_of):
        rng = np.random.default_rng(1)
        loglik[:16] += rng.normal(0, 80, loglik.shape[1]).astype(np.float32)

    assert _found(changed(snapshot, plant)) == set()


def test_that_small_projects_are_judged_without_a_word() -> None:
    for n_steps in (1, 2, 3, 5):
        assert _found(project({"a": {}}, n_steps=n_steps)) == set()
    nothing = replace(project({"a": {}}), entries=(), loglik=np.empty((0, 200), np.float32))
    assert flags_of(nothing, CLIP2) == ()
