"""A scorer in a process of its own, so that the job outlives whatever happens to it."""

from __future__ import annotations

import queue
import re
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from compute.core.control import Child, Exit, Start
from compute.core.errors import KlscopeError
from compute.core.events import Event, Failed, Reply, Started, packed, unpacked
from compute.core.tables import Checkpoint, TextSet
from compute.jobs.wire import (
    batches_data,
    error_of,
    plan_data,
    plan_of,
    scored_of,
    worker_spec,
)
from compute.scoring import Batch, ModelFacts, OutOfMemory, Plan, Scored, Settings, WorkerLost

_Heard = TypeVar("_Heard", Started, Reply)

AHEAD = 4
"""Batches a worker may have scored that nobody has taken yet."""
PATIENCE_S = 300.0
"""How long a worker may take to start, or to say what its devices are."""
CLOSE_S = 5.0
"""How long a worker that is closed may take to end by itself."""


class RemoteScorer:
    """The scorer of a child process, which is started by the first call.

    Every call raises :class:`~compute.scoring.contract.WorkerLost` once the process has ended.
    One thread calls; :meth:`abandon` may be called by any.

    Parameters
    ----------
    start : Start
        How to start a process, usually ``Control.start``.
    project : str
        Path of the project, whose texts are those that are scored.
    """

    def __init__(self, start: Start, settings: Settings, project: str) -> None:
        self._link = _Link(start, settings, project)

    def devices(self) -> tuple[str, ...]:
        return tuple(self._link.ask("devices", PATIENCE_S)["devices"])

    def software(self) -> str:
        return str(self._link.ask("software", PATIENCE_S)["software"])

    def dtype_of(self, checkpoint: Checkpoint) -> str:
        answer = self._link.ask("dtype_of", PATIENCE_S, checkpoint=asdict(checkpoint))
        return str(answer["dtype"])

    def prefetch(self, checkpoint: Checkpoint, texts: TextSet) -> None:
        self._link.tell("prefetch", checkpoint=asdict(checkpoint), texts=texts.digest)

    def open(self, checkpoint: Checkpoint, texts: TextSet) -> RemoteModel:
        answer = self._link.ask("open", checkpoint=asdict(checkpoint), texts=texts.digest)
        facts = ModelFacts(**{**answer["facts"], "layers": tuple(answer["facts"]["layers"])})
        lengths = unpacked(answer["lengths"]) if answer["lengths"] is not None else None
        return RemoteModel(self._link, facts, unpacked(answer["n_tokens"]), lengths)

    def close(self) -> None:
        """End the process and wait until it has ended."""
        self._link.close()

    def abandon(self) -> None:
        """Kill the process; a call that waits for it raises WorkerLost."""
        self._link.abandon()


class RemoteModel:
    """The model that the child process has open."""

    def __init__(
        self,
        link: _Link,
        facts: ModelFacts,
        n_tokens: NDArray[np.int64],
        lengths: NDArray[np.int16] | None,
    ) -> None:
        self._link, self.facts, self.n_tokens, self.lengths = link, facts, n_tokens, lengths

    def plan(self) -> Plan:
        return plan_of(self._link.ask("plan")["plan"])

    def score(self, plan: Plan, batches: Sequence[Batch]) -> Iterator[Scored]:
        by_number = {batch.number: batch for batch in batches}
        asked = self._link.tell(
            "score",
            plan=plan_data(replace(plan, batches=())),
            batches=batches_data(batches),
            credit=AHEAD,
        )
        try:
            while (answer := self._link.answer(asked))["kind"] == "item":
                yield scored_of(answer, by_number)
                self._link.tell("credit", n=1)
        except GeneratorExit:
            self._link.stop(asked)
            raise

    def noise_floor(self, row: NDArray[np.float32]) -> float:
        return float(self._link.ask("noise_floor", row=packed(row))["noise_floor"])

    def memory_bytes(self) -> int:
        """As of the last answer."""
        return self._link.memory


