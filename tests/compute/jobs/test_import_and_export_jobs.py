"""Import and export as jobs and commands: whole or not at all, and a sentence for what is wrong."""

from __future__ import annotations

import csv
import json
import math
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from compute import store
from compute.cli import build_app, main_guard
from compute.core.control import Control
from compute.core.events import CancelledEvent, Event, Failed, Progress
from compute.core.specs import ExportSpec, ImportSpec, JobSpec, from_json, to_json
from compute.core.tables import Entry, Recipe
from compute.exchange import Request
from compute.geometry import find_recipe, kl_pair
from compute.jobs import projects as files
from compute.jobs import run
from tests.compute.exchange.whole import (
    assert_same,
    failed,
    finished,
    made,
    project_file,
    run_job,
)

TABLE = "model,text_id,text,loglik\n" + "".join(
    f"{model},t{t},the text number {t},{-40.0 - t * t - 3 * m * (t % 3)}\n"
    for m, model in enumerate(("org/a-1b", "org/b-1b", "org/c-1b"))
    for t in range(12)
)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv"
    path.write_text(TABLE)
    return path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return project_file(tmp_path / "p.h5", made(5, 30))


def files_in(folder: Path) -> set[str]:
    return {p.name for p in folder.iterdir()}


def cells(path: Path) -> list[list[str]]:
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def records(path: Path) -> list[dict[str, str]]:
    header, *rows = cells(path)
    return [dict(zip(header, row, strict=True)) for row in rows]


def command(*arguments: object) -> int:
    return main_guard(build_app(), [str(a) for a in arguments])


def cancelled_at(spec: JobSpec, fraction: float) -> Event:
    """The last event of a job that is asked to stop once it is so far."""
    control, last = Control(), []

    def emit(event: Event) -> None:
        last.append(event)
        if isinstance(event, Progress) and event.fraction >= fraction:
            control.cancel()

    run(spec, emit, control)
    return last[-1]


def test_that_specs_survive_json() -> None:
    for spec in (ImportSpec("p", "s", texts="t"), ExportSpec("p", "d", "csv", entries=("a", "b"))):
        assert from_json(to_json(spec)) == spec


def test_that_a_table_becomes_a_project_with_a_frozen_clip_value(
    table: Path, tmp_path: Path
) -> None:
    out = tmp_path / "new.h5"
    assert command("import", "auto", table, "-o", out) == 0
    snapshot = store.read(out)
    assert [e.label for e in snapshot.entries] == ["org/a-1b", "org/b-1b", "org/c-1b"]
    assert all(e.status == "done" and e.n_params == 10**9 for e in snapshot.entries)
    assert snapshot.texts.source == "table.csv"
    values = np.sort(snapshot.loglik, axis=None).astype(np.float64)
    assert snapshot.recipes["clip2"].tau == pytest.approx(np.quantile(values, 0.02), rel=1e-6)
    raw = find_recipe(snapshot, "raw")
    d = snapshot.loglik[0].astype(float) - snapshot.loglik[1]
    expected = np.var(d) / (2 * snapshot.texts.n_bytes.mean() * math.log(2))
    found = kl_pair(snapshot, raw, "org/a-1b", "org/b-1b")
    assert found.kl == pytest.approx(expected, rel=1e-12)


def test_that_more_entries_join_a_project_of_the_same_texts(table: Path, tmp_path: Path) -> None:
    out = tmp_path / "p.h5"
    finished(ImportSpec(str(out), str(table)))
    again = finished(ImportSpec(str(out), str(table)))
    assert any("Nothing in it is new" in note for note in again)
    assert len(store.read(out).entries) == 3
    more = tmp_path / "more.csv"
    more.write_text("model," + ",".join(f"t{t}" for t in range(12)) + "\norg/a-1b" + ",-50" * 12)
    notes = finished(ImportSpec(str(out), str(more)))
    assert any("got a new one, such as 'org/a-1b-2'" in note for note in notes)
    entries = store.read(out).entries
    assert [e.id for e in entries][-1] == "org/a-1b-2"
    assert entries[-1].label == "org/a-1b"


def test_that_other_texts_are_refused_and_change_nothing(table: Path, tmp_path: Path) -> None:
    out = project_file(tmp_path / "p.h5")
    before = out.read_bytes()
    message = failed(ImportSpec(str(out), str(table)))
    assert "texts" in message
    assert out.read_bytes() == before
    other = project_file(tmp_path / "other.h5", made(3, 8))
    assert "exactly one text set" in failed(ImportSpec(str(out), str(other), "h5"))


