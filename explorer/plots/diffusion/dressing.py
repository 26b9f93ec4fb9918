"""How runs look, from the state that all views share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from compute.core.tables import Entry
from explorer.plots.diffusion.answers import Answer
from explorer.plots.diffusion.look import Look
from explorer.plots.diffusion.paint import measure
from explorer.state.filter import Sight
from explorer.state.map import NO_MARK, RunMark
from explorer.state.views import Unit
from explorer.theme.marks import colour_of
from explorer.theme.tokens import Tokens


@dataclass(frozen=True, eq=False)
class Wanted:
    """What is asked of a picture. ``chosen`` are selected ids, ``selected`` the one of them that
    the inspector shows; ``run`` the one that was picked in the read-out."""

    entries: tuple[Entry, ...]
    sight: Sight
    marks: Mapping[str, RunMark]
    chosen: frozenset[str]
    selected: str
    run: str
    drift: bool
    tokens: Tokens
    unit: Unit


def look_of(answer: Answer, wanted: Wanted, has_start: NDArray[np.bool_]) -> Look:
    """The look of the runs of an answer; ``has_start`` (R,) of those that can be read out."""
    seen, k = wanted.sight, wanted.tokens
    off = {e.id for e, out in zip(wanted.entries, seen.hidden, strict=True) if out}
    grey = {e.id for e, out in zip(wanted.entries, seen.greyed, strict=True) if out}
    runs = answer.runs
    chosen = {r for r, run in enumerate(runs) if not wanted.chosen.isdisjoint(run.ids)}
    drawn = [r for r, run in enumerate(runs) if not off.issuperset(run.ids)]
    lit = np.array(
        [
            (not chosen or r in chosen) and not grey.issuperset(run.ids)
            for r, run in enumerate(runs)
        ],
        bool,
    )
    marks = [wanted.marks.get(run.name, NO_MARK) for run in runs]
    hidden = tuple(np.array([i in off for i in run.ids], bool) for run in runs) if off else ()
    order = np.array(sorted(drawn, key=lambda r: (bool(lit[r]), -r)), np.int64)
    made = Look(
        answer.names, order, tuple(colour_of(m.colour, k) for m in marks),
        tuple(m.shape for m in marks), lit, -1, wanted.drift, k, wanted.unit, measure, hidden,
    )  # fmt: skip
    strong = _strong(answer, wanted, made, has_start)
    rest = order[order != strong]
    return replace(made, strong=strong, order=np.append(rest, strong) if strong >= 0 else order)


def _strong(answer: Answer, wanted: Wanted, look: Look, has_start: NDArray[np.bool_]) -> int:
    """The run that is picked, else that of the selected entry, else the first with a start."""
    lit = sorted(int(r) for r in look.order if look.lit[r])
    for r in lit:
        if answer.names[r] == wanted.run:
            return r
    for r in lit:
        if wanted.selected in answer.runs[r].ids:
            return r
    return next((r for r in lit if has_start[r]), -1)


def alike(a: Look, b: Look) -> bool:
    """Whether both draw the same curves."""
    arrays = ((a.order, b.order), (a.lit, b.lit))
    same = (a.colours, a.shapes, a.strong, a.tokens) == (b.colours, b.shapes, b.strong, b.tokens)
    return (
        same
        and all(np.array_equal(x, y) for x, y in arrays)
        and len(a.hidden) == len(b.hidden)
        and all(np.array_equal(x, y) for x, y in zip(a.hidden, b.hidden, strict=True))
    )
