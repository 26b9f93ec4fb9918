"""Variants of models: KL to their models, shifts and their cosines, controls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.linalg import eigh

from compute.analysis import published
from compute.analysis.kinds import Quantization, quantization_of
from compute.analysis.pairs import kl_between
from compute.analysis.pretraining import bits_per_byte
from compute.analysis.projections import components
from compute.analysis.variants import (
    Shifts,
    Variant,
    alignment,
    bytes_on_disk,
    cosines,
    random_control,
    shifts_of,
    variants_of,
    within_families,
)
from compute.core.tables import Entry
from compute.geometry import Prepared
from compute.report.study import about
from explorer.plots.contract import Nothing, Request
from explorer.plots.source import Source
from explorer.plots.variants.listing import tables
from explorer.plots.variants.spec import (
    KINDS,
    MOST_VALUES,
    QUANTIZED,
    Alike,
    Answer,
    Doubles,
    Made,
    best_of,
    looks_of,
    name_of,
)
from explorer.state.map import run_marks
from explorer.state.notices import Act

NONE = (
    "No model is here with a variant of it. Quantize one, or add a fine-tuned model, an adapter or "
    "a merge whose model is in the project."
)
NOT_THESE = "There is no {} model here with what it was made of. Show the others, or add one."
UNTICKED = "The variants here are not ticked, so they are left out. Tick them in the library."
PARTLY = (
    "The variants here cannot be compared yet: they or their models are only partly scored, or a "
    "model is not ticked. Score the rest of the texts."
)
_RELATIONS = {"fine-tune-of": "fine-tune", "adapter-on": "adapter", "merge-of": "merge"}
_WORDS = {"quantized": "quantized", "tuned": "fine-tuned or adapted"}


def answer(source: Source, request: Request) -> Answer | Nothing:
    """Every variant that is in use with its model, under the recipe in use."""
    shown = str(request.options["shown"])
    found = _variants(source)
    kept = [
        v for v in found if shown == "all" or (v.how.kind in QUANTIZED) == (shown == "quantized")
    ]
    if not any(v.how.kind != "null" for v in kept):
        act = Act("New job...", "job.new")
        if not found:
            return _none(source, act)
        return Nothing(NOT_THESE.format(_WORDS.get(shown, "changed")), act)
    return source.once(("variants", shown), lambda: _answer(source, kept, found))


def _none(source: Source, act: Act) -> Nothing:
    """Why there is no variant, and what can be done about it."""
    known = [e.id for e in source.snapshot.entries if _kind(e)]
    off = tuple(i for i in known if i in source.unticked)
    if off:
        return Nothing(UNTICKED, Act("Tick them", "selection.include", off))
    return Nothing(PARTLY if known else NONE, act)


def _variants(source: Source) -> tuple[Variant, ...]:
    """Quantized ones as the report has them, then what else was made of a model."""
    rows = source.row_of
    found = list(variants_of(source.entries, rows))
    for entry in source.entries:
        kind = _RELATIONS.get(entry.relation, "")
        for parent in entry.parents if kind and entry.layer < 0 else ():
            if parent in rows:
                how = Quantization(kind, kind)
                family = source.by_id[parent].family or entry.family
                found.append(Variant(parent, entry.id, family, how, bytes_on_disk(entry)))
    order = list(KINDS)
    return tuple(sorted(found, key=lambda v: order.index(v.how.kind)))


def _kind(entry: Entry) -> str:
    """What an entry is a variant by, "" = it is none."""
    how = quantization_of(entry)
    return how.kind if how is not None else _RELATIONS.get(entry.relation, "")


def _answer(source: Source, kept: Sequence[Variant], every: Sequence[Variant]) -> Answer:
    rows = source.prepared
    controls = _controls(rows, every)
    made = _made(source, kept, controls)
    ids = list(dict.fromkeys([*(m.base for m in made), *(m.id for m in made)]))
    entries = tuple(source.by_id[i] for i in ids)
    coords, shares, mean_kl = _places(source, tuple(ids))
    at = {i: k for k, i in enumerate(ids)}
    base_row = np.full(len(ids), -1, np.int64)
    for m in made:
        base_row[at[m.id]] = at[m.base]
    shifted = tuple(k for k, m in enumerate(made) if m.kind != "null")
    shifts = shifts_of(rows, [kept[k] for k in shifted])
    tips, share = _tips(shifts)
    bits = bits_per_byte(rows)[[rows.row_of[i] for i in ids]]
    kinds = {m.kind for m in made}
    lacking = () if "null" in kinds or kinds.isdisjoint(QUANTIZED) else (NO_NULL,)
    alike, marks = _alike(shifts), run_marks(source.snapshot.entries)
    return Answer(
        made, entries, looks_of(entries, made, marks), coords, base_row, bits, shifted,
        cosines(shifts.deltas), tips, share, alike, shares, mean_kl,
        lacking, tables(made, shifts, alike), _about(rows),
    )  # fmt: skip


NO_NULL = (
    'There is no null control here. Quantize again with the choice "null control" on: the '
    "unmodified model is then scored the same way, which says what is no effect."
)


def _controls(rows: Prepared, every: Sequence[Variant]) -> dict[str, float]:
    """Model -> the largest KL of its null controls."""
    out: dict[str, float] = {}
    null = [v for v in every if v.how.kind == "null"]
    for v, kl in zip(null, _measured(rows, null)[0].tolist(), strict=True):
        out[v.base] = max(out.get(v.base, 0.0), kl)
    return out


def _measured(rows: Prepared, variants: Sequence[Variant]) -> tuple[Doubles, Doubles]:
    """KL of each to its model, with SE."""
    at = np.array([[rows.row_of[v.base], rows.row_of[v.id]] for v in variants], np.intp)
    base, own = at.reshape(-1, 2).T
    return kl_between(rows.qs, base, own)


def _made(source: Source, kept: Sequence[Variant], controls: dict[str, float]) -> tuple[Made, ...]:
    kl, se = _measured(source.prepared, kept)
    found = []
    for v, value, error in zip(kept, kl.tolist(), se.tolist(), strict=True):
        base, own = source.by_id[v.base], source.by_id[v.id]
        found.append(Made(
            v.id, own.label or own.id, v.base, name_of(base), base.run or base.label, v.family,
            v.how.kind, v.how.type, v.n_bytes, base.n_params,
            value, error, controls.get(v.base, float("nan")),
            float(np.fmax(base.noise_floor, own.noise_floor)),
        ))  # fmt: skip
    best = {}
    for base in dict.fromkeys(m.base for m in found):
        of = [m for m in found if m.base == base]
        best |= {(base, m.id): on for m, on in
                 zip(of, best_of([(m.n_bytes, m.kl) for m in of]), strict=True)}  # fmt: skip
    return tuple(replace(m, best=best[m.base, m.id]) for m in found)


def _places(source: Source, ids: tuple[str, ...]) -> tuple[Doubles, tuple[float, ...], float]:
    found = components(source.rows(ids), 3)
    at = {i: k for k, i in enumerate(found.ids)}
    coords = found.coords[[at[i] for i in ids]]
    return coords, tuple(map(float, found.shares)), found.mean_kl


def _alike(shifts: Shifts) -> tuple[Alike, ...]:
    """Each kind on its own, as the paper's section 3.2 has it."""
    out = []
    for kind in dict.fromkeys(v.how.kind for v in shifts.variants):
        at = [k for k, v in enumerate(shifts.variants) if v.how.kind == kind]
        some = Shifts(tuple(shifts.variants[k] for k in at), shifts.deltas[at], shifts.kl[at])
        cos = cosines(some.deltas)
        whole = alignment(kind, cos)
        families = [a for a in within_families(some, cos) if a.n_pairs]
        size = min(published.RANDOM_MODELS, whole.n_models)
        control = random_control(cos, size, trials=published.RANDOM_TRIALS)
        n = sum(a.n_pairs for a in families)
        mean = sum(a.mean * a.n_pairs for a in families) / n if n else float("nan")
        out.append(Alike(
            kind, whole.n_models, n, mean, min((a.low for a in families), default=float("nan")),
            max((a.high for a in families), default=float("nan")), size, control.mean, control.sd,
            "" if n else "no family has two of them", _within(some, cos),
        ))  # fmt: skip
    return tuple(out)


