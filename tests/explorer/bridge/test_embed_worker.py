"""What the window is told about the process that computes the map."""

from __future__ import annotations

from compute.core.events import Failed
from explorer.bridge.jobs import GONE, EmbedWorker


def test_that_a_lost_process_is_not_called_a_job(qtbot) -> None:
    worker, said = EmbedWorker(), []
    worker.problem.connect(lambda _generation, sentence: said.append(sentence))
    worker._event.emit(Failed("The job's process was stopped by signal 9.", resumable=True))
    worker._event.emit(Failed("The recipe is not known."))
    assert said == [GONE, "The recipe is not known."]
    worker.close()
