"""The schema, the file, the core types and the page in docs say the same."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np
import pytest

from compute import store
from compute.core.tables import ENTRY_FIELDS, Benchmarks, Embedding, WeightDistances
from compute.store import frames, hooks, schema

PAGE = Path(__file__).resolve().parents[3] / "docs" / "format.md"


def _kept(path: str) -> str:
    """The path of a table in the full project below."""
    return (
        path.replace("<digest>", "f00")
        .replace("<key>", "ab12")
        .replace("<name>", "raw")
        .replace("<run>", "r")
    )


@pytest.fixture
def full(project: Path) -> Path:
    coords = np.zeros((1, 2), dtype=np.float32)
    store.commit(
        project,
        store.PutEmbedding(Embedding("ab12", ("kept",), coords, {})),
        store.PutTokenization("f00", np.arange(8)),
        store.PutWeights(WeightDistances("r", np.arange(1), np.zeros((1, 1)))),
        store.PutBenchmarks(Benchmarks(("task",), ("kept",), np.zeros((1, 1)))),
    )
    return project


def test_that_the_model_columns_are_the_fields_of_an_entry() -> None:
    assert tuple(t.path.rpartition("/")[2] for t in schema.MODELS) == ENTRY_FIELDS


@pytest.mark.parametrize("table", schema.TABLES, ids=lambda t: t.path)
def test_that_a_dataset_describes_itself(full: Path, table: schema.Table) -> None:
    with h5py.File(full, "r") as file:
        dataset = file[_kept(table.path)]
        assert json.loads(dataset.attrs["axes"]) == list(table.axes)
        assert dataset.attrs["unit"] == table.unit
        assert dataset.attrs["missing"] == table.missing
        assert dataset.attrs["version"] == table.version
        assert len(dataset.shape) == len(table.axes)
        if table.dtype in ("text", "json"):
            info = h5py.check_string_dtype(dataset.dtype)
            assert (info.encoding, info.length) == ("utf-8", None)
        else:
            assert dataset.dtype == table.dtype


def test_that_a_file_holds_no_dataset_outside_the_schema(full: Path) -> None:
    found: list[str] = []
    with h5py.File(full, "r") as file:
        file.visititems(
            lambda name, node: found.append(f"/{name}") if isinstance(node, h5py.Dataset) else None
        )
        assert file.attrs["format"] == "klscope"
        assert file.attrs["format_version"] == schema.FORMAT_VERSION
    known = {_kept(t.path) for t in schema.TABLES}
    assert {name.replace("clip2", "raw") for name in found} == known


def test_that_rows_are_whole_in_uncompressed_chunks(full: Path) -> None:
    with h5py.File(full, "r") as file:
        loglik = file["loglik"]
        assert loglik.chunks[1] == loglik.shape[1]
        assert loglik.maxshape[0] is None
        assert loglik.compression is None
    assert schema.loglik_chunk(10_000) == (1, 10_000)


@pytest.mark.parametrize("table", [*schema.TABLES, *schema.COMPANION], ids=lambda t: t.path)
def test_that_the_page_has_a_row_for_each_dataset(table: schema.Table) -> None:
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith(f"| `{table.path}`")]
    assert len(rows) == 1
    assert table.dtype.replace("json", "JSON") in rows[0]
    assert table.unit in rows[0]


def test_that_the_page_states_the_versions() -> None:
    text = PAGE.read_text()
    assert f"version **{schema.FORMAT_VERSION}** of the format" in text
    assert frames.SCORES.magic.decode() in text
    assert frames.TOKENS.magic.decode() in text
    assert f"uint32 version, now {frames.VERSION}" in text


def test_that_the_ten_lines_of_the_page_run(
    full: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = store.read(full).entries[0].with_(id="other", label="other")
    row = np.arange(8, dtype=np.float32) * 2
    store.commit(full, store.PutEntries((entry,)), store.PutRows({"other": row}))
    code = PAGE.read_text().split("```python\n")[1].split("```")[0]
    assert len([line for line in code.splitlines() if line.strip()]) <= 10
    monkeypatch.chdir(full.parent)
    exec(compile(code, "format.md", "exec"), {})
    out = capsys.readouterr().out
    assert out.startswith("kept/step1 other ")
    assert out.endswith(" bits per byte\n")


def test_that_crash_points_have_unique_names() -> None:
    assert len(set(hooks.NAMES)) == len(hooks.NAMES)
