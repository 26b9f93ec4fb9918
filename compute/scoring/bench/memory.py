"""Peak memory of a piece of work, beyond what was in use before it."""

from __future__ import annotations

import ctypes
import gc
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import torch

_EVERY_S = 0.001
_STATM = Path("/proc/self/statm")


def peak_extra(work: Callable[[], object], device: torch.device) -> int:
    """Bytes that ``work`` needed at most; -1 = this system does not say.

    On a GPU what torch had allocated at its peak minus what it had before; else the growth of the
    process's own pages (mapped files do not count), sampled a thousand times a second.
    """
    gc.collect()
    if device.type == "cuda":
        before = torch.cuda.memory_allocated(device)
        torch.cuda.reset_peak_memory_stats(device)
        work()
        return int(torch.cuda.max_memory_allocated(device)) - before
    _trim()
    if own_pages() < 0:
        return -1
    with _Sampler() as sampler:
        work()
    return sampler.peak - sampler.before


def own_pages() -> int:
    """Bytes of this process in memory without mapped files; -1 = this system does not say."""
    try:
        _, resident, shared, *_ = _STATM.read_text().split()
    except OSError:
        return -1
    return (int(resident) - int(shared)) * os.sysconf("SC_PAGE_SIZE")


class _Sampler:
    """Watches :func:`own_pages` from a thread; ``before`` and ``peak`` in bytes."""

    def __init__(self) -> None:
        self.before = self.peak = own_pages()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="memory")

    def _watch(self) -> None:
        while not self._stop.wait(_EVERY_S):
            self.peak = max(self.peak, own_pages())

    def __enter__(self) -> _Sampler:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self.peak = max(self.peak, own_pages())


def _trim() -> None:
    """Give freed memory back to the system, so that using it again counts."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
