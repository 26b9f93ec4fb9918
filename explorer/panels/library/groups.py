"""Families and sizes above the runs of the library. Pure."""

from __future__ import annotations

import operator
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from compute.core.numbers import count, millions
from compute.core.tables import Entry
from explorer.panels.library.spec import SOME, RunRow
from explorer.state.library import Leaf, entry_of


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """A family, the runs of one size in it, or the layers of a model.

    ``ticked`` and ``aside`` sum up what is in it. ``what`` is the word for one of its runs;
    ``shut`` = closed until somebody opens it.
    """

    key: str
    name: str
    children: tuple[Row, ...]
    ticked: int
    aside: bool
    runs: tuple[RunRow, ...]
    what: str = "run"
    shut: bool = False

    @property
    def count(self) -> str:
        return f"{count(len(self.runs))} {self.what}{'s' * (len(self.runs) != 1)}"


Row: TypeAlias = "Group | RunRow"


def tree(runs: Sequence[RunRow], known: Sequence[Row] = ()) -> tuple[Row, ...]:
    """Family, size, run; the layers of a model are one row below it, which is shut at first.

    A level that would say nothing (no family known, one size) is left out.

    Groups that are as in ``known`` stay the same objects.
    """
    before = {row.key: row for row in _groups(known)}
    families: dict[str, list[RunRow]] = {}
    for row in sorted(runs, key=lambda row: in_order(row.run)):
        families.setdefault(about(row).family, []).append(row)
    if set(families) <= {""}:
        return _sized("", families.get("", []), before)
    return tuple(
        _group(f"family:{name}", name or "Other", _sized(name, families[name], before), before)
        for name in sorted(families, key=lambda name: (not name, in_order(name)))
    )


def _sized(family: str, runs: Sequence[RunRow], before: Mapping[str, Group]) -> tuple[Row, ...]:
    sizes: dict[tuple[int, str], list[RunRow]] = {}
    for row in runs:
        entry = about(row)
        sizes.setdefault((entry.n_params, entry.size), []).append(row)
    if len(sizes) < 2:
        return _layered(runs, before)
    return tuple(
        _group(f"size:{family}:{size}", size_name(*size), _layered(sizes[size], before), before)
        for size in sorted(sizes, key=lambda size: (size[0] < 0, size))
    )


def _layered(runs: Sequence[RunRow], before: Mapping[str, Group]) -> tuple[Row, ...]:
    """Runs in their order, with the layers of each model together where the first of them is."""
    layers: dict[str, list[RunRow]] = {}
    for row in runs:
        if parent := _layer_of(row):
            layers.setdefault(parent, []).append(row)
    out: list[Row] = []
    for row in runs:
        mine = layers.get(_layer_of(row), [])
        if len(mine) < 2:
            out.append(row)
        elif row is mine[0]:
            name = f"Layers of {_layer_of(row).rpartition('/')[2]}"
            group = _group(f"layers:{_layer_of(row)}", name, tuple(mine), before)
            out.append(group if group.shut else replace(group, what="layer", shut=True))
    return tuple(out)


def _layer_of(row: RunRow) -> str:
    """The model that a single layer is of, "" = it is something else."""
    entry = row.leaves[0].entry
    return entry.parent if row.alone and entry is not None and entry.layer >= 0 else ""


def _group(key: str, name: str, children: tuple[Row, ...], before: Mapping[str, Group]) -> Group:
    old = before.get(key)
    if old is not None and old.name == name and _same(old.children, children):
        return old
    ticks = {child.ticked for child in children}
    ticked = ticks.pop() if len(ticks) == 1 else SOME
    aside = all(child.aside for child in children)
    return Group(key, name, children, ticked, aside, tuple(runs_in(children)))


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


def about(row: RunRow) -> Entry:
    """The entry that speaks for a run: the first that was scored, else the first."""
    first = next((leaf for leaf in row.leaves if leaf.entry is not None), row.leaves[0])
    return entry_of(first)


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
