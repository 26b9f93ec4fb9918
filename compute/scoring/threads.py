"""How many threads torch uses for a batch, and for how many batches at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import torch

MOST_LANES = 8


class Threads:
    """How many threads torch uses: ``asked`` within a batch, or one in each of several lanes."""

    most_lanes = MOST_LANES

    def __init__(self, asked: int) -> None:
        self.asked = asked
        self._now: tuple[int, bool] = (0, False)
        self._pool: ThreadPoolExecutor | None = None

    def use(self, n_threads: int, *, lanes: bool) -> None:
        """Set torch's threads; thread counts are never changed while batches run."""
        if self._now == (n_threads, lanes):
            return
        self.close()
        torch.set_num_threads(1 if lanes else n_threads)
        self._now = (n_threads, lanes)

    def lanes(self) -> tuple[ThreadPoolExecutor, int]:
        """The pool and its width."""
        width = min(self.most_lanes, self._now[0])
        if self._pool is None:
            self._pool = ThreadPoolExecutor(width, thread_name_prefix="lane")
        return self._pool, width

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
        self._pool, self._now = None, (0, False)
