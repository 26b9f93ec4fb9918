from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compute.core.errors import InputError, UsageError
from compute.core.tables import Recipe, Snapshot
from compute.geometry import (
    consecutive_kl,
    distances,
    find_entry,
    kl_matrix,
    kl_pair,
    kl_to,
    mean_bits_per_byte,
    neighbours,
    prepare,
)
from compute.geometry.distances import squared_distances

RAW, CLIP2 = Recipe("raw"), Recipe("clip2", clip_quantile=0.02)


def reference(snapshot: Snapshot, i: int, j: int) -> tuple[float, float]:
    """KL and SE of two rows, written as on the method page."""
    d = snapshot.loglik[i].astype(np.float64) - snapshot.loglik[j]
    unit = 2 * snapshot.texts.n_bytes.mean() * math.log(2)
    centred = (d - d.mean()) ** 2
    return d.var() / unit, centred.std() / math.sqrt(len(d)) / unit


def with_loglik(snapshot: Snapshot, loglik: np.ndarray) -> Snapshot:
    return replace(snapshot, loglik=loglik.astype(np.float32))


@settings(max_examples=20, deadline=None)
@given(k=st.integers(2, 8), n=st.integers(2, 40), seed=st.integers(0, 9))
def test_that_squared_distances_are_those_of_the_differences(k: int, n: int, seed: int) -> None:
    rows = np.random.default_rng(seed).normal(size=(k, n))
    rows[-1] = rows[0] * (1 + 1e-9)
    out = squared_distances(rows)
    direct = ((rows[:, None] - rows) ** 2).sum(axis=2)
    np.testing.assert_allclose(out, direct, rtol=1e-9)
    assert (out == out.T).all()
    assert (out.diagonal() == 0).all()


@pytest.mark.parametrize("recipe", [RAW, CLIP2])
def test_that_matrix_row_and_pair_agree(make_snapshot, recipe: Recipe) -> None:
    snapshot = make_snapshot()
    prepared = prepare(snapshot, recipe)
    matrix = kl_matrix(prepared)
    row, se = kl_to(prepared, "e2")
    pairs = [kl_pair(snapshot, recipe, "e2", name) for name in prepared.ids]
    np.testing.assert_allclose(row, matrix[2], rtol=1e-9)
    np.testing.assert_allclose(row, [p.kl for p in pairs], rtol=1e-9)
    np.testing.assert_allclose(se, [p.se for p in pairs], rtol=1e-9)


def test_that_raw_kl_and_se_are_those_of_the_method_page(make_snapshot) -> None:
    snapshot = make_snapshot()
    result = kl_pair(snapshot, RAW, "e0", "e5")
    kl, se = reference(snapshot, 0, 5)
    assert result.kl == pytest.approx(kl, rel=1e-12)
    assert result.se == pytest.approx(se, rel=1e-12)
    assert (result.n_texts, result.provisional) == (200, False)


def test_that_equal_rows_have_kl_zero_everywhere(make_snapshot) -> None:
    snapshot = make_snapshot()
    loglik = snapshot.loglik.copy()
    loglik[3] = loglik[1]
    snapshot = with_loglik(snapshot, loglik)
    prepared = prepare(snapshot, RAW)
    assert kl_matrix(prepared)[1, 3] == 0
    assert kl_pair(snapshot, RAW, "e1", "e3").kl == 0
    assert kl_to(prepared, "e1")[0][3] == 0
    assert neighbours(prepared, "e1", k=1)[0].id == "e3"


def test_that_raw_kl_does_not_depend_on_who_shares_the_map(make_snapshot) -> None:
    snapshot = make_snapshot()
    all_of_them = kl_matrix(prepare(snapshot, RAW))
    two = kl_matrix(prepare(snapshot, RAW, ["e4", "e1"]))
    assert two[0, 1] == pytest.approx(all_of_them[1, 4], rel=1e-12)


