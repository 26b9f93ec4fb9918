"""The whole chain of the replica, by its tiny plan: grown, tuned, scored, measured, kept small."""

from __future__ import annotations

import json
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from compute import store
from compute.analysis.lineage import generations, lineage_of
from compute.analysis.making import OWN
from compute.core.control import Control, Exit
from compute.core.errors import Cancelled, InputError, KlscopeError
from compute.core.events import CancelledEvent, Event, Failed, Finished, Notice, Progress
from compute.core.specs import GrowSpec, ReplicaSpec, from_json, to_json
from compute.jobs import replica as module
from compute.minisuite.replica import PLANS
from compute.minisuite.sizes import SIZES

PLAN = PLANS["replica-tiny"]
QUANT = pytest.mark.skipif(find_spec("bitsandbytes") is None, reason="bitsandbytes is not there")


def _make(out: Path, control: Control | None = None, emit=lambda _event: None):
    return module.replica(ReplicaSpec(str(out), "replica-tiny"), emit, control or Control())


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """(folder, summary, events)."""
    out, events = tmp_path_factory.mktemp("replica"), []
    return out, _make(out, emit=events.append), events


@pytest.fixture(scope="module")
def project(made):
    return store.read(made[0] / "replica.h5")


def test_that_every_stage_is_done_within_its_order(made) -> None:
    out, summary, events = made
    record = json.loads((out / "replica.json").read_text())
    assert list(summary["seconds"]) == [s.id for s in PLAN.stages if s.id not in summary["skipped"]]
    assert all(row["done"] for row in record["stages"].values())
    fractions = [e.fraction for e in events if isinstance(e, Progress)]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0


@pytest.mark.parametrize("name", ["replica.h5", "example.h5"])
def test_that_the_log_probabilities_of_tokens_are_kept_of_the_layered_models(made, name) -> None:
    path = made[0] / name
    entries = store.read(path).entries
    with_tokens = [e for e in entries if store.has_tokens(path, e.id)]
    ends = [e for e in with_tokens if e.run in PLAN.layered and e.step == PLAN.steps]
    assert (len(with_tokens), len(ends)) == (len(PLAN.layered), len(PLAN.layered))
    detail = store.read_tokens(path, ends[0].id)
    row = store.read(path).loglik[store.read(path).row_of[ends[0].id]]
    sums = [np.nansum(detail.of(s).astype(np.float64)) for s in range(len(row))]
    np.testing.assert_allclose(sums, row, rtol=1e-3)


def test_that_every_run_has_every_checkpoint(project) -> None:
    found = Counter(e.run for e in project.entries if e.is_checkpoint)
    assert found == {f"{size}-seed{seed}": len(PLAN.save_at) for size, seed in PLAN.runs}
    assert {e.status for e in project.entries} == {"done"}
    assert Counter(project.texts.domains) == dict(PLAN.domains)


def test_that_fine_tunes_know_their_parents_over_two_generations(project) -> None:
    descents = lineage_of(project.entries).descents
    assert [(d.parent, d.child) for d in descents] == [
        ("xxs-seed0/step12", "xxs-documentation"),
        ("xxs-documentation", "xxs-documentation-licences"),
    ]
    assert max(generations(descents).values()) == 3
    assert {d.type for d in descents} == {"mini-xxs"}


def test_that_layers_and_the_last_of_them_are_there(project) -> None:
    layers = {e.layer: e.id for e in project.entries if e.relation == "layer-of"}
    assert sorted(layers) == list(range(SIZES["xxs"].layers + 1))
    row_of = {e.id: k for k, e in enumerate(project.entries)}
    last, own = project.loglik[row_of[layers[1]]], project.loglik[row_of["xxs-seed0/step12"]]
    np.testing.assert_allclose(last, own, atol=1e-3)


