"""Leaves in optimal order: the same in this process and in another."""

from __future__ import annotations

import subprocess

import numpy as np
import pytest
from scipy.cluster import hierarchy
from scipy.spatial.distance import pdist

from compute.analysis import ordering


@pytest.mark.parametrize("k", [40, 450])
def test_that_another_process_finds_the_same_order(monkeypatch, k: int) -> None:
    distances = pdist(np.random.default_rng(k).normal(size=(k, 6)))
    merged = hierarchy.linkage(distances, "average")
    theirs = hierarchy.optimal_leaf_ordering(merged, distances)
    asked = []
    run = subprocess.run
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: asked.append(a) or run(*a, **k))
    np.testing.assert_array_equal(ordering.ordered(merged, distances), theirs)
    assert len(asked) == (k > ordering.HERE)


def test_that_without_another_process_it_is_done_here(monkeypatch) -> None:
    distances = pdist(np.random.default_rng(0).normal(size=(450, 6)))
    merged = hierarchy.linkage(distances, "average")

    def refuse(*_args: object, **_more: object) -> None:
        raise OSError("no more processes")

    monkeypatch.setattr(subprocess, "run", refuse)
    theirs = hierarchy.optimal_leaf_ordering(merged, distances)
    np.testing.assert_array_equal(ordering.ordered(merged, distances), theirs)
