"""What dropping texts does to one pair: the sums say the same as preparing again."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from compute import store
from compute.core.assets import asset
from compute.geometry import (
    contributions,
    find_recipe,
    freeze,
    kl_pair,
    prepare,
    recipe_from_json,
    recipe_to_json,
    without,
    without_first,
)


@pytest.fixture(scope="module")
def example():
    snapshot = store.read(asset("example.h5"))
    recipe = freeze(snapshot, find_recipe(snapshot, "clip2"))
    prepared = prepare(snapshot, recipe)
    a, b = prepared.ids[-1], prepared.ids[len(prepared.ids) // 2]
    return snapshot, recipe, contributions(prepared, snapshot.texts, a, b), (a, b)


@pytest.mark.parametrize("n", [0, 1, 10, 60])
def test_that_dropping_texts_equals_preparing_without_them(example, n):
    snapshot, recipe, found, pair = example
    order = np.argsort(-found.share, kind="stable")
    dropped = np.zeros(len(order), bool)
    dropped[order[:n]] = True
    names = tuple(snapshot.texts.ids[k] for k in found.texts[dropped])
    again = kl_pair(snapshot, dataclasses.replace(recipe, dropped_texts=names), *pair)
    kl, se = without(found, snapshot.texts.n_bytes, dropped)
    assert kl == pytest.approx(again.kl, rel=1e-9)
    assert se == pytest.approx(again.se, rel=1e-9)
    curve = without_first(found, snapshot.texts.n_bytes, order)
    assert curve[n] == pytest.approx(again.kl, rel=1e-9)
    assert len(curve) == len(order) - 1


def test_that_nothing_is_said_of_fewer_than_two_texts(example):
    snapshot, _, found, _ = example
    dropped = np.ones(len(found.share), bool)
    dropped[0] = False
    assert np.isnan(without(found, snapshot.texts.n_bytes, dropped)).all()


def test_that_a_recipe_comes_back_from_json(example):
    _, recipe, _, _ = example
    held = dataclasses.replace(recipe, name="x", dropped_texts=("a", "b"), version=0)
    assert repr(recipe_from_json(recipe_to_json(held))) == repr(held)
