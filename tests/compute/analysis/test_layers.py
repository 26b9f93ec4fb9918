"""Layers of models: stacks, profiles and layers against layers."""

from __future__ import annotations

import numpy as np
import pytest

from compute.analysis.layers import (
    layer_matrix,
    levels,
    median_profile,
    profile,
    profiles_by_family,
    stacks_of,
)
from compute.core.tables import Entry, Recipe, Snapshot
from compute.core.units import LN2
from compute.geometry import Prepared, kl_pair, prepare
from tests.compute.made_suite import made_suite

RAW = Recipe("raw")


@pytest.fixture(scope="module")
def project() -> Snapshot:
    return made_suite(60)


@pytest.fixture(scope="module")
def rows(project: Snapshot) -> Prepared:
    without = [e.id for e in project.entries if e.id != "cat/base-2/layer7"]
    return prepare(project, RAW, without)


def test_that_stacks_gather_the_layers_of_each_model_in_order(project: Snapshot) -> None:
    found = stacks_of(reversed(project.entries))
    assert {s.model for s in found} == {
        f"{f}/base-{k}" for f in ("ant", "bee", "cat") for k in range(3)
    }
    for stack in found:
        missing = [5] if stack.model == "bee/base-1" else []
        assert stack.layers.tolist() == [k for k in range(13) if k not in missing]
        assert stack.ids[-1] == f"{stack.model}/layer12"
        assert stack.family == stack.model.split("/")[0]
        assert stack.label == stack.model.replace("/", "-")
        assert stack.shallow.tolist()[:4] == [True, True, True, False]


def test_that_a_missing_layer_is_not_bridged(project: Snapshot, rows: Prepared) -> None:
    stack = next(s for s in stacks_of(project.entries) if s.model == "bee/base-1")
    found = profile(rows, stack)
    assert found.layers.tolist() == [0, 1, 2, 3, 6, 7, 8, 9, 10, 11]
    assert np.isfinite(found.kl).all()
    for k, kl, se in zip(found.layers, found.kl, found.se, strict=True):
        single = kl_pair(project, RAW, f"bee/base-1/layer{k}", f"bee/base-1/layer{k + 1}")
        assert (kl, se) == (pytest.approx(single.kl, rel=1e-9), pytest.approx(single.se, rel=1e-9))


def test_that_a_layer_without_a_row_leaves_a_gap(project: Snapshot, rows: Prepared) -> None:
    stack = next(s for s in stacks_of(project.entries) if s.model == "cat/base-2")
    found = profile(rows, stack)
    assert np.flatnonzero(np.isnan(found.kl)).tolist() == [6, 7]
    level = levels(rows, stack.ids)
    assert np.flatnonzero(np.isnan(level.loglik)).tolist() == [7]


def test_that_layers_are_compared_with_layers_of_another_model(
    project: Snapshot, rows: Prepared
) -> None:
    a, b = (s for s in stacks_of(project.entries) if s.model in ("bee/base-1", "cat/base-2"))
    found = layer_matrix(rows, a, b)
    assert found.shape == (12, 13)
    assert np.isnan(found[:, 7]).all()
    assert found[4, 3] == pytest.approx(kl_pair(project, RAW, a.ids[4], b.ids[3]).kl, rel=1e-9)
    same = layer_matrix(rows, a, a)
    assert same.diagonal().tolist() == [0.0] * 12


def test_that_levels_are_means_in_nats_and_bits(project: Snapshot, rows: Prepared) -> None:
    name = "ant/base-0/layer3"
    own = project.loglik[project.row_of[name]].astype(float)
    found = levels(rows, (name,))
    assert found.loglik[0] == pytest.approx(own.mean(), rel=1e-6)
    expected = -own.sum() / (project.texts.n_bytes.sum() * LN2)
    assert found.bits_per_byte[0] == pytest.approx(expected, rel=1e-6)
    assert found.clipped[0] == 0.0
    clipped = prepare(project, Recipe("c", clip_quantile=0.5))
    assert levels(clipped, (name,)).clipped[0] == (own <= clipped.tau).mean() > 0
    assert levels(clipped, (name,)).loglik[0] == found.loglik[0]


def test_that_profiles_are_grouped_by_family_with_the_median_of_each_layer(
    project: Snapshot, rows: Prepared
) -> None:
    found = profiles_by_family([profile(rows, s) for s in stacks_of(project.entries)])
    assert {name: len(of) for name, of in found.items()} == {"ant": 3, "bee": 3, "cat": 3}
    layers, middle = median_profile(found["cat"])
    assert layers.tolist() == list(range(12))
    assert middle[6] == np.median([p.kl[6] for p in found["cat"][:2]])
    assert middle[2] == np.median([p.kl[2] for p in found["cat"]])
    assert [len(part) for part in median_profile([])] == [0, 0]


def test_that_layers_without_a_model_or_of_variants_take_no_part() -> None:
    loose = Entry("a", layer=1)
    quantized = Entry("b", layer=1, parent="m", quantization="int8")
    of_run = [Entry(f"r{k}", layer=k, run="r", step=5) for k in (2, 1)]
    twice = Entry("r1-again", layer=1, run="r", step=5)
    (stack,) = stacks_of((loose, quantized, *of_run, twice))
    assert stack.ids == ("r1", "r2")
    assert stacks_of(of_run, at_least=3) == ()
