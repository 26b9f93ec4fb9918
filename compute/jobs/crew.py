"""The workers of a scoring job: one thread each, driving one scorer; what they find goes one way.

A worker gets a :class:`Task`, opens its checkpoint, and sends what happens as messages. It never
touches the project: the thread that reads the messages is the only writer.
"""

from __future__ import annotations

import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from compute.core.cores import available_cores
from compute.core.errors import KlscopeError, ScoringError
from compute.core.numbers import duration
from compute.core.tables import Checkpoint, TextSet
from compute.scoring import (
    Batch,
    ModelFacts,
    OpenModel,
    OutOfMemory,
    Plan,
    Scored,
    Scorer,
    WorkerLost,
)
from compute.scoring.planning import from_stored, halve, halvings, with_halvings

TICK_S = 1.0
LEAST_BYTES_PER_S = 20e6
"""Reading weights slower than this counts as hanging."""
_WAITING = 4  # messages that may wait for the writer


@dataclass(frozen=True, eq=False, slots=True)
class Task:
    """One visit to a checkpoint: every batch up to ``last_round`` that is not finished.

    ``stored`` is the plan in the project's parts and ``row`` (N,) float32 what was scored by it;
    both count only where ``identity_of`` the opened model is the plan's. ``upcoming`` is what will
    probably be asked for next.
    """

    entry: str
    label: str
    checkpoint: Checkpoint
    last_round: int
    stored: Mapping[str, Any] | None
    finished: frozenset[int]
    row: NDArray[np.float32]
    identity_of: Callable[[ModelFacts], dict[str, Any]]
    wants_noise: bool
    upcoming: Checkpoint | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Opened:
    """The model is there; ``fresh`` = its plan is new, and nothing scored before belongs to it."""

    task: Task
    facts: ModelFacts
    n_tokens: NDArray[np.int64]
    plan: Plan
    identity: dict[str, Any]
    fresh: bool
    lengths: NDArray[np.int16] | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Amended:
    """Batches were halved for want of memory."""

    task: Task
    plan: Plan


@dataclass(frozen=True, eq=False, slots=True)
class BatchDone:
    task: Task
    scored: Scored
    memory_bytes: int


@dataclass(frozen=True, eq=False, slots=True)
class Ended:
    """All batches of the visit are sent. ``noise_floor`` NaN = not measured now."""

    task: Task
    noise_floor: float


@dataclass(frozen=True, eq=False, slots=True)
class Broke:
    """The checkpoint cannot be scored, and why."""

    task: Task
    error: Exception


@dataclass(frozen=True, eq=False, slots=True)
class Lost:
    """The worker's process is gone; the checkpoint may be fine."""

    task: Task
    why: str


@dataclass(frozen=True, eq=False, slots=True)
class Left:
    """The visit was given up because the job stops."""

    task: Task


Message: TypeAlias = Opened | Amended | BatchDone | Ended | Broke | Lost | Left
_LAST = (Ended, Broke, Lost, Left)


