"""Which rows of the library belong below another one: layers, and variants of a model. Pure.

A variant is quantized, fine-tuned, merged or an adapter. It stands below the row that holds the
model it comes from; what was made from a variant stands beside it, below the same model. A merge
belongs to the first of its parents that is there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from compute.core.tables import Entry
from explorer.panels.library.spec import RunRow
from explorer.state.library import entry_of

VARIANTS = frozenset({"quantized-from", "fine-tune-of", "adapter-on", "merge-of"})
LAYERS = "layer-of"


@dataclass(frozen=True)
class Kin:
    """``roots`` come from nothing that is there; the others are by the key of the row above."""

    roots: tuple[RunRow, ...]
    layers: Mapping[str, tuple[RunRow, ...]] = field(default_factory=dict)
    variants: Mapping[str, tuple[RunRow, ...]] = field(default_factory=dict)


def kin(runs: Sequence[RunRow]) -> Kin:
    """Sort rows out. Their order stays."""
    home = {leaf.key: row for row in runs for leaf in row.leaves}
    roots: list[RunRow] = []
    layers: dict[str, list[RunRow]] = {}
    variants: dict[str, list[RunRow]] = {}
    for row in runs:
        above = _above(row, home)
        root = _root(row, home)
        if above is None or root is None:
            roots.append(row)
        elif about(row).relation == LAYERS:
            layers.setdefault(above.key, []).append(row)
        else:
            variants.setdefault(root.key, []).append(row)
    return Kin(tuple(roots), _frozen(layers), _frozen(variants))


def _above(row: RunRow, home: Mapping[str, RunRow]) -> RunRow | None:
    """The row of the model that a layer or a variant comes from; None = it stands for itself."""
    entry = about(row)
    if entry.relation != LAYERS and entry.relation not in VARIANTS:
        return None
    found = (home[parent] for parent in entry.parents if parent in home)
    models = (above for above in found if above is not row and about(above).relation != LAYERS)
    return next(models, None)


def _root(row: RunRow, home: Mapping[str, RunRow]) -> RunRow | None:
    """The first model of a line of descent; None where declared parents go round in a circle."""
    seen = {row.key}
    while (above := _above(row, home)) is not None:
        if above.key in seen:
            return None
        seen.add(above.key)
        row = above
    return row


def about(row: RunRow) -> Entry:
    """The entry that speaks for a run: the first that was scored, else the first."""
    first = next((leaf for leaf in row.leaves if leaf.entry is not None), row.leaves[0])
    return entry_of(first)


def _frozen(found: dict[str, list[RunRow]]) -> Mapping[str, tuple[RunRow, ...]]:
    return {key: tuple(rows) for key, rows in found.items()}
