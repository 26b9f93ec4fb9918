"""What a running job asks of its owner: may I go on, and may I start a helper?"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from compute.core.errors import Cancelled
from compute.core.events import Event
from compute.core.specs import JobSpec


@dataclass(frozen=True, slots=True)
class Exit:
    """How a job's process ended. ``code`` < 0 is a signal; ``last`` is the job's last event."""

    code: int
    last: Event
    log_tail: str


class Child(Protocol):
    """A running job. No method blocks, except :meth:`wait`."""

    @property
    def pid(self) -> int: ...

    def request(self, request: Mapping[str, Any]) -> None:
        """Send one request; a job that has ended does not mind."""

    def cancel(self, grace_s: float = 5.0) -> None:
        """Ask; after ``grace_s`` terminate; after as long again, kill."""

    def pause(self) -> None: ...

    def resume(self) -> None: ...

    def kill(self) -> None: ...

    def wait(self, timeout: float | None = None) -> Exit | None:
        """The exit, once every callback has returned; None if ``timeout`` seconds pass first."""

    def log_tail(self) -> str:
        """The last lines the job wrote to stderr."""


class Start(Protocol):
    """Starts a job in a process of its own."""

    def __call__(
        self,
        spec: JobSpec,
        on_event: Callable[[Event], None],
        on_exit: Callable[[Exit], None],
    ) -> Child:
        """Start the job; the callbacks come one after the other, on one thread."""


class Control:
    """Cancel and pause flags plus other requests, set by one thread and polled by the job.

    ``checkpoint()`` is called between batches: it waits while paused and raises
    :class:`~compute.core.errors.Cancelled` once cancel was asked. ``start`` is how the job starts
    a helper in a process of its own, None = it has to do without.
    """

    def __init__(self) -> None:
        self._cancelled = threading.Event()
        self._running = threading.Event()
        self._running.set()
        self.on_request: Callable[[Mapping[str, Any]], None] = lambda _request: None
        self.start: Start | None = None

    def cancel(self) -> None:
        self._cancelled.set()
        self._running.set()

    def pause(self) -> None:
        self._running.clear()

    def resume(self) -> None:
        self._running.set()

    @property
    def paused(self) -> bool:
        return not self._running.is_set()

    def wait(self) -> None:
        """Wait while paused; a cancel ends the pause."""
        self._running.wait()

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    def checkpoint(self) -> None:
        """Wait while paused.

        Raises
        ------
        Cancelled
            Once cancel was asked.
        """
        self.wait()
        if self._cancelled.is_set():
            raise Cancelled
