"""A file of each released format is read. Never regenerate these files; add one per version."""

from __future__ import annotations

import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest

from compute import store
from compute.core.errors import StoreError
from compute.core.tables import Entry, Recipe
from compute.store import schema

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "store"


def test_that_each_format_version_has_a_file() -> None:
    names = {path.name for path in FIXTURES.glob("*.h5")}
    assert names == {f"format-{v}.h5" for v in range(1, schema.FORMAT_VERSION + 1)}


def test_that_format_1_is_read() -> None:
    path = FIXTURES / "format-1.h5"
    snapshot = store.read(path)
    assert snapshot.texts.texts == ("one", "zwei – größer", "three\nlines")
    assert snapshot.texts.parameters == {"seed": 42}
    first, second = snapshot.entries
    assert (first.label, first.step, first.tags) == ("run/step8", 8, ("x", "ü"))
    assert (second.status, second.error) == ("failed", "its logits are NaN")
    np.testing.assert_array_equal(snapshot.loglik[0], np.float32([-1.5, -20.25, -3]))
    assert np.isnan(snapshot.loglik[1]).all()
    assert snapshot.recipes["mine"] == Recipe("mine", 0.05, -12.5, ("e1",), ("t1",), 2)
    np.testing.assert_array_equal(store.read_tokenizations(path)["f00"], [1, 5, 3])
    embedding = store.read_embedding(path, "ab12")
    assert embedding is not None
    np.testing.assert_array_equal(embedding.coords, [[1, 2, 3]])
    assert snapshot.texts.kept_order is None
    assert [e.n_prefix for e in snapshot.entries] == [3, 0]


def _format_of(path: Path) -> int:
    with h5py.File(path, "r") as file:
        return int(file.attrs["format_version"])


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A writable copy of format 1 in which an entry was interrupted after its first text."""
    path = tmp_path / "old.h5"
    shutil.copyfile(FIXTURES / "format-1.h5", path)
    first = store.read(path).texts.order[0]
    with h5py.File(path, "r+") as file:
        file["models/status"][1] = "partial"
        file["loglik"][1, first] = -7.5
    return path


def test_that_looking_at_an_old_file_leaves_it_as_it_is(old: Path) -> None:
    before = old.read_bytes()
    assert [e.n_prefix for e in store.read(old).entries] == [3, 1]
    assert old.read_bytes() == before


def test_that_the_first_commit_brings_an_old_file_to_the_newest_format(old: Path) -> None:
    before = store.read(old)
    store.commit(old, store.PutEntries((Entry("new"),)))
    assert _format_of(old) == schema.FORMAT_VERSION
    after = store.read(old)
    assert after.entries == (*before.entries, Entry("new"))
    assert after.loglik[:2].tobytes() == before.loglik.tobytes()
    assert after.recipes == before.recipes
    assert after.texts.kept_order is not None
    np.testing.assert_array_equal(after.texts.order, before.texts.order)
    np.testing.assert_array_equal(store.read_tokenizations(old)["f00"], [1, 5, 3])
    with h5py.File(old, "r") as file:
        assert file["models/n_prefix"].maxshape == (None,)
        assert file["models/n_prefix"].attrs["unit"] == "texts"


def test_that_a_refused_first_commit_leaves_an_old_file_as_it_is(old: Path) -> None:
    before = old.read_bytes()
    with pytest.raises(StoreError, match="no entry 'ghost'"):
        store.commit(old, store.PutRows({"ghost": np.zeros(3, np.float32)}))
    assert old.read_bytes() == before


def test_that_format_2_is_read() -> None:
    snapshot = store.read(FIXTURES / "format-2.h5")
    np.testing.assert_array_equal(snapshot.texts.order, [2, 0, 1])
    assert snapshot.texts.texts == ("one", "zwei – größer", "three\nlines")
    states = [(e.id, e.status, e.n_scored, e.n_prefix) for e in snapshot.entries]
    assert states == [("e0", "done", 3, 3), ("e1", "partial", 1, 2), ("e2", "failed", 0, 0)]
    np.testing.assert_array_equal(snapshot.loglik[1], np.float32([-2.5, np.nan, np.nan]))


def test_that_format_3_is_read() -> None:
    path = FIXTURES / "format-3.h5"
    first, second, third = store.read(path).entries
    assert first.metadata == (("downloads", "12"), ("note", "ü"))
    assert (first.parents, third.parents) == ((), ("e0",))
    assert second.parents == ("e0", "elsewhere/model", "e2")
    assert store.read(path).recipes["mine"] == Recipe(
        "mine", 0.05, -12.5, ("e2",), ("t1",), 2,
        reasons=("spike",), domains=("a",), centred_on=("e0",), base="clip2", basis="abc",
        made_with='{"n": 1}', analysis="sizes",
    )  # fmt: skip
    weights = store.read_weights(path)["run/s"]
    assert weights.source == "a release"
    np.testing.assert_array_equal(weights.steps, [0, 8])
    np.testing.assert_array_equal(weights.squared, [[0, 2.5], [2.5, 0]])
    benchmarks = store.read_benchmarks(path)
    assert benchmarks is not None
    assert (benchmarks.tasks, benchmarks.ids) == (("arc", "mmlu"), ("e0", "e1"))
    np.testing.assert_array_equal(benchmarks.values, [[50.5, np.nan], [51, 27.25]])


def test_that_older_files_have_neither_weights_nor_benchmarks() -> None:
    for version in (1, 2):
        path = FIXTURES / f"format-{version}.h5"
        assert store.read_weights(path) == {}
        assert store.read_benchmarks(path) is None
