"""Importing what was exported gives the same project, whatever its names and numbers are."""

from __future__ import annotations

import builtins
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from compute import store
from compute.core.errors import InputError, MissingPart, UsageError
from compute.core.specs import ExportSpec, ImportSpec
from compute.exchange import FORMATS, Imported, Request, called
from compute.exchange.contract import silent
from compute.jobs import projects as files
from tests.compute.exchange.whole import (
    assert_same,
    assert_same_tokens,
    finished,
    made,
    project_file,
    projects,
)

WHOLE = ("csv", "parquet", "npz", "jsonl", "h5")


def through(format_id: str, project: Imported, folder: Path) -> Imported:
    one = FORMATS[format_id]
    path = folder / "out"
    if one.folder:
        path.mkdir()
    called(one.write)(project, path, silent)
    return called(one.read)(path, Request())  # type: ignore[no-any-return]


def test_that_a_negative_squared_distance_is_refused(tmp_path: Path) -> None:
    project = made(3, 8)
    squared = np.array([[0.0, -1.0], [-1.0, 0.0]])
    (one,) = project.weights or ()
    bad = replace(project, weights=(replace(one, steps=np.array([1, 5]), squared=squared),))
    with pytest.raises(InputError, match="a squared distance is negative"):
        through("jsonl", bad, tmp_path)


@pytest.mark.parametrize("format_id", [f for f in WHOLE if f != "h5"])
@settings(max_examples=30, deadline=None)
@given(project=projects())
def test_that_a_project_survives_export_and_import(format_id: str, project: Imported) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert_same(project, through(format_id, project, Path(folder)))


@settings(max_examples=15, deadline=None)
@given(project=projects())
def test_that_a_project_file_holds_everything(project: Imported) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = project_file(Path(folder) / "p.h5", project)
        assert_same(project, files.read(path, Request()))


@pytest.mark.parametrize("format_id", WHOLE)
def test_that_the_jobs_bring_back_the_same_project(format_id: str, tmp_path: Path) -> None:
    first = project_file(tmp_path / "first.h5")
    out, second = tmp_path / "out", tmp_path / "second.h5"
    finished(ExportSpec(str(first), str(out), format_id, compress=format_id == "h5"))
    finished(ImportSpec(str(second), str(out), format_id))
    a, b = (files.read(path, Request()) for path in (first, second))
    assert_same(made(), a)
    assert_same(a, b)


@pytest.mark.parametrize("format_id", [f for f in WHOLE if f != "h5"])
def test_that_an_export_is_known_again_by_itself(format_id: str, tmp_path: Path) -> None:
    first = project_file(tmp_path / "first.h5")
    name = "out.npz" if format_id == "npz" else "out"
    finished(ExportSpec(str(first), str(tmp_path / name), format_id))
    notices = finished(ImportSpec(str(tmp_path / "second.h5"), str(tmp_path / name)))
    assert notices[0].startswith(f"Read as {format_id}:")


def test_that_token_detail_goes_with_json_lines(tmp_path: Path) -> None:
    project = made(tokens=True)
    first = project_file(tmp_path / "first.h5", project)
    finished(ExportSpec(str(first), str(tmp_path / "out"), "jsonl"))
    finished(ImportSpec(str(tmp_path / "second.h5"), str(tmp_path / "out"), "jsonl"))
    again = files.read(tmp_path / "second.h5", Request())
    assert_same(project, again)
    assert_same_tokens(project, again)


def test_that_a_compressed_copy_is_smaller_and_the_same(tmp_path: Path) -> None:
    project = made(150, 700)
    project.loglik.setflags(write=True)
    project.loglik[:] = np.round(project.loglik)
    path = project_file(tmp_path / "p.h5", project)
    for name, compress in (("plain.h5", False), ("small.h5", True)):
        finished(ExportSpec(str(path), str(tmp_path / name), "h5", compress=compress))
        assert_same(project, files.read(tmp_path / name, Request()))
    assert (tmp_path / "small.h5").stat().st_size < 0.7 * (tmp_path / "plain.h5").stat().st_size
    store.commit(tmp_path / "small.h5", store.PutEntries(project.entries[:1]))


def test_that_infinite_values_of_a_project_are_kept(tmp_path: Path) -> None:
    project = made()
    project.loglik.setflags(write=True)
    project.loglik[1, 2] = -np.inf
    for format_id in ("csv", "parquet", "npz", "jsonl"):
        (tmp_path / format_id).mkdir()
        assert_same(project, through(format_id, project, tmp_path / format_id))


@pytest.mark.parametrize("format_id", ["csv", "jsonl", "parquet"])
def test_that_changed_texts_are_noticed(format_id: str, tmp_path: Path) -> None:
    through(format_id, made(), tmp_path)
    head = tmp_path / "out" / "klscope.json"
    head.write_text(head.read_text().replace('"digest": "', '"digest": "0'))
    with pytest.raises(InputError, match="not those that were exported"):
        called(FORMATS[format_id].read)(tmp_path / "out", Request())


def test_that_only_parquet_needs_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: object, **kwargs: object) -> object:
        if name.partition(".")[0] == "pyarrow":
            raise ImportError(name)
        return real(name, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    for format_id in ("csv", "npz", "jsonl"):
        (tmp_path / format_id).mkdir()
        through(format_id, made(), tmp_path / format_id)
    with pytest.raises(MissingPart, match=r"klscope\[exchange\]"):
        through("parquet", made(), tmp_path)


@pytest.mark.parametrize("format_id", [f for f in WHOLE if f != "h5"])
def test_that_an_export_takes_no_unit(format_id: str, tmp_path: Path) -> None:
    through(format_id, made(), tmp_path)
    with pytest.raises(UsageError, match="in nats"):
        called(FORMATS[format_id].read)(tmp_path / "out", Request(unit="bits"))
