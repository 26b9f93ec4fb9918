"""Token detail: kept beside the batches in flight, then whole in a file of its own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

from compute import store
from compute.core.errors import KlscopeError, StoreError
from compute.core.tables import Entry, TextSet, TokenDetail
from compute.store import schema
from compute.store.ragged import offsets_of

N_TOKENS = np.array([3, 1, 2, 4, 1, 5, 2, 9])
ID = "org/model: step 8"
ENTRY = Entry(ID, status="done", n_scored=8, tokenization="f0")
Tokens = NDArray[np.float32]


def _tokens(text: int) -> Tokens:
    values = -np.arange(N_TOKENS[text], dtype=np.float32) - text / 7
    values[0] = np.nan
    return values


def _detail(n_tokens: NDArray[np.int64] = N_TOKENS, *, lengths: bool = True) -> TokenDetail:
    offsets = offsets_of(n_tokens)
    values = np.linspace(-9, 0, offsets[-1]).astype(np.float16)
    return TokenDetail(offsets, values, np.ones(offsets[-1], np.int16) if lengths else None)


@pytest.fixture
def stored(project: Path) -> Path:
    """A project with the tokens of one entry."""
    lengths = store.PutTokenization("f0", N_TOKENS)
    store.commit(project, store.PutEntries((ENTRY,)), lengths)
    store.write_tokens(project, ENTRY, _detail())
    return project


def _companion(project: Path) -> Path:
    (path,) = store.tokens_folder(project).glob("*.h5")
    return path


def _batch(parts: store.Parts, number: int, texts: list[int], *, tokens: bool = True) -> None:
    detail = [_tokens(t) for t in texts] if tokens else []
    parts.append(ID, number, texts, [float(np.nansum(_tokens(t))) for t in texts], tokens=detail)


@pytest.fixture
def parts(project: Path) -> store.Parts:
    parts = store.Parts(project)
    parts.write_plan(ID, {"batches": [[3, 0], [5]]})
    _batch(parts, 0, [3, 0])
    return parts


def test_that_tokens_in_flight_come_back_in_text_order(parts: store.Parts) -> None:
    _batch(parts, 1, [5])
    detail = parts.tokens(ID, N_TOKENS)
    for text in (0, 3, 5):
        np.testing.assert_array_equal(detail.of(text), _tokens(text).astype(np.float16))
    for text in (1, 2, 4, 6, 7):
        assert len(detail.of(text)) == N_TOKENS[text]
        assert np.isnan(detail.of(text)).all()


def test_that_tokens_survive_a_new_process_and_shelving(project: Path, parts: store.Parts) -> None:
    row = parts.row(ID, 8)
    entry = Entry(ID, status="partial", n_scored=2)
    store.commit(project, store.PutEntries((entry,)), store.PutRows({ID: row}))
    parts.committed(entry, row)
    again = store.Parts(project)
    _batch(again, 1, [5])
    assert sorted(again.finished(ID, tokens=True)) == [0, 1]
    assert np.isfinite(again.tokens(ID, N_TOKENS).of(3)[1:]).all()


def test_that_batches_without_tokens_are_told_apart(parts: store.Parts) -> None:
    _batch(parts, 1, [5], tokens=False)
    assert sorted(parts.finished(ID)) == [0, 1]
    assert sorted(parts.finished(ID, tokens=True)) == [0]


def test_that_tokens_of_a_batch_that_was_cut_in_two_do_not_count(parts: store.Parts) -> None:
    parts.append(ID, 0, [3], [-1.0])
    assert sorted(parts.finished(ID, tokens=True)) == []


@pytest.mark.parametrize("cut", [1, 3, 11, 30])
def test_that_a_torn_tail_of_tokens_costs_its_batch(parts: store.Parts, cut: int) -> None:
    _batch(parts, 1, [5])
    (path,) = parts.folder.glob("*.tokens")
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])
    assert sorted(parts.finished(ID, tokens=True)) == [0]
    _batch(parts, 1, [5])
    assert path.read_bytes() == whole


def test_that_tokens_must_fit_their_texts(parts: store.Parts) -> None:
    with pytest.raises(ValueError, match="do not fit"):
        parts.append(ID, 1, [5, 6], [-1.0, -2.0], tokens=[_tokens(5)])
    other = N_TOKENS + 1
    with pytest.raises(StoreError, match="text 3 has 4 tokens"):
        parts.tokens(ID, other)


def test_that_float16_keeps_three_digits_and_stays_finite(parts: store.Parts) -> None:
    values = np.float32([np.nan, -1e-4, -3.14159, -700.25, -65504, -3e38])
    parts.write_plan(ID, {"batches": [[0]]})
    parts.append(ID, 0, [0], [-1.0], tokens=[values])
    found = parts.tokens(ID, np.array([6])).of(0).astype(np.float32)
    np.testing.assert_allclose(found[1:5], values[1:5], rtol=2**-11)
    assert found[5] == -65504


def test_that_a_companion_comes_back(stored: Path) -> None:
    found = store.read_tokens(stored, ID)
    assert found is not None
    np.testing.assert_array_equal(found.offsets, _detail().offsets)
    np.testing.assert_array_equal(found.values, _detail().values)
    assert found.values.dtype == np.float16
    assert found.lengths is not None
    assert found.lengths.dtype == np.int16
    np.testing.assert_array_equal(found.lengths_of(3), np.ones(4))
    with pytest.raises(ValueError, match="read-only"):
        found.values[0] = 0
    assert store.has_tokens(stored, ID)
    assert store.read_tokens(stored, "kept") is None
    assert not store.has_tokens(stored, "kept")
    assert [p.name for p in store.tokens_folder(stored).iterdir()] == [_companion(stored).name]


def test_that_a_companion_describes_itself(stored: Path, texts: TextSet) -> None:
    with h5py.File(_companion(stored), "r") as file:
        for table in schema.COMPANION:
            assert file[table.path].dtype == table.dtype
            assert file[table.path].attrs["unit"] == table.unit
            assert file[table.path].attrs["missing"] == table.missing
        assert file.attrs["texts"] == texts.digest
        assert (file.attrs["entry"], file.attrs["tokenization"]) == (ID, "f0")
        assert file.attrs["complete"]


NAMES = ["a/b", "a:b", "A/b", "a b", "☃", "..", "x" * 300, "con", "a/b "]


def test_that_every_id_has_a_file_name_of_its_own_on_any_system(project: Path) -> None:
    for name in NAMES:
        store.write_tokens(project, Entry(name), _detail())
    found = [path.name for path in store.tokens_folder(project).iterdir()]
    assert len({name.lower() for name in found}) == len(NAMES)
    for name in found:
        assert len(name) < 100
        assert name.isascii()
        assert not set(name) & set('<>:"/\\|?* ')
    for name in NAMES:
        assert store.read_tokens(project, name) is not None


def test_that_tokens_of_another_number_of_texts_are_refused(project: Path) -> None:
    with pytest.raises(StoreError, match="of 3 texts, not 8"):
        store.write_tokens(project, ENTRY, _detail(np.array([1, 2, 3])))
    assert not store.tokens_folder(project).exists()
    with pytest.raises(KlscopeError, match="do not fit the values"):
        TokenDetail(np.array([0, 3]), np.zeros(2, np.float16))


def _replace(file: h5py.File, key: str, data: Any) -> None:
    del file[key]
    file[key] = data


DAMAGE: dict[str, Callable[[h5py.File], None]] = {
    "/offsets is missing": lambda f: f.__delitem__("offsets"),
    "/values does not hold numbers": lambda f: _replace(f, "values", [1, 2]),
    "/offsets has shape": lambda f: _replace(f, "offsets", [0, 2]),
    "/offsets does not fit /values": lambda f: f["offsets"].__setitem__(8, 28),
    "/offsets does not fit the token counts": lambda f: f["offsets"].__setitem__(3, 5),
    "'entry' is not": lambda f: f.attrs.__setitem__("entry", "other"),
    "another text set": lambda f: f.attrs.__setitem__("texts", "00"),
    "'format' is not": lambda f: f.attrs.__setitem__("format", "klscope"),
    "Update klscope": lambda f: f.attrs.__setitem__("format_version", 3),
    "/lengths has shape": lambda f: _replace(f, "lengths", np.ones(2, np.int16)),
    "/lengths does not fit the texts": lambda f: f["lengths"].__setitem__(0, 999),
    "was never finished": lambda f: f.attrs.__setitem__("complete", False),
}


@pytest.mark.parametrize("match", DAMAGE)
def test_that_a_damaged_companion_is_named(stored: Path, match: str) -> None:
    with h5py.File(_companion(stored), "r+") as file:
        DAMAGE[match](file)
    with pytest.raises(StoreError, match=match) as caught:
        store.read_tokens(stored, ID)
    assert _companion(stored).name in str(caught.value)


def test_that_a_companion_of_ten_thousand_texts_takes_five_megabytes(tmp_path: Path) -> None:
    n = 10_000
    texts = TextSet(tuple(map(str, range(n))), tuple(map(str, range(n))), ("",) * n)
    store.create(tmp_path / "run.h5", texts)
    n_tokens = np.random.default_rng(0).integers(200, 341, n)
    store.write_tokens(tmp_path / "run.h5", ENTRY, _detail(n_tokens))
    size = _companion(tmp_path / "run.h5").stat().st_size
    assert 5.2e6 < size < 5.7e6


def test_that_a_project_without_its_folder_of_tokens_has_none(stored: Path) -> None:
    shutil.rmtree(store.tokens_folder(stored))
    assert store.read_tokens(stored, ID) is None
    assert os.listdir(stored.parent) == [stored.name]


def test_that_detail_of_the_first_version_is_read_without_where_tokens_begin(stored: Path) -> None:
    with h5py.File(_companion(stored), "r+") as file:
        del file["lengths"]
        file.attrs["format_version"] = 1
    found = store.read_tokens(stored, ID)
    assert found is not None
    assert found.lengths is None
    assert found.lengths_of(3) is None
    np.testing.assert_array_equal(found.values, _detail().values)


def test_that_a_copy_of_a_project_gets_its_tokens(stored: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere" / "copy.h5"
    other.parent.mkdir()
    shutil.copyfile(stored, other)
    assert store.copy_tokens(stored, other) == 1
    found = store.read_tokens(other, ID)
    assert found is not None
    np.testing.assert_array_equal(found.values, _detail().values)
    assert store.copy_tokens(other.parent / "none.h5", other) == 0
