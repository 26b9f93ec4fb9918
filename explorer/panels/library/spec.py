"""Rows of the library from its leaves. Pure."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TypeAlias

from compute.core.numbers import THIN, count, percent
from explorer.state.library import Leaf
from explorer.state.map import RunMark

NONE, SOME, ALL = 0, 1, 2
SLOTS = 22


@dataclass(frozen=True, slots=True)
class Slot:
    """A piece of a run's strip: ``share`` of it is done; ``trouble`` is "", duplicate or failed.

    ``first`` is the share that is done or has at least its first texts.
    """

    share: float
    trouble: str = ""
    first: float = 0.0


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run. ``alone`` = one entry that is no training run; it has no children.

    ``off`` holds the keys of its unticked leaves, ``hidden`` and ``greyed`` those of leaves that
    are set aside; ``part`` = the search shows only some of them.
    """

    run: str
    leaves: tuple[Leaf, ...]
    off: frozenset[str]
    strip: tuple[Slot, ...]
    n_done: int
    mark: RunMark | None = None
    part: bool = False
    hidden: frozenset[str] = frozenset()
    greyed: frozenset[str] = frozenset()

    @property
    def key(self) -> str:
        return f"run:{self.run}"

    @property
    def alone(self) -> bool:
        return len(self.leaves) == 1 and self.leaves[0].step < 0

    @property
    def ticked(self) -> int:
        """NONE, SOME or ALL."""
        return ALL if not self.off else NONE if len(self.off) == len(self.leaves) else SOME

    @property
    def aside(self) -> bool:
        """Whether nothing of it is seen as usual on the map."""
        return len(self.hidden) + len(self.greyed) == len(self.leaves)

    @property
    def count(self) -> str:
        """How many are done, of how many where they differ."""
        n = len(self.leaves)
        return count(n) if self.n_done in (0, n) else f"{count(self.n_done)}/{count(n)}"


@dataclass(frozen=True, slots=True)
class Seen:
    """What decides which leaves are rows, and how: ``shows`` is the search, None = all."""

    unticked: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    greyed: frozenset[str] = frozenset()
    shows: Callable[[Leaf], bool] | None = None


def rows(
    leaves: Sequence[Leaf],
    seen: Seen,
    marks: Mapping[str, RunMark],
    known: Sequence[RunRow] = (),
) -> tuple[RunRow, ...]:
    """Leaves (in order of run) as rows. Rows that are as in ``known`` stay the same objects."""
    before = {row.run: row for row in known}
    found = []
    for run, members in groupby(leaves, key=lambda leaf: leaf.run):
        every = tuple(members)
        shown = every if seen.shows is None else tuple(filter(seen.shows, every))
        if not shown:
            continue
        part, mark, old = len(shown) < len(every), marks.get(run), before.get(run)
        keys = frozenset(leaf.key for leaf in shown)
        sets = tuple(_among(keys, ids) for ids in (seen.unticked, seen.hidden, seen.greyed))
        if old is not None and _same(old, shown, mark, part, sets):
            found.append(old)
        else:
            found.append(_row(run, shown, mark, part, sets))
    return tuple(found)


Sets: TypeAlias = tuple[frozenset[str], ...]
"""Keys of a run that are off, hidden, greyed."""
_NO_KEYS: frozenset[str] = frozenset()


def _among(keys: frozenset[str], ids: frozenset[str]) -> frozenset[str]:
    return keys & ids if ids else _NO_KEYS


def _same(
    row: RunRow, leaves: tuple[Leaf, ...], mark: RunMark | None, part: bool, sets: Sets
) -> bool:
    if row.part != part or row.mark != mark or (row.off, row.hidden, row.greyed) != sets:
        return False
    return len(row.leaves) == len(leaves) and all(map(operator.is_, row.leaves, leaves))


def _row(
    run: str, leaves: tuple[Leaf, ...], mark: RunMark | None, part: bool, sets: Sets
) -> RunRow:
    off, hidden, greyed = sets
    n_done = sum(leaf.status == "done" for leaf in leaves)
    return RunRow(run, leaves, off, strip(leaves), n_done, mark, part, hidden, greyed)


def strip(leaves: Sequence[Leaf], slots: int = SLOTS) -> tuple[Slot, ...]:
    """At most ``slots`` pieces, left to right; neighbours share a piece in long runs."""
    n = min(len(leaves), slots)
    bounds = [round(i * len(leaves) / n) for i in range(n + 1)]
    return tuple(_slot(leaves[a:b]) for a, b in pairwise(bounds))


