"""What every executor offers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from compute.core.events import Event
from compute.core.specs import JobSpec


@dataclass(frozen=True, slots=True)
class Exit:
    """How a job's process ended. ``code`` < 0 is a signal; ``last`` is the job's last event."""

    code: int
    last: Event
    log_tail: str


class Handle(Protocol):
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


class Executor(Protocol):
    def start(
        self,
        spec: JobSpec,
        on_event: Callable[[Event], None],
        on_exit: Callable[[Exit], None],
    ) -> Handle:
        """Start the job; the callbacks come one after the other, on one thread."""
