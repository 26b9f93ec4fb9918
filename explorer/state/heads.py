"""The heads of a scene: ends of runs at the playhead, and entries without steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import NDArray

from explorer.state import axes
from explorer.state.dress import Ints, Tracks
from explorer.state.map import RunMark


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a run at the playhead, or an entry without steps. ``row``: its last entry."""

    node: int
    row: int
    run: str
    name: str
    detail: str
    mark: RunMark
    greyed: bool = False


class Heads(Sequence[Head]):
    """The heads of a scene; each is made when it is asked for, since there may be thousands."""

    def __init__(
        self, of: Tracks, rows: Ints, steps: NDArray[np.float64], greyed: NDArray[np.bool_]
    ) -> None:
        self._of, self._steps, self._greyed = of, steps, greyed
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, at: int) -> Head: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Head, ...]: ...
    def __getitem__(self, at: int | slice) -> Head | tuple[Head, ...]:
        if isinstance(at, slice):
            return tuple(self[i] for i in range(*at.indices(len(self))))
        i = at + len(self) if at < 0 else at
        if not 0 <= i < len(self):
            raise IndexError(at)
        return self._made(i)

    def __iter__(self) -> Iterator[Head]:
        return (self._made(i) for i in range(len(self)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]

    def _made(self, i: int) -> Head:
        row = int(self.rows[i])
        entry, r = self._of.entries[row], int(self._of.run_of[row])
        stepped = np.isfinite(self._of.steps[row])
        name = self._of.runs[r] if stepped else entry.label or entry.id
        node = len(self._of.entries) + i
        in_run = stepped and bool(entry.run)  # the label of what is in no run says its step
        detail = axes.place(entry, float(self._steps[i])) if in_run else ""
        return Head(node, row, self._of.runs[r], name, detail, self._of.marks[r],
                    bool(self._greyed[row]))  # fmt: skip
