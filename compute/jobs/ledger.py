"""Grouped commits: finished entries wait here until a commit is worth its cost."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from compute import store
from compute.core.events import Emit, Partial
from compute.core.tables import Entry

COST_FACTOR = 50.0
"""Commits take at most about one part in this many of a job's time."""


class Ledger:
    """Entries and rows that are decided but not yet in the file.

    A commit comes no sooner than ``every_s`` and :data:`COST_FACTOR` times the duration of the
    last one. Until then the rows lie in the project's parts, where readers find them.
    """

    def __init__(self, path: Path, parts: store.Parts, emit: Emit, every_s: float) -> None:
        self._path, self._parts, self._emit, self._every_s = path, parts, emit, every_s
        self._entries: dict[str, Entry] = {}
        self._rows: dict[str, NDArray[np.float32]] = {}
        self._tokens: dict[str, NDArray[np.int64]] = {}
        self._new_tokens: set[str] = set()
        self._last, self._cost = time.monotonic(), 0.0

    def put(self, entry: Entry, row: NDArray[np.float32] | None = None) -> None:
        """Remember an entry's new state; ``row`` (N,) float32, nats, NaN = not scored."""
        self._entries[entry.id] = entry
        if row is not None:
            self._rows[entry.id] = row
        self._emit(_partial(entry, committed=False))

    def put_tokens(self, digest: str, n_tokens: NDArray[np.int64]) -> None:
        """Remember a tokenization; it is written once."""
        if digest not in self._tokens:
            self._tokens[digest] = n_tokens
            self._new_tokens.add(digest)

    def n_tokens(self, digest: str) -> NDArray[np.int64]:
        """(N,) int64, of a tokenization that was put."""
        return self._tokens[digest]

    def commit_if_due(self) -> None:
        waited = time.monotonic() - self._last
        if self._entries and waited >= max(self._every_s, COST_FACTOR * self._cost):
            self.commit()

    def commit(self) -> None:
        """Write everything now, then forget the parts of what is done.

        Raises
        ------
        StoreError
            If the project cannot be written; everything is still in the parts.
        """
        if not self._entries:
            return
        began = time.monotonic()
        tokens = [
            store.PutTokenization(d, n) for d, n in self._tokens.items() if d in self._new_tokens
        ]
        entries, rows = tuple(self._entries.values()), self._rows
        store.commit(self._path, store.PutEntries(entries), store.PutRows(rows), *tokens)
        self._entries, self._rows, self._new_tokens = {}, {}, set()
        for entry in entries:
            self._parts.committed(entry, rows.get(entry.id))
            self._emit(_partial(entry, committed=True))
        self._last = time.monotonic()
        self._cost = self._last - began


def _partial(entry: Entry, *, committed: bool) -> Partial:
    return Partial(entry.id, entry.status, entry.n_scored, committed, entry.error)
