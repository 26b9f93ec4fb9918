"""Jobs seen from the GUI thread: a queue of child processes and their events as Qt signals."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from compute.core import events as ev
from compute.core.errors import KlscopeError
from compute.core.specs import EmbedSpec, JobSpec, kind_of
from compute.executors import Handle, LocalExecutor

GONE = (
    "The process that computes the map has ended, perhaps because the machine ran out of memory. "
    "The next change of the map starts it again."
)


class JobQueue(QObject):
    """Runs one job at a time, in the order they were asked; the others wait.

    Signals
    -------
    event : (job id, Event)
    started : (job id,)
    ended : (job id,)
        The child is gone. Its last event came before.
    """

    event = Signal(str, object)
    started = Signal(str)
    ended = Signal(str)
    _exited = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._executor = LocalExecutor()
        self._numbers = itertools.count(1)
        self._waiting: deque[tuple[str, JobSpec]] = deque()
        self._running: dict[str, Handle] = {}
        self._specs: dict[str, JobSpec] = {}
        self._logs: dict[str, str] = {}
        self._exited.connect(self._on_exit)

    def submit(self, spec: JobSpec) -> str:
        """Queue a job; returns its id."""
        job = f"{kind_of(spec)}-{next(self._numbers)}"
        self._specs[job] = spec
        self._waiting.append((job, spec))
        return job

    def pump(self) -> None:
        """Start the next waiting job when none runs."""
        if self._running or not self._waiting:
            return
        job, spec = self._waiting.popleft()
        self.started.emit(job)
        try:
            self._running[job] = self._executor.start(
                spec,
                on_event=lambda event, job=job: self.event.emit(job, event),
                on_exit=lambda _exit, job=job: self._exited.emit(job),
            )
        except KlscopeError as refused:
            self.event.emit(job, ev.Failed(refused.message, resumable=True))
            self._on_exit(job)

    def _on_exit(self, job: str) -> None:
        handle = self._running.pop(job, None)
        if handle is not None:
            self._logs[job] = handle.log_tail()
            handle.wait(1.0)
        self.ended.emit(job)
        self.pump()

    def cancel(self, job: str) -> None:
        if handle := self._running.get(job):
            handle.cancel()
            return
        self._waiting = deque(item for item in self._waiting if item[0] != job)
        self.event.emit(job, ev.CancelledEvent("Cancelled before it started."))

    def order(self, jobs: Sequence[str]) -> None:
        """Let those that wait come in this order; one that is not named comes last."""
        place = {job: k for k, job in enumerate(jobs)}
        self._waiting = deque(
            sorted(self._waiting, key=lambda item: place.get(item[0], len(place)))
        )

    def pause(self, job: str) -> None:
        if handle := self._running.get(job):
            handle.pause()

    def resume(self, job: str) -> None:
        if handle := self._running.get(job):
            handle.resume()

    def log(self, job: str) -> str:
        handle = self._running.get(job)
        return handle.log_tail() if handle else self._logs.get(job, "")

    def spec(self, job: str) -> JobSpec | None:
        return self._specs.get(job)

    @property
    def busy(self) -> bool:
        return bool(self._running)

    def close(self) -> None:
        """End every job: ask, wait briefly, then kill. Finished texts are kept by the store."""
        self._waiting.clear()
        handles = list(self._running.values())
        for handle in handles:
            handle.cancel(grace_s=3.0)
        for handle in handles:
            handle.wait(10.0)


class EmbedWorker(QObject):
    """The warm embedding child. ``frame`` carries states; ``problem`` (generation, sentence)."""

    frame = Signal(object)
    problem = Signal(int, str)
    warm = Signal()
    _event = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._handle: Handle | None = None
        self._warm = False
        self._pending: dict[str, Any] | None = None
        self._event.connect(self._on_event)

    def start(self) -> None:
        from compute.core.specs import EmbedWorkerSpec

        self._warm, self._handle = False, None
        try:
            self._handle = LocalExecutor().start(
                EmbedWorkerSpec(), on_event=self._event.emit, on_exit=lambda _exit: None
            )
        except KlscopeError as refused:
            self.problem.emit(-1, refused.message)

    def request(
        self, generation: int, spec: EmbedSpec, start: NDArray[np.float32] | None = None
    ) -> None:
        """Embed; supersedes what runs. Starts the child again when it has died.

        With ``start`` (K, dims), the positions of the entries of ``spec``, it is a preview.
        """
        more = {} if start is None else {"start": ev.packed(start)}
        self._pending = {
            "request": "embed", "generation": generation, "spec": asdict(spec), **more
        }  # fmt: skip
        if self._handle is None or self._handle.wait(0.0):
            self.start()
        elif self._warm:
            self._send_pending()

    def _send_pending(self) -> None:
        if self._pending is not None and self._handle is not None:
            self._handle.request(self._pending)
            self._pending = None

    def pause(self) -> None:
        """Hold what runs between two iterations; another request ends the pause."""
        if self._handle is not None:
            self._handle.pause()

    def resume(self) -> None:
        if self._handle is not None:
            self._handle.resume()

    def stop(self) -> None:
        self._pending = None
        if self._handle is not None:
            self._handle.request({"request": "stop"})

    def _on_event(self, event: ev.Event) -> None:
        match event:
            case ev.Frame():
                self.frame.emit(event)
            case ev.Started():
                self._warm = True
                self._send_pending()
                self.warm.emit()
            case ev.Notice(message=message, entry=entry):
                generation = int(entry.partition(":")[2] or -1)
                self.problem.emit(generation, message)
            case ev.Failed(message=message, resumable=lost):
                self.problem.emit(-1, GONE if lost else message)
            case _:
                pass

    def close(self) -> None:
        self._event.disconnect(self._on_event)
        if self._handle is not None:
            self._handle.cancel(grace_s=1.0)
            self._handle.wait(5.0)
            self._handle = None
