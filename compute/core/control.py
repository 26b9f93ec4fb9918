"""What a running job asks of its owner: may I go on?"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from compute.core.errors import Cancelled


class Control:
    """Cancel and pause flags plus other requests, set by one thread and polled by the job.

    ``checkpoint()`` is called between batches: it waits while paused and raises
    :class:`~compute.core.errors.Cancelled` once cancel was asked.
    """

    def __init__(self) -> None:
        self._cancelled = threading.Event()
        self._running = threading.Event()
        self._running.set()
        self.on_request: Callable[[Mapping[str, Any]], None] = lambda _request: None

    def cancel(self) -> None:
        self._cancelled.set()
        self._running.set()

    def pause(self) -> None:
        self._running.clear()

    def resume(self) -> None:
        self._running.set()

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
        self._running.wait()
        if self._cancelled.is_set():
            raise Cancelled