def test_that_ids_that_are_taken_are_changed_everywhere(tmp_path: Path) -> None:
    """Parents, maps, benchmark scores and recipes go with the entries that are renamed."""
    project = made(3)
    first = project_file(tmp_path / "first.h5", project)
    values = project.loglik + np.float32(1)
    entries = (
        project.entries[0],
        project.entries[1].with_(parent="run/step0", relation="fine-tune-of"),
        project.entries[2].with_(other_parents=("run/step0", "elsewhere")),
    )
    recipe = Recipe("other", excluded=("run/step0",), reasons=("",))
    moved = replace(project, loglik=values, entries=entries, recipes=(recipe,))
    second = project_file(tmp_path / "second.h5", moved)
    finished(ImportSpec(str(first), str(second), "h5"))
    after = files.read(first, Request())
    new = after.entries[3:]
    assert [e.id for e in new] == [f"run/step{k}-2" for k in range(3)]
    assert new[1].parent == "run/step0-2"
    assert new[2].other_parents == ("run/step0-2", "elsewhere")
    assert {r.name: r.excluded for r in after.recipes}["other"] == ("run/step0-2",)
    assert after.benchmarks is not None
    assert after.benchmarks.ids == tuple(e.id for e in after.entries)
    assert np.array_equal(
        after.benchmarks.values, np.tile(after.benchmarks.values[:3], (2, 1)), equal_nan=True
    )


def test_that_what_a_project_has_is_not_replaced(tmp_path: Path) -> None:
    project = made(3)
    first = project_file(tmp_path / "first.h5", project)
    changed = Recipe("own", 0.5)
    second = project_file(tmp_path / "second.h5", replace(project, recipes=(changed,)))
    finished(ImportSpec(str(first), str(second), "h5"))
    assert_same(project, files.read(first, Request()))


@pytest.mark.parametrize("format_id", ["csv", "parquet", "jsonl", "npz", "h5", "projector"])
def test_that_a_cancelled_export_leaves_nothing(format_id: str, project: Path) -> None:
    before = files_in(project.parent)
    last = cancelled_at(ExportSpec(str(project), str(project.parent / "out"), format_id), 0.0)
    assert isinstance(last, CancelledEvent)
    assert files_in(project.parent) == before


def test_that_a_cancelled_import_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "wide.csv"
    row = ",".join(["-300.125"] * 2000)
    header = ",".join(f"t{k}" for k in range(2000))
    rows = "".join(f"m{k},{row}\n" for k in range(200))
    path.write_text(f"model,{header}\n{rows}n_bytes,{','.join(['600'] * 2000)}\n")
    monkeypatch.setattr("compute.jobs.importing.EVERY_S", 0.0)
    last = cancelled_at(ImportSpec(str(tmp_path / "p.h5"), str(path), "csv"), 0.5)
    assert isinstance(last, CancelledEvent)
    assert files_in(tmp_path) == {"wide.csv"}


def test_that_nothing_is_written_over_unasked(project: Path, tmp_path: Path) -> None:
    taken = tmp_path / "taken.npz"
    taken.write_text("mine")
    spec = ExportSpec(str(project), str(taken), "npz")
    assert "--overwrite" in failed(spec)
    assert taken.read_text() == "mine"
    finished(replace(spec, overwrite=True))
    assert taken.read_bytes()[:2] == b"PK"
    folder = tmp_path / "folder"
    folder.mkdir()
    finished(ExportSpec(str(project), str(folder), "csv"))
    assert "there is a folder" in failed(ExportSpec(str(project), str(folder), "csv"))
    finished(ExportSpec(str(project), str(folder), "jsonl", overwrite=True))
    assert files_in(folder) == {"texts.jsonl", "entries.jsonl", "models", "klscope.json"}
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "letter.txt").write_text("dear")
    assert "there is" in failed(ExportSpec(str(project), str(mine), "csv", overwrite=True))
    assert files_in(mine) == {"letter.txt"}
    own = ExportSpec(str(project), str(project), "h5", overwrite=True)
    assert "the project itself" in failed(own)


def test_that_places_that_cannot_be_written_get_a_sentence(project: Path, table: Path) -> None:
    folder = project.parent
    for format_id in ("csv", "npz", "h5"):
        spec = ExportSpec(str(project), str(folder / "no" / "where"), format_id)
        assert "folder" in failed(spec)
        spec = ExportSpec(str(project), str(table / "below"), format_id)
        assert "folder" in failed(spec)
    assert "folder" in failed(ImportSpec(str(folder / "no" / "p.h5"), str(table)))
    assert files_in(folder) == {"p.h5", "table.csv"}


