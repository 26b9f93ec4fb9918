"""``klscope weights``: from folders of checkpoints to distances in the project."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from compute import store
from compute.core.control import Control
from compute.core.errors import Cancelled
from compute.core.events import Event, Failed, Notice, Progress
from compute.core.specs import WeightsSpec
from compute.core.tables import Entry, TextSet
from compute.jobs import run
from compute.jobs import weights as job

STEPS = (0, 8, 16, 24)


def checkpoint(folder: Path, seed: int, n: int = 30_000) -> np.ndarray:
    folder.mkdir(parents=True)
    made = np.random.default_rng(seed).normal(size=n).astype(np.float32)
    save_file({"a": made[: n // 2], "b": made[n // 2 :]}, folder / "model.safetensors")
    config = {"model_type": "gpt_neox", "architectures": ["GPTNeoXForCausalLM"]}
    (folder / "config.json").write_text(json.dumps(config))
    return made


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Two runs: one whole, the last two checkpoints of which are the same; one that is gone."""
    for k, step in enumerate(STEPS):
        checkpoint(tmp_path / "suite" / "one" / f"step{step}", min(k, 2))
    path = tmp_path / "p.h5"
    store.create(path, TextSet(("t",), ("text",), ("",)))
    entries = [
        Entry(f"{name}/step{step}", run=name, step=step, source=str(tmp_path / place))
        for name, place in (("one", "suite"), ("gone", "nowhere"))
        for step in STEPS
    ]
    store.commit(path, store.PutEntries(tuple(entries)))
    return path


def events_of(spec: WeightsSpec, control: Control | None = None) -> list[Event]:
    events: list[Event] = []
    run(spec, events.append, control or Control())
    return events


def test_that_distances_of_a_run_are_stored(project: Path) -> None:
    events = events_of(WeightsSpec(str(project), ("one",)))
    assert events[-1].summary["runs"] == ["one"]
    found = store.read_weights(project)["one"]
    rows = np.stack([
        np.random.default_rng(min(k, 2)).normal(size=30_000).astype(np.float32) for k in range(4)
    ]).astype(float)  # fmt: skip
    expected = ((rows[:, None] - rows[None]) ** 2).sum(axis=2)
    np.testing.assert_array_equal(found.steps, STEPS)
    np.testing.assert_allclose(found.squared, expected, rtol=1e-6)
    assert not store.parts_folder(project).exists()


def test_that_equal_weights_are_reported(project: Path) -> None:
    events = events_of(WeightsSpec(str(project), ("one",)))
    assert Notice("one: steps 16 and 24 have the same weights") in events
    assert events[-1].summary["duplicates"] == {"one": [[16, 24]]}


def test_that_a_run_that_is_gone_does_not_stop_the_others(project: Path) -> None:
    events = events_of(WeightsSpec(str(project)))
    summary = events[-1].summary
    assert summary["runs"] == ["one"]
    assert "there is no such folder" in summary["failed"]["gone"]
    assert "--from" in summary["failed"]["gone"]


def test_that_nothing_to_do_is_a_failure_with_its_reason(project: Path) -> None:
    last = events_of(WeightsSpec(str(project), ("gone",)))[-1]
    assert isinstance(last, Failed)
    assert "no such folder" in last.message


def test_that_an_unknown_run_is_answered_with_those_there_are(project: Path) -> None:
    last = events_of(WeightsSpec(str(project), ("oen",)))[-1]
    assert isinstance(last, Failed)
    assert last.usage
    assert "It has one, gone" in last.message


def test_that_checkpoints_may_have_moved(project: Path, tmp_path: Path) -> None:
    (tmp_path / "suite").rename(tmp_path / "moved")
    assert isinstance(events_of(WeightsSpec(str(project), ("one",)))[-1], Failed)
    spec = WeightsSpec(str(project), ("one",), source=str(tmp_path / "moved"))
    assert events_of(spec)[-1].summary["runs"] == ["one"]


def test_that_a_missing_step_is_said_and_left_out(project: Path, tmp_path: Path) -> None:
    (tmp_path / "suite" / "one" / "step8").rename(tmp_path / "elsewhere")
    events = events_of(WeightsSpec(str(project), ("one",)))
    assert Notice("one: no weights for 1 of its steps") in events
    np.testing.assert_array_equal(store.read_weights(project)["one"].steps, [0, 16, 24])


def test_that_an_interrupted_run_goes_on_to_the_same_bits(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("compute.weights.stream._MOST", 4096)
    monkeypatch.setattr(job, "SAVE_EVERY_S", 0.0)
    spec = WeightsSpec(str(project), ("one",))
    whole = events_of(spec)
    expected = store.read_weights(project)["one"].squared.tobytes()
    store.commit(project, store.PutWeights(_nothing()))

    control, read = Control(), []
    real = job.weights.distances

    def stopped(plan, *, resume, on_progress):  # type: ignore[no-untyped-def]
        def follow(progress):  # type: ignore[no-untyped-def]
            read.append(progress.done)
            if len(read) == 3:
                control.cancel()
            on_progress(progress)

        return real(plan, resume=resume, on_progress=follow)

    monkeypatch.setattr(job.weights, "distances", stopped)
    assert not isinstance(events_of(spec, control)[-1], Failed)
    assert store.read_weights(project)["one"].steps.tolist() == [0, 1]
    control = Control()
    read.clear()
    read += [0, 0, 0]
    assert events_of(spec)[-1].summary["runs"] == ["one"]
    assert read[3] == 4
    assert store.read_weights(project)["one"].squared.tobytes() == expected
    assert any(isinstance(e, Progress) for e in whole)


def test_that_sums_of_other_files_are_not_gone_on_from(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("compute.weights.stream._MOST", 4096)
    monkeypatch.setattr(job, "SAVE_EVERY_S", 0.0)
    spec = WeightsSpec(str(project), ("one",))

    def interrupt(self, progress, seconds):  # type: ignore[no-untyped-def]
        self.keep(progress)
        raise Cancelled

    with monkeypatch.context() as once:
        once.setattr(job._Run, "follow", interrupt)
        events_of(spec)
    (tmp_path / "suite" / "one" / "step0" / "model.safetensors").unlink()
    (tmp_path / "suite" / "one" / "step0" / "config.json").unlink()
    (tmp_path / "suite" / "one" / "step0").rmdir()
    made = checkpoint(tmp_path / "suite" / "one" / "step0", 99)
    events_of(spec)
    found = store.read_weights(project)["one"]
    other = np.random.default_rng(1).normal(size=30_000).astype(np.float32)
    expected = ((made.astype(float) - other) ** 2).sum()
    assert found.squared[0, 1] == pytest.approx(expected, rel=1e-6)


def _nothing():  # type: ignore[no-untyped-def]
    from compute.core.tables import WeightDistances

    return WeightDistances("one", np.array([0, 1]), np.zeros((2, 2)))
