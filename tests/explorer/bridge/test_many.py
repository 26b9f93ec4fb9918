"""The pairs inside a selection, and the tables that are written of it."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from compute import geometry, store
from explorer.bench.synthetic import synthetic_project
from explorer.bridge import many, questions
from explorer.bridge.many import Export


@pytest.fixture(scope="module")
def loaded(tmp_path_factory) -> questions.Loaded:
    path = tmp_path_factory.mktemp("many") / "p.h5"
    synthetic_project(path, n_runs=2, n_steps=6, n_texts=40)
    return questions.load(path, "clip2", frozenset())


def test_that_medians_are_over_all_pairs_of_each_kind(loaded) -> None:
    prepared = loaded.prepared
    chosen = frozenset(prepared.ids[:4] + prepared.ids[6:9])
    found = many.inside(prepared, loaded.entries, chosen)
    assert [(p.name, p.n) for p in found.pairs] == [("two runs", 12), ("same run", 9)]
    snapshot, recipe = loaded.snapshot, prepared.recipe
    a, b = prepared.ids[:4], prepared.ids[6:9]
    between = [geometry.kl_pair(snapshot, recipe, x, y).kl for x in a for y in b]
    assert found.pairs[0].median == pytest.approx(np.median(between), rel=1e-6)
    assert (found.n_used, found.n_entries, found.thinned) == (7, 7, False)
    assert many.inside(prepared, loaded.entries, frozenset({prepared.ids[0], "gone"})).pairs == ()


def test_that_of_very_many_entries_some_are_chosen_evenly(loaded, monkeypatch) -> None:
    monkeypatch.setattr(many, "MOST_MATRIX", 5)
    found = many.inside(loaded.prepared, loaded.entries, frozenset(loaded.prepared.ids))
    assert (found.n_used, found.n_pairs, found.thinned) == (5, 10, True)


@pytest.mark.parametrize("with_se", [True, False])
def test_that_a_selection_is_written_with_its_pairs(loaded, tmp_path, monkeypatch, with_se) -> None:
    if not with_se:
        monkeypatch.setattr(many, "MOST_WITH_SE", 2)
    entries = loaded.entries[:3]
    asked = Export(tmp_path / "s.csv", entries, loaded.bits_per_byte[:3], loaded.prepared)
    written = many.export(asked)
    assert [p.name for p in written] == ["s.csv", "s-pairs.csv"]
    rows = read(written[0])
    assert [r["label"] for r in rows] == [e.label for e in entries]
    assert float(rows[1]["bits_per_byte"]) == loaded.bits_per_byte[1]
    pairs = read(written[1])
    assert len(pairs) == 3
    assert bool(pairs[0]["se_bits_per_byte"]) is with_se
    exact = geometry.kl_pair(loaded.snapshot, loaded.prepared.recipe, entries[0].id, entries[1].id)
    assert float(pairs[0]["kl_bits_per_byte"]) == pytest.approx(exact.kl, rel=1e-6)
    assert store.read(loaded.snapshot.path).entries == loaded.snapshot.entries


def read(path: Path) -> list[dict[str, str]]:
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_that_an_export_says_what_it_leaves_out() -> None:
    assert many.left_out(many.MOST_WITH_SE) == ""
    assert "Standard errors" in many.left_out(many.MOST_WITH_SE + 1)
    assert "501 are selected" in many.left_out(many.MOST_WRITTEN + 1)


def test_that_steps_of_runs_have_the_kl_and_the_error_of_their_pair(loaded) -> None:
    found = questions.links(loaded.prepared, loaded.entries)
    a, b = found.rows[3]
    kl, se = geometry.kl_to(loaded.prepared, loaded.prepared.ids[a])
    np.testing.assert_allclose([found.kl[3], found.se[3]], [kl[b], se[b]], rtol=1e-9)