FULL = """
import resource, sys
from compute.core.control import Control
from compute.core.specs import from_json
from compute.jobs import run
import compute.exchange.parquet, compute.jobs.exporting, compute.jobs.importing
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
for line in sys.argv[1:]:
    ends = []
    run(from_json(line), ends.append, Control())
    print(type(ends[-1]).__name__, getattr(ends[-1], "message", ""))
"""


def test_that_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    path = project_file(tmp_path / "p.h5", made(20, 600))
    kinds = ("csv", "npz", "parquet", "jsonl", "h5")
    specs: list[JobSpec] = [ExportSpec(str(path), str(tmp_path / k), k) for k in kinds]
    specs.append(ImportSpec(str(tmp_path / "new.h5"), str(path), "h5"))
    done = subprocess.run(
        [sys.executable, "-c", FULL, *map(to_json, specs)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    said = done.stdout.splitlines()
    assert len(said) == len(specs)
    for line in said:
        assert line.startswith("Failed ")
        assert "too large" in line or "no room" in line
    assert files_in(tmp_path) == {"p.h5"}


def test_that_distances_are_written_with_their_errors(project: Path, tmp_path: Path) -> None:
    out = tmp_path / "kl.csv"
    finished(ExportSpec(str(project), str(out), "distances", recipe="raw"))
    rows = records(out)
    snapshot = store.read(project)
    assert len(rows) == 10
    row = next(r for r in rows if (r["id_a"], r["id_b"]) == ("run/step1", "run/step2"))
    used = ~np.isnan(snapshot.loglik).any(axis=0)
    d = snapshot.loglik[1, used].astype(float) - snapshot.loglik[2, used]
    expected = np.var(d) / (2 * snapshot.texts.n_bytes[used].mean() * math.log(2))
    assert float(row["kl_bits_per_byte"]) == pytest.approx(expected, rel=1e-9)
    assert float(row["se"]) > 0
    assert row["recipe"] == "raw"


def test_that_a_tree_has_every_leaf(project: Path, tmp_path: Path) -> None:
    out = tmp_path / "tree.nwk"
    finished(ExportSpec(str(project), str(out), "newick", linkage="average"))
    text = out.read_text()
    assert text.endswith(";\n")
    assert text.count("(") == text.count(")") == 4
    for k in range(5):
        assert f"'run {k}'" in text or f"run_{k}" in text
    assert "linkage" in failed(ExportSpec(str(project), str(out) + "2", "newick", linkage="odd"))


@pytest.mark.parametrize(("vectors", "dims"), [("", 2), ("map", 2), ("pca", 3), ("rows", 29)])
def test_that_coordinates_are_those_that_were_asked_for(
    vectors: str, dims: int, project: Path, tmp_path: Path
) -> None:
    """Distances between components and between rows are those of the matrix."""
    out = tmp_path / "c.csv"
    spec = ExportSpec(str(project), str(out), "coordinates", vectors=vectors, recipe="raw")
    finished(replace(spec, components=3))
    rows = cells(out)
    assert len(rows) == 6
    assert len(rows[0]) == 8 + dims
    assert rows[0][:2] == ["id", "label"]
    if vectors == "map":
        stored = store.read_embedding(project, "k1")
        assert stored is not None
        assert np.float32(rows[1][8]) == stored.coords[0, 0]
    if vectors == "rows":
        found = np.array([row[8:] for row in rows[1:]], dtype=float)
        finished(ExportSpec(str(project), str(tmp_path / "kl.csv"), "distances", recipe="raw"))
        kl = records(tmp_path / "kl.csv")[0]
        assert np.sum((found[0] - found[1]) ** 2) == pytest.approx(
            float(kl["kl_bits_per_byte"]), rel=1e-5
        )


def test_that_a_selection_is_written(project: Path, tmp_path: Path) -> None:
    out = tmp_path / "some"
    finished(ExportSpec(str(project), str(out), "csv", entries=("run 1", "run/step3")))
    finished(ImportSpec(str(tmp_path / "q.h5"), str(out), "csv"))
    part = store.read(tmp_path / "q.h5")
    whole = store.read(project)
    assert [e.id for e in part.entries] == ["run/step1", "run/step3"]
    assert (part.loglik == whole.loglik[[1, 3]]).all()
    assert "no entry" in failed(ExportSpec(str(project), str(out) + "2", "csv", entries=("zz",)))


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("import", "odd", "table.csv", "-o", "n.h5"), 2, "no format 'odd'"),
        (("import", "newick", "table.csv", "-o", "n.h5"), 2, "no format 'newick'"),
        (("import", "auto", "none.csv", "-o", "n.h5"), 1, "no such file"),
        (("import", "csv", "table.csv", "-o", "n.h5", "--unit", "db"), 2, "--unit 'db'"),
        (("import", "csv", "table.csv", "-o", "n.h5", "--per", "word"), 2, "--per 'word'"),
        (("import", "csv", "table.csv", "-o", "n.h5", "--rows", "x"), 2, "--rows 'x'"),
        (("import", "h5", "p.h5", "-o", "n.h5", "--unit", "bits"), 2, "--unit means nothing"),
        (("export", "csv", "p.h5", "-o", "x", "--compress"), 2, "--compress means nothing"),
        (("export", "newick", "p.h5", "-o", "x", "--map", "k"), 2, "--map means nothing"),
        (("import", "csv", "p.h5", "-o", "n.h5"), 1, "binary"),
        (("import", "h5", "table.csv", "-o", "n.h5"), 1, "not an HDF5 file"),
        (("import", "auto", "odd.bin", "-o", "n.h5"), 1, "none of the formats"),
        (("export", "odd", "p.h5", "-o", "x"), 2, "no format 'odd'"),
        (("export", "lm-eval", "p.h5", "-o", "x"), 2, "no format 'lm-eval'"),
        (("export", "csv", "none.h5", "-o", "x"), 1, "none.h5"),
        (("export", "projector", "p.h5", "-o", "x", "--vectors", "y"), 2, "--vectors 'y'"),
        (("export", "projector", "p.h5", "-o", "x", "--map", "y"), 2, "no stored map 'y'"),
        (
            ("export", "h5", "p.h5", "-o", "x", "--entry", "run 1"),
            2,
            "--entry means nothing for h5",
        ),
    ],
)
def test_that_commands_answer_in_a_sentence(
    arguments: tuple[str, ...],
    code: int,
    words: str,
    project: Path,
    table: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "odd.bin").write_bytes(b"\0\1\2")
    before = files_in(tmp_path)
    assert command(*arguments) == code
    said = capsys.readouterr().err
    assert words in said
    assert "Traceback" not in said
    assert files_in(tmp_path) == before


