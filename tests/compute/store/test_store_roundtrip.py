"""What is written is what is read."""

from __future__ import annotations

import dataclasses
import tempfile
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compute import store
from compute.core.errors import StoreError
from compute.core.tables import BUILT_IN_RECIPES, Embedding, Entry, Recipe, TextSet

WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
INTS = st.integers(-1, 2**63 - 1)
ENTRIES = st.builds(
    Entry,
    id=WORDS.filter(bool),
    label=WORDS,
    run=WORDS,
    step=INTS,
    tokens_seen=INTS,
    n_params=INTS,
    error=WORDS,
    tags=st.lists(WORDS, max_size=3).map(tuple),
    status=st.sampled_from(["planned", "partial", "failed"]),
    noise_floor=st.floats(0, 1),
)


@settings(max_examples=15, deadline=None)
@given(
    text_list=st.lists(WORDS, min_size=1, max_size=5),
    entries=st.lists(ENTRIES, max_size=4, unique_by=lambda e: e.id),
    licence=WORDS,
)
def test_that_any_text_and_number_comes_back_as_it_was(
    text_list: list[str], entries: list[Entry], licence: str
) -> None:
    n = len(text_list)
    texts = TextSet(tuple(f"t{i}" for i in range(n)), tuple(text_list), ("",) * n, licence=licence)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.h5"
        store.create(path, texts)
        store.commit(path, store.PutEntries(tuple(entries)))
        snapshot = store.read(path)
    assert snapshot.entries == tuple(entries)
    assert snapshot.texts.texts == texts.texts
    assert snapshot.texts.digest == texts.digest
    assert snapshot.texts.licence == licence
    assert np.isnan(snapshot.loglik).all()


def test_that_texts_keep_their_provenance(project: Path, texts: TextSet) -> None:
    own = store.read(project).texts
    for field in dataclasses.fields(TextSet):
        if field.name != "kept_order":
            assert getattr(own, field.name) == getattr(texts, field.name)


def test_that_the_order_of_scoring_is_stored_and_kept(tmp_path: Path, texts: TextSet) -> None:
    store.create(tmp_path / "run.h5", texts)
    own = store.read(tmp_path / "run.h5").texts
    assert own.kept_order is not None
    np.testing.assert_array_equal(own.kept_order, texts.order)
    turned = dataclasses.replace(own, kept_order=np.arange(len(texts))[::-1].copy())
    store.create(tmp_path / "turned.h5", turned)
    again = store.read_texts(tmp_path / "turned.h5")
    np.testing.assert_array_equal(again.order, np.arange(len(texts))[::-1])
    assert again.texts == texts.texts
    store.ensure_texts(tmp_path / "turned.h5", texts)


def test_that_the_prefix_of_an_entry_follows_its_status(project: Path) -> None:
    states = {"planned": 0, "partial": 5, "done": 8, "failed": 0}
    entries = tuple(Entry(s, status=s, n_prefix=5) for s in states)
    store.commit(project, store.PutEntries(entries))
    found = {e.id: e.n_prefix for e in store.read(project).entries}
    assert found == {"kept": 8, **states}


def test_that_two_reads_of_one_file_compare_equal(project: Path) -> None:
    store.commit(project, store.PutEntries((Entry("new"),)))
    a, b = store.read(project), store.read(project)
    assert (a.entries, a.recipes, a.stamp) == (b.entries, b.recipes, b.stamp)
    assert a.recipes == {r.name: r for r in BUILT_IN_RECIPES}


def test_that_an_upsert_changes_one_entry_and_appends_the_new(project: Path) -> None:
    before = store.read(project)
    changed = before.entries[0].with_(label="renamed", tags=())
    store.commit(project, store.PutEntries((Entry("new", step=2**40), changed)))
    after = store.read(project)
    assert after.entries == (changed, Entry("new", step=2**40))
    np.testing.assert_array_equal(after.loglik[0], before.loglik[0])
    assert np.isnan(after.loglik[1]).all()


def test_that_arrays_of_a_snapshot_are_read_only(project: Path) -> None:
    snapshot = store.read(project)
    with pytest.raises(ValueError, match="read-only"):
        snapshot.loglik[0, 0] = 1


