"""Recipes that are worked out, and what is said when what they were worked out from changes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from compute.analysis.making import Wish, finished, made, made_again, warnings_of, wish_of
from compute.core.errors import InputError, UsageError
from compute.core.tables import Entry, Recipe, TextSet
from compute.geometry import freeze, prepare
from tests.compute.analysis.made_runs import (
    FIVE_SIZES,
    TWELVE,
    project,
    with_entries,
    with_recipe,
    without,
)


def _stored(snapshot, wish):
    return with_recipe(snapshot, replace(made(snapshot, wish), version=1))


SIZES = Wish("pretraining-sizes", analysis="sizes")


def test_that_a_recipe_that_is_as_it_would_be_made_now_has_no_warning() -> None:
    snapshot = project(TWELVE)
    for wish in (
        SIZES,
        Wish("seeds", analysis="seeds", n_drop=3, score="sd"),
        Wish("mine", excluded=("p-1B/step7000",)),
        Wish("plain", clip_quantile=0.0, dropped_texts=("t3",)),
    ):
        stored = _stored(snapshot, wish)
        recipe = stored.recipes[wish.name]
        assert warnings_of(stored, recipe) == ()
        assert wish_of(recipe) == wish
        assert made_again(stored, recipe) == recipe
    assert warnings_of(snapshot, snapshot.recipes["raw"]) == ()


def test_that_what_is_provisional_is_said() -> None:
    snapshot = project(TWELVE)
    (line,) = warnings_of(snapshot, snapshot.recipes["clip2"])
    assert "clip value of the recipe clip2 is not frozen yet" in line
    (line,) = warnings_of(snapshot, made(snapshot, SIZES))
    assert "`klscope recipe make made-up.h5 pretraining-sizes --analysis sizes` stores it" in line


def test_that_entries_of_the_analysis_that_come_or_go_are_said_and_no_others() -> None:
    stored = _stored(project(TWELVE), SIZES)
    recipe = stored.recipes["pretraining-sizes"]
    more = Entry("p-1B/step16000", run="p-1B", step=16000, family="p", size="1B")
    (line,) = warnings_of(with_entries(stored, more), recipe)
    assert "was worked out from 80 entries, and there are 81 now." in line
    assert "`klscope recipe freeze made-up.h5 pretraining-sizes`" in line
    (line,) = warnings_of(without(stored, "p-1B/step3000"), recipe)
    assert "there are 79 now" in line
    (line,) = warnings_of(without(stored, *(e.id for e in stored.entries)), recipe)
    assert "there are 0 now" in line
    others = (Entry("tuned", parent="x"), replace(more, id="s", run="p-410M-seed9", size="410M"))
    assert warnings_of(with_entries(stored, *others), recipe) == ()
    assert warnings_of(without(stored, "p-410M-seed3/step3000"), recipe) == ()


def test_that_a_corrected_step_is_said_and_a_label_is_not() -> None:
    stored = _stored(project(TWELVE), SIZES)
    recipe = stored.recipes["pretraining-sizes"]

    def edited(**fields):
        entries = tuple(e.with_(**fields) if e.id == "p-1B/step3000" else e for e in stored.entries)
        return replace(stored, entries=entries)

    assert warnings_of(edited(label="x", tags=("y",)), recipe) == ()
    (line,) = warnings_of(edited(step=3500), recipe)
    assert "worked out from 80 entries that are not all as they were" in line


def test_that_other_texts_and_a_changed_base_are_said() -> None:
    stored = _stored(project(TWELVE), SIZES)
    recipe = stored.recipes["pretraining-sizes"]
    others = tuple(text + "!" for text in stored.texts.texts)
    (line,) = warnings_of(
        replace(stored, texts=TextSet(stored.texts.ids, others, stored.texts.domains)), recipe
    )
    assert "from other texts" in line
    base = stored.recipes["clip2"]
    assert warnings_of(with_recipe(stored, freeze(stored, base)), recipe) == ()
    (line,) = warnings_of(with_recipe(stored, replace(base, version=2)), recipe)
    assert "was made from clip2 version 1, which is version 2 now." in line
    gone = replace(stored, recipes={recipe.name: recipe})
    (line,) = warnings_of(gone, recipe)
    assert "clip2 version 1, which is no longer in the project" in line
    broken = replace(recipe, basis="no JSON")
    assert "cannot be read" in warnings_of(stored, broken)[0]


def test_that_freezing_again_is_a_new_version_without_warnings_only_where_numbers_differ() -> None:
    stored = _stored(project(TWELVE), SIZES)
    recipe = stored.recipes["pretraining-sizes"]
    assert made_again(stored, recipe).version == 1
    smaller = without(stored, *(f"p-1B/step{k}000" for k in range(9)))
    again = made_again(smaller, recipe)
    assert again.version == 2
    assert again.tau != recipe.tau
    assert warnings_of(with_recipe(smaller, again), again) == ()


def test_that_a_clip_value_is_frozen_first_and_again() -> None:
    snapshot = project(FIVE_SIZES)
    first = made_again(snapshot, snapshot.recipes["clip2"])
    tau = np.quantile(snapshot.loglik.astype(float), 0.02)
    assert (first.version, first.tau) == (1, pytest.approx(tau, rel=1e-12))
    frozen = with_recipe(snapshot, first)
    assert warnings_of(frozen, first) == ()
    fewer = without(frozen, *(f"p-1B/step{k}000" for k in range(9)))
    assert "there are 72 now" in warnings_of(fewer, first)[0]
    assert made_again(fewer, first).version == 2
    with pytest.raises(UsageError, match="'raw' has no clip value"):
        made_again(snapshot, snapshot.recipes["raw"])
    with pytest.raises(InputError, match="does not say how it was made"):
        made_again(snapshot, Recipe("x", base="clip2", made_with="{"))


def test_that_a_recipe_takes_the_frozen_tau_of_its_base_while_that_is_the_same() -> None:
    snapshot = project(FIVE_SIZES, domains=("a", "b") * 100)
    frozen = with_recipe(snapshot, replace(snapshot.recipes["clip2"], tau=-777.0))
    same = made(frozen, Wish("x", dropped_texts=("t9", "t4"), centred_on=("p-1B/step0",)))
    assert (same.tau, same.dropped_texts) == (-777.0, ("t4", "t9"))
    values = snapshot.loglik.astype(float)
    other = made(frozen, Wish("x", excluded=("p-1B/step0",)))
    kept = np.delete(values, snapshot.row_of["p-1B/step0"], axis=0)
    assert other.tau == pytest.approx(np.quantile(kept, 0.02), rel=1e-12)
    part = made(frozen, Wish("x", domains=("b",)))
    assert part.tau == pytest.approx(np.quantile(values[:, 1::2], 0.02), rel=1e-12)
    assert prepare(frozen, replace(part, version=1)).n_texts == 100


def test_that_what_a_person_excludes_joins_what_is_found_and_is_kept() -> None:
    snapshot = project(TWELVE)
    wish = replace(SIZES, excluded=("p-1B/step4000",), dropped_texts=("t11",), drop_share=0.05)
    recipe = made(snapshot, wish)
    assert (recipe.excluded, recipe.reasons) == (("p-1B/step4000",), ("",))
    assert "t11" in recipe.dropped_texts
    assert len(recipe.dropped_texts) == 11
    assert made_again(snapshot, recipe).dropped_texts == recipe.dropped_texts


@pytest.mark.parametrize("score", ["max", "sd"])
def test_that_texts_are_dropped_by_the_score_that_was_asked_for(score: str) -> None:
    snapshot = project(FIVE_SIZES)
    recipe = made(snapshot, replace(SIZES, n_drop=12, score=score))
    steps = []
    for k, entry in enumerate(snapshot.entries[:-1]):
        if entry.step >= 2000 and entry.run == snapshot.entries[k + 1].run:
            a, b = np.maximum(snapshot.loglik[k : k + 2].astype(float), recipe.tau)
            steps.append(b - a)
    values = np.abs(steps).max(axis=0) if score == "max" else np.std(steps, axis=0)
    worst = np.sort(np.argsort(-values)[:12])
    assert recipe.dropped_texts == tuple(f"t{k}" for k in worst)


def test_that_only_finished_entries_are_taken_into_what_is_kept() -> None:
    snapshot = project(FIVE_SIZES)
    entries = tuple(
        e.with_(status="partial", n_prefix=200) if e.id == "p-1B/step15000" else e
        for e in snapshot.entries
    )
    partial = replace(snapshot, entries=entries)
    recipe = replace(made(finished(partial), SIZES), version=1)
    assert warnings_of(with_recipe(partial, recipe), recipe) == ()
    (line,) = warnings_of(with_recipe(snapshot, recipe), recipe)
    assert "79 entries, and there are 80 now" in line


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (Wish("x", base="nothing"), "no recipe 'nothing'"),
        (Wish("x", excluded=("gone",)), "no entry with id 'gone'"),
        (Wish("x", dropped_texts=("t1", "t999")), "drops the text 't999'"),
        (Wish("x", domains=("poetry",)), "domain 'poetry'"),
        (Wish("x", centred_on=("gone",)), "centres on 'gone'"),
        (Wish("x", n_drop=3), "found by how they jump between checkpoints"),
        (Wish("x", drop_share=0.1), "found by how they jump between checkpoints"),
        (Wish("x", analysis="models"), "'models' has no recipe of its own"),
        (replace(SIZES, score="mean"), "no outlier score 'mean'"),
        (Wish("x", clip_quantile=1.5), "share from 0 to 1"),
        (replace(SIZES, n_drop=200), "200 outlier texts cannot be dropped of 200"),
        (Wish("x", dropped_texts=tuple(f"t{k}" for k in range(200))), "drops every text"),
    ],
)
def test_that_a_wish_that_makes_no_sense_is_refused_in_a_sentence(wish, words) -> None:
    with pytest.raises((UsageError, InputError), match=words) as refused:
        made(project(TWELVE), wish)
    assert refused.value.message.endswith(".")
