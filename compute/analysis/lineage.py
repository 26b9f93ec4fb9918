"""Declared parents of fine-tuned models: pairs, types, generations, and the measured nearest base.

Paper, section 3.3 and appendix G.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from compute.analysis.members import is_fine_tune, parent_in
from compute.core.tables import Entry
from compute.geometry import Prepared, kl_to


@dataclass(frozen=True, slots=True)
class Descent:
    """A fine-tuned model and its one declared parent, both of the project. ``type`` is the
    family of the child (paper, appendix G)."""

    parent: str
    child: str
    type: str


@dataclass(frozen=True, slots=True)
class Lineage:
    """``descents`` in project order; ``merges`` and ``orphans`` are ids of fine-tuned models that
    declare several parents, or one that the project lacks."""

    descents: tuple[Descent, ...]
    merges: tuple[str, ...] = ()
    orphans: tuple[str, ...] = ()


def lineage_of(entries: Iterable[Entry]) -> Lineage:
    """The declared parents of models. Merges and missing parents are dropped, and counted."""
    found = tuple(entries)
    present = {entry.id: entry for entry in found}
    descents, merges, orphans = [], [], []
    for entry in found:
        if entry.relation == "merge-of" or (is_fine_tune(entry) and len(entry.parents) > 1):
            merges.append(entry.id)
        elif is_fine_tune(entry) and entry.parents:
            parent = parent_in(entry, present)
            if parent:
                descents.append(Descent(parent, entry.id, entry.family))
            else:
                orphans.append(entry.id)
    return Lineage(tuple(descents), tuple(merges), tuple(orphans))


def generations(descents: Sequence[Descent]) -> Mapping[str, int]:
    """Model -> generation: 1 for a base, one more than its parent for a child.

    Models of a circle of declarations have none.
    """
    parent_of = {d.child: d.parent for d in descents}
    out: dict[str, int] = {}
    for name in dict.fromkeys(n for d in descents for n in (d.parent, d.child)):
        line = [name]
        while line[-1] in parent_of and line[-1] not in out and len(line) <= len(parent_of) + 1:
            line.append(parent_of[line[-1]])
        if line[-1] in parent_of and line[-1] not in out:
            continue
        start = out.get(line[-1], 1)
        out |= {member: start + k for k, member in enumerate(reversed(line))}
    return out


@dataclass(frozen=True, slots=True)
class Nearest:
    """A model's declared parent beside the base that it is nearest to. KL in bits/byte.

    ``conflict``: another base is nearer than the declared one, by more than two standard errors
    of either KL. A hint, no proof: who fine-tuned long may have come nearer to another base.
    """

    child: str
    declared: str
    kl: float
    se: float
    nearest: str
    nearest_kl: float
    nearest_se: float

    @property
    def conflict(self) -> bool:
        margin = 2 * float(np.hypot(self.se, self.nearest_se))
        return self.nearest != self.declared and self.kl - self.nearest_kl > margin


def nearest_bases(
    rows: Prepared, descents: Sequence[Descent], candidates: Iterable[str] = ()
) -> tuple[Nearest, ...]:
    """For each child the nearest base, itself and its own descendants left out.

    Parameters
    ----------
    rows : Prepared
        Children and bases that it lacks take no part.
    descents : sequence of Descent
    candidates : iterable of str
        Ids of models that may be a base, beside all that are declared as one.
    """
    parent_of = {d.child: d.parent for d in descents}
    named = dict.fromkeys((*(d.parent for d in descents), *candidates))
    bases = [b for b in named if b in rows.row_of]
    out = []
    for descent in descents:
        if descent.child not in rows.row_of or descent.parent not in rows.row_of:
            continue
        kl, se = kl_to(rows, descent.child)
        allowed = [b for b in bases if not _descends(b, descent.child, parent_of)]
        near = min(allowed, key=lambda b: float(kl[rows.row_of[b]]))
        at, to = rows.row_of[descent.parent], rows.row_of[near]
        numbers = (float(kl[at]), float(se[at]), near, float(kl[to]), float(se[to]))
        out.append(Nearest(descent.child, descent.parent, *numbers))
    return tuple(out)


def _descends(name: str, ancestor: str, parent_of: Mapping[str, str]) -> bool:
    for _ in range(len(parent_of) + 1):
        if name == ancestor:
            return True
        if name not in parent_of:
            return False
        name = parent_of[name]
    return True