class _Link:
    """The child process and what it said; numbers requests, so that old answers are known."""

    def __init__(self, start: Start, settings: Settings, project: str) -> None:
        self._start, self._spec = start, worker_spec(settings, project)
        self._heard: queue.SimpleQueue[Started | Reply | Exit] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._child: Child | None = None
        self._ended = ""  # why nothing can be asked any more
        self._n = 0
        self.memory = -1

    def ask(self, kind: str, patience_s: float | None = None, **data: Any) -> Mapping[str, Any]:
        """One request and its answer, for which somebody else may lose patience (None)."""
        return self.answer(self.tell(kind, **data), patience_s)

    def tell(self, kind: str, **data: Any) -> int:
        """Send one request; its number."""
        child = self._running()
        self._n += 1
        child.request({"request": kind, "id": self._n, **data})
        return self._n

    def answer(self, number: int, patience_s: float | None = None) -> Mapping[str, Any]:
        """The next answer to request ``number``; what is left of older ones is thrown away.

        Raises
        ------
        WorkerLost
            If the process ends, or says that it is of no use any more.
        KlscopeError, OutOfMemory
            What went wrong there.
        """
        while (reply := self._next(Reply, patience_s)).data["id"] != number:
            continue
        self.memory = int(reply.data["memory"])
        if "error" in reply.data:
            error = error_of(reply.data)
            if isinstance(error, WorkerLost):
                self._end(error.happened)
            raise error
        return reply.data

    def stop(self, number: int) -> None:
        """End a stream of answers and read what is left of it."""
        try:
            self._running().request({"request": "stop", "id": number})
            while self.answer(number)["kind"] == "item":
                continue
        except (OutOfMemory, KlscopeError):
            return  # nobody waits for this answer; a lost worker says so to the next request

    def abandon(self) -> None:
        self._end("the worker did not answer and was ended")

    def close(self) -> None:
        with self._lock:
            self._ended = self._ended or "the worker was closed"
            child = self._child
        if child is None:
            return
        child.request({"request": "close"})
        if child.wait(CLOSE_S) is None:
            child.kill()
            child.wait()

    def _end(self, why: str) -> None:
        with self._lock:
            self._ended = self._ended or why
            if self._child is not None:
                self._child.kill()

    def _running(self) -> Child:
        """The process, started by the first call, once it listens."""
        with self._lock:
            if self._ended:
                raise WorkerLost(self._ended)
            if self._child is not None:
                return self._child
            try:
                child = self._child = self._start(self._spec, self._hear, self._heard.put)
            except KlscopeError as error:
                raise WorkerLost(error.message) from error
        self._next(Started, PATIENCE_S)
        return child

    def _hear(self, event: Event) -> None:
        if isinstance(event, Started | Reply):
            self._heard.put(event)

    def _next(self, kind: type[_Heard], patience_s: float | None) -> _Heard:
        while not isinstance(heard := self._wait(patience_s), kind):
            if isinstance(heard, Exit):
                self._heard.put(heard)  # for whoever asks next
                raise WorkerLost(self._why(heard))
        return heard

    def _wait(self, patience_s: float | None) -> Started | Reply | Exit:
        try:
            return self._heard.get(timeout=patience_s)
        except queue.Empty:
            self.abandon()
            raise WorkerLost(self._ended) from None

    def _why(self, ended: Exit) -> str:
        with self._lock:
            if not self._ended:
                print(ended.log_tail, file=sys.stderr)
                self._ended = why_it_ended(ended)
            return self._ended


def why_it_ended(ended: Exit) -> str:
    """Why a worker ended by itself."""
    if found := re.search(r"CUDA error: [^\n]*", ended.log_tail):
        return f"the GPU failed ({found[0].rstrip('. ')})"
    if ended.code == -9:
        return (
            "the worker's process was stopped by signal 9, perhaps because the machine ran out of "
            "memory"
        )
    if ended.code < 0:
        return f"the worker's process crashed (signal {-ended.code})"
    if isinstance(ended.last, Failed) and ended.code == 1:
        return f"the worker ended: {ended.last.message}"
    return f"the worker's process ended with code {ended.code}"
