"""What ``klscope kl`` answers beside a pair and the matrix."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from compute import store
from compute.cli import kl as module
from compute.cli.kl import kl
from compute.core.errors import InputError, UsageError
from compute.core.tables import Recipe, Snapshot
from compute.geometry import compare, contributions, kl_matrix, kl_pair, neighbours, prepare

RAW = Recipe("raw")


def saved(snapshot: Snapshot, path: Path) -> Path:
    store.create(path, snapshot.texts)
    rows = dict(zip((e.id for e in snapshot.entries), snapshot.loglik, strict=True))
    store.commit(path, store.PutEntries(snapshot.entries), store.PutRows(rows))
    return path


@pytest.fixture
def made(make_snapshot) -> Snapshot:
    snapshot = make_snapshot()
    domains = tuple("web" if k % 3 else "books" for k in range(200))
    return replace(snapshot, texts=replace(snapshot.texts, domains=domains))


@pytest.fixture
def project(made: Snapshot, tmp_path: Path) -> Path:
    return saved(made, tmp_path / "project.h5")


def lines_of(file: Path) -> list[list[str]]:
    with file.open(newline="") as handle:
        return list(csv.reader(handle))


def test_that_nearest_are_the_neighbours_with_errors(
    made: Snapshot, project: Path, tmp_path: Path, capsys
) -> None:
    expected = neighbours(prepare(made, RAW), "e2", 3)
    kl(project, "run@2", nearest=3, recipe="raw", as_json=True, csv_file=tmp_path / "near.csv")
    out = json.loads(capsys.readouterr().out)
    assert [n["id"] for n in out["nearest"]] == [n.id for n in expected]
    assert [n["kl_bits_per_byte"] for n in out["nearest"]] == pytest.approx(
        [n.kl for n in expected]
    )
    assert [n["se"] for n in out["nearest"]] == pytest.approx([n.se for n in expected])
    assert (out["n_texts"], out["recipe"], out["estimator"]) == (200, "raw", "var/2")
    assert [line[0] for line in lines_of(tmp_path / "near.csv")] == [
        "id",
        *(n.id for n in expected),
    ]
    kl(project, "run@2", nearest=3, recipe="raw")
    text = capsys.readouterr().out
    assert text.startswith("Nearest to run@2, KL in bits/byte\n")
    assert " ± " in text
    assert text.endswith("var/2 over 200 texts, recipe raw\n")


def test_that_contributions_name_texts_and_domains(
    made: Snapshot, project: Path, tmp_path: Path, capsys
) -> None:
    found = contributions(prepare(made, RAW), made.texts, "e0", "e5")
    file = tmp_path / "texts.csv"
    kl(project, "e0", "e5", contributions=True, recipe="raw", as_json=True, csv_file=file)
    out = json.loads(capsys.readouterr().out)
    assert out["kl_bits_per_byte"] == pytest.approx(kl_pair(made, RAW, "e0", "e5").kl)
    assert {d["domain"] for d in out["domains"]} == {"web", "books"}
    assert sum(d["share"] for d in out["domains"]) == pytest.approx(1)
    assert (out["top_texts"], out["top_share"]) == (2, pytest.approx(found.top_share))
    assert out["texts"][0]["id"] == made.texts.ids[found.top(1)[0][0]]
    assert sum(float(line[2]) for line in lines_of(file)[1:]) == pytest.approx(1)
    kl(project, "e0", "e5", contributions=True, recipe="raw")
    text = capsys.readouterr().out
    for words in ("that contribute most", "domain", "books", "share  nats  text"):
        assert words in text


def test_that_contributions_of_equal_entries_are_null_with_a_reason(
    made: Snapshot, tmp_path: Path, capsys
) -> None:
    loglik = made.loglik.copy()
    loglik[1] = loglik[0]
    project = saved(replace(made, loglik=loglik), tmp_path / "same.h5")
    kl(project, "e0", "e1", contributions=True, recipe="raw", as_json=True)
    out = json.loads(capsys.readouterr().out)
    assert (out["kl_bits_per_byte"], out["top_share"]) == (0, None)
    assert out["reason"] == "the two have the same values on every text"
    kl(project, "e0", "e1", contributions=True, recipe="raw")
    assert "No shares: the two have the same values" in capsys.readouterr().out


def test_that_two_kls_are_compared_on_the_same_texts(made: Snapshot, project: Path, capsys) -> None:
    rows = prepare(made, RAW)
    expected = compare(rows, (0, 5), (1, 2), n=300, seed=7)
    kl(project, "e0", "e5", compare=("e1", "run@2"), resamples=300, seed=7, recipe="raw",
       as_json=True)  # fmt: skip
    out = json.loads(capsys.readouterr().out)
    assert out["kl_bits_per_byte"] == pytest.approx([expected.first, expected.second])
    assert (out["low"], out["high"]) == pytest.approx((expected.low, expected.high))
    assert (out["n_resamples"], out["seed"], out["p_larger"]) == (300, 7, 1)
    kl(project, "e0", "e5", compare=("e1", "e2"), resamples=300, recipe="raw")
    text = capsys.readouterr().out
    assert "95\u2009% interval" in text
    assert "The first is larger in 100\u2009% of 300 resamples" in text


def test_that_a_matrix_of_any_size_goes_into_a_file_with_names_beside(
    made: Snapshot, project: Path, tmp_path: Path, capsys
) -> None:
    expected = kl_matrix(prepare(made, RAW))
    kl(project, npy_file=tmp_path / "all.npy", csv_file=tmp_path / "all.csv", recipe="raw",
       as_json=True)  # fmt: skip
    out = json.loads(capsys.readouterr().out)
    assert out["file"] == str(tmp_path / "all.npy")
    np.testing.assert_allclose(np.load(tmp_path / "all.npy"), expected, rtol=1e-9, atol=0)
    names = lines_of(tmp_path / "all.entries.csv")
    assert names[:2] == [["row", "id", "label"], ["0", "e0", "run@0"]]
    found = np.array([line[1:] for line in lines_of(tmp_path / "all.csv")[1:]], float)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=0)
    kl(project, npy_file=tmp_path / "other", recipe="raw")
    assert str(tmp_path / "other.npy") in capsys.readouterr().out


def test_that_many_entries_never_have_their_matrix_in_memory(
    made: Snapshot, project: Path, tmp_path: Path, monkeypatch, capsys
) -> None:
    monkeypatch.setattr(module, "MANY", 3)
    monkeypatch.setattr(module.geometry, "prepare", None)
    kl(project, recipe="raw")
    text = capsys.readouterr().out.splitlines()
    found = np.array([line.split(",")[1:] for line in text[1:]], float)
    np.testing.assert_allclose(found, kl_matrix(prepare(made, RAW)), rtol=1e-9, atol=0)
    kl(project, csv_file=tmp_path / "all.csv", recipe="raw")
    assert len(lines_of(tmp_path / "all.csv")) == 7
    assert {p.name for p in tmp_path.iterdir()} == {"all.csv", "project.h5"}
    with pytest.raises(UsageError, match=r"6 entries are too many for one JSON object.*--npy"):
        kl(project, as_json=True)


def test_that_what_makes_no_sense_together_is_a_sentence(project: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--nearest and --contributions cannot be asked for"):
        kl(project, "e0", "e1", nearest=3, contributions=True)
    with pytest.raises(UsageError, match="--nearest is about one entry, A; 2 are named"):
        kl(project, "e0", "e1", nearest=3)
    with pytest.raises(UsageError, match="--compare is about two entries, A and B; 0 are named"):
        kl(project, compare=("e0", "e1"))
    with pytest.raises(UsageError, match="--npy is about no entry; 1 is named"):
        kl(project, "e0", npy_file=tmp_path / "x.npy")
    with pytest.raises(UsageError, match="no entry 'e9'"):
        kl(project, "e0", "e1", compare=("e2", "e9"))
    with pytest.raises(InputError, match=r"Writing .*: the folder is not there"):
        kl(project, npy_file=tmp_path / "nowhere" / "x.npy")


def test_that_an_entry_without_scores_is_named_with_the_reason(
    made: Snapshot, tmp_path: Path
) -> None:
    loglik = made.loglik.copy()
    loglik[3] = np.nan
    entries = tuple(e.with_(status="planned", n_scored=0) if e.id == "e3" else e
                    for e in made.entries)  # fmt: skip
    project = saved(replace(made, loglik=loglik, entries=entries), tmp_path / "part.h5")
    for ask in ({"contributions": True}, {"compare": ("e1", "e2")}):
        with pytest.raises(UsageError, match="'e3' is not in this analysis: it has not been"):
            kl(project, "e0", "e3", recipe="raw", **ask)
    with pytest.raises(UsageError, match="'e3' is not in this analysis"):
        kl(project, "e3", nearest=2, recipe="raw")