@QUANT
def test_that_variants_stand_beside_a_null_control(project) -> None:
    row_of = {e.id: k for k, e in enumerate(project.entries)}
    kinds = {
        e.quantization or e.tags[0]: e for e in project.entries if e.relation == "quantized-from"
    }
    assert set(kinds) == {"int8", "nf4", "fp4", "null-control"}
    base = project.loglik[row_of["120k-seed0/step12"]]
    moved = {kind: float(np.var(project.loglik[row_of[e.id]] - base)) for kind, e in kinds.items()}
    assert moved.pop("null-control") < 1e-6
    assert min(moved.values()) > 1e-6


def test_that_the_saved_twice_checkpoint_is_found_in_the_weights(made) -> None:
    found = store.read_weights(made[0] / "replica.h5")
    assert set(found) == {f"{size}-seed{seed}" for size, seed in PLAN.runs}
    for run, distances in found.items():
        i, j = np.nonzero(np.triu(distances.squared == 0, 1))
        pairs = [
            (int(distances.steps[a]), int(distances.steps[b])) for a, b in zip(i, j, strict=True)
        ]
        assert pairs == ([(4, 6)] if run == "xxs-seed2" else [])
    notes = [e.message for e in made[2] if isinstance(e, Notice)]
    assert "xxs-seed2: steps 4 and 6 have the same weights" in notes


def test_that_the_example_is_the_project_without_places(made, project) -> None:
    out = made[0]
    example = store.read(out / "example.h5")
    assert {e.source for e in example.entries} == {"suite", "tuned"}
    assert {w.source for w in store.read_weights(out / "example.h5").values()} == {"suite"}
    np.testing.assert_array_equal(example.loglik, project.loglik)
    assert [e.id for e in example.entries] == [e.id for e in project.entries]
    assert str(out).encode() not in (out / "example.h5").read_bytes()
    assert len(store.read_embeddings(out / "example.h5")) == len(PLAN.maps)


def test_that_the_analyses_of_pretraining_have_frozen_recipes(project) -> None:
    kept = project.recipes["pretraining"]
    assert set(OWN.values()) <= set(project.recipes)
    assert np.isfinite(kept.tau)
    assert kept.version >= 1
    assert {"xxs-seed2/step4", "xxs-seed2/step6"} & set(kept.excluded)


def test_that_a_whole_replica_is_kept(made) -> None:
    out = made[0]
    before = {p: p.stat().st_mtime_ns for p in out.rglob("*") if p.is_file()}
    assert _make(out)["seconds"] == made[1]["seconds"]
    assert {p: p.stat().st_mtime_ns for p in out.rglob("*") if p.is_file()} == before


class _Killed(BaseException):
    """Stands for the end of a process, which nothing here catches."""


def test_that_a_replica_that_was_killed_twice_ends_with_the_same_bits(
    made, project, tmp_path
) -> None:
    def kill_at(word: str):
        def emit(event: Event) -> None:
            if isinstance(event, Progress) and word in event.message:
                raise _Killed

        return emit

    for word in ("120k-seed0 step", "xxs-seed1 step"):
        with pytest.raises(_Killed):
            _make(tmp_path / "b", emit=kill_at(word))
    _make(tmp_path / "b")
    again = store.read(tmp_path / "b" / "replica.h5")
    assert again.texts.digest == project.texts.digest
    rows = {e.id: project.loglik[k] for k, e in enumerate(project.entries)}
    assert {e.id for e in again.entries} == set(rows)
    for k, entry in enumerate(again.entries):
        np.testing.assert_array_equal(again.loglik[k], rows[entry.id], err_msg=entry.id)
    for path in sorted((made[0] / "suite").rglob("*.safetensors")):
        other = tmp_path / "b" / path.relative_to(made[0])
        assert other.read_bytes() == path.read_bytes()


