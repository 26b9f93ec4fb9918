"""Whose turn it is in a scoring job: visits that wait, and what became of those that were lost."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from compute.jobs.crew import Crew, Worker

TRIES = 2
"""How often an entry may cost a worker before it is left out."""


class Visit(NamedTuple):
    """An entry, and the round up to which it is to be scored."""

    entry: str
    last_round: int


class Turns:
    """Visits in order, handed out to the workers of a crew."""

    def __init__(self, crew: Crew) -> None:
        self._crew = crew
        self._waiting: deque[Visit] = deque()
        self._losses: Counter[str] = Counter()
        self._lost_on: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def __iter__(self) -> Iterator[Visit]:
        return iter(self._waiting)

    def add(self, visit: Visit) -> None:
        """Wait after all others."""
        self._waiting.append(visit)

    def take(self, worker: Worker) -> Visit | None:
        """The next visit for a worker, which waits no more; None = there is none now.

        One that was lost on this device is left to another, if there is one.
        """
        alone = all(other.name == worker.name for other in self._crew.workers)
        for visit in self._waiting:
            if alone or self._lost_on.get(visit.entry) != worker.name:
                if not self._is_ready(visit.entry):
                    return None
                self._waiting.remove(visit)
                return visit
        return None

    def _is_ready(self, entry_id: str) -> bool:
        """Not while a worker is at this very entry."""
        return all(task.entry != entry_id for w in self._crew.workers for task in w.waiting)

    def went_well(self, entry_id: str) -> None:
        """A batch of it is done: losses before count no more."""
        self._losses.pop(entry_id, None)

    def lost(self, entry_id: str, worker: Worker) -> bool:
        """A worker was lost at it; whether it may be tried once more."""
        self._losses[entry_id] += 1
        self._lost_on[entry_id] = worker.name
        return self._losses[entry_id] < TRIES

    def put_back(self, visits: Sequence[Visit]) -> None:
        """Before all others, in this order."""
        self._waiting.extendleft(reversed(visits))
