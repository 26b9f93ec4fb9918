"""What the window is told about processes that end, or cannot be started."""

from __future__ import annotations

import pytest

from compute.core.errors import KlscopeError
from compute.core.events import Failed
from compute.core.specs import EmbedSpec
from compute.executors import LocalExecutor
from explorer.bridge.jobs import GONE, EmbedWorker, JobQueue


@pytest.fixture
def _no_process(monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise KlscopeError("No memory.", tried="Starting a job's process")

    monkeypatch.setattr(LocalExecutor, "start", refuse)


def test_that_a_lost_process_is_not_called_a_job(qtbot) -> None:
    worker, said = EmbedWorker(), []
    worker.problem.connect(lambda _generation, sentence: said.append(sentence))
    worker._event.emit(Failed("The job's process was stopped by signal 9.", resumable=True))
    worker._event.emit(Failed("The recipe is not known."))
    assert said == [GONE, "The recipe is not known."]
    worker.close()


@pytest.mark.usefixtures("_no_process")
def test_that_a_process_that_cannot_start_is_a_sentence(qtbot) -> None:
    worker, said = EmbedWorker(), []
    worker.problem.connect(lambda _generation, sentence: said.append(sentence))
    worker.start()
    worker.request(1, EmbedSpec(project="p.h5"))
    assert len(said) == 2
    assert "No memory." in said[0]
    worker.close()


@pytest.mark.usefixtures("_no_process")
def test_that_a_job_that_cannot_start_has_failed_and_lets_the_next_one_try(qtbot) -> None:
    queue, told, ended = JobQueue(), [], []
    queue.event.connect(lambda job, event: told.append((job, type(event))))
    queue.ended.connect(ended.append)
    jobs = [queue.submit(EmbedSpec(project="p.h5")) for _ in range(2)]
    queue.pump()
    assert told == [(job, Failed) for job in jobs]
    assert ended == jobs
    assert not queue.busy
    queue.close()
