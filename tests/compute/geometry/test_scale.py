"""KL at scale: tiles, the matrix in a file, errors of all pairs, rows that are centred on use."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compute.core.errors import InputError
from compute.core.tables import Recipe
from compute.geometry import (
    kl_block,
    kl_matrix,
    kl_pair,
    kl_tiles,
    kl_to,
    prepare,
    prepare_lean,
    se_block,
    se_matrix,
    write_kl,
)
from compute.geometry.distances import squared_distances_between
from compute.geometry.tiles import errors_between

RAW, CLIP2 = Recipe("raw"), Recipe("clip2", clip_quantile=0.02)


def direct(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(I, J, N) squared differences."""
    return (a[:, None] - b) ** 2


@settings(max_examples=20, deadline=None)
@given(i=st.integers(1, 6), j=st.integers(1, 6), n=st.integers(1, 30), seed=st.integers(0, 99))
def test_that_a_block_and_its_errors_are_those_of_the_differences(
    i: int, j: int, n: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.standard_t(3, (i, n)), rng.standard_t(3, (j, n))
    b[-1] = a[0] * (1 + 1e-9)
    u = direct(a, b)
    np.testing.assert_allclose(squared_distances_between(a, b), u.sum(2), rtol=1e-9)
    variance = ((u - u.mean(2, keepdims=True)) ** 2).sum(2)
    np.testing.assert_allclose(errors_between(a, b), np.sqrt(variance), rtol=1e-8, atol=1e-30)


@pytest.mark.parametrize("recipe", [RAW, CLIP2])
@pytest.mark.parametrize("make", [prepare, prepare_lean])
@pytest.mark.parametrize("memory", [1, 16 * 200 * 2, 1 << 20])
def test_that_tiles_of_any_size_make_up_the_matrix(
    make_snapshot, recipe: Recipe, make, memory: int
) -> None:
    snapshot = make_snapshot(k=7)
    expected = kl_matrix(prepare(snapshot, recipe))
    out = np.full((7, 7), np.nan)
    for tile in kl_tiles(make(snapshot, recipe), memory=memory):
        out[tile.rows, tile.columns] = tile.values
    upper = np.triu_indices(7)
    np.testing.assert_allclose(out[upper], expected[upper], rtol=1e-9, atol=0)


def test_that_rows_centred_on_use_are_those_of_prepare(make_snapshot, make_partial) -> None:
    snapshot = make_partial(make_snapshot(n=900), {1: 500, 2: 40})
    whole, lean = prepare(snapshot, CLIP2), prepare_lean(snapshot, CLIP2)
    assert (lean.ids, lean.left_out, lean.n_prefix) == (whole.ids, whole.left_out, 500)
    assert (lean.tau, lean.scale, lean.digest) == (whole.tau, whole.scale, whole.digest)
    np.testing.assert_allclose(lean.part(slice(None)), whole.qs, rtol=1e-9, atol=1e-12)
    few = np.array([3, 0])
    np.testing.assert_allclose(lean.part(few), whole.part(few), rtol=1e-9, atol=1e-12)


def test_that_any_part_of_the_matrix_is_had_without_the_rest(make_snapshot) -> None:
    snapshot = make_snapshot(k=8)
    lean = prepare_lean(snapshot, RAW)
    rows, columns = np.array([5, 2]), np.array([2, 7, 0])
    block = kl_block(lean, rows, columns)
    expected = kl_matrix(prepare(snapshot, RAW))[np.ix_(rows, columns)]
    np.testing.assert_allclose(block, expected, rtol=1e-9)
    assert block[1, 0] == 0
    pair = kl_pair(snapshot, RAW, "e5", "e7")
    assert block[0, 1] == pytest.approx(pair.kl, rel=1e-9)
    assert se_block(lean, rows, columns)[0, 1] == pytest.approx(pair.se, rel=1e-9)


def test_that_the_matrix_of_errors_is_that_of_the_differences(make_snapshot) -> None:
    prepared = prepare(make_snapshot(k=7), CLIP2)
    expected = np.stack([kl_to(prepared, name)[1] for name in prepared.ids])
    for memory in (1, 1 << 20):
        out = se_matrix(prepared, memory=memory)
        np.testing.assert_allclose(out, expected, rtol=1e-9)
        assert (out.diagonal() == 0).all()


def test_that_close_and_equal_rows_keep_their_digits_in_every_way(make_snapshot) -> None:
    snapshot = make_snapshot(k=5)
    loglik = snapshot.loglik.copy()
    loglik[1] = np.nextafter(loglik[0], np.float32(0))
    loglik[2, ::2] = np.nextafter(loglik[0, ::2], np.float32(0))
    loglik[2, 1::2] = loglik[0, 1::2]
    loglik[3] = loglik[0]
    snapshot = replace(snapshot, loglik=loglik)
    prepared, lean = prepare(snapshot, RAW), prepare_lean(snapshot, RAW)
    pairs = [kl_pair(snapshot, RAW, "e0", name) for name in prepared.ids]
    for rows in (prepared, lean):
        block = kl_block(rows, slice(0, 1), slice(None))[0]
        np.testing.assert_allclose(block, [p.kl for p in pairs], rtol=1e-6, atol=1e-30)
        assert block[0] == block[3] == 0
        errors = se_block(rows, slice(0, 1), slice(None))[0]
        np.testing.assert_allclose(errors, [p.se for p in pairs], rtol=1e-6, atol=1e-30)


def test_that_rows_that_are_all_equal_have_kl_and_error_zero(make_snapshot) -> None:
    snapshot = make_snapshot(k=3)
    snapshot = replace(snapshot, loglik=np.repeat(snapshot.loglik[:1], 3, axis=0))
    for rows in (prepare(snapshot, RAW), prepare_lean(snapshot, RAW)):
        assert (kl_block(rows, slice(None), slice(None)) == 0).all()
        assert (se_matrix(rows) == 0).all()


@pytest.mark.parametrize("k", [1, 2, 9])
def test_that_the_file_of_the_matrix_is_the_matrix(make_snapshot, tmp_path: Path, k: int) -> None:
    lean = prepare_lean(make_snapshot(k=k), CLIP2)
    shares: list[float] = []
    write_kl(lean, tmp_path / "kl.npy", memory=16 * 200 * 2, done=shares.append)
    out = np.load(tmp_path / "kl.npy", mmap_mode="r")
    np.testing.assert_allclose(
        out, kl_matrix(prepare(make_snapshot(k=k), CLIP2)), rtol=1e-9, atol=0
    )
    np.testing.assert_array_equal(out, out.T)
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_that_a_file_that_is_not_finished_is_not_left(make_snapshot, tmp_path: Path) -> None:
    lean = prepare_lean(make_snapshot(), RAW)

    def stop(share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_kl(lean, tmp_path / "kl.npy", done=stop)
    assert not list(tmp_path.iterdir())
    with pytest.raises(InputError, match=r"Writing .*nowhere.*: the folder is not there"):
        write_kl(lean, tmp_path / "nowhere" / "kl.npy")


def test_that_what_lacks_a_score_is_treated_alike(make_snapshot) -> None:
    snapshot = make_snapshot()
    loglik = snapshot.loglik.copy()
    loglik[2] = np.nan
    loglik[1, 4] = np.nan
    snapshot = replace(snapshot, loglik=loglik)
    whole, lean = prepare(snapshot, RAW), prepare_lean(snapshot, RAW)
    assert lean.left_out == whole.left_out
    assert (lean.n_texts, lean.n_texts_missing) == (199, 1)
    np.testing.assert_allclose(
        kl_block(lean, slice(None), slice(None)), kl_matrix(whole), rtol=1e-9, atol=0
    )
