"""``klscope lens fit``, and layers that are scored through its file."""

import json

import numpy as np
import pytest
import tiny_models

from compute import store
from compute.cli import build_app, main_guard
from compute.texts import write_texts


@pytest.fixture
def place(tmp_path):
    """A model, texts to train on and others to score."""
    tiny_models.save_model(tmp_path / "model", 0)
    write_texts(tiny_models.texts(60, seed=3), tmp_path / "train.jsonl")
    write_texts(tiny_models.texts(8), tmp_path / "texts.jsonl")
    return tmp_path


def klscope(*words):
    return main_guard(build_app(), list(map(str, words)))


def fitted(place, *more):
    words = ("lens", "fit", place / "model", "-t", place / "train.jsonl", "-o")
    return klscope(*words, place / "lens.safetensors", "--steps", 20, "--threads", 1, *more)


def test_that_a_lens_is_trained_and_its_layers_are_entries_beside_those_of_the_logit_lens(
    place, capsys
):
    assert fitted(place) == 0
    assert "by the logit lens" in capsys.readouterr().out
    project = place / "p.h5"
    common = ("score", project, "-m", place / "model", "-t", place / "texts.jsonl", "--threads", 1)
    assert klscope(*common, "--layers", "all") == 0
    assert klscope(*common, "--layers", "all", "--lens", place / "lens.safetensors") == 0
    found = store.read(project)
    owner, *layers = found.entries
    plain = [e for e in layers if dict(e.metadata)["lens"] == "logit lens"]
    tuned = [e for e in layers if dict(e.metadata)["lens"].startswith("tuned lens ")]
    assert [e.layer for e in plain] == [e.layer for e in tuned]
    assert {e.parent for e in layers} == {owner.id}
    rows = {e.id: row for e, row in zip(found.entries, found.loglik, strict=True)}
    assert np.array_equal(rows[plain[-1].id], rows[owner.id])
    assert np.array_equal(rows[tuned[-1].id], rows[owner.id])
    assert not np.array_equal(rows[plain[0].id], rows[tuned[0].id])
    assert klscope(*common, "--layers", "all", "--lens", place / "lens.safetensors") == 0
    assert len(store.read(project).entries) == len(found.entries)


def test_that_what_cannot_be_done_is_one_sentence(place, capsys):
    words = ("lens", "fit", place / "model", "-t", place / "train.jsonl", "-o")
    assert klscope(*words, place / "lens.pt") == 2
    assert "name it so" in capsys.readouterr().err
    assert klscope("lens", "fit", place / "nowhere", *words[3:], place / "l.safetensors") == 1
    assert "there is no such folder" in capsys.readouterr().err
    write_texts(tiny_models.texts(1), place / "train.jsonl")
    assert fitted(place) == 1
    assert "a lens needs 512 at least" in capsys.readouterr().err
    assert not (place / "lens.safetensors").exists()


def test_that_a_lens_that_is_not_there_is_said_before_anything_is_scored(place, capsys):
    words = ("score", place / "p.h5", "-m", place / "model", "-t", place / "texts.jsonl")
    assert klscope(*words, "--lens", place / "none.safetensors") == 2
    assert "a lens is for layers" in capsys.readouterr().err
    assert klscope(*words, "--layers", "0", "--lens", place / "none.safetensors") == 1
    assert "none.safetensors" in capsys.readouterr().err


def test_that_events_are_json_lines(place, capsys):
    assert fitted(place, "--json") == 0
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert last["event"] == "finished"
    assert sorted(last["summary"]["layers"]) == [
        str(k) for k in range(len(last["summary"]["layers"]))
    ]
