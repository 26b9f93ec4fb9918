"""Grouped commits: finished entries wait here until a commit is worth its cost."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute import store
from compute.core.events import Emit, Partial
from compute.core.tables import Entry, TextSet

COST_FACTOR = 50.0
"""Commits take at most about one part in this many of a job's time."""

OURS: Mapping[str, Any] = {"status": "", "n_scored": -1, "n_prefix": -1, "digest": ""}
"""Fields that are always saved: parts and checkpoints know more of them than the file."""


class Ledger:
    """Entries and rows that are decided but not yet in the file.

    A commit comes no sooner than ``every_s`` and :data:`COST_FACTOR` times the duration of the
    last one. Until then the rows lie in the project's parts, where readers find them. What others
    change of an entry meanwhile stays; a project with other texts in the place of ours is left
    alone.
    """

    def __init__(
        self, path: Path, texts: TextSet, parts: store.Parts, emit: Emit, every_s: float
    ) -> None:
        self._path, self._texts, self._parts = path, texts, parts
        self._emit, self._every_s = emit, every_s
        self._known: dict[str, Entry] = {}
        self._entries: dict[str, Entry] = {}
        self._rows: dict[str, NDArray[np.float32]] = {}
        self._tokens: dict[str, NDArray[np.int64]] = {}
        self._new_tokens: set[str] = set()
        self._last, self._cost = time.monotonic(), 0.0

    def know(self, entry: Entry) -> None:
        """Remember an entry that the project holds, so that only what we change of it is saved."""
        self._known[entry.id] = entry.with_(**OURS)

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
        puts = store.PutEntries(entries, since=self._known)
        store.commit(self._path, puts, store.PutRows(rows), *tokens, texts=self._texts)
        self._entries, self._rows, self._new_tokens = {}, {}, set()
        for entry in entries:
            self.know(entry)
            self._parts.committed(entry, rows.get(entry.id))
            self._emit(_partial(entry, committed=True))
        self._last = time.monotonic()
        self._cost = self._last - began


def _partial(entry: Entry, *, committed: bool) -> Partial:
    return Partial(entry.id, entry.status, entry.n_scored, committed, entry.error)
