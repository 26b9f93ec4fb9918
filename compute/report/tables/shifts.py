"""Section 3.2: do quantized models shift the same way? Cosines of shifts, with their controls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.analysis import published
from compute.analysis.variants import (
    Control,
    Shifts,
    Variant,
    across_families,
    alignment,
    cosines,
    random_control,
    separately_centred,
    shifts_of,
    within_families,
)
from compute.core.colours import LIGHT
from compute.report import kit
from compute.report.contract import DataTable, Drawing, Piece
from compute.report.kit.plots import thinned
from compute.report.settings import below, label, quantized, shown_styles
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
            f"(seed {seed}); in the figure with their SD. Diamonds are published. {about(rows)}"
        ),
        tables=(
            _cosine_table(kinds, found, seed),
            _across_table(kinds, found),
            _sizes_table(study, found),
        ),
        drawings=(
            Drawing("cosines", lambda: _draw(study, kinds, found, seed)),
            *_on_disk(study, found),
        ),
        remarks=tuple(remarks),
    )


def _draw(study: Study, kinds: Sequence[str], found: Sequence[Shifts], seed: int) -> Any:
    """One panel for each kind of variant: the cosines of all pairs, by family."""
    shown = [(k, s) for k, s in zip(kinds, found, strict=True) if k != "null"]
    null = next((s for k, s in zip(kinds, found, strict=True) if k == "null"), None)
    fig, axes = kit.figure(kit.DOUBLE, 2.8, (1, len(shown)), sharey=True)
    for ax, (kind, shifts) in zip(axes, shown, strict=True):
        _cosine_panel(ax, study, kind, shifts, seed)
        if null is not None:
            values = cosines(null.deltas)[np.triu_indices(len(null.variants), 1)]
            _column(ax, "null control", values[thinned(len(values), _MOST_POINTS)], LIGHT.control)
    return fig


_MOST_POINTS = 400


def _cosine_panel(ax: Any, study: Study, kind: str, shifts: Shifts, seed: int) -> None:
    """Families by name, then groups drawn whatever their family: mean and SD over the trials."""
    cos = cosines(shifts.deltas)
    at: dict[str, list[int]] = {}
    for k, variant in enumerate(shifts.variants):
        at.setdefault(variant.family, []).append(k)
    families = sorted((name for name, of in at.items() if len(of) > 1), key=lambda n: -len(at[n]))
    styles = shown_styles(study, families)
    kit.title(ax, f"Shifts by {kind} quantization", "cosine of two models of a family, no unit")
    ax.set_xticks([], [])
    for x, name in enumerate(families):
        values = cos[np.ix_(at[name], at[name])][np.triu_indices(len(at[name]), 1)]
        _column(ax, styles[name].name, values, styles[name].colour)
        theirs = published.SHIFT_COSINES.get(name) if kind == "8-bit" else None
        if theirs:
            _published(ax, x, theirs[0])
    control = _control_of(cos, seed)
    if np.isfinite(control.mean):
        x = len(ax.get_xticks())
        _column(ax, f"random {control.size}", np.array([control.mean]), LIGHT.text, size=16)
        ax.errorbar(x, control.mean, control.sd, color=LIGHT.text, lw=0.9)
        if kind == "8-bit":
            _published(ax, x, published.RANDOM_COSINE)
    ax.set_ylim(min(-0.25, float(np.nanmin(cos, initial=0.0)) - 0.05), 1.05)


def _published(ax: Any, x: float, value: float) -> None:
    kit.scatter(
        ax, np.array([[x + 0.4, value]]), shape="diamond", hollow=True, colours=LIGHT.text, size=4.0
    )


def _column(
    ax: Any, name: str, values: NDArray[np.float64], colour: str, *, size: float = 7.0
) -> None:
    """One more column of points at the right."""
    x, names = len(ax.get_xticks()), [t.get_text() for t in ax.get_xticklabels()]
    at = 0.5 * ((np.arange(len(values)) * 0.618) % 1) - 0.25 * (len(values) > 1)
    ax.scatter(x + at, values, size, colour, lw=0, zorder=3)
    looks = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"}
    ax.set_xticks(range(x + 1), [*names, name], **looks)
    ax.set_xlim(-0.6, max(x, 3) + 0.6)


def _on_disk(study: Study, found: Sequence[Shifts]) -> tuple[Drawing, ...]:
    """KL against bytes on disk, where the entries say how many these are."""
    known = [
        (v, float(kl))
        for shifts in found
        for v, kl in zip(shifts.variants, shifts.kl, strict=True)
        if v.n_bytes > 0
    ]
    return (Drawing("on-disk", lambda: _draw_disk(study, known)),) if known else ()


def _draw_disk(study: Study, known: Sequence[tuple[Variant, float]]) -> Any:
    fig, (ax,) = kit.figure(kit.SINGLE * 1.3, 3.1)
    styles = shown_styles(study, [v.family for v, _ in known])
    kit.title(ax, "What quantizing costs", "KL to the model, bits/byte; linear up to 0.1")
    kit.kl_axis(ax)
    for kind in dict.fromkeys(v.how.kind for v, _ in known):
        of = [(v, kl) for v, kl in known if v.how.kind == kind]
        xy = np.array([(v.n_bytes / 2**20, min(kl, 50.0)) for v, kl in of])
        shape = "circle" if kind == "null" else "square"
        kit.scatter(ax, xy, colours=[styles[v.family].colour for v, _ in of], shape=shape,
                    hollow=kind == "4-bit", size=4.0, clip_on=False)  # fmt: skip
    ax.set_xscale("log")
    kit.plain_log(ax.xaxis)
    ax.margins(x=0.08)
    ax.set_xlabel("MiB on disk", loc="right")
    kinds = dict.fromkeys(v.how.kind for v, _ in known)
    marks = [("circle" if k == "null" else "square", k == "4-bit", _kind(k)) for k in kinds]
    below(ax, styles, [v.family for v, _ in known], marks, down=20)
    return fig


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
    control = _control_of(cos, seed)
    size = control.size
    theirs = published.RANDOM_COSINE if kind == "8-bit" else None
    pairs = size * (size - 1) // 2
    name = f"random groups of {size}"
    return (_kind(kind), name, size, pairs, control.mean, None, None, None, theirs)


def _control_of(cos: NDArray[np.float64], seed: int) -> Control:
    """Groups of nine as in the paper, or of all where there are fewer."""
    size = min(published.RANDOM_MODELS, int(np.isfinite(cos.diagonal()).sum()))
    return random_control(cos, size, trials=published.RANDOM_TRIALS, seed=seed)


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