def test_that_embeddings_recipes_and_tokenizations_come_back(project: Path) -> None:
    coords = np.array([[1.5, -2]], dtype=np.float32)
    params = {"method": "pca", "share": np.float64(0.25), "bad": float("nan"), "of": (1, 2)}
    recipe = Recipe("mine", 0.05, -12.5, excluded=("kept",), dropped_texts=("t1",), version=3)
    store.commit(
        project,
        store.PutEmbedding(Embedding("ab12", ("kept",), coords, params)),
        store.PutRecipe(recipe),
        store.PutTokenization("f00", np.arange(8)),
    )
    embedding = store.read_embedding(project, "ab12")
    assert embedding is not None
    assert embedding.ids == ("kept",)
    assert embedding.params == {"method": "pca", "share": 0.25, "bad": None, "of": [1, 2]}
    np.testing.assert_array_equal(embedding.coords, coords)
    assert store.embedding_keys(project) == ("ab12",)
    assert store.read_embedding(project, "other") is None
    assert store.read(project).recipes["mine"] == recipe
    np.testing.assert_array_equal(store.read_tokenizations(project)["f00"], np.arange(8))


def test_that_an_unfinished_embedding_is_not_there(project: Path) -> None:
    coords = np.zeros((1, 2), dtype=np.float32)
    store.commit(project, store.PutEmbedding(Embedding("ab12", ("kept",), coords, {})))
    with h5py.File(project, "r+") as file:
        file["embeddings/ab12"].attrs["complete"] = False
    assert store.embedding_keys(project) == ()
    assert store.read_embedding(project, "ab12") is None
    store.commit(project, store.PutEmbedding(Embedding("ab12", ("kept",), coords, {})))
    assert store.embedding_keys(project) == ("ab12",)


def test_that_a_commit_applies_its_changes_in_order(project: Path) -> None:
    row = np.full(8, -3, dtype=np.float32)
    store.commit(
        project,
        store.PutEntries((Entry("new"),)),
        store.PutRows({"new": row}),
        store.PutEntries((Entry("new", status="done", n_scored=8),)),
    )
    snapshot = store.read(project)
    assert snapshot.entries[1].status == "done"
    np.testing.assert_array_equal(snapshot.loglik[1], row)


def test_that_the_stamp_changes_with_each_commit_and_batch(project: Path) -> None:
    seen = {store.stamp(project)}
    store.commit(project, store.PutEntries((Entry("new"),)))
    seen.add(store.stamp(project))
    parts = store.Parts(project)
    parts.write_plan("new", {"batches": [[0]]})
    parts.append("new", 0, [0], [-1.0])
    seen.add(store.stamp(project))
    assert len(seen) == 3
    assert store.stamp(project.with_name("none.h5")) == ()


def test_that_a_project_keeps_its_permissions_and_its_links(project: Path) -> None:
    project.chmod(0o640)
    link = project.with_name("link.h5")
    link.symlink_to(project.name)
    store.commit(link, store.PutEntries((Entry("new"),)))
    assert link.is_symlink()
    assert project.stat().st_mode & 0o777 == 0o640
    assert len(store.read(project).entries) == 2


def test_that_many_commits_do_not_swell_the_file(project: Path) -> None:
    entry = store.read(project).entries[0]
    store.commit(project, store.PutEntries((entry.with_(error="e0"),)))
    before = project.stat().st_size
    for k in range(1, 21):
        store.commit(project, store.PutEntries((entry.with_(error=f"e{k}"),)))
    assert project.stat().st_size - before < 20 * 512


def test_that_ensure_texts_creates_then_accepts_only_the_same(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    a = TextSet(("0",), ("one",), ("",))
    store.ensure_texts(path, a)
    store.ensure_texts(path, a)
    with pytest.raises(StoreError, match="another text set"):
        store.ensure_texts(path, TextSet(("0",), ("two",), ("",)))
    with pytest.raises(StoreError, match="another text set"):
        store.ensure_texts(path, TextSet(("1",), ("one",), ("",)))
