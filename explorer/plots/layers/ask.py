"""Layers of models: trajectories, profiles, one model against another."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from compute.analysis.layers import (
    Profile,
    Stack,
    layer_matrix,
    levels,
    median_profile,
    profile,
    profiles_by_family,
)
from compute.analysis.projections import components
from compute.core.numbers import count
from compute.geometry import Prepared, se_block
from compute.report.contract import Missing
from compute.report.settings import layered
from compute.report.study import about
from explorer.plots.contract import Column, Nothing, Request, Table, too_many
from explorer.plots.layers.spec import (
    Against,
    Answer,
    Doubles,
    Family,
    ModelLayers,
    links_of,
    looks_of,
)
from explorer.plots.source import Source
from explorer.state.notices import Act

NO_LAYERS = (
    "No model has two layers here. Score a model again with its layers: the choice is in the panel "
    "for new jobs."
)
PARTIAL = (
    "The layers are only partly scored, or are not ticked with their model. Go on scoring, or tick "
    "the models in the library."
)
MOST_DRAWN = 200
"""Models: more would stop the window while they are drawn."""
EVEN = 20
"""Places along the depth at which a family's median is taken by share."""


def answer(source: Source, request: Request) -> Answer | Nothing:
    """Every model of which two layers are in use, under the recipe of layers."""
    return layers_of(source, embedding=bool(request.options["embedding"]))


def layers_of(source: Source, *, embedding: bool) -> Answer | Nothing:
    """The same; ``embedding``: with layer 0, the embeddings before the first block."""
    try:
        rows, stacks = layered(source.study)
    except Missing:
        some = any(e.layer >= 0 for e in source.snapshot.entries)
        return Nothing(PARTIAL if some else NO_LAYERS, Act("Score layers...", "job.new"))
    if not embedding:
        stacks = tuple(s for s in map(_above, stacks) if len(s.ids) > 1) or stacks
    if len(stacks) > MOST_DRAWN:
        return too_many("models with layers", len(stacks), MOST_DRAWN)
    return source.once(("layers", embedding), lambda: _answer(source, rows, stacks))


def _above(stack: Stack) -> Stack:
    """Without layer 0."""
    kept = stack.layers > 0
    ids = tuple(i for i, on in zip(stack.ids, kept, strict=True) if on)
    return Stack(stack.model, stack.label, stack.family, ids, stack.layers[kept])


def _answer(source: Source, rows: Prepared, stacks: Sequence[Stack]) -> Answer:
    ids = tuple(i for stack in stacks for i in stack.ids if i in rows.row_of)
    used = rows if set(ids) == set(rows.ids) else _some(source, rows, ids)
    found = components(used, 3)
    at = {i: k for k, i in enumerate(found.ids)}
    profiles = tuple(profile(rows, stack) for stack in stacks)
    models = tuple(
        _model(source, rows, each, found.coords[[at[i] for i in each.stack.ids if i in at]])
        for each in profiles
    )
    entries = tuple(source.by_id[i] for m in models for i in m.ids)
    families = tuple(
        _family(name, each) for name, each in profiles_by_family(profiles).items() if len(each) > 2
    )
    shares = tuple(map(float, found.shares))
    return Answer(models, families, entries, looks_of(entries, models), links_of(models), shares,
                  found.mean_kl, _tables(models), _about(rows))  # fmt: skip


def _some(source: Source, rows: Prepared, ids: tuple[str, ...]) -> Prepared:
    """The layers alone, without what else the analysis holds."""
    return source.rows(ids, rows.recipe)


def _model(source: Source, rows: Prepared, of: Profile, coords: Doubles) -> ModelLayers:
    stack = of.stack
    used = [t for t, i in enumerate(stack.ids) if i in rows.row_of]
    ids = tuple(stack.ids[t] for t in used)
    level = levels(rows, ids)
    own = source.by_id.get(stack.model)
    run = (own.run or own.label) if own is not None else stack.label
    good = np.isfinite(of.kl)
    return ModelLayers(
        stack.model, stack.label, stack.family, run, ids, stack.layers[used], level.bits_per_byte,
        level.loglik, coords, of.layers[good], of.kl[good], of.se[good],
    )  # fmt: skip


def _family(name: str, profiles: Sequence[Profile]) -> Family:
    layers, kl = median_profile(profiles)
    x, table = np.linspace(0.0, 1.0, EVEN + 1), []
    for each in profiles:
        last = max(float(each.stack.layers.max(initial=0)), 1.0)
        good = np.isfinite(each.kl)
        if good.any():
            own = (each.layers[good] + 0.5) / last
            table.append(np.interp(x, own, each.kl[good], left=np.nan, right=np.nan))
    known = np.isfinite(table).sum(axis=0) >= 2 if table else np.zeros(len(x), bool)
    median = np.full(len(x), np.nan)
    if known.any():
        median[known] = np.nanmedian(np.array(table)[:, known], axis=0)
    return Family(name, len(profiles), {"layer": layers.astype(np.float64), "share": x},
                  {"layer": kl, "share": median})  # fmt: skip


def against(a: str, b: str, embedding: bool, source: Source) -> Against | None:
    """Two models layer by layer; None = one of them is gone."""
    found = layers_of(source, embedding=embedding)
    if isinstance(found, Nothing):
        return None
    by_name = {m.model: m for m in found.models}
    if a not in by_name or b not in by_name:
        return None
    return source.once(
        ("layers", a, b, embedding), partial(_against, source, by_name[a], by_name[b])
    )


def _against(source: Source, a: ModelLayers, b: ModelLayers) -> Against:
    rows, _ = layered(source.study)
    stacks = [Stack(m.model, m.label, m.family, m.ids, m.layers) for m in (a, b)]
    kl = layer_matrix(rows, *stacks)
    at = [np.array([rows.row_of[i] for i in m.ids], np.intp) for m in (a, b)]
    same = at[0][:, None] == at[1][None, :]
    return Against(a, b, np.where(same, 0.0, kl), np.where(same, 0.0, se_block(rows, *at)))


def _tables(models: Sequence[ModelLayers]) -> tuple[Table, ...]:
    columns = (
        Column("Model", digits=False), Column("Family", digits=False), Column("Layer"),
        Column("Mean", "bits/byte"), Column("Mean log-likelihood", "nats/text"),
        Column("KL to the next layer", "bits/byte"), Column("SE", "bits/byte"),
        *(Column(f"PC{k}", "√(bits/byte)") for k in (1, 2, 3)),
    )  # fmt: skip
    rows, ids = [], []
    for m in models:
        step = {int(k): t for t, k in enumerate(m.lower)}
        for t, (entry_id, layer) in enumerate(zip(m.ids, m.layers.tolist(), strict=True)):
            p = step.get(layer, -1)
            kl, se = (float(v[p]) if p >= 0 else float("nan") for v in (m.kl, m.se))
            rows.append((m.label, m.family, layer, float(m.bits[t]), float(m.loglik[t]), kl, se,
                         *map(float, m.coords[t])))  # fmt: skip
            ids.append((entry_id,))
    return (Table(columns, tuple(rows), tuple(ids), f"Layers of {count(len(models))} models"),)


def _about(rows: Prepared) -> tuple[str, ...]:
    return (
        about(rows),
        "Layers are read by the logit lens: the hidden state through the final norm and the "
        "unembedding; the last layer is the model's own output. Layers of the first quarter of the "
        "depth are noisy.",
        "SE is over texts. Components are those of all layers shown, centred together.",
    )
