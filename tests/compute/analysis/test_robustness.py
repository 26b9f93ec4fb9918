from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from compute.analysis.robustness import (
    domain_parts,
    domains,
    halves,
    kl_on,
    of_two,
    pearson,
    sample_of,
    spaced,
)  # fmt: skip
from compute.core.tables import Recipe, TextSet
from compute.geometry import prepare

RAW = Recipe("raw")


def on_texts(snapshot, part):
    """The project with some of its texts only."""
    old = snapshot.texts
    kept = np.flatnonzero(part)
    texts = TextSet(*(tuple(x[s] for s in kept) for x in (old.ids, old.texts, old.domains)))
    return replace(snapshot, texts=texts, loglik=snapshot.loglik[:, kept])


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_that_kl_on_a_part_is_that_of_a_project_with_these_texts(make_pythia, share) -> None:
    snapshot = make_pythia(n=50, steps=range(6))
    rows = prepare(snapshot, RAW)
    part = np.random.default_rng(1).random(50) < share
    inside, outside = kl_on(sample_of(rows, snapshot.texts.n_bytes, np.arange(12)), part)
    for found, chosen in ((inside, part), (outside, ~part)):
        np.testing.assert_allclose(found, prepare(on_texts(snapshot, chosen), RAW).kl, rtol=1e-8)


def test_that_halves_of_independent_texts_agree(make_pythia) -> None:
    snapshot = make_pythia(n=2000, steps=range(0, 20_000, 1000))
    rows = prepare(snapshot, RAW)
    groups = {"all": np.arange(40), "one": np.arange(20), "two rows": np.arange(2)}
    sample = sample_of(rows, snapshot.texts.n_bytes, np.arange(40))
    found = halves(sample, groups, splits=3, seed=1)
    assert [a.group for a in found] == ["all", "one", "two rows"] * 3
    assert {a.n_first for a in found} == {1000}
    assert all(a.pearson > 0.99 and a.n_pairs == 780 for a in found[::3])
    assert all(0.8 < a.ratio < 1.25 for a in found[::3])
    assert all(math.isnan(a.pearson) and "fewer than three" in a.reason for a in found[2::3])
    again = halves(sample, groups, splits=3, seed=1)
    assert [a.pearson for a in found[:2]] == [a.pearson for a in again[:2]]
    assert len({a.pearson for a in found[::3]}) == 3


def test_that_domains_are_compared_with_as_many_random_texts(make_pythia) -> None:
    snapshot = make_pythia(n=100, steps=range(0, 8000, 1000))
    rows, texts = prepare(snapshot, RAW), snapshot.texts
    sample = sample_of(rows, texts.n_bytes, np.arange(16))
    found = domains(sample, texts.domains)
    assert [(a.first, a.n_first) for a in found.rest] == [("Wikipedia (en)", 50), ("Github", 50)]
    assert [a.n_first for a in found.controls] == [50, 50]
    wikipedia = np.array(texts.domains) == "Wikipedia (en)"
    kls = [prepare(on_texts(snapshot, part), RAW).kl for part in (wikipedia, ~wikipedia)]
    x, y = (kl[np.triu_indices(16, 1)] for kl in kls)
    for agreement in (found.rest[0], found.pairs[0]):
        assert agreement.pearson == pytest.approx(np.corrcoef(x, y)[0, 1], rel=1e-9)
        assert agreement.ratio == pytest.approx(y.mean() / x.mean(), rel=1e-9)


def test_that_small_unknown_or_only_domains_are_not_compared(make_pythia) -> None:
    assert domain_parts(["a"] * 50) == domain_parts([""] * 50) == domain_parts([]) == ()
    parts = domain_parts(["a"] * 30 + ["b"] * 19 + [""] * 5)
    assert [p.name for p in parts] == ["a"]
    rows = prepare(make_pythia(n=50, steps=range(3)), RAW)
    found = domains(sample_of(rows, np.ones(50, np.int64), np.arange(6)), ["a"] * 50)
    assert found.rest == found.controls == found.pairs == ()


def test_that_two_projects_are_compared_by_the_models_both_have(make_pythia) -> None:
    snapshot = make_pythia(n=400, steps=range(0, 12_000, 1000))
    part = np.arange(400) < 200
    a, b = (prepare(on_texts(snapshot, chosen), RAW) for chosen in (part, ~part))
    fewer = prepare(on_texts(snapshot, ~part), replace(RAW, excluded=a.ids[:3]))
    sample = sample_of(prepare(snapshot, RAW), snapshot.texts.n_bytes, np.arange(3, 24))
    inside, outside = kl_on(sample, part)
    found = of_two(a, fewer)
    assert found.n_entries == 21
    assert found.pearson == pytest.approx(np.corrcoef(
        inside[np.triu_indices(21, 1)], outside[np.triu_indices(21, 1)])[0, 1])  # fmt: skip
    assert of_two(a, b).n_entries == 24


@pytest.mark.parametrize("k", [0, 1, 2])
def test_that_few_entries_have_no_correlation(k: int) -> None:
    r, ratio, reason = pearson(np.zeros((k, k)), np.zeros((k, k)))
    assert math.isnan(r)
    assert math.isnan(ratio)
    assert reason


def test_that_equal_rows_have_no_correlation() -> None:
    assert "equal" in pearson(np.zeros((5, 5)), np.random.default_rng(0).random((5, 5)))[2]


def test_that_many_entries_are_thinned_evenly() -> None:
    assert spaced(5, 10).tolist() == [0, 1, 2, 3, 4]
    assert len(spaced(5000, 2000)) == 2000
    assert spaced(0, 5).tolist() == []
