"""Entries that are only partly scored, over the leading texts of the scoring order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from compute.core.errors import InputError
from compute.core.tables import Recipe, Snapshot
from compute.geometry import (
    consecutive_kl,
    freeze,
    kl_matrix,
    kl_pair,
    kl_to,
    mean_bits_per_byte,
    prepare,
)
from compute.geometry.prepared import _part

RAW, CLIP2 = Recipe("raw"), Recipe("clip2", clip_quantile=0.02)
N = 1200


def cut(snapshot: Snapshot, texts: np.ndarray) -> Snapshot:
    """The project as if it had only these texts, all entries done."""
    old = snapshot.texts
    part = replace(
        old,
        ids=tuple(old.ids[t] for t in texts),
        texts=tuple(old.texts[t] for t in texts),
        domains=tuple(old.domains[t] for t in texts),
    )
    entries = tuple(e.with_(status="done") for e in snapshot.entries)
    return replace(snapshot, texts=part, entries=entries, loglik=snapshot.loglik[:, texts])


def test_that_a_map_is_over_the_leading_texts_that_all_its_entries_have(
    make_snapshot, make_partial
) -> None:
    snapshot = make_partial(make_snapshot(n=N), {1: 500, 4: 730}, beyond=40)
    prepared = prepare(snapshot, RAW)
    order = snapshot.texts.order
    assert prepared.ids == tuple(f"e{k}" for k in range(6))
    assert (prepared.texts == np.sort(order[:500])).all()
    assert (prepared.n_texts, prepared.n_prefix, prepared.n_total) == (500, 500, N)
    assert (prepared.n_partial, prepared.provisional) == (2, True)
    assert prepared.sample == "first 500 of 1,200 texts"
    alone = prepare(cut(snapshot, np.sort(order[:500])), RAW)
    np.testing.assert_allclose(kl_matrix(prepared), kl_matrix(alone), rtol=1e-9)
    np.testing.assert_allclose(kl_to(prepared, "e1")[1], kl_to(alone, "e1")[1], rtol=1e-9)


def test_that_the_texts_grow_when_the_entry_that_lacks_most_leaves_the_view(
    make_snapshot, make_partial
) -> None:
    snapshot = make_partial(make_snapshot(n=N), {1: 500, 4: 730})
    seen = [
        prepare(snapshot, RAW, hidden=hidden).sample
        for hidden in ((), ("e1",), ("e1", "e4"), ("e0", "e2", "e3", "e5", "e4"))
    ]
    assert seen == [
        "first 500 of 1,200 texts",
        "first 730 of 1,200 texts",
        "1,200 texts",
        "first 500 of 1,200 texts",
    ]
    assert not prepare(snapshot, RAW, hidden=("e1", "e4")).provisional


def test_that_a_text_that_is_too_long_is_dropped_from_the_leading_ones(
    make_snapshot, make_partial
) -> None:
    snapshot = make_partial(make_snapshot(n=N), {1: 500})
    loglik = snapshot.loglik.copy()
    loglik[1, snapshot.texts.order[7]] = np.nan
    prepared = prepare(replace(snapshot, loglik=loglik), RAW)
    assert (prepared.n_texts, prepared.n_prefix, prepared.n_texts_missing) == (499, 500, 1)
    assert prepared.sample == "499 of the first 500 of 1,200 texts"


def test_that_an_entry_below_the_first_round_is_left_out_with_how_far_it_is(
    make_snapshot, make_partial
) -> None:
    snapshot = make_partial(make_snapshot(n=N), {1: 120, 2: 500})
    prepared = prepare(snapshot, RAW)
    assert prepared.left_out == (("e1", "only 120 of the first 500 texts have been scored"),)
    assert prepared.n_prefix == 500
    below = make_partial(make_snapshot(k=2, n=N), {0: 499, 1: 3})
    with pytest.raises(InputError, match="no entry has all of the first 500 texts yet"):
        prepare(below, RAW)
    with pytest.raises(InputError, match=r"clip value.*first 500 texts yet.*'raw' needs none"):
        kl_pair(below, CLIP2, "e0", "e1")


def test_that_tau_is_pooled_over_what_is_settled_and_not_over_the_rest(
    make_snapshot, make_partial
) -> None:
    snapshot = make_partial(make_snapshot(n=N), {1: 500, 2: 90, 4: 730}, beyond=60)
    order = snapshot.texts.order
    rows = snapshot.loglik.astype(np.float64)
    pooled = np.concatenate([*rows[[0, 3, 5]], rows[1, order[:500]], rows[4, order[:730]]])
    prepared = prepare(snapshot, CLIP2, ["e0", "e1"])
    assert prepared.tau == pytest.approx(np.quantile(pooled, 0.02), rel=1e-12)
    assert freeze(snapshot, CLIP2).tau == prepared.tau


def test_that_a_map_with_a_partial_entry_stays_provisional_with_a_frozen_tau(
    make_snapshot, make_partial
) -> None:
    done = make_snapshot(n=N)
    frozen = freeze(done, CLIP2)
    snapshot = make_partial(done, {1: 500})
    assert prepare(snapshot, frozen).provisional
    assert not prepare(snapshot, frozen, ["e0", "e2"]).provisional
    assert prepare(snapshot, frozen, ["e0", "e2"]).n_texts == N


def test_that_a_pair_uses_every_text_both_have_also_beyond_the_settled_ones(
    make_snapshot, make_partial
) -> None:
    snapshot = make_partial(make_snapshot(n=N), {1: 500, 4: 730}, beyond=40)
    pair = kl_pair(snapshot, RAW, "e1", "e4")
    assert (pair.n_texts, pair.provisional) == (540, True)


def test_that_mean_bits_per_byte_of_a_partial_entry_is_over_its_settled_texts(
    make_snapshot, make_partial
) -> None:
    snapshot = make_partial(make_snapshot(k=4, n=N), {1: 500, 2: 130}, beyond=200)
    out = mean_bits_per_byte(snapshot)
    alone = mean_bits_per_byte(cut(snapshot, snapshot.texts.order[:500]))
    assert out[1] == pytest.approx(alone[1], rel=1e-6)
    assert np.isnan(out[2])
    assert np.isfinite(out[[0, 3]]).all()


def test_that_consecutive_kl_takes_in_the_entries_of_the_first_round(
    make_snapshot, make_partial
) -> None:
    snapshot = make_partial(make_snapshot(n=N), dict.fromkeys(range(1, 6), 500))
    prepared = prepare(snapshot, RAW)
    out = consecutive_kl(prepared, prepared.ids)
    np.testing.assert_allclose(out, kl_matrix(prepared).diagonal(1), rtol=1e-9)


@pytest.mark.parametrize("n_rows", [1, 3, 6])
@pytest.mark.parametrize("n_columns", [1, 50, 200])
def test_that_a_part_of_a_table_is_the_same_whichever_axis_is_cut_first(
    n_rows: int, n_columns: int
) -> None:
    table = np.arange(1200, dtype=np.float32).reshape(6, 200)
    rows, columns = np.arange(n_rows), np.arange(n_columns)
    part = _part(table, rows, columns)
    assert (part == table[np.ix_(rows, columns)]).all()
    assert np.shares_memory(part, table) == (part.size == table.size)