def _slot(leaves: Sequence[Leaf]) -> Slot:
    kinds = {leaf.status for leaf in leaves}
    trouble = (
        "failed" if kinds & {"failed", "missing"} else "duplicate" if kinds == {"duplicate"} else ""
    )
    part = {"done": 1.0, "partial": 0.0}
    done = sum(part.get(leaf.status, leaf.fraction) for leaf in leaves)
    first = sum(leaf.usable or leaf.status == "done" for leaf in leaves)
    return Slot(done / len(leaves), trouble, first / len(leaves))


def name(leaf: Leaf) -> str:
    """ "step 800"; the label of what has no step, or was given a name of its own."""
    usual = leaf.label.endswith(f"step {leaf.step}") or not leaf.label
    return f"step {count(leaf.step)}" if leaf.step >= 0 and usual else leaf.label


@dataclass(frozen=True, slots=True)
class Status:
    """How a leaf's status reads: words, icon and token; ``tip`` says why."""

    words: str
    icon: str
    token: str
    tip: str = ""


def status(leaf: Leaf) -> Status:
    """Never a colour alone: each has its word, most have an icon."""
    match leaf.status:
        case "scoring":
            return Status(percent(leaf.fraction), "arrow-clockwise", "accent", "Being scored.")
        case "duplicate":
            return Status(_duplicate(leaf), "copy", "warn", leaf.detail)
        case "partial":
            tip = f"{leaf.detail} texts scored: {ON_MAP if leaf.usable else NOT_ON_MAP}."
            return Status(leaf.detail, "", "text2" if leaf.usable else "text3", tip)
        case "not scored" if leaf.checkpoint is not None and leaf.checkpoint.needs_trust:
            return Status("own code", "warning", "warn", OWN_CODE)
        case "done" if leaf.caution:
            return Status("other BOS rule", "warning", "warn", leaf.caution)
        case other:
            icon, token = _PLAIN.get(other, ("", "text3"))
            return Status(other, icon, token, leaf.detail)


OWN_CODE = "It needs Python code of its own. You are asked before any of it runs."
ON_MAP = "on the map, over the first texts that all entries there have"
NOT_ON_MAP = "not on the map until the first texts are complete"
_PLAIN = {
    "done": ("check", "text3"),
    "failed": ("warning-circle", "danger"),
    "missing": ("warning-circle", "danger"),
    "queued": ("clock", "text3"),
}
HIDDEN = Status("hidden", "eye-slash", "text3", "Scored, and hidden from the views.")
GREYED = Status("greyed", "eye", "text3", "Scored, and greyed in the views.")


def status_in(row: RunRow, leaf: Leaf) -> Status:
    """How a leaf's status reads in its run: what is set aside says so instead of "done"."""
    if leaf.status == "done" and not leaf.caution:
        if leaf.key in row.hidden:
            return HIDDEN
        if leaf.key in row.greyed:
            return GREYED
    return status(leaf)


def _duplicate(leaf: Leaf) -> str:
    of = leaf.checkpoint.duplicate_of if leaf.checkpoint is not None else ""
    return f"duplicate of {of.removeprefix(leaf.run).strip(' /')}" if of else "duplicate"


def summary(row: RunRow) -> str:
    """The tooltip of a run."""
    kinds: dict[str, int] = {}
    for leaf in row.leaves:
        kinds[leaf.status] = kinds.get(leaf.status, 0) + 1
    steps = [leaf.step for leaf in row.leaves if leaf.step >= 0]
    reach = f", steps {count(min(steps))}{THIN}–{THIN}{count(max(steps))}" if len(steps) > 1 else ""
    return f"{row.run}{reach}: " + ", ".join(f"{count(n)} {kind}" for kind, n in kinds.items())


@dataclass(frozen=True, slots=True)
class Splice:
    """Replace ``old[start:stop]`` by ``n_new`` items: what is before and after is kept."""

    start: int
    stop: int
    n_new: int


def splice(old: Sequence[str], new: Sequence[str]) -> Splice | None:
    """The smallest single replacement that turns ``old`` into ``new``; None = nothing to do."""
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    if head == len(old) == len(new):
        return None
    return Splice(head, len(old) - tail, len(new) - tail - head)
