"""Section 3.2: do quantized models shift the same way? Cosines of shifts, with their controls."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from compute.analysis import published
from compute.analysis.variants import (
    Control,
    Shifts,
    across_families,
    alignment,
    cosines,
    random_control,
    separately_centred,
    shifts_of,
    within_families,
)
from compute.report.contract import DataTable, Piece
from compute.report.settings import label, quantized
from compute.report.study import Study, about

KINDS = ("null", "8-bit", "4-bit", "other")
_NAMES = {"null": "null control", "": "unknown family"}


def make(study: Study) -> Piece:
    """Cosines within families, beside random groups, families of each other, and null controls."""
    rows, variants = quantized(study)
    kinds = [k for k in KINDS if any(v.how.kind == k for v in variants)]
    found = [shifts_of(rows, [v for v in variants if v.how.kind == k]) for k in kinds]
    seed = study.options.seed
    remarks = [
        "The published values have no null control, and clipping a model but not its variants "
        "would give cosines of about 0.98 out of nothing: here both go through the same clipping."
    ]
    if "null" not in kinds:
        remarks.append(
            "There is no null control here: score the unmodified model again through the pipeline "
            "of its variants, as a variant with quantization 'none'."
        )
    return Piece(
        caption=(
            "Cosines of the shifts that quantization makes: the row-centred difference of the "
            "log-likelihoods of a variant and its model, all pairs within a family. Random groups "
            f"are drawn whatever their family, {published.RANDOM_TRIALS} trials, mean over pairs "
            f"(seed {seed}). {about(rows)}"
        ),
        tables=(
            _cosine_table(kinds, found, seed),
            _across_table(kinds, found),
            _sizes_table(study, found),
        ),
        remarks=tuple(remarks),
    )


def _cosine_table(kinds: Sequence[str], found: Sequence[Shifts], seed: int) -> DataTable:
    rows: list[tuple[str | int | float | None, ...]] = []
    for kind, shifts in zip(kinds, found, strict=True):
        cos, apart = cosines(shifts.deltas), cosines(separately_centred(shifts))
        by_family = {a.name: a for a in within_families(shifts, apart)}
        for a in within_families(shifts, cos):
            theirs = published.SHIFT_COSINES.get(a.name) if kind == "8-bit" else None
            name = a.name or "unknown family"
            own = (a.n_models, a.n_pairs, a.mean, a.low, a.high, by_family[a.name].mean)
            rows.append((_kind(kind), name, *own, theirs[0] if theirs else None))
        whole = alignment("all", cos)
        rows.append(
            (
                _kind(kind), "all models", whole.n_models, whole.n_pairs, whole.mean, whole.low,
                whole.high, alignment("", apart).mean, None,
            )
        )  # fmt: skip
        rows.append(_control_row(kind, cos, seed))
    columns = (
        ("variant", ""), ("family", ""), ("models", ""), ("pairs", ""), ("mean cosine", ""),
        ("least", ""), ("greatest", ""), ("centred apart", ""), ("published", ""),
    )  # fmt: skip
    return DataTable(
        "shift-cosines",
        "Cosines of shifts",
        columns,
        tuple(rows),
        notes=(
            "Centred apart: models and variants each centred on their own, which loses what all "
            "shifts share. A null control has next to no shift, so its cosines are those of noise."
        ),
    )


def _kind(kind: str) -> str:
    return "null control" if kind == "null" else kind


def _control_row(
    kind: str, cos: NDArray[np.float64], seed: int
) -> tuple[str | int | float | None, ...]:
    size = min(published.RANDOM_MODELS, int(np.isfinite(cos.diagonal()).sum()))
    control: Control = random_control(cos, size, trials=published.RANDOM_TRIALS, seed=seed)
    theirs = published.RANDOM_COSINE if kind == "8-bit" else None
    pairs = size * (size - 1) // 2
    name = f"random groups of {size}"
    return (_kind(kind), name, size, pairs, control.mean, None, None, None, theirs)


def _across_table(kinds: Sequence[str], found: Sequence[Shifts]) -> DataTable:
    rows = tuple(
        (_kind(kind), a or "unknown", b or "unknown", value)
        for kind, shifts in zip(kinds, found, strict=True)
        for (a, b), value in across_families(shifts, cosines(shifts.deltas)).items()
    )
    columns = (("variant", ""), ("family", ""), ("other family", ""), ("mean cosine", ""))
    return DataTable("across-families", "Cosines of shifts between families", columns, rows)


def _sizes_table(study: Study, found: Sequence[Shifts]) -> DataTable:
    rows = tuple(
        (
            label(study, v.base), _kind(v.how.kind), v.how.type, v.family, float(kl),
            v.n_bytes if v.n_bytes >= 0 else None,
        )
        for shifts in found
        for v, kl in zip(shifts.variants, shifts.kl, strict=True)
    )  # fmt: skip
    columns = (
        ("model", ""), ("variant", ""), ("type", ""), ("family", ""),
        ("KL to the model", "bits/byte"), ("on disk", "bytes"),
    )  # fmt: skip
    return DataTable("variants", "KL of variants to their models", columns, rows)
