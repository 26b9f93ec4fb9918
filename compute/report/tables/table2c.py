"""Table 2(c): first, middle and last adjacent layers of three models."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from compute.analysis import published
from compute.analysis.layers import Stack, deepest_families, example_pairs
from compute.analysis.scale import mean_kl
from compute.report.contract import DataTable, Piece
from compute.report.settings import layered, short
from compute.report.study import Study, about

N_MODELS = 3


def make(study: Study) -> Piece:
    """The paper's three models where they are here, else one of each of the largest families."""
    rows, stacks = layered(study)
    chosen = _chosen(stacks)
    table = []
    for stack in chosen:
        at = {int(k): name for k, name in zip(stack.layers, stack.ids, strict=True)}
        known = published.LAYERS.get(short(stack.label), ())
        theirs = dict(zip(published.LAYER_PAIRS, known, strict=bool(known)))
        for low, high in example_pairs(stack):
            kl, se = mean_kl(rows, ((at[low], at[high]),))
            p = theirs.get((low, high))
            noisy = "noisy" if bool(np.isin(low, stack.layers[stack.shallow])) else ""
            table.append(
                (
                    stack.label,
                    f"{low} – {high}",
                    noisy,
                    kl,
                    se,
                    p.kl if p else None,
                    p.se if p else None,
                )
            )
    bits = "bits/byte"
    columns = (
        ("model", ""), ("layers", ""), ("shallow", ""), ("KL", bits), ("SE", bits),
        ("published KL", bits), ("published SE", bits),
    )  # fmt: skip
    return Piece(
        caption=(
            "KL between adjacent layers: the first, the middle and the last pair of each model. "
            "Layers are read by the logit lens, the last one by the model itself; layers of the "
            "first quarter are noisy. SE is the standard error over texts. " + about(rows)
        ),
        tables=(DataTable("layers", "Adjacent layers", columns, tuple(table)),),
    )


def _chosen(stacks: Sequence[Stack]) -> tuple[Stack, ...]:
    named = {short(stack.label): stack for stack in reversed(stacks)}
    paper = tuple(named[name] for name in published.LAYERS if name in named)
    if len(paper) == N_MODELS:
        return paper
    found = dict.fromkeys((*paper, *deepest_families(stacks, N_MODELS, 1), *stacks))
    return tuple(found)[:N_MODELS]
