"""What is said about many selected entries. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from compute.core.numbers import THIN, count, plain
from compute.core.tables import Entry

SAME, TWO = "same run", "two runs"


@dataclass(frozen=True, slots=True)
class RunPart:
    """How much of a run is selected. ``first`` and ``last`` are steps, -1 = it has none."""

    run: str
    n: int
    first: int = -1
    last: int = -1

    @property
    def words(self) -> str:
        """ "13 steps, 900 – 1,200"."""
        if self.first < 0:
            return f"{count(self.n)} {'entry' if self.n == 1 else 'entries'}"
        if self.n == 1:
            return f"step {count(self.first)}"
        return f"{count(self.n)} steps, {count(self.first)}{THIN}–{THIN}{count(self.last)}"


@dataclass(frozen=True, slots=True)
class Pairs:
    """One kind of pairs inside a selection: median and quartiles of their KL, bits/byte."""

    name: str
    median: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, eq=False)
class Many:
    """The pairs inside a selection.

    ``n_used`` of ``n_entries`` went into them: all that have distances, or ``thinned`` evenly.
    ``n_texts``, ``recipe``, ``sample`` and ``n_total`` say how the numbers were made.
    """

    ids: frozenset[str]
    n_entries: int
    pairs: tuple[Pairs, ...] = ()
    n_used: int = 0
    thinned: bool = False
    n_texts: int = 0
    recipe: str = ""
    sample: str = ""
    n_total: int = 0
    provisional: bool = False

    @property
    def n_pairs(self) -> int:
        return sum(p.n for p in self.pairs)


def parts(entries: Iterable[Entry]) -> tuple[RunPart, ...]:
    """Runs of the entries in the order in which they come."""
    steps: dict[str, list[int]] = {}
    for e in entries:
        steps.setdefault(e.run or e.label, []).append(e.step)
    return tuple(_part(run, found) for run, found in steps.items())


def _part(run: str, steps: Sequence[int]) -> RunPart:
    known = [s for s in steps if s >= 0]
    return RunPart(run, len(steps), min(known, default=-1), max(known, default=-1))


def sentence(many: Many) -> str:
    """ "Medians over 325 pairs. Two runs are 10 times as far apart as steps of one run." """
    if not many.pairs:
        return "No two of these have distances to each other."
    n = many.n_pairs
    words = [f"Medians over {count(n)} pair{'s' * (n != 1)}; bars are quartiles."]
    if many.thinned:
        words[0] = f"Medians over {count(n)} pairs of {count(many.n_used)} entries, evenly chosen."
    elif many.n_used < many.n_entries:
        out = many.n_entries - many.n_used
        words.append(f"{count(out)} without distances {'is' if out == 1 else 'are'} left out.")
    if comparison := _comparison({p.name: p.median for p in many.pairs}):
        words.append(comparison)
    if many.sample:
        words.append(f"Provisional: over the {many.sample} until scoring ends.")
    return " ".join(words)


def _comparison(medians: dict[str, float]) -> str:
    same, two = medians.get(SAME, 0.0), medians.get(TWO, 0.0)
    if same <= 0 or two <= 0:
        return ""
    if two >= same:
        return f"Two runs are {plain(two / same)} times as far apart as steps of one run."
    return f"Steps of one run are {plain(same / two)} times as far apart as two runs."


def method(many: Many) -> str:
    """How the numbers were made, for a tooltip."""
    of = f" of {count(many.n_total)}" if many.sample else ""
    tail = ", provisional clip value" if many.provisional else ""
    return f"Estimator ½ Var, N = {count(many.n_texts)}{of} texts, recipe {many.recipe}{tail}."
