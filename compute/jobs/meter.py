"""How far a scoring job is, how fast, and for how long still."""

from __future__ import annotations

import os
import time
from collections import deque

from compute.core.events import Emit, Partial, Progress

PROGRESS_EVERY_S, PARTIAL_EVERY_S, WINDOW_S = 0.2, 1.0, 10.0


class Meter:
    """Counts checkpoints, texts and tokens; sends Progress and throttled Partial events."""

    def __init__(self, emit: Emit, total: int, n_texts: int) -> None:
        self._emit, self._total, self._n_texts = emit, total, n_texts
        self._done, self._skipped = 0, 0
        self._settled: dict[str, int] = {}  # of entries that are not done
        self._before = -1.0
        self._recent: deque[tuple[float, int]] = deque()
        self._began = time.monotonic()
        self._said = {"progress": float("-inf"), "partial": float("-inf")}
        self.tokens = 0
        self.memory = -1

    def skip(self) -> None:
        """A checkpoint that was done before."""
        self._done += 1
        self._skipped += 1

    def reach(self, entry: str, label: str, n_settled: int) -> None:
        """A checkpoint is open, and so many of its texts are settled already."""
        self._settled[entry] = n_settled
        self.say(entry, label)

    def finish(self, entry: str, label: str) -> None:
        """A checkpoint came to its end."""
        self._done += 1
        self._settled.pop(entry, None)
        self.say(entry, label, now=True)

    def batch(self, entry: str, label: str, n_tokens: int, n_scored: int, n_texts: int) -> None:
        """A batch of ``n_texts`` texts was scored; ``n_scored`` of this entry are there by now."""
        self.tokens += n_tokens
        self._settled[entry] = self._settled.get(entry, 0) + n_texts
        self._recent.append((time.monotonic(), n_tokens))
        if self._due("partial", PARTIAL_EVERY_S):
            self._emit(Partial(entry, "partial", n_scored))
        self.say(entry, label)

    def say(self, entry: str, label: str, *, now: bool = False) -> None:
        """Send Progress, unless one was sent just before."""
        if not (self._due("progress", PROGRESS_EVERY_S) or now):
            return
        fraction = self._fraction()
        if self._before < 0:
            self._before = fraction
        self._emit(
            Progress(
                fraction=fraction,
                done=self._done,
                total=self._total,
                message=label,
                entry=entry,
                entry_fraction=self._settled.get(entry, 0) / max(1, self._n_texts),
                rate=self._rate(),
                eta_s=self._eta(fraction),
                memory_bytes=self.memory if self.memory >= 0 else resident_bytes(),
            )
        )

    def _fraction(self) -> float:
        """Share of all texts of all checkpoints that are settled."""
        part = sum(self._settled.values()) / max(1, self._n_texts)
        return min(1.0, (self._done + part) / max(1, self._total))

    def _due(self, what: str, every_s: float) -> bool:
        now = time.monotonic()
        if now - self._said[what] < every_s:
            return False
        self._said[what] = now
        return True

    def _rate(self) -> float:
        """Tokens/s over the last seconds, -1 until something was scored."""
        now = time.monotonic()
        while self._recent and now - self._recent[0][0] > WINDOW_S:
            self._recent.popleft()
        span = min(WINDOW_S, now - self._began)
        return sum(n for _, n in self._recent) / span if self._recent and span > 0 else -1.0

    def _eta(self, fraction: float) -> float:
        made = fraction - self._before
        if made <= 0:
            return -1.0
        return (time.monotonic() - self._began) * (1 - fraction) / made

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began


def resident_bytes() -> int:
    """Memory of this process, -1 where the system does not say."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return -1
