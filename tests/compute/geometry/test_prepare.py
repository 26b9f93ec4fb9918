from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from compute.core.errors import InputError, UsageError
from compute.core.tables import Recipe
from compute.geometry import find_recipe, freeze, kl_pair, prepare
from compute.geometry.prepared import qs_scale
from compute.geometry.recipes import quantile

RAW, CLIP2 = Recipe("raw"), Recipe("clip2", clip_quantile=0.02)


def test_that_the_scale_of_the_papers_text_set_is_its_published_value() -> None:
    assert qs_scale(10_000, 972.3188) == pytest.approx(3671.4031, abs=1e-4)


def test_that_rows_are_centred_both_ways_and_scaled(make_snapshot) -> None:
    prepared = prepare(make_snapshot(), CLIP2)
    assert abs(prepared.qs.mean(axis=0)).max() < 1e-12
    assert abs(prepared.qs.mean(axis=1)).max() < 1e-12
    centred = prepared.loglik
    centred = centred - centred.mean(axis=1, keepdims=True)
    np.testing.assert_allclose(prepared.q, centred - centred.mean(axis=0), atol=1e-9)


@pytest.mark.parametrize("q", [0.0, 0.02, 0.31, 1.0])
def test_that_tau_is_the_linear_quantile_in_float64(q: float) -> None:
    values = np.random.default_rng(0).normal(-600, 200, size=997).astype(np.float32)
    expected = np.quantile(values.astype(np.float64), q)
    assert quantile(values.copy(), q) == pytest.approx(expected, rel=1e-14)


def test_that_an_unfrozen_tau_is_provisional_and_pooled_over_all_entries(make_snapshot) -> None:
    snapshot = make_snapshot()
    tau = float(np.quantile(snapshot.loglik.astype(np.float64), 0.02))
    for part in (prepare(snapshot, CLIP2), prepare(snapshot, CLIP2, ["e0", "e1"])):
        assert part.tau == pytest.approx(tau, rel=1e-12)
        assert part.provisional
    assert kl_pair(snapshot, CLIP2, "e0", "e1").tau == part.tau
    assert part.loglik.min() == part.tau


def test_that_a_frozen_tau_stays_when_entries_come(make_snapshot) -> None:
    snapshot = make_snapshot()
    frozen = freeze(snapshot, CLIP2)
    more = make_snapshot(k=9)
    prepared = prepare(more, frozen)
    assert (prepared.tau, prepared.provisional) == (frozen.tau, False)
    assert freeze(snapshot, RAW) == RAW
    assert not prepare(snapshot, RAW).provisional


def test_that_tau_is_taken_after_excluding_and_before_dropping_texts(make_snapshot) -> None:
    snapshot = make_snapshot()
    loglik = snapshot.loglik.copy()
    loglik[5] -= 500
    loglik[:, [0, 3]] -= 700
    snapshot = replace(snapshot, loglik=loglik)
    recipe = replace(CLIP2, excluded=("e5",), dropped_texts=("t0", "t3"))
    prepared = prepare(snapshot, recipe)
    kept = loglik[:5].astype(np.float64)
    assert prepared.tau == pytest.approx(np.quantile(kept, 0.02), rel=1e-12)
    for wrong in (loglik, loglik[:5, 4:]):
        assert abs(prepared.tau - np.quantile(wrong.astype(np.float64), 0.02)) > 1
    assert prepared.n_texts == 198
    assert prepared.left_out == (("e5", "the recipe 'clip2' excludes it"),)
    assert not {0, 3}.intersection(prepared.texts)
    assert prepared.mean_bytes == snapshot.texts.n_bytes[prepared.texts].mean()


def test_that_entries_without_a_full_score_are_left_out_with_a_reason(make_snapshot) -> None:
    snapshot = make_snapshot()
    states = {
        0: {"status": "planned"},
        1: {"status": "partial", "n_scored": 50},
        2: {"status": "failed", "error": "the file is cut short"},
    }
    loglik = snapshot.loglik.copy()
    loglik[1, 50:] = np.nan
    loglik[3] = np.nan
    entries = tuple(e.with_(**states.get(k, {})) for k, e in enumerate(snapshot.entries))
    prepared = prepare(replace(snapshot, entries=entries, loglik=loglik), RAW)
    assert prepared.ids == ("e4", "e5")
    assert dict(prepared.left_out) == {
        "e0": "it has not been scored yet",
        "e1": "only 50 of 200 texts have been scored",
        "e2": "its scoring failed: the file is cut short",
        "e3": "it has no finite score",
    }
    with pytest.raises(UsageError, match="only 50 of 200 texts"):
        prepared.row("e1")


def test_that_a_text_one_entry_lacks_is_dropped_for_all_and_counted(make_snapshot) -> None:
    snapshot = make_snapshot()
    loglik = snapshot.loglik.copy()
    loglik[0, 7] = np.nan
    loglik[2, 9] = -np.inf
    prepared = prepare(replace(snapshot, loglik=loglik), RAW)
    assert (prepared.n_texts, prepared.n_texts_missing) == (198, 2)
    assert len(prepared.ids) == 6


def test_that_an_entry_that_lacks_most_texts_is_left_out_instead(make_snapshot) -> None:
    snapshot = make_snapshot()
    loglik = snapshot.loglik.copy()
    loglik[4, :150] = np.nan
    loglik[1, :5] = np.nan
    prepared = prepare(replace(snapshot, loglik=loglik), RAW)
    assert "e4" not in prepared.ids
    assert (prepared.n_texts, prepared.n_texts_missing) == (195, 5)
    assert prepared.left_out == (("e4", "too many texts have no score"),)


def test_that_the_digest_names_what_the_rows_depend_on_and_no_more(make_snapshot) -> None:
    snapshot = make_snapshot()
    frozen = freeze(snapshot, CLIP2)
    digest = prepare(snapshot, frozen).digest
    below = snapshot.loglik.copy()
    below[below < frozen.tau] -= 100
    assert prepare(replace(snapshot, loglik=below), frozen).digest == digest
    assert prepare(snapshot, frozen, ["e5", "e0", "e1", "e2", "e3", "e4"]).digest == digest
    others = [
        prepare(snapshot, RAW),
        prepare(snapshot, replace(frozen, tau=frozen.tau + 1)),
        prepare(snapshot, frozen, ["e0", "e1"]),
        prepare(replace(snapshot, loglik=snapshot.loglik + np.float32(1)), frozen),
    ]
    assert len({digest, *(o.digest for o in others)}) == 5


def test_that_what_cannot_be_prepared_is_said(make_snapshot) -> None:
    snapshot = make_snapshot(k=2)
    planned = replace(snapshot, entries=tuple(e.with_(status="planned") for e in snapshot.entries))
    with pytest.raises(InputError, match="no entry has been scored yet"):
        prepare(planned, CLIP2)
    with pytest.raises(UsageError, match="no entry with id 'e9'"):
        prepare(snapshot, RAW, ["e9"])
    with pytest.raises(UsageError, match="drops the text 'zz'"):
        prepare(snapshot, replace(RAW, dropped_texts=("zz",)))
    with pytest.raises(UsageError, match=r"no recipe 'clip9'.*raw, clip2"):
        find_recipe(snapshot, "clip9")


def test_that_the_projects_own_array_is_not_changed(make_snapshot) -> None:
    snapshot = make_snapshot()
    before = snapshot.loglik.copy()
    prepared = prepare(snapshot, CLIP2)
    assert (snapshot.loglik == before).all()
    assert snapshot.loglik.flags.writeable
    assert not prepared.qs.flags.writeable