class Worker:
    """A scorer and the thread that drives it."""

    def __init__(self, name: str, scorer: Scorer, texts: TextSet, crew: Crew) -> None:
        self.name, self.scorer = name, scorer
        self._texts, self._crew = texts, crew
        self._tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self.waiting: list[Task] = []  # given, last message not yet read
        self.silent_s = 0.0
        self.opened = False
        self.losses = 0
        self.hung = ""
        self._thread = threading.Thread(target=self._run, name=f"scorer-{name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def give(self, task: Task) -> None:
        self.waiting.append(task)
        self._tasks.put(task)

    def close(self, timeout_s: float | None = None) -> None:
        """End the thread and the scorer."""
        self._tasks.put(None)
        self._thread.join(timeout_s)
        if not self._thread.is_alive():
            self.scorer.close()

    def _run(self) -> None:
        while (task := self._tasks.get()) is not None:
            for message in self._visit(task):
                self._crew.post(self, message)

    def _visit(self, task: Task) -> Iterator[Message]:
        """This is the border of one checkpoint: it may fail, the worker may not."""
        try:
            yield from self._scored(task)
        except WorkerLost as lost:
            yield Lost(task, str(lost))
        except KlscopeError as error:
            yield Broke(task, error)
        except Exception as error:  # border
            traceback.print_exception(error, file=sys.stderr)
            yield Broke(task, error)

    def _scored(self, task: Task) -> Iterator[Message]:
        if self._crew.is_stopping():
            yield Left(task)
            return
        model = self.scorer.open(task.checkpoint, self._texts)
        if task.upcoming is not None:
            self.scorer.prefetch(task.upcoming, self._texts)
        identity = task.identity_of(model.facts)
        plan, finished = _known_plan(task, identity)
        fresh = plan is None
        plan = model.plan() if plan is None else plan
        yield Opened(task, model.facts, model.n_tokens, plan, identity, fresh, model.lengths)
        row = np.full_like(task.row, np.nan) if fresh else task.row.copy()
        noise = yield from self._batches(task, model, plan, finished, row)
        yield Left(task) if self._crew.is_stopping() else Ended(task, noise)

    def _batches(
        self,
        task: Task,
        model: OpenModel,
        plan: Plan,
        finished: set[int],
        row: NDArray[np.float32],
    ) -> Generator[Message, None, float]:
        """Every unfinished batch; smaller ones after each out-of-memory. Returns the noise floor.

        It is measured before the last batch: what comes after that one is the next checkpoint.
        """
        noise = float("nan")
        wanted = task.wants_noise or not finished  # a fresh plan may be of another dtype
        while True:
            todo = _unfinished(plan, task.last_round, finished)
            some = todo[:-1] if wanted and len(todo) > 1 else todo
            try:
                with closing(cast("Any", model.score(plan, some))) as results:
                    for scored in results:
                        finished.add(scored.batch.number)
                        row[list(scored.batch.texts)] = scored.values
                        yield BatchDone(task, scored, model.memory_bytes())
                        self._crew.wait()
                        if self._crew.is_stopping():
                            return noise
            except OutOfMemory:
                plan = _smaller(plan, finished)
                yield Amended(task, plan)
                continue
            if wanted:
                noise, wanted = model.noise_floor(row), False
            if len(some) == len(todo):
                return noise


def _unfinished(plan: Plan, last_round: int, finished: set[int]) -> list[Batch]:
    return [b for b in plan.batches if b.round <= last_round and b.number not in finished]


def _known_plan(task: Task, identity: Mapping[str, Any]) -> tuple[Plan | None, set[int]]:
    data = task.stored
    if data is None or data.get("identity") != identity:
        return None, set()
    return with_halvings(from_stored(data), halvings(data)), set(task.finished)


def _smaller(plan: Plan, finished: set[int]) -> Plan:
    after = halve(plan, [b.number for b in plan.batches if b.number not in finished])
    if after.halved == plan.halved:
        raise ScoringError("there is not enough memory for one text alone")
    return after


class Crew:
    """All workers, their messages, and the watch over those that fall silent.

    Parameters
    ----------
    texts : TextSet
    make : callable
        (device name, number of workers) -> a scorer.
    wait : callable
        Called by workers after each batch; returns when they may go on.
    patience_s : float
        A worker that sends nothing for so long is ended.
    """

    def __init__(
        self,
        texts: TextSet,
        make: Callable[[str, int], Scorer],
        wait: Callable[[], None],
        patience_s: float,
    ) -> None:
        self._texts, self._make, self._patience_s = texts, make, patience_s
        self.wait = wait
        self._messages: queue.Queue[tuple[Worker, Message]] = queue.Queue(_WAITING)
        self._stop = threading.Event()
        self._n = 0
        self.workers: list[Worker] = []

    def is_stopping(self) -> bool:
        return self._stop.is_set()

    def open(self, names: Sequence[str], first: Scorer) -> None:
        """One worker for each device. ``first``, which is on the first of them, is one of these;
        not where several share a processor, whose threads it has all.

        Raises
        ------
        KlscopeError
            If a scorer cannot be made.
        """
        self._n = len(names)
        shared = self._n > 1 and names[0].startswith("cpu")
        if shared:
            first.close()
        for k, name in enumerate(names):
            self._add(name, first if k == 0 and not shared else self._make(name, self._n))

    def _add(self, name: str, scorer: Scorer) -> None:
        worker = Worker(name, scorer, self._texts, self)
        self.workers.append(worker)
        worker.start()

    def replace(self, worker: Worker) -> None:
        """A new scorer in place of a lost one; what was given to the lost one is not moved.

        Raises
        ------
        KlscopeError
            If there is no other.
        """
        self.remove(worker)
        self._add(worker.name, self._make(worker.name, self._n))
        self.workers[-1].losses = worker.losses

    def remove(self, worker: Worker) -> None:
        self.workers.remove(worker)
        worker.scorer.abandon()
        worker.close(timeout_s=10.0)

    def post(self, worker: Worker, message: Message) -> None:
        """Called by workers; waits while the writer is behind."""
        self._messages.put((worker, message))

    def next(self) -> tuple[Worker, Message] | None:
        """The next message; None after a while without one."""
        began, came = time.monotonic(), None
        with suppress(queue.Empty):
            came = self._messages.get(timeout=TICK_S)
        waited = min(time.monotonic() - began, 2 * TICK_S)  # a machine may have slept
        self._watch(waited, came[0] if came else None)
        if came is None:
            return None
        worker, message = came
        if worker not in self.workers:
            return None  # an echo of one that was lost
        worker.silent_s = 0.0
        worker.opened = isinstance(message, Opened | Amended | BatchDone)
        if isinstance(message, _LAST) and message.task in worker.waiting:
            worker.waiting.remove(message.task)
        return worker, message

    def _watch(self, seconds: float, heard: Worker | None) -> None:
        """Everybody but the one that was heard was silent, however much the others say."""
        for worker in self.workers:
            if worker.waiting and worker is not heard:
                worker.silent_s += seconds
                if worker.silent_s > self.patience(worker):
                    worker.hung = f"it did not answer for {duration(worker.silent_s)} and was ended"
                    worker.silent_s = 0.0
                    worker.scorer.abandon()

    def patience(self, worker: Worker) -> float:
        """How long this worker may be silent now, in seconds."""
        if worker.opened or not worker.waiting:
            return self._patience_s
        n_bytes = max(0, worker.waiting[0].checkpoint.n_bytes)
        return 2 * self._patience_s + 2 * n_bytes / LEAST_BYTES_PER_S  # hashed, then loaded

    def stop(self) -> None:
        """Workers end after their current batch."""
        self._stop.set()

    @property
    def busy(self) -> bool:
        return any(worker.waiting for worker in self.workers)

    def close(self) -> None:
        """End all workers; messages not read are thrown away."""
        self.stop()
        for worker in self.workers:
            if worker.waiting:
                worker.scorer.abandon()
        closers = [threading.Thread(target=w.close) for w in self.workers]
        for thread in closers:
            thread.start()
        while any(thread.is_alive() for thread in closers):
            self._throw_away()
            for thread in closers:
                thread.join(0.02)
        self.workers.clear()

    def _throw_away(self) -> None:
        while True:
            try:
                self._messages.get_nowait()
            except queue.Empty:
                return


def threads_each(n_threads: int, device: str, n_workers: int) -> int:
    """CPU threads of one worker: shared out where several compute on the CPU, 0 = all there are."""
    if n_workers < 2 or not device.startswith("cpu"):
        return n_threads
    cores = n_threads or available_cores()
    return max(1, cores // n_workers)
