"""What every executor offers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from compute.core.control import Child as Handle
from compute.core.control import Exit
from compute.core.events import Event
from compute.core.specs import JobSpec

__all__ = ["Executor", "Exit", "Handle"]


class Executor(Protocol):
    def start(
        self,
        spec: JobSpec,
        on_event: Callable[[Event], None],
        on_exit: Callable[[Exit], None],
    ) -> Handle:
        """Start the job; the callbacks come one after the other, on one thread."""
