"""Resampling texts, and what a KL is made of."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compute.core.errors import UsageError
from compute.core.tables import Recipe
from compute.core.units import LN2
from compute.geometry import (
    bootstrap_kl,
    compare,
    contributions,
    kl_pair,
    kl_to,
    prepare,
    prepare_lean,
    resamples,
)

RAW = Recipe("raw")


def test_that_every_resample_draws_as_many_texts_as_there_are() -> None:
    weights = resamples(50, 20, seed=3)
    assert (weights.sum(axis=1) == 50).all()
    np.testing.assert_array_equal(weights, resamples(50, 20, seed=3))
    assert (weights != resamples(50, 20, seed=4)).any()
    assert weights.var() == pytest.approx(1, rel=0.2)


@pytest.mark.parametrize("make", [prepare, prepare_lean])
def test_that_a_draw_gives_half_the_variance_over_its_texts(make_snapshot, make) -> None:
    snapshot = make_snapshot(k=4)
    weights = resamples(200, 6)
    out = bootstrap_kl(make(snapshot, RAW), [(0, 1), (2, 0), (3, 3)], weights)
    assert out.shape == (6, 3)
    assert (out[:, 2] == 0).all()
    unit = snapshot.texts.n_bytes.mean() * LN2
    for row, w in zip(out, weights.astype(int), strict=True):
        drawn = np.repeat(snapshot.loglik.astype(np.float64), w, axis=1)
        expected = [(drawn[i] - drawn[j]).var() / 2 / unit for i, j in ((0, 1), (2, 0))]
        np.testing.assert_allclose(row[:2], expected, rtol=1e-9)


def test_that_the_spread_of_the_draws_is_the_standard_error(make_snapshot) -> None:
    prepared = prepare(make_snapshot(k=3, n=400), RAW)
    drawn = bootstrap_kl(prepared, [(0, 2)], resamples(400, 3000))
    assert drawn.std() == pytest.approx(kl_to(prepared, "e0")[1][2], rel=0.05)


def test_that_no_pairs_give_no_columns(make_snapshot) -> None:
    assert bootstrap_kl(prepare(make_snapshot(), RAW), [], resamples(200, 5)).shape == (5, 0)


def test_that_a_comparison_says_which_kl_is_larger(make_snapshot) -> None:
    snapshot = make_snapshot(k=6)
    prepared = prepare(snapshot, RAW)
    far = compare(prepared, (0, 5), (0, 1))
    assert far.first == pytest.approx(kl_pair(snapshot, RAW, "e0", "e5").kl, rel=1e-9)
    assert far.difference == pytest.approx(far.first - far.second)
    assert far.low < far.difference < far.high
    assert far.p_larger == 1
    back = compare(prepared, (0, 1), (0, 5))
    assert (back.low, back.high) == pytest.approx((-far.high, -far.low))
    assert back.p_larger == 0
    same = compare(prepared, (2, 3), (3, 2))
    assert (same.difference, same.low, same.high, same.p_larger) == (0, 0, 0, 0.5)
    with pytest.raises(UsageError, match="at least 2 resamples"):
        compare(prepared, (0, 1), (0, 2), n=1)
    with pytest.raises(UsageError, match="level between 0 and 1"):
        compare(prepared, (0, 1), (0, 2), level=1.0)


def test_that_the_interval_holds_the_true_difference_as_often_as_it_says(make_texts) -> None:
    # Two KLs of true difference (4 - 3.61) / 2 nats whose differences over texts are normal and
    # correlated, as those of real pairs are: 95 % intervals over 400 sets of texts.
    n, trials, rng = 300, 400, np.random.default_rng(5)
    held = 0
    unit = make_texts(n).texts.n_bytes.mean() * LN2
    true = (2.0**2 - 1.9**2) / 2 / unit
    for trial in range(trials):
        shared, own = rng.normal(size=(2, n))
        rows = _Rows(
            np.stack([2.0 * shared, np.zeros(n), 1.9 * (0.9 * shared + math.sqrt(0.19) * own)])
            / math.sqrt(2 * n * unit)
        )
        found = compare(rows, (0, 1), (2, 1), n=200, seed=trial)
        held += found.low <= true <= found.high
    assert held / trials == pytest.approx(0.94, abs=0.035)


class _Rows:
    """Centred rows without a project."""

    def __init__(self, rows: np.ndarray) -> None:
        self._rows = rows - rows.mean(axis=1, keepdims=True)
        self.ids = tuple(map(str, range(len(rows))))
        self.n_texts = rows.shape[1]

    def part(self, rows):
        return self._rows[rows]


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 999), n=st.integers(3, 300), n_domains=st.integers(1, 6))
def test_that_contributions_of_texts_and_domains_sum_to_one(
    make_texts, seed: int, n: int, n_domains: int
) -> None:
    rng = np.random.default_rng(seed)
    base = make_texts(n)
    texts = replace(base.texts, domains=tuple(f"d{i}" for i in rng.integers(0, n_domains, n)))
    loglik = rng.normal(-600, 60, (2, n)).astype(np.float32)
    entries = tuple(e.with_(status="done") for e in base.entries)
    snapshot = replace(base, texts=texts, entries=entries, loglik=loglik)
    prepared = prepare(snapshot, RAW)
    found = contributions(prepared, texts, "e0", "e1")
    pair = kl_pair(snapshot, RAW, "e0", "e1")
    assert (found.kl, found.se) == pytest.approx((pair.kl, pair.se), rel=1e-9, abs=1e-9)
    assert found.share.sum() == pytest.approx(1)
    for attribute in ("share", "of_texts", "of_bytes"):
        assert sum(getattr(d, attribute) for d in found.domains) == pytest.approx(1)
    assert sum(d.n_texts for d in found.domains) == n
    by_hand = {d.domain: found.share[np.array(texts.domains) == d.domain].sum() for d in
               found.domains}  # fmt: skip
    assert {d.domain: d.share for d in found.domains} == pytest.approx(by_hand)
    for d in found.domains:
        own = np.array(texts.domains) == d.domain
        assert d.of_texts == pytest.approx(own.mean())
        assert d.of_bytes == pytest.approx(texts.n_bytes[own].sum() / texts.n_bytes.sum())
    assert 1 <= found.effective_texts <= n * (1 + 1e-9)
    d = loglik[0].astype(np.float64) - loglik[1]
    np.testing.assert_allclose(found.difference, d - d.mean(), atol=1e-9)


def test_that_a_text_that_dominates_is_seen(make_snapshot) -> None:
    snapshot = make_snapshot(k=2)
    loglik = snapshot.loglik.copy()
    loglik[0, 17] += 5000
    prepared = prepare(replace(snapshot, loglik=loglik), RAW)
    found = contributions(prepared, snapshot.texts, "e0", "e1")
    assert (found.n_top, found.top(1)[0][0]) == (2, 17)
    assert found.top_share == pytest.approx(sum(share for _, share in found.top(2)))
    assert found.top_share > 0.9
    assert found.effective_texts < 2
    assert found.difference[17] > 4000


def test_that_equal_rows_have_no_shares_and_say_why(make_snapshot) -> None:
    snapshot = make_snapshot(k=2)
    snapshot = replace(snapshot, loglik=np.repeat(snapshot.loglik[:1], 2, axis=0))
    found = contributions(prepare(snapshot, RAW), snapshot.texts, "e0", "e1")
    assert (found.kl, found.se) == (0, 0)
    assert np.isnan([*found.share, found.top_share, found.effective_texts]).all()
    assert np.isnan(found.domains[0].share)
    assert found.reason == "the two have the same values on every text"
