"""Which checkpoints of a run are on its regular grid."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from compute.analysis.runs import Run

PYTHIA = (0, *(2**k for k in range(10)), *range(1000, 143_001, 1000))


def run(steps) -> Run:
    return Run("r", tuple(map(str, steps)), np.array(sorted(steps), np.int64))


def test_that_the_grid_of_pythia_are_its_thousands() -> None:
    found = run(PYTHIA)
    assert (found.interval, found.spacing, found.after) == (1000, 1000.0, 2000)
    assert found.grid.steps.tolist() == list(range(0, 143_001, 1000))
    assert len(found.pairs()) == 143


@pytest.mark.parametrize("steps", [800, 512, 1290])
def test_that_rounded_intervals_are_regular_and_powers_of_two_do_not_part_them(steps: int) -> None:
    even = [round(k * steps / 31) for k in range(32)]
    found = run({*even, *(2**k for k in range(10) if 2**k <= steps)})
    assert found.grid.steps.tolist() == even
    assert found.after == even[2]
    pairs = [(found.steps[a], found.steps[b]) for a, b in found.pairs()]
    assert pairs == list(itertools.pairwise(even))


def test_that_a_missing_checkpoint_leaves_a_gap() -> None:
    found = run([s for s in PYTHIA if s != 5000])
    pairs = {(int(found.steps[a]), int(found.steps[b])) for a, b in found.pairs()}
    assert (3000, 4000) in pairs
    assert not {pair for pair in pairs if 5000 in pair or pair[1] - pair[0] != 1000}
    assert run([s for s in PYTHIA if s != 2000]).after == 2000


def test_that_powers_of_two_alone_have_no_grid() -> None:
    found = run([0, 1, 2, 4, 8, 16])
    assert found.interval == 1 or not found.pairs()
    assert run([7]).pairs() == ()
    assert len(run([7]).grid.steps) == 0
