"""Fine-tuning models of the smallest size, by two steps."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from compute import minisuite, sources
from compute.core.control import Control
from compute.core.errors import Cancelled, InputError, UsageError
from compute.core.events import Event, Notice
from compute.core.specs import GrowSpec, Tuned, TuneSpec, from_json, to_json
from compute.minisuite.corpus import read_corpus
from compute.minisuite.tuning import tune


@pytest.fixture(scope="module")
def parent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("suite") / "a"
    spec = GrowSpec(str(out), sizes=("xxs",), seeds=(0,), steps=1, n_threads=1, n_texts=0)
    minisuite.grow(spec, lambda _event: None, Control(), read_corpus()[::20])
    return out / "xxs-seed0" / "step1"


def _model(parent: Path, **changes: Any) -> Tuned:
    values = {"subject": "licences", "family": "mini-xxs", "size": "xxs", **changes}
    return Tuned("child", str(parent), "xxs-seed0/step1", **values)


def _spec(out: Path, *models: Tuned) -> TuneSpec:
    return TuneSpec(str(out), models, steps=2, n_threads=1)


@pytest.fixture(scope="module")
def tuned(parent: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("tuned")
    return tune(_spec(out, _model(parent)), lambda _event: None, Control())


def test_that_a_child_is_a_model_that_declares_its_parent(tuned: Path) -> None:
    (row,) = sources.resolve(str(tuned)).checkpoints
    assert (row.label, row.run, row.problem) == ("child", "", "")
    assert (row.family, row.size) == ("mini-xxs", "xxs")
    assert (row.parents, row.relation) == (("xxs-seed0/step1",), "fine-tune-of")
    noted = json.loads((tuned / "suite.json").read_text())["models"]["child"]
    assert noted["subject"] == "licences"
    assert noted["steps"] == 2
    assert {"python", "torch"} <= set(noted["software"])


def test_that_the_weights_moved_and_the_tokenizer_did_not(tuned: Path, parent: Path) -> None:
    child = tuned / "child"
    assert (child / "model.safetensors").read_bytes() != (parent / "model.safetensors").read_bytes()
    assert (child / "tokenizer.json").read_bytes() == (parent / "tokenizer.json").read_bytes()


def test_that_the_same_arguments_give_the_same_bytes(
    tuned: Path, parent: Path, tmp_path: Path
) -> None:
    again = tune(_spec(tmp_path, _model(parent)), lambda _event: None, Control())
    for path in sorted((tuned / "child").iterdir()):
        assert (again / "child" / path.name).read_bytes() == path.read_bytes(), path.name


def test_that_what_is_there_is_kept_and_a_cancel_leaves_whole_models(
    parent: Path, tmp_path: Path
) -> None:
    first, second = _model(parent), _model(parent, seed=1)
    second = Tuned("grandchild", str(tmp_path / "child"), "child", "licences", size="xxs")
    control = Control()

    def stop(event: Event) -> None:
        if getattr(event, "entry", "") == "grandchild":
            control.cancel()

    with pytest.raises(Cancelled):
        tune(_spec(tmp_path, first, second), stop, control)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["child", "suite.json"]
    before = (tmp_path / "child" / "model.safetensors").stat().st_mtime_ns
    seen: list[Event] = []
    tune(_spec(tmp_path, first, second), seen.append, Control())
    assert [e.entry for e in seen if isinstance(e, Notice)] == ["child"]
    assert (tmp_path / "child" / "model.safetensors").stat().st_mtime_ns == before
    (_, row) = sources.resolve(str(tmp_path)).checkpoints
    assert row.parents == ("child",)


def test_that_impossible_requests_are_refused(parent: Path, tmp_path: Path) -> None:
    def ask(*models: Tuned, **changes: Any) -> None:
        spec = TuneSpec(str(tmp_path), models, **{"steps": 2, "n_threads": 1, **changes})
        tune(spec, lambda _event: None, Control())

    with pytest.raises(UsageError, match="There is no model"):
        ask()
    with pytest.raises(UsageError, match="above 0"):
        ask(_model(parent), steps=0)
    with pytest.raises(UsageError, match="the same name"):
        ask(_model(parent), _model(parent))
    with pytest.raises(InputError, match="its parent is not in"):
        ask(_model(tmp_path / "nowhere"))
    shutil.rmtree(tmp_path / "child", ignore_errors=True)


def test_that_the_request_survives_json(parent: Path, tmp_path: Path) -> None:
    spec = _spec(tmp_path, _model(parent))
    assert from_json(to_json(spec)) == spec
