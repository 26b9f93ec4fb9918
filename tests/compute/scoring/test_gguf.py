"""GGUF files: really loaded, held against the weights that they stand for."""

import numpy as np
import pytest
import tiny_models
from safetensors.numpy import save_file

from compute import sources
from compute.core.errors import InputError, ScoringError
from compute.core.gguf import read_gguf

pytest.importorskip("gguf")
import gguf_files


def row_of(model, n):
    plan, row = model.plan(), np.full(n, np.nan, dtype=np.float32)
    for scored in model.score(plan, plan.batches):
        row[list(scored.batch.texts)] = scored.values
    return row


def only(source):
    (row,) = sources.resolve(str(source)).checkpoints
    return row


@pytest.fixture
def folder(tmp_path):
    return tiny_models.save_model(tmp_path / "m", kind="llama")


@pytest.mark.parametrize(("kind", "name"), [("F32", ""), ("Q8_0", "q8_0"), ("Q4_0", "q4_0")])
def test_that_a_gguf_file_gives_the_values_of_the_weights_it_holds(
    kind, name, folder, texts, scorer, tmp_path
):
    path = tmp_path / f"tiny-{kind}.gguf"
    held = gguf_files.write(path, folder, kind)
    found = only(path)
    assert (found.label, found.family, found.quantization) == (f"tiny-{kind}", "llama", name)
    assert (found.problem, found.n_bytes) == ("", path.stat().st_size)
    assert found.n_params == sum(weight.size for weight in held.values())
    model = scorer(layers=(-1,)).open(found.with_(digest=""), texts)
    row = row_of(model, len(texts))
    save_file(held, folder / "model.safetensors", {"format": "pt"})
    plain = row_of(scorer().open(tiny_models.checkpoint(folder), texts), len(texts))
    assert np.abs(row - plain).max() < 1e-3
    assert model.facts.digest == found.digest
    assert model.facts.n_bytes == found.n_bytes


def test_that_files_of_one_tokenizer_say_so(folder, texts, scorer, tmp_path):
    for kind in ("F32", "Q8_0"):
        gguf_files.write(tmp_path / f"{kind}.gguf", folder, kind)
    heads = [read_gguf(tmp_path / f"{kind}.gguf") for kind in ("F32", "Q8_0")]
    assert heads[0].tokens == heads[1].tokens


def test_that_a_folder_of_files_lists_each(folder, tmp_path):
    place = tmp_path / "files"
    place.mkdir()
    for kind in ("F32", "Q8_0"):
        gguf_files.write(place / f"{kind}.gguf", folder, kind)
    rows = sources.resolve(str(place)).checkpoints
    assert [(row.label, row.quantization) for row in rows] == [("F32", ""), ("Q8_0", "q8_0")]


def test_that_a_gguf_file_is_not_quantized_again(folder, texts, scorer, tmp_path):
    gguf_files.write(tmp_path / "a.gguf", folder)
    with pytest.raises(ScoringError, match="not quantized once more"):
        scorer().open(only(tmp_path / "a.gguf").with_(quantize="nf4"), texts)


def test_that_the_library_is_named_where_it_is_missing(
    folder, texts, scorer, tmp_path, monkeypatch
):
    gguf_files.write(tmp_path / "a.gguf", folder)
    monkeypatch.setattr("compute.core.quantization.find_spec", lambda name: None)
    row = only(tmp_path / "a.gguf")
    assert "pip install gguf" in row.problem


@pytest.mark.parametrize("share", [0.0, 0.0001, 0.05, 0.3, 0.6])
def test_that_files_that_are_cut_short_say_so(share, folder, tmp_path):
    path = tmp_path / "a.gguf"
    gguf_files.write(path, folder)
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(InputError):
        read_gguf(path)
    assert only(path).problem


@pytest.mark.parametrize("at", range(4, 400, 7))
def test_that_a_damaged_head_is_one_sentence_or_read(at, folder, tmp_path):
    path = tmp_path / "a.gguf"
    gguf_files.write(path, folder)
    data = bytearray(path.read_bytes())
    data[at] ^= 0xFF
    path.write_bytes(data)
    try:
        read_gguf(path)
    except InputError as error:
        assert "\n" not in str(error)  # noqa: PT017


def test_that_parts_and_other_versions_are_refused(tmp_path):
    path = tmp_path / "m-00001-of-00002.gguf"
    path.write_bytes(b"GGUF")
    assert "one of several parts" in only(path).problem
    other = tmp_path / "a.gguf"
    other.write_bytes(b"GGUF\x01\x00\x00\x00")
    assert "version 1" in only(other).problem
