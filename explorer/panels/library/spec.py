"""Rows of the library from its leaves. Pure."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

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
    """A top-level row. ``alone`` = one entry that is no training run; it has no children.

    ``off`` holds the keys of its unticked leaves; ``part`` = the search shows only some of them.
    """

    run: str
    leaves: tuple[Leaf, ...]
    off: frozenset[str]
    strip: tuple[Slot, ...]
    n_done: int
    mark: RunMark | None = None
    part: bool = False

    @property
    def alone(self) -> bool:
        return len(self.leaves) == 1 and self.leaves[0].step < 0

    @property
    def ticked(self) -> int:
        """NONE, SOME or ALL."""
        return ALL if not self.off else NONE if len(self.off) == len(self.leaves) else SOME

    @property
    def count(self) -> str:
        """How many are done, of how many where they differ."""
        n = len(self.leaves)
        return count(n) if self.n_done in (0, n) else f"{count(self.n_done)}/{count(n)}"


def rows(
    leaves: Sequence[Leaf],
    query: str,
    unticked: frozenset[str],
    marks: Mapping[str, RunMark],
    known: Sequence[RunRow] = (),
) -> tuple[RunRow, ...]:
    """Leaves (in order of run) as rows; ``query`` is looked for in runs and labels.

    Rows that are as in ``known`` stay the same objects.
    """
    before = {row.run: row for row in known}
    asked = query.strip().casefold()
    found = []
    for run, members in groupby(leaves, key=lambda leaf: leaf.run):
        every = tuple(members)
        shown = every
        if asked and asked not in run.casefold():
            shown = tuple(leaf for leaf in every if asked in name(leaf).casefold())
        if not shown:
            continue
        part, old = len(shown) < len(every), before.get(run)
        if old is not None and _same(old, shown, unticked, marks.get(run), part=part):
            found.append(old)
        else:
            found.append(_row(run, shown, unticked, marks.get(run), part=part))
    return tuple(found)


def _same(
    row: RunRow,
    leaves: tuple[Leaf, ...],
    unticked: frozenset[str],
    mark: RunMark | None,
    *,
    part: bool,
) -> bool:
    if row.off or unticked or row.part != part or row.mark != mark:
        return False
    return len(row.leaves) == len(leaves) and all(map(operator.is_, row.leaves, leaves))


def _row(
    run: str,
    leaves: tuple[Leaf, ...],
    unticked: frozenset[str],
    mark: RunMark | None,
    *,
    part: bool,
) -> RunRow:
    off = unticked.intersection(leaf.key for leaf in leaves) if unticked else unticked
    n_done = sum(leaf.status == "done" for leaf in leaves)
    return RunRow(run, leaves, off, strip(leaves), n_done, mark, part)


def strip(leaves: Sequence[Leaf], slots: int = SLOTS) -> tuple[Slot, ...]:
    """At most ``slots`` pieces, left to right; neighbours share a piece in long runs."""
    n = min(len(leaves), slots)
    bounds = [round(i * len(leaves) / n) for i in range(n + 1)]
    return tuple(_slot(leaves[a:b]) for a, b in pairwise(bounds))


def _slot(leaves: Sequence[Leaf]) -> Slot:
    kinds = {leaf.status for leaf in leaves}
    trouble = "failed" if "failed" in kinds else "duplicate" if kinds == {"duplicate"} else ""
    part = {"done": 1.0, "partial": 0.0}
    done = sum(part.get(leaf.status, leaf.fraction) for leaf in leaves)
    first = sum(leaf.usable or leaf.status == "done" for leaf in leaves)
    return Slot(done / len(leaves), trouble, first / len(leaves))


def name(leaf: Leaf) -> str:
    """ "step 800", or the label of what has no step."""
    return f"step {count(leaf.step)}" if leaf.step >= 0 else leaf.label


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
    "queued": ("clock", "text3"),
}


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


def keys(row: RunRow) -> frozenset[str]:
    return frozenset(leaf.key for leaf in row.leaves)


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
