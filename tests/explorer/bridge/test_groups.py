"""The project's own medians: which pairs count, and that the numbers are those of the KL."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from compute import geometry
from compute.core.assets import asset
from compute.core.tables import Entry
from explorer.bridge import questions
from explorer.bridge.groups import medians


@pytest.fixture(scope="module")
def example() -> questions.Loaded:
    return questions.load(asset("example.h5"), "clip2", frozenset())


@pytest.fixture(scope="module")
def ends(example) -> tuple[Entry, ...]:
    """The last checkpoint of every run."""
    last: dict[str, Entry] = {}
    for e in example.entries:
        if e.is_checkpoint and e.step >= last.get(e.run, e).step:
            last[e.run] = e
    assert len({e.step for e in last.values()}) == 1
    return tuple(last.values())


def test_that_the_groups_of_the_example_are_its_seeds_sizes_and_neighbouring_steps(
    example, ends
) -> None:
    found = {m.name: m for m in medians(example.prepared, example.entries)}
    (steps,) = set(found) - {"our seeds", "our sizes"}
    assert re.fullmatch(r"\d+( – \d+)? steps", steps)
    kl, row = geometry.kl_matrix(example.prepared), example.prepared.row_of
    pairs = list(itertools.combinations(ends, 2))
    for name, same, differs in (
        ("our seeds", "n_params", "seed"),
        ("our sizes", "seed", "n_params"),
    ):
        kls = [
            kl[row[a.id], row[b.id]]
            for a, b in pairs
            if getattr(a, same) == getattr(b, same) and getattr(a, differs) != getattr(b, differs)
        ]
        assert found[name].kl == pytest.approx(np.median(kls))
        assert found[name].n_pairs == len(kls) > 1
    assert found["our seeds"].which == f"pairs of seeds of one size at step {ends[0].step:,}"


def test_that_a_group_without_pairs_is_absent(example, ends) -> None:
    one_run = tuple(e for e in example.entries if e.run == ends[0].run)
    (steps,) = [m.name for m in medians(example.prepared, one_run)]
    assert steps.endswith("steps")
    unsized = tuple(replace(e, n_params=-1, seed=-1) for e in example.entries)
    assert [m.name for m in medians(example.prepared, unsized)] == [steps]
    assert medians(example.prepared, ()) == ()


def test_that_runs_of_different_length_meet_at_their_last_common_step() -> None:
    steps = {"a": (0, 10, 20, 30), "b": (0, 10, 20)}
    entries = tuple(
        Entry(f"{r}/{s}", run=r, step=s, n_params=5, seed=k)
        for k, r in enumerate(steps)
        for s in steps[r]
    )
    qs = np.arange(len(entries), dtype=float)[:, None]
    found = {m.name: m for m in medians(SimpleNamespace(qs=qs), entries)}
    assert found["our seeds"].kl == (6 - 2) ** 2
    assert found["our seeds"].which.endswith("at step 20")
    assert (found["10 steps"].kl, found["10 steps"].n_pairs) == (1.0, 5)


def test_that_variants_are_no_checkpoints() -> None:
    run = tuple(Entry(f"a/{s}", run="a", step=s) for s in (0, 10, 20))
    variant = Entry("a/8bit", run="a", step=30, quantization="8bit", relation="quantized-from")
    found = medians(SimpleNamespace(qs=np.zeros((4, 1))), (*run, variant))
    assert [(m.name, m.n_pairs) for m in found] == [("10 steps", 2)]
