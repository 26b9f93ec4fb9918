"""The library as a tree: pure rows made from leaves, and the Qt model that shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, Qt

from compute.core.numbers import count, percent
from explorer.state.library import Leaf, LibraryState, leaves, to_score
from explorer.state.map import RunMark, run_marks

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
_TOP = 0


class Reading:
    """What the library's state means; read again only as far as something changed.

    Ticks and the search leave the leaves alone, and a running job moves only fractions.
    """

    def __init__(self) -> None:
        self.leaves: tuple[Leaf, ...] = ()
        self.marks: Mapping[str, RunMark] = {}
        self.n_to_score = 0
        self._seen: tuple[object, ...] = ()
        self._unticked: frozenset[str] | None = None

    def read(self, state: LibraryState) -> None:
        now = (state.listings, state.entries, state.queued, frozenset(state.progress))
        fresh = len(self._seen) != len(now) or any(
            a is not b and a != b for a, b in zip(self._seen, now, strict=True)
        )
        if fresh:
            self._seen = now
            self.leaves, self.marks = leaves(state), run_marks(state.entries)
        elif state.progress:
            self.leaves = tuple(_moved(leaf, state.progress) for leaf in self.leaves)
        if fresh or state.unticked != self._unticked:
            self._unticked = state.unticked
            self.n_to_score = len(to_score(state))


def _moved(leaf: Leaf, progress: Mapping[str, float]) -> Leaf:
    fraction = progress.get(leaf.key, leaf.fraction)
    return leaf if fraction == leaf.fraction else replace(leaf, fraction=fraction)


@dataclass(frozen=True, slots=True)
class Slot:
    """A piece of a strip. ``kind``: done, scoring, duplicate, failed or empty."""

    kind: str
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class Run:
    """A top-level row. ``whole`` = how many leaves the run has when the filter hides some."""

    name: str
    leaves: tuple[Leaf, ...]
    whole: int
    mark: RunMark
    n_done: int

    @property
    def alone(self) -> bool:
        """One entry that is no training run: a row without children."""
        return self.whole == 1 and self.leaves[0].step < 0

    @property
    def part(self) -> bool:
        return len(self.leaves) < self.whole

    @property
    def count(self) -> str:
        """``59``, or ``22/59`` while only some are done."""
        n = len(self.leaves)
        return count(n) if self.n_done in (0, n) else f"{count(self.n_done)}/{count(n)}"


def name_of(leaf: Leaf) -> str:
    """``step 1,200``, or the label of what has no step."""
    return f"step {count(leaf.step)}" if leaf.step >= 0 else leaf.label


def runs_of(
    leaves: Sequence[Leaf], query: str, marks: Mapping[str, RunMark], old: Sequence[Run] = ()
) -> tuple[Run, ...]:
    """Leaves, sorted by run, as rows. A run that did not change is the object of ``old``."""
    asked = query.strip().casefold()
    before = {run.name: run for run in old}
    found = []
    for name, members in groupby(leaves, key=lambda leaf: leaf.run):
        every = tuple(members)
        shown = every if asked in name.casefold() else _matching(every, asked)
        if shown:
            mark = marks.get(name, RunMark(name, -1, "circle"))
            found.append(_kept(before.get(name), name, shown, len(every), mark))
    return tuple(found)


def _matching(leaves: tuple[Leaf, ...], asked: str) -> tuple[Leaf, ...]:
    return tuple(x for x in leaves if asked in f"{x.label}\n{name_of(x)}".casefold())


def _kept(old: Run | None, name: str, shown: tuple[Leaf, ...], whole: int, mark: RunMark) -> Run:
    if old is not None and (old.leaves, old.whole, old.mark) == (shown, whole, mark):
        return old
    n_done = sum(leaf.status == "done" for leaf in shown)
    return Run(name, shown, whole, mark, n_done)


def strip_of(leaves: Sequence[Leaf], slots: int) -> tuple[Slot, ...]:
    """At most ``slots`` pieces from left to right; neighbours share one in long runs."""
    n = min(len(leaves), slots)
    bounds = [round(i * len(leaves) / n) for i in range(n + 1)]
    return tuple(_slot(leaves[a:b]) for a, b in pairwise(bounds))


def _slot(leaves: Sequence[Leaf]) -> Slot:
    kinds = {leaf.status for leaf in leaves}
    if "failed" in kinds:
        return Slot("failed")
    if kinds == {"done"}:
        return Slot("done", 1.0)
    share = sum(1.0 if x.status == "done" else x.fraction for x in leaves) / len(leaves)
    if "scoring" in kinds:
        return Slot("scoring", share)
    if kinds == {"duplicate"}:
        return Slot("duplicate")
    return Slot("done", share) if share else Slot("empty")


@dataclass(frozen=True, slots=True)
class Status:
    """How a leaf's status reads: a word, an icon ("" = none), a token, and why."""

    words: str
    icon: str
    colour: str
    why: str = ""


_PLAIN = {
    "done": ("check", "text3"),
    "failed": ("warning-circle", "danger"),
    "queued": ("clock", "text3"),
    "duplicate": ("copy", "warn"),
}


def status_of(leaf: Leaf) -> Status:
    """Never a colour alone: every status has its word."""
    if leaf.status == "scoring":
        return Status(percent(leaf.fraction), "", "accent", "Being scored.")
    if leaf.status == "partial":
        return Status("partly scored", "", "text3", leaf.detail)
    icon, colour = _PLAIN.get(leaf.status, ("", "text3"))
    return Status(leaf.status, icon, colour, leaf.detail)


