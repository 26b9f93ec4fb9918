"""Families and sizes above the runs of the library. Pure."""

from __future__ import annotations

import operator
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from compute.core.numbers import count, millions
from explorer.panels.library.kin import LAYERS, VARIANTS, Kin, about, kin
from explorer.panels.library.spec import SOME, RunRow
from explorer.state.library import Leaf


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """A family, the runs of one size in it, or the layers or variants of a model.

    ``ticked`` and ``aside`` sum up what is in it. It counts ``n`` of ``what``: in a family only
    those that come from nothing there. ``shut`` = closed until somebody
    opens it; it is ``of`` the run above it.
    """

    key: str
    name: str
    children: tuple[Row, ...]
    ticked: int
    aside: bool
    runs: tuple[RunRow, ...]
    what: str = "run"
    shut: bool = False
    n: int = 0
    of: str = ""

    @property
    def whole_name(self) -> str:
        """ "Layers of 280k-seed0"."""
        return f"{self.name} of {self.of}" if self.of else self.name

    @property
    def count(self) -> str:
        n = self.n or len(self.runs)
        return f"{count(n)} {self.what}{'s' * (n != 1)}"


Row: TypeAlias = "Group | RunRow"


def tree(runs: Sequence[RunRow], known: Sequence[Row] = ()) -> tuple[Row, ...]:
    """Family, size, run; below a run its layers and its variants, a row each that is shut at first.

    A level that would say nothing (no family known, one size) is left out.

    Groups that are as in ``known`` stay the same objects.
    """
    before = {row.key: row for row in _groups(known)}
    found = kin(sorted(runs, key=lambda row: in_order(row.run)))
    families: dict[str, list[RunRow]] = {}
    for row in found.roots:
        families.setdefault(about(row).family, []).append(row)
    if set(families) <= {""}:
        return _sized("", families.get("", []), found, before)
    return tuple(
        _group(
            f"family:{name}", name or "Other", _sized(name, families[name], found, before), before
        )
        for name in sorted(families, key=lambda name: (not name, in_order(name)))
    )


def _sized(
    family: str, runs: Sequence[RunRow], found: Kin, before: Mapping[str, Group]
) -> tuple[Row, ...]:
    sizes: dict[tuple[int, str], list[RunRow]] = {}
    for row in runs:
        entry = about(row)
        sizes.setdefault((entry.n_params, entry.size), []).append(row)
    if len(sizes) < 2:
        return _with_kin(runs, found, before)
    return tuple(
        _group(
            f"size:{family}:{size}", size_name(*size), _with_kin(sizes[size], found, before), before
        )
        for size in sorted(sizes, key=lambda size: (size[0] < 0, size))
    )


def _with_kin(runs: Sequence[RunRow], found: Kin, before: Mapping[str, Group]) -> tuple[Row, ...]:
    """Runs in their order, each followed by its layers and its variants."""
    out: list[Row] = []
    for row in runs:
        variants = found.variants.get(row.key, ())
        below = tuple(r for each in variants for r in (each, *_layers(each, found, before)))
        out += [row, *_layers(row, found, before)]
        if len(variants) < 2:
            out += below
        else:
            out.append(_shut("variant", len(variants), row, below, before))
    return tuple(out)


def _layers(row: RunRow, found: Kin, before: Mapping[str, Group]) -> tuple[Row, ...]:
    mine = found.layers.get(row.key, ())
    return mine if len(mine) < 2 else (_shut("layer", len(mine), row, mine, before),)


def _shut(
    what: str, n: int, of: RunRow, children: tuple[Row, ...], before: Mapping[str, Group]
) -> Group:
    """A row that holds what belongs to a run; closed until somebody opens it."""
    made = _group(f"{what}s:{of.run}", f"{what.capitalize()}s", children, before)
    kept = made.shut and made.n == n
    return made if kept else replace(made, what=what, shut=True, n=n, of=of.run)


def _group(key: str, name: str, children: tuple[Row, ...], before: Mapping[str, Group]) -> Group:
    old = before.get(key)
    if old is not None and old.name == name and _same(old.children, children):
        return old
    ticks = {child.ticked for child in children}
    ticked = ticks.pop() if len(ticks) == 1 else SOME
    aside = all(child.aside for child in children)
    runs = tuple(runs_in(children))
    own = [run for child in children if not _is_shut(child) for run in runs_in((child,))]
    n = sum(_own(child) for child in children)
    what = "model" if own and all(run.alone for run in own) else "run"
    return Group(key, name, children, ticked, aside, runs, what, n=n)


def _is_shut(row: Row) -> bool:
    return isinstance(row, Group) and row.shut


def _own(row: Row) -> int:
    """How many runs a row is, without what was made from them."""
    if isinstance(row, Group):
        return 0 if row.shut else row.n
    return int(about(row).relation not in (LAYERS, *VARIANTS))


def _same(old: Sequence[Row], new: Sequence[Row]) -> bool:
    return len(old) == len(new) and all(map(operator.is_, old, new))


def _groups(rows: Sequence[Row]) -> Iterator[Group]:
    for row in rows:
        if isinstance(row, Group):
            yield row
            yield from _groups(row.children)


def runs_in(rows: Sequence[Row]) -> Iterator[RunRow]:
    """The runs of rows, through their groups."""
    for row in rows:
        if isinstance(row, Group):
            yield from row.runs
        else:
            yield row


def size_name(n_params: int, size: str) -> str:
    """ "xs · 0.28M"; one of both where they say the same or only one is known."""
    measured = millions(n_params) if n_params > 0 else ""
    parts = [measured] if measured.casefold() == size.casefold() else [size, measured]
    return " · ".join(part for part in parts if part) or "size unknown"


def leaves_in(row: Row) -> tuple[Leaf, ...]:
    """Every leaf below a row."""
    return tuple(leaf for run in runs_in((row,)) for leaf in run.leaves)


def in_order(name: str) -> tuple[tuple[int, int | str], ...]:
    """Sort key by which ``run-9`` comes before ``run-10``."""
    parts = re.split(r"(\d+)", name)
    return tuple((0, int(p)) if p.isdigit() else (1, p.casefold()) for p in parts if p)
