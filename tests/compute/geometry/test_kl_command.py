from __future__ import annotations

import csv
import errno
import json
import math
from pathlib import Path

import h5py
import numpy as np
import pytest

from compute import store
from compute.cli.kl import kl
from compute.cli.kl_files import write_csv
from compute.core.errors import InputError, UsageError
from compute.geometry import freeze, kl_matrix, prepare


@pytest.fixture
def project(make_snapshot, tmp_path: Path) -> Path:
    """The made-up project as a file, tau not frozen, two labels alike."""
    made = make_snapshot()
    path = tmp_path / "project.h5"
    entries = (*made.entries[:4], *(e.with_(label="twin") for e in made.entries[4:]))
    rows = dict(zip((e.id for e in entries), made.loglik, strict=True))
    store.create(path, made.texts)
    store.commit(path, store.PutEntries(entries), store.PutRows(rows))
    return path


def test_that_json_of_a_pair_is_what_numpy_gives_from_the_file(project: Path, capsys) -> None:
    kl(project, "run@0", "e3", recipe="raw", as_json=True)
    out = json.loads(capsys.readouterr().out)
    with h5py.File(project) as file:
        loglik, n_bytes = file["loglik"][...].astype(np.float64), file["texts/n_bytes"][...]
    d = loglik[0] - loglik[3]
    unit = 2 * n_bytes.mean() * math.log(2)
    squares = (d - d.mean()) ** 2
    assert list(out) == ["kl_bits_per_byte", "se", "n_texts", "recipe", "estimator"]
    assert out["kl_bits_per_byte"] == pytest.approx(d.var() / unit, rel=1e-9)
    assert out["se"] == pytest.approx(squares.std() / math.sqrt(d.size) / unit, rel=1e-9)
    assert (out["n_texts"], out["recipe"], out["estimator"]) == (200, "raw", "var/2")


def test_that_a_number_is_called_provisional_until_tau_is_frozen(project: Path, capsys) -> None:
    kl(project, "e0", "e1", as_json=True)
    assert json.loads(capsys.readouterr().out)["provisional"] is True
    snapshot = store.read(project)
    store.commit(project, store.PutRecipe(freeze(snapshot, snapshot.recipes["clip2"])))
    kl(project, "e0", "e1", as_json=True)
    assert "provisional" not in json.loads(capsys.readouterr().out)


def test_that_a_pair_is_printed_with_se_unit_texts_recipe_and_estimator(
    project: Path, capsys
) -> None:
    kl(project, "run@0", "run@1", recipe="raw")
    out = capsys.readouterr().out
    assert out.startswith("run@0  run@1\nKL 0.")
    assert " ± 0." in out
    assert out.endswith(" bits/byte\nvar/2 over 200 texts, recipe raw\n")


def test_that_all_pairs_are_csv_and_json_with_exact_values(
    project: Path, tmp_path: Path, capsys
) -> None:
    snapshot = store.read(project)
    expected = kl_matrix(prepare(snapshot, snapshot.recipes["raw"]))
    kl(project, recipe="raw", csv_file=tmp_path / "kl.csv", as_json=True)
    with (tmp_path / "kl.csv").open(newline="") as file:
        head, *lines = csv.reader(file)
    assert head == ["entry", "run@0", "run@1", "run@2", "run@3", "e4", "e5"]
    assert (np.array([line[1:] for line in lines], dtype=float) == expected).all()
    out = json.loads(capsys.readouterr().out)
    assert (np.array(out["kl_bits_per_byte"]) == expected).all()
    kl(project, recipe="raw")
    assert capsys.readouterr().out.splitlines()[0] == ",".join(head)


def test_that_a_wrong_request_is_one_sentence(project: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Only one entry"):
        kl(project, "e0")
    with pytest.raises(UsageError, match="2 entries are labelled 'twin'"):
        kl(project, "twin", "e0")
    with pytest.raises(InputError, match=r"Writing .*: the folder is not there"):
        kl(project, csv_file=tmp_path / "nowhere" / "kl.csv")


def test_that_a_caution_is_printed_with_a_pair_and_only_where_there_is_one(
    project: Path, capsys
) -> None:
    entries = [e.with_(bos="tokenizer") for e in store.read(project).entries]
    entries[1] = entries[1].with_(bos="prepend")
    store.commit(project, store.PutEntries(tuple(entries)))
    kl(project, "e0", "e1", recipe="raw", as_json=True)
    assert "different BOS rules" in json.loads(capsys.readouterr().out)["caution"]
    kl(project, "e0", "e1", recipe="raw")
    assert "\nCaution: These entries were scored with different BOS rules" in (
        capsys.readouterr().out
    )
    kl(project, "e0", "e2", recipe="raw", as_json=True)
    assert "caution" not in json.loads(capsys.readouterr().out)


def test_that_all_pairs_over_the_first_texts_say_how_many_and_that_errors_are_common(
    make_snapshot, make_partial, tmp_path: Path, capsys
) -> None:
    made = make_partial(make_snapshot(n=900), {1: 500, 2: 40})
    project = tmp_path / "partial.h5"
    store.create(project, made.texts)
    rows = dict(zip((e.id for e in made.entries), made.loglik, strict=True))
    store.commit(project, store.PutEntries(made.entries), store.PutRows(rows))
    kl(project, recipe="raw", csv_file=tmp_path / "kl.csv")
    out = capsys.readouterr().out
    assert "KL of 5 entries in bits/byte, var/2 over first 500 of 900 texts" in out
    assert ", provisional; 1 entry left out: " in out
    assert "1 entry only partly scored. Every pair is measured on the same first texts" in out
    kl(project, recipe="raw", csv_file=tmp_path / "kl.csv", as_json=True)
    values = json.loads(capsys.readouterr().out)
    assert (values["n_texts"], values["n_partial"], values["of"]) == (500, 1, 900)
    kl(project, recipe="raw")
    assert "errors are common to all pairs" in capsys.readouterr().err


def test_that_a_refused_file_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "kept.csv"
    kept.write_text("mine\n")

    def full(_number: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("compute.core.files.os.fsync", full)
    with pytest.raises(InputError, match=r"Writing .*kept.csv: the disk is full. Free some space"):
        write_csv(kept, [["a", 1]])
    assert [p.name for p in tmp_path.iterdir()] == ["kept.csv"]
    assert kept.read_text() == "mine\n"


def test_that_a_link_and_a_pipe_are_written_to_as_they_are(tmp_path: Path) -> None:
    real, link = tmp_path / "real.csv", tmp_path / "link.csv"
    real.touch()
    link.symlink_to(real)
    write_csv(link, [["a", 1]])
    assert link.is_symlink()
    assert real.read_text() == "a,1\n"