def tally(run: Run) -> str:
    """``s-seed0: 57 done, 1 failed, 1 duplicate``."""
    kinds: dict[str, int] = {}
    for leaf in run.leaves:
        kinds[leaf.status] = kinds.get(leaf.status, 0) + 1
    return f"{run.name}: " + ", ".join(f"{count(n)} {kind}" for kind, n in kinds.items())


def check_of(keys: Sequence[str], unticked: frozenset[str]) -> Qt.CheckState:
    off = sum(key in unticked for key in keys) if unticked else 0
    if not off:
        return Qt.CheckState.Checked
    return Qt.CheckState.Unchecked if off == len(keys) else Qt.CheckState.PartiallyChecked


class LibraryModel(QAbstractItemModel):
    """Runs at the top, their leaves below. A child's internal id is its run's row plus one."""

    def __init__(self) -> None:
        super().__init__()
        self._runs: tuple[Run, ...] = ()
        self._unticked: frozenset[str] = frozenset()

    @property
    def runs(self) -> tuple[Run, ...]:
        return self._runs

    def fits(self, runs: Sequence[Run]) -> bool:
        """Whether ``runs`` has the rows that are there, so that only their contents differ."""
        return [_shape(run) for run in runs] == [_shape(run) for run in self._runs]

    def set_runs(self, runs: tuple[Run, ...], unticked: frozenset[str]) -> None:
        """Show ``runs``: rows that changed are told one by one, other rows mean a reset."""
        if not self.fits(runs):
            self.beginResetModel()
            self._runs, self._unticked = runs, unticked
            self.endResetModel()
            return
        old, flipped = self._runs, self._unticked ^ unticked
        self._runs, self._unticked = runs, unticked
        for at, (was, now) in enumerate(zip(old, runs, strict=True)):
            if was is not now or flipped:
                self._tell(at, was, now, flipped)

    def _tell(self, at: int, was: Run, now: Run, flipped: frozenset[str]) -> None:
        changed = [
            i
            for i, (a, b) in enumerate(zip(was.leaves, now.leaves, strict=True))
            if (a is not b and a != b) or b.key in flipped
        ]
        top = self.index(at, 0)
        if changed or was != now:
            self.dataChanged.emit(top, top)
        if now.alone:
            return
        for first, last in stretches(changed):
            self.dataChanged.emit(self.index(first, 0, top), self.index(last, 0, top))

    # -- what is where

    def run_at(self, index: Index) -> Run | None:
        """The run of a top-level row."""
        top = index.isValid() and index.internalId() == _TOP
        return self._runs[index.row()] if top else None

    def leaf_at(self, index: Index) -> Leaf | None:
        """The leaf of a row; a run that stands alone is its leaf."""
        if not index.isValid():
            return None
        run = self.run_at(index)
        if run is not None:
            return run.leaves[0] if run.alone else None
        return self._runs[index.internalId() - 1].leaves[index.row()]

    def keys_at(self, index: Index) -> tuple[str, ...]:
        """The leaf keys that a tick on this row means."""
        run, leaf = self.run_at(index), self.leaf_at(index)
        if run is not None:
            return tuple(x.key for x in run.leaves)
        return (leaf.key,) if leaf is not None else ()

    def find(self, key: str) -> QModelIndex:
        """Where the leaf with this key is shown; invalid where it is not."""
        for at, run in enumerate(self._runs):
            for i, leaf in enumerate(run.leaves):
                if leaf.key == key:
                    top = self.index(at, 0)
                    return top if run.alone else self.index(i, 0, top)
        return QModelIndex()

    # -- Qt asks

    def index(self, row: int, column: int, parent: Index = _NOWHERE) -> QModelIndex:
        if not parent.isValid():
            inside = 0 <= row < len(self._runs)
            return self.createIndex(row, column, _TOP) if inside else QModelIndex()
        return self.createIndex(row, column, parent.row() + 1)

    def parent(self, index: Index) -> QModelIndex:  # type: ignore[override]
        if not index.isValid() or index.internalId() == _TOP:
            return QModelIndex()
        return self.createIndex(index.internalId() - 1, 0, _TOP)

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        if not parent.isValid():
            return len(self._runs)
        run = self.run_at(parent)
        return 0 if run is None or run.alone else len(run.leaves)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 1

    def flags(self, index: Index) -> Qt.ItemFlag:
        flag = Qt.ItemFlag
        return flag.ItemIsEnabled | flag.ItemIsSelectable | flag.ItemIsUserCheckable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._name(index)
            case Qt.ItemDataRole.CheckStateRole:
                return check_of(self.keys_at(index), self._unticked)
            case Qt.ItemDataRole.ToolTipRole | Qt.ItemDataRole.AccessibleDescriptionRole:
                return self._tip(index)
        return None

    def _name(self, index: Index) -> str:
        run, leaf = self.run_at(index), self.leaf_at(index)
        return run.name if run is not None else name_of(leaf) if leaf is not None else ""

    def _tip(self, index: Index) -> str:
        leaf = self.leaf_at(index)
        if leaf is None:
            run = self.run_at(index)
            return tally(run) if run is not None else ""
        status = status_of(leaf)
        return f"{leaf.label}: {status.words}. {status.why}".strip()


def _shape(run: Run) -> tuple[str, int, bool]:
    return run.name, len(run.leaves), run.alone


def stretches(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """``0 1 2 7`` -> ``(0, 2) (7, 7)``."""
    found: list[tuple[int, int]] = []
    for n in numbers:
        if found and n == found[-1][1] + 1:
            found[-1] = (found[-1][0], n)
        else:
            found.append((n, n))
    return found
