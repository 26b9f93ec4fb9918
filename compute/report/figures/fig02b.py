"""Fig. 2(b): fine-tuned models and the models they come from (paper, section 3.3, appendix G)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.analysis.groups import descents_in_use
from compute.analysis.lineage import Descent, Nearest, generations, nearest_bases
from compute.core.colours import LIGHT, mix
from compute.geometry import Prepared
from compute.report import kit
from compute.report.contract import DataTable, Drawing, MapRequest, Missing, Piece
from compute.report.settings import (
    below,
    label,
    map_words,
    members,
    name_at,
    places,
    rows_of,
    short,
    shown_styles,
)
from compute.report.study import Study, about

PERPLEXITY = 20.0
"""The paper's for this map."""
Places = Mapping[str, NDArray[np.float64]]


def maps(study: Study) -> tuple[MapRequest, ...]:
    """Children and parents together, nobody else."""
    _, descents = _found(study)
    ids = {name for d in descents for name in (d.parent, d.child)}
    chosen = tuple(e.id for e in study.snapshot.entries if e.id in ids)
    return (MapRequest("fine-tuning", perplexity=PERPLEXITY, ids=chosen),)


def _found(study: Study) -> tuple[Prepared, tuple[Descent, ...]]:
    rows, problem = rows_of(study, "fine-tuning")
    descents = descents_in_use(members(study, "fine-tuning")) if rows is not None else ()
    if rows is None or not descents:
        raise Missing(
            problem or "No fine-tuned model is here with its one declared parent",
            advice="klscope import brings in who descends from whom, for example from the release",
        )
    return rows, descents


def make(study: Study) -> Piece:
    """Lines from each parent to its children, generations by mark."""
    rows, descents = _found(study)
    (request,) = maps(study)
    at, ranks = places(study.map(request)), generations(descents)
    nearest = {n.child: n for n in nearest_bases(rows, descents)}
    return Piece(
        caption=(
            f"{len(descents)} fine-tuned models and the models they come from, a line from each "
            "parent to its child, coloured by the child's type; marks by generation (1: no parent "
            f"here). {map_words(study, request)} Lengths on the map are not KL. {about(rows)}"
        ),
        tables=(_table(study, descents, at, ranks, nearest),),
        drawings=(Drawing("fine-tuned", lambda: _draw(study, descents, at, ranks)),),
        remarks=_remarks(study, [n for n in nearest.values() if n.conflict]),
    )


_MOST_REMARKS = 8


def _remarks(study: Study, conflicts: Sequence[Nearest]) -> tuple[str, ...]:
    """Models that are nearer to another base than to the one they declare; the table has all."""
    said = tuple(
        f"{label(study, n.child)} declares {label(study, n.declared)} as its parent and is nearer "
        f"to {label(study, n.nearest)} (a hint, no proof)."
        for n in conflicts[:_MOST_REMARKS]
    )
    more = len(conflicts) - len(said)
    return (*said, f"So it is with {more} more; the table names them.") if more else said


SHAPES = ("circle", "triangle", "diamond", "star")
"""Marks of generations 1, 2, 3 and 4 and later."""


def _shape(generation: int) -> str:
    return SHAPES[min(max(generation, 1), len(SHAPES)) - 1]


def _draw(study: Study, descents: Sequence[Descent], at: Places, ranks: Mapping[str, int]) -> Any:
    fig, (ax,) = kit.figure(kit.SINGLE, 3.7)
    names = tuple(dict.fromkeys(n for d in descents for n in (d.parent, d.child)))
    family = {name: study.entries[name].family for name in names}
    styles = shown_styles(study, (*family.values(), *(d.type for d in descents)))
    kit.title(ax, "Fine-tuned models and their parents", "t-SNE of √KL, no unit")
    kit.bare(ax)
    for d in descents:
        ends = np.array([at[d.parent], at[d.child]])
        tint = mix(LIGHT.canvas, styles[d.type].colour, 0.55)
        ax.plot(*ends.T, color=tint, lw=0.7, zorder=2)
    shapes = {name: _shape(ranks.get(name, 1)) for name in names}
    for shape in SHAPES:
        of = [name for name in names if shapes[name] == shape]
        if of:
            base = shape == SHAPES[0]
            size = kit.among(6.0 if base else 4.4, len(names))
            kit.scatter(
                ax, np.array([at[name] for name in of]), shape=shape, size=size,
                colours=[styles[family[name]].colour for name in of], zorder=5 if base else 4,
            )  # fmt: skip
    used = sorted({min(ranks.get(name, 1), len(SHAPES)) for name in names})
    meaning = [(_shape(g), False, "base" if g == 1 else f"generation {g}") for g in used]
    below(ax, styles, tuple(family.values()), meaning)
    kit.map_labels(ax, _names(study, descents, at), avoid=np.array(list(at.values())))
    return fig


MOST_NAMES = 6


def _names(study: Study, descents: Sequence[Descent], at: Places) -> list[kit.Name]:
    """Parents of several children, those with most first, and only as many as stay readable."""
    n_children: dict[str, int] = {}
    for d in descents:
        n_children[d.parent] = n_children.get(d.parent, 0) + 1
    several = [name for name, n in n_children.items() if n > 1]
    most = sorted(several, key=lambda name: -n_children[name])[:MOST_NAMES]
    return [name_at(short(label(study, name)), at[name]) for name in most]


def _table(
    study: Study,
    descents: Sequence[Descent],
    at: Places,
    ranks: Mapping[str, int],
    nearest: Mapping[str, Nearest],
) -> DataTable:
    parent_of = {d.child: d for d in descents}
    names = dict.fromkeys(n for d in descents for n in (d.parent, d.child))
    rows = tuple(
        _row(study, name, parent_of.get(name), at, ranks.get(name), nearest.get(name))
        for name in sorted(names, key=lambda n: (ranks.get(n, 0), study.snapshot.row_of[n]))
    )
    columns = (
        ("model", ""), ("base model", ""), ("type", ""), ("generation", ""),
        ("KL to the base", "bits/byte"), ("SE", "bits/byte"), ("nearest base", ""),
        ("KL to the nearest", "bits/byte"), ("x", ""), ("y", ""),
    )  # fmt: skip
    return DataTable("fine-tuned", "Fine-tuned models", columns, rows)


def _row(
    study: Study, name: str, descent: Descent | None, at: Places, rank: int | None,
    near: Nearest | None,
) -> tuple[str | int | float | None, ...]:  # fmt: skip
    family, (x, y) = study.entries[name].family, at[name]
    own = (label(study, name), label(study, descent.parent) if descent else None, family, rank)
    measured = (near.kl, near.se, label(study, near.nearest), near.nearest_kl) if near else ()
    return (*own, *(measured or (None,) * 4), float(x), float(y))
