"""Domains, centring sets and what of a recipe names a map."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compute.core.errors import InputError, UsageError
from compute.core.tables import Recipe, Snapshot, TextSet
from compute.geometry import kl_pair, pooled_tau, prepare

RAW, CLIP2 = Recipe("raw"), Recipe("clip2", clip_quantile=0.02)
DOMAINS = ("code", "prose", "law")


@pytest.fixture
def with_domains(make_snapshot):
    snapshot = make_snapshot()
    names = tuple(DOMAINS[k % 3] for k in range(len(snapshot.texts)))
    return replace(snapshot, texts=replace(snapshot.texts, domains=names))


def _only(snapshot: Snapshot, domains: tuple[str, ...]) -> Snapshot:
    """The project that holds the texts of these domains and no others."""
    old = snapshot.texts
    kept = [k for k, name in enumerate(old.domains) if name in domains]
    ids, texts, names = (
        tuple(column[k] for k in kept) for column in (old.ids, old.texts, old.domains)
    )
    return replace(snapshot, texts=TextSet(ids, texts, names), loglik=snapshot.loglik[:, kept])


@pytest.mark.parametrize("recipe", [RAW, CLIP2])
@pytest.mark.parametrize("domains", [("law",), ("prose", "code")])
def test_that_domains_are_the_project_with_their_texts_alone(with_domains, recipe, domains) -> None:
    part = prepare(with_domains, replace(recipe, domains=domains))
    alone = prepare(_only(with_domains, domains), recipe)
    np.testing.assert_array_equal(part.qs, alone.qs)
    assert (part.mean_bytes, part.n_texts, part.tau) == (
        alone.mean_bytes, alone.n_texts, alone.tau,
    )  # fmt: skip
    pair = kl_pair(with_domains, replace(recipe, domains=domains), "e0", "e4")
    assert pair == kl_pair(_only(with_domains, domains), recipe, "e0", "e4")
    assert pair.kl == pytest.approx(part.kl[0, 4], rel=1e-9)


def test_that_tau_is_pooled_over_the_texts_of_the_domains_and_the_entries_asked_for(
    with_domains,
) -> None:
    partial = with_domains
    order = partial.texts.order
    recipe = replace(CLIP2, domains=("law",))
    law = np.array([name == "law" for name in partial.texts.domains])
    values = partial.loglik[:, order[law[order]]].astype(np.float64)
    assert pooled_tau(partial, recipe) == pytest.approx(np.quantile(values, 0.02), rel=1e-12)
    some = pooled_tau(partial, recipe, ["e1", "e3"])
    assert some == pytest.approx(np.quantile(values[[1, 3]], 0.02), rel=1e-12)


def test_that_an_unknown_domain_is_refused_and_the_known_ones_named(with_domains) -> None:
    recipe = replace(RAW, domains=("law", "poetry"))
    for ask in (
        lambda: prepare(with_domains, recipe),
        lambda: kl_pair(with_domains, recipe, "e0", "e1"),
    ):
        with pytest.raises(UsageError, match=r"'poetry'.*Its domains are: code, prose, law\."):
            ask()


def test_that_a_recipe_that_leaves_nothing_is_refused_in_a_sentence(with_domains) -> None:
    law = tuple(
        name
        for name, domain in zip(with_domains.texts.ids, with_domains.texts.domains, strict=True)
        if domain == "law"
    )
    for recipe in (
        replace(RAW, dropped_texts=with_domains.texts.ids),
        replace(RAW, domains=("law",), dropped_texts=law),
    ):
        with pytest.raises(InputError, match="the recipe 'raw' drops every text"):
            prepare(with_domains, recipe)
        with pytest.raises(InputError, match="the recipe 'raw' drops every text"):
            kl_pair(with_domains, recipe, "e0", "e1")
    everything = replace(RAW, excluded=tuple(e.id for e in with_domains.entries))
    with pytest.raises(InputError, match="excludes every entry"):
        prepare(with_domains, everything)
    with pytest.raises(InputError, match="excludes every entry"):
        prepare(with_domains, replace(everything, name="clip2", clip_quantile=0.02))


def test_that_a_single_text_has_no_kl(with_domains) -> None:
    recipe = replace(RAW, dropped_texts=with_domains.texts.ids[1:])
    for ask in (
        lambda: prepare(with_domains, recipe),
        lambda: kl_pair(with_domains, recipe, "e0", "e1"),
    ):
        with pytest.raises(InputError, match="variance over texts, and only 1 text can be used"):
            ask()
    two = replace(RAW, dropped_texts=with_domains.texts.ids[2:])
    assert prepare(with_domains, two).n_texts == 2
    assert kl_pair(with_domains, two, "e0", "e1").n_texts == 2


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    centre=st.sets(st.sampled_from([f"e{k}" for k in range(6)]), min_size=1),
    used=st.sets(st.sampled_from([f"e{k}" for k in range(6)]), min_size=2),
)
def test_that_no_kl_depends_on_the_centre_and_the_centre_lies_at_zero(
    make_snapshot, centre, used
) -> None:
    snapshot = make_snapshot(n=40)
    frozen = replace(CLIP2, tau=-800.0)
    recipe = replace(frozen, centred_on=tuple(sorted(centre)))
    plain, moved = (prepare(snapshot, r, sorted(used)) for r in (frozen, recipe))
    np.testing.assert_allclose(moved.kl, plain.kl, rtol=1e-9, atol=1e-12)
    whole = prepare(snapshot, recipe)
    rows = [whole.row_of[name] for name in centre]
    assert abs(whole.qs[rows].mean(axis=0)).max() < 1e-12
    kept = [whole.row_of[name] for name in moved.ids]
    np.testing.assert_allclose(moved.qs, whole.qs[kept], atol=1e-12)
    if centre != used:
        assert abs(moved.qs - plain.qs).max() > 1e-6


def test_that_a_centre_that_cannot_be_one_is_refused(make_snapshot) -> None:
    snapshot = make_snapshot()
    with pytest.raises(UsageError, match="centres on 'gone', which is not in the project"):
        prepare(snapshot, replace(RAW, centred_on=("e0", "gone")))
    with pytest.raises(UsageError, match="centres on 'e1', which it excludes itself"):
        prepare(snapshot, replace(RAW, centred_on=("e1",), excluded=("e1",)))
    loglik = snapshot.loglik.copy()
    loglik[2, :7] = np.nan
    with pytest.raises(InputError, match="'e2', which has no score for 7 of the 200 texts"):
        prepare(replace(snapshot, loglik=loglik), replace(RAW, centred_on=("e2",)), ["e0", "e1"])


def test_that_maps_made_before_the_new_fields_keep_their_digest(make_snapshot) -> None:
    snapshot = make_snapshot()
    recipe = replace(CLIP2, tau=-700.0, excluded=("e3",), dropped_texts=("t1", "t5"))
    rows = prepare(snapshot, recipe)
    old = {
        "name": "clip2", "clip_quantile": 0.02, "tau": None, "excluded": ["e3"],
        "dropped_texts": ["t1", "t5"], "version": 1,
    }  # fmt: skip
    h = hashlib.sha256(b"klscope prepared 1\n")
    head = [list(rows.ids), snapshot.texts.digest, old, repr(-700.0)]
    h.update(json.dumps(head, sort_keys=True).encode())
    h.update(rows.texts.astype("<i8").tobytes())
    h.update(np.maximum(rows.raw, np.float32(-700)).astype("<f4").tobytes())
    assert rows.digest == h.hexdigest()
    told = replace(recipe, reasons=("spike",), base="raw", basis="x", made_with="{}", analysis="a")
    assert prepare(snapshot, told).digest == rows.digest
    assert prepare(snapshot, replace(recipe, centred_on=("e0",))).digest != rows.digest


def test_that_a_recipe_that_is_not_stored_is_provisional(make_snapshot) -> None:
    snapshot = make_snapshot()
    for recipe in (RAW, replace(CLIP2, tau=-700.0)):
        assert not prepare(snapshot, recipe).provisional
        assert prepare(snapshot, replace(recipe, version=0)).provisional
        assert kl_pair(snapshot, replace(recipe, version=0), "e0", "e1").provisional


def test_that_a_partial_entry_gives_tau_its_settled_texts_of_the_domains(
    make_snapshot, make_partial
) -> None:
    made = make_snapshot(n=900)
    names = tuple(DOMAINS[k % 3] for k in range(900))
    partial = make_partial(replace(made, texts=replace(made.texts, domains=names)), {1: 600})
    law = np.array([name == "law" for name in names])
    first = np.zeros(900, bool)
    first[partial.texts.order[:600]] = True
    rows = [partial.loglik[k, law & first if k == 1 else law] for k in range(6)]
    expected = np.quantile(np.concatenate(rows).astype(np.float64), 0.02)
    assert pooled_tau(partial, replace(CLIP2, domains=("law",))) == pytest.approx(expected)
