"""One thing is made ready beside the scoring, by one thread of low priority."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Generic, TypeVar

from compute.core.tables import Checkpoint, TextSet

_T = TypeVar("_T")
_NICER = 2

Tick = Callable[[], None]
"""Called often by long work; raises what shall end it."""


def go_on() -> None:
    """The tick of work that nothing ends."""


class Dropped(Exception):  # noqa: N818 - a request, not a failure
    """What is being made ready is not wanted any more."""


@dataclass(frozen=True, eq=False, slots=True)
class _Coming(Generic[_T]):
    key: tuple[str, ...]
    made: Future[_T]
    unwanted: threading.Event

    def drop(self) -> None:
        """End it; returns when it has ended."""
        self.unwanted.set()
        self.made.cancel()
        wait((self.made,))


class Ahead(Generic[_T]):
    """Makes the next checkpoint ready. ``close`` it.

    Parameters
    ----------
    prepare : callable
        (checkpoint, texts, tick) -> what is ready. It calls ``tick`` often: that ends it where it
        is not wanted any more.
    """

    def __init__(self, prepare: Callable[[Checkpoint, TextSet, Tick], _T]) -> None:
        self._prepare = prepare
        self._pool: ThreadPoolExecutor | None = None
        self._coming: _Coming[_T] | None = None

    def start(self, checkpoint: Checkpoint, texts: TextSet) -> None:
        """Begin with a checkpoint; one begun before is dropped."""
        key = _key(checkpoint, texts)
        if self._coming is not None and self._coming.key == key:
            return
        self._drop()
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, "prefetch", initializer=_be_modest)
        unwanted = threading.Event()
        made = self._pool.submit(self._prepare, checkpoint, texts, _tick(unwanted))
        self._coming = _Coming(key, made, unwanted)

    def take(self, checkpoint: Checkpoint, texts: TextSet) -> _T:
        """What :meth:`start` was asked for, waited for; anything else is made here and now.

        So is what failed: its files may have changed since, and this failure is the caller's.
        """
        coming = self._coming
        if coming is None or coming.key != _key(checkpoint, texts):
            self._drop()
        else:
            self._coming = None
            if coming.made.exception() is None:
                return coming.made.result()
        return self._prepare(checkpoint, texts, go_on)

    def close(self) -> None:
        self._drop()
        if self._pool is not None:
            self._pool.shutdown(wait=True)
        self._pool = None

    def _drop(self) -> None:
        coming, self._coming = self._coming, None
        if coming is not None:
            coming.drop()


def _key(checkpoint: Checkpoint, texts: TextSet) -> tuple[str, ...]:
    return checkpoint.path, checkpoint.adapter, checkpoint.quantize, texts.digest


def _tick(unwanted: threading.Event) -> Tick:
    def tick() -> None:
        if unwanted.is_set():
            raise Dropped

    return tick


def _be_modest() -> None:
    """Let the scoring go first; only Linux has priorities for single threads."""
    if sys.platform != "linux":
        return  # elsewhere the number would be taken for a process
    try:
        mine = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, mine, os.getpriority(os.PRIO_PROCESS, mine) + _NICER)
    except (AttributeError, OSError):
        return
