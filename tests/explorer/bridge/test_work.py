"""What the events of jobs mean for the window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QObject, Signal

from compute.core import events as ev
from compute.core.specs import ScoreSpec, WeightsSpec
from explorer.bridge.work import Work
from explorer.state.app import AppState


class Queue(QObject):
    """A queue that starts nothing."""

    event = Signal(str, object)
    started = Signal(str)
    ended = Signal(str)
    busy = False

    def submit(self, spec: ScoreSpec) -> str:
        return Path(spec.project).stem

    def pump(self) -> None:
        pass


@pytest.fixture
def state() -> AppState:
    return AppState()


@pytest.fixture
def queue(qapp) -> Queue:
    return Queue()


@pytest.fixture
def work(state: AppState, queue: Queue, tmp_path: Path) -> Iterator[Work]:
    session = SimpleNamespace(path=tmp_path / "here.h5")
    made = Work(state, queue, session, queue)
    yield made
    made.close()


def test_that_progress_is_shown_in_the_project_that_it_is_about(
    state: AppState, queue: Queue, work: Work, tmp_path: Path
) -> None:
    for name, shown in (("there", {}), ("here", {"e1": 0.5})):
        work.score(tmp_path / f"{name}.h5", "", ())
        queue.event.emit(name, ev.Progress(0.5, 1, 2, entry="e1", entry_fraction=0.5))
        assert state.library.progress == shown
        assert state.selection.scoring == next(iter(shown), "")


def test_that_weights_of_some_runs_are_a_job_of_their_own(
    state: AppState, work: Work, queue: Queue, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    specs: list[object] = []
    monkeypatch.setattr(queue, "submit", lambda spec: specs.append(spec) or "job")
    work.measure_weights(tmp_path / "here.h5", ("a", "b"))
    assert specs == [WeightsSpec(project=str(tmp_path / "here.h5"), runs=("a", "b"))]
    assert (state.jobs.rows[-1].title, state.jobs.rows[-1].subtitle) == (
        "Measure weight distances", "2 runs",
    )  # fmt: skip
