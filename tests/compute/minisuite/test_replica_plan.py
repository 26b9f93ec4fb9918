"""The plans of the replica say what the analyses need, and add up: no torch."""

from __future__ import annotations

import math

import numpy as np
import pytest

from compute.core.errors import UsageError
from compute.minisuite import SIZES, validate
from compute.minisuite.replica import PLANS, Plan, plan_named

FULL = PLANS["replica"]
EVERY = pytest.mark.parametrize("plan", PLANS.values(), ids=list(PLANS))


@EVERY
def test_that_every_interval_is_exact(plan: Plan) -> None:
    steps = np.array(plan.save_at)
    even = steps[steps % plan.interval == 0]
    assert np.unique(np.diff(even)).tolist() == [plan.interval]
    assert even[-1] == plan.steps
    others = set(steps.tolist()) - set(even.tolist())
    assert all(math.log2(step).is_integer() for step in others)


@EVERY
def test_that_the_odd_checkpoints_lie_on_the_grid_and_after_warm_up(plan: Plan) -> None:
    for step in (plan.copy_at, plan.spike_at):
        assert step in plan.save_at
        assert step % plan.interval == 0
        assert 2 * plan.interval < step < plan.steps


@EVERY
def test_that_runs_are_grown_once_each_by_valid_arguments(plan: Plan) -> None:
    grown: list[tuple[str, int]] = []
    for stage in ("sizes", "seeds", "copy", "spike"):
        runs, save_at = validate(plan.grown(stage, "x"))
        assert save_at == plan.save_at
        grown += [(run.size.name, run.seed) for run in runs]
    assert sorted(grown) == sorted(plan.runs)
    assert len(set(grown)) == len(grown)


@EVERY
def test_that_parents_come_before_their_children(plan: Plan) -> None:
    known = {f"{size}-seed{seed}" for size, seed in plan.runs}
    for generation in plan.tunes:
        assert {t.parent for t in generation} <= known
        assert all(plan.size_of(t.parent) == t.size for t in generation)
        known |= {t.name for t in generation}
    assert {*plan.layered, *plan.quantized} <= known


@EVERY
def test_that_every_stage_has_a_budget_and_names_what_it_needs(plan: Plan) -> None:
    stages = plan.stages
    assert [s.id for s in stages] == list(dict.fromkeys(s.id for s in stages))
    assert {s.id for s in stages} == set(plan.minutes)
    assert all(s.minutes > 0 and s.title for s in stages)
    assert {s.id for s in stages if s.needs} == {"quantized", "maps"}


def test_that_the_replica_holds_what_the_paper_compares() -> None:
    sizes = [SIZES[name].n_params for name in FULL.sizes]
    assert len(sizes) >= 4
    assert min(sizes) >= 100_000
    assert max(sizes) <= 1_500_000
    assert len({seed for size, seed in FULL.runs if size == FULL.seed_size and seed}) >= 5
    assert len(FULL.save_at) >= 70
    assert FULL.n_texts == 500
    assert len(FULL.tunes) == 2
    assert sum(map(len, FULL.tunes)) >= 6
    assert min(len(FULL.layered), len(FULL.quantized)) >= 8
    assert set(FULL.ways) == {"int8", "nf4", "fp4"}
    assert sum(stage.minutes for stage in FULL.stages) <= 100


def test_that_fifty_early_and_fifty_later_intervals_fit_side_by_side() -> None:
    slots = (FULL.steps - 2 * FULL.interval) / FULL.interval
    assert slots == 100


def test_that_the_names_of_sizes_say_their_parameters() -> None:
    for name in FULL.sizes:
        said = float(name[:-1]) * (1e6 if name.endswith("M") else 1e3)
        assert SIZES[name].n_params == pytest.approx(said, rel=0.04)


def test_that_an_unknown_plan_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="There is no plan 'large'"):
        plan_named("large")
