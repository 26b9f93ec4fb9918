"""What KL means here: its formula, its geometry, and known KLs that it comes near to."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compute.core.tables import Entry, Recipe, Snapshot
from compute.core.units import LN2
from compute.geometry import entropy_bound, kl_matrix, kl_to, mean_bits_per_byte, prepare
from compute.geometry.kl import half_variance

RAW = Recipe("raw")
SEEDS = st.integers(0, 10_000)


def with_loglik(snapshot: Snapshot, loglik: np.ndarray) -> Snapshot:
    entries = tuple(Entry(f"e{k}", status="done", n_scored=loglik.shape[1]) for k in range(99))
    return replace(snapshot, entries=entries[: len(loglik)], loglik=np.asarray(loglik, np.float32))


def table(seed: int, k: int, n: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (-600 + rng.normal(0, 150, n) + rng.standard_t(4, (k, n)) * 20).astype(np.float32)


@settings(max_examples=15, deadline=None)
@given(seed=SEEDS, k=st.integers(2, 6), n=st.integers(2, 50))
def test_that_kl_is_half_the_variance_of_the_difference(make_texts, seed, k, n) -> None:
    snapshot = with_loglik(make_texts(n), loglik := table(seed, k, n))
    kl = kl_matrix(prepare(snapshot, RAW))
    unit = snapshot.texts.n_bytes.mean() * LN2
    d = loglik[:, None].astype(np.float64) - loglik
    np.testing.assert_allclose(kl, d.var(axis=2) / 2 / unit, rtol=1e-9, atol=1e-15)


@settings(max_examples=15, deadline=None)
@given(seed=SEEDS, n=st.integers(2, 50))
def test_that_both_forms_of_the_standard_error_agree(make_texts, seed, n) -> None:
    snapshot = with_loglik(make_texts(n), loglik := table(seed, 3, n))
    prepared = prepare(snapshot, RAW)
    d = loglik[0].astype(np.float64) - loglik[2]
    _, nats = half_variance(d, mean_bytes=prepared.mean_bytes)
    u = (prepared.qs[0] - prepared.qs[2]) ** 2
    assert math.sqrt(((u - u.mean()) ** 2).sum()) == pytest.approx(nats, rel=1e-9, abs=1e-12)
    assert kl_to(prepared, "e0")[1][2] == pytest.approx(nats, rel=1e-9, abs=1e-9)


@settings(max_examples=15, deadline=None)
@given(seed=SEEDS, n=st.integers(2, 50))
def test_that_kl_does_not_depend_on_the_set_of_models(make_texts, seed, n) -> None:
    snapshot = with_loglik(make_texts(n), table(seed, 6, n))
    together = kl_matrix(prepare(snapshot, RAW))
    some = kl_matrix(prepare(snapshot, RAW, ["e1", "e4", "e5"]))
    np.testing.assert_allclose(some, together[np.ix_([1, 4, 5], [1, 4, 5])], rtol=1e-9, atol=1e-15)


@settings(max_examples=15, deadline=None)
@given(seed=SEEDS, k=st.integers(3, 7), n=st.integers(2, 50))
def test_that_kl_is_symmetric_and_its_root_a_distance(make_texts, seed, k, n) -> None:
    kl = kl_matrix(prepare(with_loglik(make_texts(n), table(seed, k, n)), RAW))
    np.testing.assert_array_equal(kl, kl.T)
    root = np.sqrt(kl)
    around = root[:, :, None] + root[None, :, :]
    assert (root[:, None, :] <= around * (1 + 1e-9)).all()


def test_that_a_constant_added_to_a_model_changes_nothing(make_texts) -> None:
    loglik = np.round(table(0, 3, 40))
    moved = loglik + np.array([[0], [32], [-64]])
    texts = make_texts(40)
    np.testing.assert_allclose(
        kl_matrix(prepare(with_loglik(texts, moved), RAW)),
        kl_matrix(prepare(with_loglik(texts, loglik), RAW)),
        rtol=1e-9,
    )


def test_that_half_the_variance_is_the_kl_of_two_gaussian_locations(make_texts) -> None:
    # Texts of m draws from N(a, 1): l_a - l_b is normal with variance m (a - b)^2, and the KL of
    # the two models is exactly m (a - b)^2 / 2 nats a text. The estimate has a relative standard
    # deviation of sqrt(2 / N).
    n, m, shift = 200_000, 50, 0.3
    rng = np.random.default_rng(0)
    means = rng.normal(0, 1 / math.sqrt(m), n)
    d = m * (shift**2 / 2 - shift * means)  # log p_0(text) - log p_shift(text)
    kl, _ = half_variance(d, mean_bytes=1 / LN2)
    assert kl == pytest.approx(m * shift**2 / 2, rel=0.01)


def test_that_half_the_variance_is_the_kl_of_two_near_models_of_an_alphabet(make_texts) -> None:
    # Texts of m letters drawn from p; q is p tilted a little along a statistic. The exact KL is
    # m sum p ln(p / q); the estimate comes from counts of letters in sampled texts.
    rng = np.random.default_rng(1)
    p = rng.dirichlet(np.ones(20))
    q = p * np.exp(0.02 * rng.normal(size=20))
    q /= q.sum()
    m, n = 200, 100_000
    counts = rng.multinomial(m, p, size=n)
    exact = m * float(p @ np.log(p / q))
    kl, se = half_variance(counts @ np.log(p / q), mean_bytes=1 / LN2)
    assert se / kl < 0.005
    assert kl == pytest.approx(exact, rel=0.01)


def test_that_the_smallest_mean_code_length_bounds_the_entropy(make_snapshot) -> None:
    snapshot = make_snapshot(k=5)
    bound = entropy_bound(prepare(snapshot, Recipe("clip2", clip_quantile=0.02)))
    bits = mean_bits_per_byte(snapshot)
    assert bound.bits_per_byte == pytest.approx(bits.min(), rel=1e-9)
    assert bound.id == snapshot.entries[int(np.argmin(bits))].id
    row = snapshot.loglik[int(np.argmin(bits))].astype(np.float64)
    unit = snapshot.texts.n_bytes.mean() * LN2
    assert bound.se == pytest.approx(row.std() / math.sqrt(200) / unit, rel=1e-9)
