"""A process that holds one scorer and answers the scoring job: the other end of ``remote``.

Requests are JSON lines on stdin, ``{"request": kind, "id": n, ...}``; each is answered by a
:class:`~compute.core.events.Reply` with the same ``id``, in order. ``prefetch`` is not answered.
``score`` is answered by one ``item`` for each batch and then ``end``, or an error; meanwhile
``credit`` allows further items and ``stop`` ends it early. The end of stdin ends the process.
"""

from __future__ import annotations

import os
import queue
import threading
import traceback
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import numpy as np

from compute import store
from compute.core.control import Control
from compute.core.errors import Cancelled, UsageError
from compute.core.events import Emit, Reply, Started, packed, unpacked
from compute.core.specs import ScoreWorkerSpec
from compute.core.tables import Checkpoint, TextSet
from compute.jobs.meter import resident_bytes
from compute.jobs.wire import (
    batches_of,
    error_data,
    plan_data,
    plan_of,
    scored_data,
    settings_of,
)
from compute.scoring import OpenModel, Scorer, WorkerLost, open_scorer
from compute.scoring.faults import why_lost

WORKER = "KLSCOPE_TEST_WORKER"
"""Environment variable by which tests choose what a worker holds; no option leads to it."""
_POLL_S = 0.2
"""How often a worker that waits looks whether it was cancelled."""


def serve(spec: ScoreWorkerSpec, emit: Emit, control: Control) -> Mapping[str, Any]:
    """Answer requests until ``close``. Sends ``Started`` once it listens.

    Raises
    ------
    Cancelled
        If asked to stop otherwise.
    """
    desk = _Desk(control)
    control.on_request = desk.put
    answers = _Answers(spec, emit, desk)
    emit(Started("worker"))
    try:
        while (request := desk.next())["request"] != "close":
            answers.give(request)
    finally:
        answers.close()
    return {}


class _Desk:
    """Requests as they come: those about a running ``score`` count at once, others wait."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._waiting: queue.SimpleQueue[Mapping[str, Any]] = queue.SimpleQueue()
        self._changed = threading.Condition()
        self._credit, self._stopped = 0, -1

    def put(self, request: Mapping[str, Any]) -> None:
        """Called by the thread that reads stdin."""
        if request["request"] == "credit":
            self._allow(int(request["n"]))
        elif request["request"] == "stop":
            self._stop(int(request["id"]))
        else:
            self._waiting.put(request)

    def _allow(self, n: int) -> None:
        with self._changed:
            self._credit += n
            self._changed.notify_all()

    def _stop(self, number: int) -> None:
        with self._changed:
            self._stopped = max(self._stopped, number)
            self._changed.notify_all()

    def next(self) -> Mapping[str, Any]:
        while True:
            self._control.checkpoint()
            try:
                return self._waiting.get(timeout=_POLL_S)
            except queue.Empty:
                continue

    def begin(self, credit: int) -> None:
        with self._changed:
            self._credit = credit

    def may_send(self, number: int) -> bool:
        """Wait until one more item of request ``number`` may be sent; False = stop."""
        self._control.checkpoint()
        with self._changed:
            while not self._credit and self._stopped < number:
                self._changed.wait(_POLL_S)
                self._control.checkpoint()
            self._credit -= 1
            return self._stopped < number


class _Answers:
    """The scorer, the model that is open, and one method for each kind of request."""

    def __init__(self, spec: ScoreWorkerSpec, emit: Emit, desk: _Desk) -> None:
        self._spec, self._emit, self._desk = spec, emit, desk
        self._scorer: Scorer | None = None
        self._model: OpenModel | None = None
        self._texts: TextSet | None = None
        self._kinds: dict[str, Callable[[Mapping[str, Any]], Mapping[str, Any] | None]] = {
            "devices": self._devices,
            "software": self._software,
            "dtype_of": self._dtype_of,
            "prefetch": self._prefetch,
            "open": self._open,
            "plan": self._plan,
            "score": self._score,
            "noise_floor": self._noise_floor,
        }

    def give(self, request: Mapping[str, Any]) -> None:
        """Answer one request. This is its border: it may fail, the worker may not."""
        try:
            answer = self._kinds[request["request"]](request)
        except Cancelled:
            raise
        except Exception as error:  # border
            answer = error_data(_lost(error) or error)
        if request["request"] != "prefetch":
            self._reply(request, {"kind": "end", **(answer or {})})

    def close(self) -> None:
        if self._scorer is not None:
            self._scorer.close()

    def _reply(self, request: Mapping[str, Any], data: Mapping[str, Any]) -> None:
        self._emit(Reply({"id": request["id"], "memory": self._memory(), **data}))

    def _memory(self) -> int:
        """Bytes in use where the model is; on a CPU those of this process."""
        held = self._model.memory_bytes() if self._model is not None else -1
        return held if held >= 0 else resident_bytes()

    @property
    def scorer(self) -> Scorer:
        """Made on use, so that what is wrong with it is an answer."""
        if self._scorer is None:
            self._scorer = open_scorer(os.environ.get(WORKER, "torch"), settings_of(self._spec))
        return self._scorer

    @property
    def model(self) -> OpenModel:
        if self._model is None:
            raise UsageError("no model is open")
        return self._model

    def _texts_of(self, digest: str) -> TextSet:
        if self._texts is None:
            self._texts = store.read_texts(Path(self._spec.project))
        if self._texts.digest != digest:
            raise UsageError("the texts of the project are not those of the job")
        return self._texts

    def _devices(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"devices": self.scorer.devices()}

    def _software(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"software": self.scorer.software()}

    def _dtype_of(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"dtype": self.scorer.dtype_of(Checkpoint.of(request["checkpoint"]))}

    def _prefetch(self, request: Mapping[str, Any]) -> None:
        checkpoint = Checkpoint.of(request["checkpoint"])
        self.scorer.prefetch(checkpoint, self._texts_of(request["texts"]))

    def _open(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        self._model = None
        texts = self._texts_of(request["texts"])
        self._model = self.scorer.open(Checkpoint.of(request["checkpoint"]), texts)
        lengths = self._model.lengths
        return {
            "facts": asdict(self._model.facts),
            "n_tokens": packed(self._model.n_tokens),
            "lengths": None if lengths is None else packed(lengths),
        }

    def _plan(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"plan": plan_data(self.model.plan())}

    def _noise_floor(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        row = np.array(unpacked(request["row"]))
        return {"noise_floor": float(self.model.noise_floor(row))}

    def _score(self, request: Mapping[str, Any]) -> None:
        plan, batches = plan_of(request["plan"]), batches_of(request["batches"])
        self._desk.begin(int(request["credit"]))
        with closing(cast("Any", self.model.score(plan, batches))) as results:
            for scored in results:
                if not self._desk.may_send(request["id"]):
                    return
                self._reply(request, {"kind": "item", **scored_data(scored)})


def _lost(error: Exception) -> WorkerLost | None:
    """A failure of the GPU as what it means for the job; its details go to the log."""
    why = why_lost(error)
    if not why:
        return None
    traceback.print_exception(error)
    return WorkerLost(why)