def test_that_the_standard_error_is_that_of_a_bootstrap(make_snapshot) -> None:
    snapshot = make_snapshot(k=2, n=400)
    rng = np.random.default_rng(1)
    d = snapshot.loglik[0].astype(np.float64) - snapshot.loglik[1]
    draws = d[rng.integers(0, 400, size=(4000, 400))].var(axis=1)
    unit = 2 * snapshot.texts.n_bytes.mean() * math.log(2)
    assert kl_pair(snapshot, RAW, "e0", "e1").se == pytest.approx(draws.std() / unit, rel=0.05)


def test_that_a_pair_uses_all_texts_both_have(make_snapshot) -> None:
    snapshot = make_snapshot()
    loglik = snapshot.loglik.copy()
    loglik[0, :10] = np.nan
    loglik[1, 5:20] = np.nan
    loglik[2] = np.nan
    partial = snapshot.entries[0].with_(status="partial", n_scored=190)
    snapshot = replace(snapshot, loglik=loglik, entries=(partial, *snapshot.entries[1:]))
    result = kl_pair(snapshot, RAW, "e0", "e1")
    assert (result.n_texts, result.provisional) == (180, True)
    with pytest.raises(InputError, match=r"run@0 and run@2 share no scored text"):
        kl_pair(snapshot, RAW, "e0", "e2")


def test_that_neighbours_come_nearest_first_without_the_entry_itself(make_snapshot) -> None:
    prepared = prepare(make_snapshot(), CLIP2)
    found = neighbours(prepared, "e0", k=3)
    kl = kl_matrix(prepared)[0]
    assert [n.id for n in found] == [prepared.ids[j] for j in np.argsort(kl)[1:4]]
    assert [n.kl for n in found] == sorted(n.kl for n in found)
    assert len(neighbours(prepared, "e0", k=99)) == 5


def test_that_consecutive_kl_has_gaps_where_an_entry_is_missing(make_snapshot) -> None:
    prepared = prepare(make_snapshot(), RAW, ["e0", "e1", "e2", "e4", "e5"])
    out = consecutive_kl(prepared, ["e0", "e1", "e2", "e3", "e4", "e5"])
    matrix = kl_matrix(prepared)
    np.testing.assert_allclose(out[[0, 1, 4]], [matrix[0, 1], matrix[1, 2], matrix[3, 4]])
    assert np.isnan(out[[2, 3]]).all()
    assert consecutive_kl(prepared, []).shape == (0,)


def test_that_mean_bits_per_byte_is_over_scored_texts(make_snapshot) -> None:
    snapshot = make_snapshot(k=2, n=4)
    loglik = snapshot.loglik.copy()
    loglik[0, 1:] = np.nan
    loglik[1] = np.nan
    out = mean_bits_per_byte(replace(snapshot, loglik=loglik))
    assert out[0] == pytest.approx(-loglik[0, 0] / (snapshot.texts.n_bytes[0] * math.log(2)))
    assert np.isnan(out[1])


def test_that_entries_are_found_by_id_or_label_and_near_names_are_offered(make_snapshot) -> None:
    entries = make_snapshot().entries
    assert find_entry(entries, "e3") == find_entry(entries, "run@3")
    with pytest.raises(UsageError, match=r"no entry 'RUN@33'.*Did you mean run@3"):
        find_entry(entries, "RUN@33")
    twins = (entries[0], entries[1].with_(label="run@0"))
    with pytest.raises(UsageError, match=r"2 entries are labelled.*e0, e1"):
        find_entry(twins, "run@0")


@pytest.mark.parametrize("k", [1, 2, 7, 40])
@pytest.mark.parametrize("threads", ["1", "2"])
def test_that_a_large_product_in_parts_is_that_of_one(monkeypatch, k: int, threads: str) -> None:
    rows = np.random.default_rng(k).normal(size=(k, 30))
    small = distances.squared_distances(rows)
    monkeypatch.setattr(distances, "_LARGE", 0)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", threads)
    large = distances.squared_distances(rows)
    np.testing.assert_allclose(large, small, rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(large, large.T)
