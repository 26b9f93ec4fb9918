"""TensorBoard's projector: what is written, and what is taken into a project."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from compute import store
from compute.core.errors import InputError, UsageError
from compute.core.specs import ExportSpec, ImportSpec
from compute.core.tables import Entry, TextSet
from compute.exchange import Coordinates, Request
from compute.exchange.contract import silent
from compute.exchange.projector import read, successors, write
from tests.compute.exchange.whole import failed, finished, made, project_file

TEXTS = TextSet(("a",), ("one",), ("",))
ENTRIES = (
    Entry("r/step2", "r 2", run="r", step=2),
    Entry("x", "lone\tmodel\nof two lines"),
    Entry("r/step1", "r 1", run="r", step=1, tags=("late", "odd one")),
    Entry("r/step2-8bit", "r 2 8bit", run="r", step=2, quantization="8bit"),
    Entry("s/step1", "s 1", run="s", step=1),
    Entry("r/step9", "r 9", run="r", step=9),
)


def coordinates(dims: int = 2) -> Coordinates:
    vectors = np.arange(len(ENTRIES) * dims, dtype=np.float32).reshape(-1, dims) / 3
    return Coordinates(ENTRIES, vectors, "tsne")


def test_that_runs_are_linked_in_the_order_of_their_steps() -> None:
    assert successors(ENTRIES) == ["5", "", "0", "", "", ""]


def test_that_the_files_are_as_the_projector_reads_them(tmp_path: Path) -> None:
    write(coordinates(), tmp_path, silent)
    vectors = (tmp_path / "vectors.tsv").read_text().splitlines()
    metadata = (tmp_path / "metadata.tsv").read_text().splitlines()
    assert len(vectors) == len(ENTRIES)
    assert len(metadata) == len(ENTRIES) + 1
    header = metadata[0].split("\t")
    assert header[0] == "label"
    assert header[-1] == "__seq_next__"
    assert all(len(line.split("\t")) == len(header) for line in metadata)
    assert [float(v) for v in vectors[1].split("\t")] == pytest.approx([2 / 3, 1.0])
    config = json.loads((tmp_path / "projector_config.json").read_text())["embeddings"][0]
    assert config["tensorShape"] == [len(ENTRIES), 2]
    assert (tmp_path / config["tensorPath"]).exists()


def test_that_coordinates_become_a_map_of_the_project(tmp_path: Path) -> None:
    write(coordinates(3), tmp_path, silent)
    found = read(tmp_path, Request(texts=TEXTS, entries=(ENTRIES[5], ENTRIES[1], Entry("new"))))
    one = found.embeddings[0]
    assert one.ids == ("x", "r/step9")
    assert (one.coords == coordinates(3).vectors[[1, 5]]).all()
    assert one.params["method"] == "imported"
    assert "4 points are no entry of the project" in found.notes[1]
    assert np.isnan(found.loglik).all()


def test_that_columns_become_metadata_and_labels_find_entries(tmp_path: Path) -> None:
    (tmp_path / "tensors.tsv").write_text("1\t2\n3\t4\n")
    (tmp_path / "metadata.tsv").write_text("name\tcolour\nr 1\tred\nlone\tblue\n")
    entries = (ENTRIES[2], Entry("y", "lone", metadata=(("colour", "own"),)))
    found = read(tmp_path, Request(texts=TEXTS, entries=entries))
    assert found.entries[0].metadata == (("name", "r 1"), ("colour", "red"))
    assert found.entries[1].metadata == (("colour", "own"), ("name", "lone"))


def test_that_a_single_column_has_no_header(tmp_path: Path) -> None:
    (tmp_path / "vectors.tsv").write_text("1\t2\n3\t4\n")
    (tmp_path / "metadata.tsv").write_text("r 1\nx\n")
    found = read(tmp_path, Request(texts=TEXTS, entries=ENTRIES))
    assert found.embeddings[0].ids == ("r/step1", "x")


@pytest.mark.parametrize(
    ("vectors", "metadata", "words"),
    [
        ("1\t2\n", "a\nb\n", "1 points, metadata.tsv has 2"),
        ("1\t2\t3\t4\n", "x\n", "a map has 2 or 3 dimensions"),
        ("1\t2\n1\n", "x\ny\n", "line 2 has 1 numbers"),
        ("1\tone\n", "x\n", "'one'"),
        ("1\tinf\n", "x\n", "infinite"),
        ("1\t2\n", "unknown\n", "none of its points"),
        ("1\t2\n3\t4\n", "x\nx\n", "same entry"),
        ("", "x\n", "empty"),
        ("1\t2\n", "a\tb\nx\n", "line 2 has 1 cells"),
    ],
)
def test_that_bad_files_get_a_sentence(
    vectors: str, metadata: str, words: str, tmp_path: Path
) -> None:
    (tmp_path / "vectors.tsv").write_text(vectors)
    (tmp_path / "metadata.tsv").write_text(metadata)
    with pytest.raises(InputError) as refused:
        read(tmp_path, Request(texts=TEXTS, entries=ENTRIES))
    assert words in refused.value.message


def test_that_coordinates_alone_make_no_project(tmp_path: Path) -> None:
    write(coordinates(), tmp_path, silent)
    with pytest.raises(UsageError, match="not log-likelihoods"):
        read(tmp_path, Request())
    message = failed(ImportSpec(str(tmp_path / "new.h5"), str(tmp_path), "projector"))
    assert "they become a map of it" in message
    assert not (tmp_path / "new.h5").exists()


def test_that_an_exported_map_comes_back_as_a_map(tmp_path: Path) -> None:
    path = project_file(tmp_path / "p.h5", made(5))
    finished(ExportSpec(str(path), str(tmp_path / "out"), "projector"))
    before = store.read(path)
    finished(ImportSpec(str(path), str(tmp_path / "out"), "projector"))
    after = store.read(path)
    maps = {one.key: one for one in store.read_embeddings(path)}
    assert len(maps) == 2
    imported = next(one for key, one in maps.items() if key.startswith("imported-"))
    assert imported.ids == maps["k1"].ids
    assert (imported.coords == maps["k1"].coords).all()
    assert [e.with_(metadata=()) for e in after.entries] == list(before.entries)
    assert np.array_equal(after.loglik, before.loglik, equal_nan=True)
