"""Workers that are lost, hang or cannot be replaced."""

import threading
from typing import ClassVar

import numpy as np
import pytest

from compute import store
from compute.core.control import Control
from compute.core.errors import KlscopeError
from compute.core.events import Failed, Finished, Notice, Partial, Progress
from compute.jobs import crew as crews
from compute.jobs import score as scoring_job
from compute.jobs.visits import MOST_LOSSES
from compute.scoring import WorkerLost
from compute.scoring.stand_in import StandInModel, StandInScorer


class Losable(StandInScorer):
    """Loses its process at the checkpoints and times that a test says; may hang until abandoned."""

    lost: ClassVar[dict[str, int]] = {}
    hang: ClassVar[set[str]] = set()
    made: ClassVar[int] = 0
    opened: ClassVar[dict[str, list[str]]] = {}

    def __init__(self, settings):
        super().__init__(settings)
        type(self).made += 1
        self._given_up = threading.Event()

    def open(self, checkpoint, texts):
        name = checkpoint.path.rpartition("/")[2]
        self.opened.setdefault(name, []).append(self._settings.device)
        if self.lost.get(name, 0) > 0:
            self.lost[name] -= 1
            raise WorkerLost("its process was stopped by signal 9")
        model = super().open(checkpoint, texts)
        return Hanging(model, self._given_up) if name in self.hang else model

    def abandon(self):
        self._given_up.set()


class Hanging:
    def __init__(self, model: StandInModel, given_up: threading.Event) -> None:
        self._model, self._given_up = model, given_up

    def __getattr__(self, name):
        return getattr(self._model, name)

    def score(self, plan, batches):
        self._given_up.wait(60)
        raise WorkerLost("its process was ended")
        yield


@pytest.fixture
def losable(monkeypatch):
    """The class of scorers that jobs of this test use."""
    cls = type("Losable", (Losable,), {"lost": {}, "hang": set(), "made": 0, "opened": {}})
    monkeypatch.setattr(scoring_job, "open_scorer", lambda name, settings: cls(settings))
    return cls


def notices(events):
    return [e.message for e in events if isinstance(e, Notice)]


def test_that_a_lost_worker_is_replaced_and_its_checkpoint_tried_again(spec, run_here, losable):
    losable.lost["b"] = 1
    events = run_here(spec("a", "b", "c"))
    assert isinstance(events[-1], Finished)
    assert losable.made == 2
    assert np.isfinite(store.read(spec().project).loglik).all()
    assert any("signal 9" in n and "tried once more" in n for n in notices(events))


def test_that_a_checkpoint_that_loses_two_workers_fails_and_the_queue_goes_on(
    spec, run_here, losable
):
    losable.lost["b"] = 5
    events = run_here(spec("a", "b", "c"))
    entries = store.read(spec().project).entries
    assert [e.status for e in entries] == ["done", "failed", "done"]
    assert "lost twice" in entries[1].error
    assert isinstance(events[-1], Finished)


def test_that_a_device_that_only_loses_workers_ends_the_job_which_can_be_resumed(
    spec, run_here, losable
):
    losable.lost.update(dict.fromkeys("bcdef", 9))
    last = run_here(spec("a", *"bcdef"))[-1]
    assert isinstance(last, Failed)
    assert last.resumable
    assert "no worker is left" in last.message
    assert losable.made == MOST_LOSSES
    losable.lost.clear()
    assert isinstance(run_here(spec("a", *"bcdef"))[-1], Finished)
    assert {e.status for e in store.read(spec().project).entries} == {"done"}


def test_that_a_worker_that_cannot_be_replaced_ends_the_job(spec, run_here, losable, monkeypatch):
    losable.lost["b"] = 1
    made = []

    def make(name, settings):
        if made:
            raise KlscopeError("there is no such device any more")
        made.append(losable(settings))
        return made[0]

    monkeypatch.setattr(scoring_job, "open_scorer", make)
    last = run_here(spec("a", "b"))[-1]
    assert isinstance(last, Failed)
    assert "no such device any more" in last.message
    assert store.read(spec().project).entries[0].status == "done"


def test_that_a_worker_that_hangs_is_ended_with_a_clear_message(
    spec, run_here, losable, monkeypatch
):
    monkeypatch.setattr(crews, "TICK_S", 0.05)
    losable.hang.add("b")
    events = run_here(spec("a", "b", "c", patience_s=0.4))
    entries = store.read(spec().project).entries
    assert [e.status for e in entries] == ["done", "failed", "done"]
    assert "did not answer" in entries[1].error
    assert any("did not answer" in n for n in notices(events))
    assert isinstance(events[-1], Finished)


def test_that_a_worker_that_hangs_is_noticed_while_another_goes_on_sending(
    spec, run_here, losable, monkeypatch
):
    monkeypatch.setattr(crews, "TICK_S", 0.2)
    monkeypatch.setenv("KLSCOPE_STAND_IN_PAUSE", "0.03")
    losable.hang.add("b")
    names = [f"c{k}" for k in range(12)]
    events = run_here(spec("b", *names, device="cpu,cpu", patience_s=0.3))
    said = [k for k, e in enumerate(events) if isinstance(e, Notice) and "answer" in e.message]
    done = [k for k, e in enumerate(events) if isinstance(e, Partial) and e.status == "done"]
    assert said
    assert said[0] < done[len(names) // 2]


def test_that_a_job_of_two_workers_goes_on_when_one_device_is_lost(spec, run_here, losable):
    losable.lost["b"] = 1
    names = [f"c{k}" for k in range(5)]
    events = run_here(spec("a", "b", *names, device="cpu,cpu"))
    assert isinstance(events[-1], Finished)
    assert {e.status for e in store.read(spec().project).entries} == {"done"}


def test_that_a_paused_job_lets_its_worker_rest_and_goes_on(spec, run_here, monkeypatch):
    control = Control()
    batches = []
    real = StandInModel.score

    def counted(self, plan, todo):
        for scored in real(self, plan, todo):
            batches.append(scored.batch.number)
            yield scored

    monkeypatch.setattr(StandInModel, "score", counted)
    resting = []

    def pause(event):
        if isinstance(event, Progress) and batches and not resting:
            control.pause()
            resting.append(threading.Timer(0.5, go_on))
            resting[0].start()

    def go_on():
        resting.append(len(batches))
        control.resume()

    events = run_here(spec(*(f"c{k}" for k in range(12)), batch_tokens=600), control, pause)
    resting[0].join()
    assert isinstance(events[-1], Finished)
    assert resting[1] < len(batches) / 2
    assert {e.status for e in store.read(spec().project).entries} == {"done"}


def test_that_a_checkpoint_that_lost_one_device_is_tried_on_another(spec, run_here, losable):
    losable.lost["a"] = 1
    names = [f"c{k}" for k in range(4)]
    events = run_here(spec("a", *names, device="cpu,cuda:9"))
    assert isinstance(events[-1], Finished)
    assert {e.status for e in store.read(spec().project).entries} == {"done"}
    (said,) = [n for n in notices(events) if "was lost" in n]
    first = said.split("The worker on ")[1].split(" ")[0]
    assert losable.opened["a"][-1] != first