def test_that_a_stage_without_its_library_is_said_and_left_out(tmp_path, monkeypatch) -> None:
    stages = [s for s in PLAN.stages if s.id in ("texts", "maps")]
    monkeypatch.setattr(type(PLAN), "stages", property(lambda _self: tuple(stages)))
    monkeypatch.setattr(module, "find_spec", lambda _name: None)
    seen: list[Event] = []
    summary = _make(tmp_path, emit=seen.append)
    why = "It needs openTSNE and sklearn (pip install 'klscope[embed]')"
    assert summary["skipped"] == {"maps": why}
    assert [e.message for e in seen if isinstance(e, Notice)] == [
        f"Maps in 2 dimensions: left out. {why}"
    ]


def test_that_folders_of_others_are_refused(tmp_path, made) -> None:
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(InputError, match=r"holds other files \(mine.txt\)"):
        _make(tmp_path)
    with pytest.raises(InputError, match="made by another plan"):
        module.replica(ReplicaSpec(str(made[0]), "replica"), lambda _event: None, Control())
    (tmp_path / "replica.json").write_text("{")
    with pytest.raises(InputError, match=r"replica.json is damaged"):
        _make(tmp_path)


def test_that_a_stage_that_fails_is_named_and_tried_again(tmp_path, monkeypatch) -> None:
    stages = [s for s in PLAN.stages if s.id in ("texts", "score")]
    monkeypatch.setattr(type(PLAN), "stages", property(lambda _self: tuple(stages)))
    for _ in range(2):
        with pytest.raises(KlscopeError, match="Score 40 checkpoints of 5 runs"):
            _make(tmp_path)
    record = json.loads((tmp_path / "replica.json").read_text())["stages"]
    assert (record["texts"]["done"], record["score"]["done"]) == (True, False)


def test_that_a_cancel_is_handed_on(tmp_path) -> None:
    control = Control()
    control.cancel()
    with pytest.raises(Cancelled):
        _make(tmp_path, control)
    assert from_json(to_json(ReplicaSpec("x"))) == ReplicaSpec("x")
    assert from_json(to_json(GrowSpec("x", interval=4))) == GrowSpec("x", interval=4)


class _Child:
    """A process that ends with ``last``, at once or when it is asked to."""

    pid = 0

    def __init__(self, last: Event, waits: int = 0) -> None:
        self.last, self.waits, self.asked = last, waits, []

    def __call__(self, spec, on_event, on_exit):
        self._say = on_event
        return self

    def wait(self, timeout=None):
        self.waits -= 1
        if self.waits >= 0:
            return None
        self._say(Notice("almost"))
        self._say(self.last)
        return Exit(0, self.last, "")

    def cancel(self, grace_s=5.0) -> None:
        self.asked.append("cancel")
        self.last, self.waits = CancelledEvent(), 0

    def pause(self) -> None:
        self.asked.append("pause")

    def resume(self) -> None:
        self.asked.append("resume")


def test_that_a_job_in_a_process_of_its_own_ends_as_it_says() -> None:
    seen: list[Event] = []
    control = Control()
    control.start = _Child(Finished())
    module._job(GrowSpec("x"), seen.append, control)
    assert seen == [Notice("almost")]
    control.start = _Child(Failed("The disk is full."))
    with pytest.raises(KlscopeError, match="The disk is full"):
        module._job(GrowSpec("x"), seen.append, control)
    control.start = _Child(CancelledEvent())
    with pytest.raises(Cancelled):
        module._job(GrowSpec("x"), seen.append, control)


def test_that_pause_and_cancel_reach_it(monkeypatch) -> None:
    control, child = Control(), _Child(Finished(), waits=9)
    control.start = child
    steps = iter((control.pause, control.resume, control.cancel))
    wait = child.wait
    monkeypatch.setattr(child, "wait", lambda t: (next(steps, lambda: None)(), wait(t))[1])
    with pytest.raises(Cancelled):
        module._job(GrowSpec("x"), lambda _event: None, control)
    assert child.asked == ["pause", "resume", "cancel"]
