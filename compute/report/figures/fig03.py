"""Fig. 3: the scale of KL. How far apart the pairs of each setting are (paper, section 3)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from compute.analysis.scale import FEW, Measure
from compute.core.colours import LIGHT
from compute.core.numbers import count
from compute.report import kit
from compute.report.contract import DataTable, Drawing, Missing, Piece
from compute.report.settings import label, measures
from compute.report.study import Study
from compute.report.tables.table2a import estimator, recipes, summary_table

_COLOURS = {
    "later": 0, "early": 0, "seed": 2, "size": 2, "null": 3, "8-bit": 3, "4-bit": 3,
    "fine-tune": 7, "same-type": 7, "random": 7, "layers": 1,
}  # fmt: skip
"""A line stands between groups of different colour."""
FEW_GROUPS = 2
"""Groups with pairs that need no more than one column of a page."""


def make(study: Study) -> Piece:
    """Violins of every setting, the paper's values beside ours."""
    found = measures(study)
    if not any(len(m.kl) for m in found):
        raise Missing(
            "No group of the scale has a pair here",
            advice="Score the checkpoints of a run, or import models and their variants",
        )
    shown = tuple(m for m in found if m.group.id != "null" or len(m.kl))
    return Piece(
        caption=_caption(shown),
        tables=(summary_table(found), _pairs_table(study, shown)),
        drawings=(Drawing("scale", lambda: _draw(shown)),),
        remarks=tuple(f"{m.group.title}: {note}" for m in shown for note in m.group.notes),
    )


def _draw(shown: Sequence[Measure]) -> Any:
    here = [m for m in shown if len(m.kl)]
    narrow = len(here) <= FEW_GROUPS
    fig, (ax,) = kit.figure(kit.SINGLE if narrow else kit.DOUBLE, 3.4 if narrow else 3.8)
    ids = [m.group.id for m in here]
    for k, (before, name) in enumerate(pairwise(ids), start=1):
        if _COLOURS[before] != _COLOURS[name]:
            ax.axvline(k - 0.42, color=LIGHT.line, lw=0.8, zorder=0)
    kit.title(
        ax,
        "How far apart are two models?",
        "KL divergence, bits/byte; linear up to 0.1, logarithmic above\n"
        "Black bar: the median here. Diamond: the published"
        + ("\n" if narrow else " ") + "median, its line ends at the mean",
    )  # fmt: skip
    absent = [_group(m) for m in shown if not len(m.kl) and m.published]
    kit.violins(ax, [_group(m) for m in here], absent=absent)
    return fig


def _group(m: Measure) -> kit.Group:
    published = (m.published.median, m.published.mean) if m.published else None
    return kit.Group(m.group.title, m.kl, kit.colour(_COLOURS[m.group.id]), published)


def _caption(shown: Sequence[Measure]) -> str:
    with_pairs = [m for m in shown if len(m.kl)]
    few = [m.group.title for m in with_pairs if len(m.kl) < FEW]
    rules = " ".join(f"{m.group.title}: {m.group.words}." for m in with_pairs)
    none = ", ".join(m.group.title for m in shown if not len(m.kl))
    return " ".join(
        part
        for part in (
            "KL between the two models of a pair, by setting.",
            rules,
            f"Without pairs here: {none}." if none else "",
            f"Fewer than {FEW} pairs, so points only: {', '.join(few)}." if few else "",
            "Values above 50 bits/byte are triangles at the edge.",
            estimator(),
            recipes(with_pairs),
        )
        if part
    )


def _pairs_table(study: Study, shown: Sequence[Measure]) -> DataTable:
    rows = tuple(
        (m.group.title, part, label(study, a), label(study, b), float(kl), float(se))
        for m in shown
        for part, (a, b), kl, se in zip(m.group.parts, m.group.pairs, m.kl, m.se, strict=True)
    )
    return DataTable(
        "pairs",
        f"The {count(len(rows))} pairs of the groups",
        (
            ("group", ""), ("of", ""), ("first", ""), ("second", ""),
            ("KL", "bits/byte"), ("SE", "bits/byte"),
        ),
        rows,
        notes="SE is the standard error over texts.",
    )  # fmt: skip