def test_that_the_commands_say_what_they_did(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert command("export", "csv", project, "-o", out) == 0
    assert f"Written to {out}" in capsys.readouterr().out
    assert command("import", "auto", out, "-o", tmp_path / "q.h5", "--json") == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert events[-1]["event"] == "finished"
    assert events[-1]["summary"]["n_added"] == 5
    assert any(e["event"] == "notice" and "Read as csv" in e["message"] for e in events)


def test_that_texts_may_be_in_a_file_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text(
        "".join(json.dumps({"id": f"t{k}", "text": f"some text {k}"}) + "\n" for k in range(3))
    )
    (tmp_path / "m.csv").write_text("model,t2,t0,t1\nx,-3,-1,-2\n")
    out = tmp_path / "p.h5"
    arguments = ("import", "csv", tmp_path / "m.csv", "-o", out, "--texts", tmp_path / "t.jsonl")
    assert command(*arguments) == 0
    snapshot = store.read(out)
    assert snapshot.loglik.tolist() == [[-1, -2, -3]]
    assert snapshot.texts.texts[2] == "some text 2"
    (tmp_path / "other.jsonl").write_text(json.dumps({"text": "another"}) + "\n")
    message = failed(
        ImportSpec(str(out), str(tmp_path / "m.csv"), texts=str(tmp_path / "other.jsonl"))
    )
    assert "other texts" in message
    finished(ExportSpec(str(out), str(tmp_path / "out"), "csv"))
    spec = ImportSpec(str(tmp_path / "q.h5"), str(tmp_path / "out"), "csv")
    finished(replace(spec, texts=str(tmp_path / "t.jsonl")))
    spec = replace(spec, project=str(tmp_path / "r.h5"), texts=str(tmp_path / "other.jsonl"))
    assert "texts of its own" in failed(spec)
    assert not (tmp_path / "r.h5").exists()


def test_that_a_project_with_a_failed_entry_is_brought_over(tmp_path: Path) -> None:
    project = made(2)
    bad = Entry("bad", "bad", status="failed", error="It has no weights.")
    entries = (*project.entries, bad)
    loglik = np.vstack([project.loglik, np.full((1, len(project.texts)), np.nan, np.float32)])
    whole = replace(project, entries=entries, loglik=loglik)
    path = project_file(tmp_path / "p.h5", whole)
    finished(ExportSpec(str(path), str(tmp_path / "out"), "csv"))
    finished(ImportSpec(str(tmp_path / "q.h5"), str(tmp_path / "out"), "csv"))
    assert_same(whole, files.read(tmp_path / "q.h5", Request()))
    last, _ = run_job(ExportSpec(str(path), str(tmp_path / "kl.csv"), "distances"))
    assert not isinstance(last, Failed)