def _within(some: Shifts, cos: Doubles) -> tuple[float, ...]:
    """Cosines of all pairs of one family."""
    names = np.array([v.family for v in some.variants])
    i, j = np.triu_indices(len(names), 1)
    values = cos[i, j][names[i] == names[j]]
    values = np.sort(values[np.isfinite(values)])
    if len(values) > MOST_VALUES:
        values = values[np.linspace(0, len(values) - 1, MOST_VALUES).round().astype(np.intp)]
    return tuple(values.tolist())


def _tips(shifts: Shifts) -> tuple[Doubles, float]:
    """Shifts in their first two components, seen from where nothing is shifted, and the share."""
    products = shifts.deltas @ shifts.deltas.T
    total, n = float(np.trace(products)), min(2, len(products))
    if not total > 0:
        return np.zeros((len(products), 2)), 0.0
    low = len(products) - n
    values, vectors = eigh(products, subset_by_index=[low, len(products) - 1])
    found = np.zeros((len(products), 2))
    for k in range(n):
        column = vectors[:, -1 - k] * np.sqrt(max(float(values[-1 - k]), 0.0))
        found[:, k] = column * np.sign(column[np.abs(column).argmax()])
    return found, float(np.maximum(values[-n:], 0.0).sum()) / total


def _about(rows: Prepared) -> tuple[str, ...]:
    return (
        about(rows),
        "A shift is the difference of the scaled rows of a variant and its model; its squared "
        "length is their KL. Cosines are of shifts that are centred together with all models.",
        "The null control is the unmodified model, scored once more through the pipeline of its "
        "variants. SE is over texts.",
        f"Random groups: {published.RANDOM_TRIALS} draws of up to {published.RANDOM_MODELS} shifts "
        "whatever their family, mean over their pairs, ± the SD of that mean (section 3.2).",
    )
