"""What the window is told about the process that computes the map."""

from __future__ import annotations

from compute.core.errors import KlscopeError
from compute.core.events import Failed
from compute.core.specs import EmbedSpec
from compute.executors import LocalExecutor
from explorer.bridge.jobs import GONE, EmbedWorker


def test_that_a_lost_process_is_not_called_a_job(qtbot) -> None:
    worker, said = EmbedWorker(), []
    worker.problem.connect(lambda _generation, sentence: said.append(sentence))
    worker._event.emit(Failed("The job's process was stopped by signal 9.", resumable=True))
    worker._event.emit(Failed("The recipe is not known."))
    assert said == [GONE, "The recipe is not known."]
    worker.close()


def test_that_a_process_that_cannot_start_is_a_sentence(qtbot, monkeypatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise KlscopeError("No memory.", tried="Starting a job's process")

    monkeypatch.setattr(LocalExecutor, "start", refuse)
    worker, said = EmbedWorker(), []
    worker.problem.connect(lambda _generation, sentence: said.append(sentence))
    worker.start()
    worker.request(1, EmbedSpec(project="p.h5"))
    assert len(said) == 2
    assert "No memory." in said[0]
    worker.close()
