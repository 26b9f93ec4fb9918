"""The tables of the view of variants."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from compute.analysis.variants import Shifts, cosines
from compute.core.numbers import count
from explorer.plots.contract import Column, Table
from explorer.plots.variants.spec import KINDS, Alike, Made

MOST_LISTED = 300
"""Shifts of which the cosines of all pairs are listed."""


def tables(made: Sequence[Made], shifts: Shifts, alike: Sequence[Alike]) -> tuple[Table, ...]:
    """KL beside its controls; cosines of all pairs; how much shifts of a kind are alike."""
    columns = (
        Column("Model", digits=False), Column("Variant", digits=False),
        Column("Kind", digits=False), Column("Type", digits=False), Column("On disk", "bytes"),
        Column("KL to the model", "bits/byte"), Column("SE", "bits/byte"),
        Column("KL of the null control", "bits/byte"),
        Column("Noise floor", "bits/byte"), Column("Not beaten", digits=False),
    )  # fmt: skip
    rows = tuple(
        (m.parent, m.label, KINDS[m.kind], m.what, m.n_bytes if m.n_bytes > 0 else float("nan"),
         m.kl, m.se, m.control, m.floor, "yes" if m.best else "")
        for m in made
    )  # fmt: skip
    cos = cosines(shifts.deltas)[:MOST_LISTED, :MOST_LISTED]
    i, j = np.triu_indices(len(cos), 1)
    names = [v.id for v in shifts.variants]
    pairs = Table(
        (Column("Variant", digits=False), Column("and", digits=False), Column("Cosine")),
        tuple((names[a], names[b], float(cos[a, b])) for a, b in zip(i, j, strict=True)),
        tuple((names[a], names[b]) for a, b in zip(i, j, strict=True)), "Cosines of shifts",
    )  # fmt: skip
    title = f"{count(len(made))} variants and their models"
    return Table(columns, rows, tuple((m.base, m.id) for m in made), title), pairs, _kinds(alike)


def _kinds(alike: Sequence[Alike]) -> Table:
    columns = (
        Column("Kind", digits=False), Column("Shifts"), Column("Pairs of a family"),
        Column("Mean cosine"), Column("Least"), Column("Greatest"), Column("Random groups of"),
        Column("Their mean cosine"), Column("SD"),
    )  # fmt: skip
    rows = tuple(
        (KINDS[a.kind], a.n_models, a.n_pairs, a.within, a.low, a.high, a.size, a.random, a.sd)
        for a in alike
    )
    return Table(columns, rows, title="Do shifts of a kind point the same way?")
