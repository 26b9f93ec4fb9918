"""What the view of layers shows. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from compute.core.numbers import THIN, plain, with_se
from compute.core.tables import Entry
from explorer.plots.contract import Option, PlotKind, Table
from explorer.state.map import Links, MapTables
from explorer.state.reading import flag, one_of, text
from explorer.state.views import Unit

Doubles = NDArray[np.float64]
DIMS = {"2": "2D", "3": "3D"}
COLOURS = {"bits": "loss", "model": "model"}
DEPTHS = {"share": "depth", "layer": "layer"}
SHALLOW = 0.25
"""Share of the depth whose layers are noisy under the logit lens (paper, limitations)."""
STARTS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)

KIND = PlotKind(
    id="layers",
    title="Layers",
    icon="stack",
    tip="how models change from layer to layer",
    ask="explorer.plots.layers.ask:answer",
    view="explorer.plots.layers.view:Layers",
    options=(
        Option("dims", "Show", "2", one_of(DIMS), "segments", DIMS,
               "Trajectories flat or in space (3)", asks=False),
        Option("colour", "Colour", "bits", one_of(COLOURS), "segments", COLOURS,
               "Layers by how well they predict, or by their model", asks=False),
        Option("depth", "Depth", "share", one_of(DEPTHS), "segments", DEPTHS,
               "Profiles against the share of the depth, or the number of the layer", asks=False),
        Option("embedding", "Layer 0", False, flag, "check",
               tip="Also the embeddings before the first block, which are far from everything"),
        Option("a", "Rows", "", text, asks=False),
        Option("b", "Columns", "", text, asks=False),
    ),
    help=(
        "Every layer is a model of its own: its hidden state goes through the final norm and the "
        "unembedding (logit lens). A line joins the layers of one model, thin and small at the "
        "first, with the large mark at the last, which is the model itself. Axes are components of "
        "the KL between layers; colour says what a byte costs, so that you see where prediction "
        "gets good.",
        "The profile is the KL from each layer to the next, with its standard error over texts; "
        "the dashed line is the median of a family. More than nine models are thin lines, and the "
        "families have names instead; select some to see them in full. The first quarter is "
        "shaded: the logit lens is noisy there, since these states were never meant to be read "
        "out.",
        "Layer against layer puts two models side by side: dark cells are near. A dark diagonal "
        "means that both reach the same predictions at the same depth; the nearest layer of each "
        "row is marked. Choose the two above, or select a layer of each.",
    ),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class ModelLayers:
    """The layers of one model.

    Attributes
    ----------
    model : str
        Id of its entry, or a name; ``run`` is what its colour goes by.
    ids : tuple of str, (L,)
        Entry ids of the layers, by layer.
    layers : ndarray, (L,) int64
    bits, loglik : ndarray, (L,) float64
        Mean bits/byte; mean log-likelihood in nats/text, before clipping.
    coords : ndarray, (L, 3) float64, sqrt(bits/byte)
        Components of all layers shown, centred together.
    lower : ndarray, (P,) int64
        Layers k of which k + 1 is there too; ``kl``, ``se`` (P,) float64, bits/byte.
    """

    model: str
    label: str
    family: str
    run: str
    ids: tuple[str, ...]
    layers: NDArray[np.int64]
    bits: Doubles
    loglik: Doubles
    coords: Doubles
    lower: NDArray[np.int64]
    kl: Doubles
    se: Doubles

    @property
    def last(self) -> int:
        """The deepest layer."""
        return int(self.layers.max(initial=0))

    def depth(self, by: str) -> Doubles:
        """(P,) where the pairs of the profile stand: the lower layer, or the share of the depth of
        the middle between the two."""
        if by == "layer":
            return self.lower.astype(np.float64)
        return (self.lower + 0.5) / max(self.last, 1)

    def pairs_of(self, ids: frozenset[str]) -> tuple[int, ...]:
        """Rows of the profile that these entries are about: with both layers among them, else with
        the lower one; of the last layer the pair that leads to it."""
        own = {int(k) for k, i in zip(self.layers, self.ids, strict=True) if i in ids}
        rows = [(p, int(k)) for p, k in enumerate(self.lower)]
        both = tuple(p for p, k in rows if k in own and k + 1 in own)
        lower = tuple(p for p, k in rows if k in own or (k + 1 == self.last and k + 1 in own))
        return both or lower


@dataclass(frozen=True, eq=False)
class Family:
    """The median profile of the models of one family: ``layers`` and ``kl``, or by share of the
    depth where they differ in depth. ``n`` models."""

    name: str
    n: int
    x: Mapping[str, Doubles]
    kl: Mapping[str, Doubles]


@dataclass(frozen=True, eq=False)
class Answer:
    """``entries`` are those of the layers, in the order of the models, ``looks`` and ``links`` as
    the map draws and joins them; ``shares`` (3,) of the mean KL along each component. ``mean_kl``
    is in bits/byte."""

    models: tuple[ModelLayers, ...]
    families: tuple[Family, ...]
    entries: tuple[Entry, ...]
    looks: tuple[Entry, ...]
    links: Links
    shares: tuple[float, ...]
    mean_kl: float
    tables: tuple[Table, ...]
    about: tuple[str, ...] = ()

    def with_layer(self, entry_id: str) -> ModelLayers | None:
        """The model of which an entry is a layer, or that it is itself."""
        return self._model_of.get(entry_id)

    @cached_property
    def _model_of(self) -> Mapping[str, ModelLayers]:
        return {i: m for m in reversed(self.models) for i in (*m.ids, m.model)}


@dataclass(frozen=True, eq=False)
class Against:
    """Two models layer by layer: ``kl``, ``se`` (La, Lb) float64, bits/byte."""

    a: ModelLayers
    b: ModelLayers
    kl: Doubles
    se: Doubles

    @property
    def nearest(self) -> tuple[int, ...]:
        """The nearest column of each row, -1 = nothing is known."""
        known = np.where(np.isfinite(self.kl), self.kl, np.inf)
        return tuple(int(np.argmin(r)) if np.isfinite(r).any() else -1 for r in known)


def chosen_pair(
    answer: Answer, a: str, b: str, selected: Sequence[str] = (), now: tuple[object, ...] = ()
) -> tuple[ModelLayers, ModelLayers]:
    """The two models that are compared: as chosen, else those that are selected.

    With nothing selected the first and the last, which differ most in size where models are in the
    order of the project. ``now`` are the two that are shown: they keep their places.
    """
    by_name = {m.model: m for m in answer.models}
    touched = {m.model: None for i in selected if (m := answer.with_layer(i)) is not None}
    kept = [str(name) for name in now if name in by_name and (not touched or name in touched)]
    usual = [answer.models[0].model, answer.models[-1].model]
    free = list(dict.fromkeys([*(kept if len(kept) == len(now) else ()), *touched, *usual]))
    first = by_name.get(a) or by_name[free[0]]
    rest = [name for name in free if name != first.model] or free
    return first, by_name.get(b) or by_name[rest[0]]


def as_map(answer: Answer, dims: int) -> MapTables:
    """The layers as a map: models in the place of runs, layers in the place of steps."""
    coords = np.concatenate([m.coords for m in answer.models])[:, :dims].astype(np.float32)
    bits = np.concatenate([m.bits for m in answer.models])
    params = {"method": "pca", "components": tuple(range(1, dims + 1))}
    info = {"explained": list(answer.shares[:dims]), "mean_kl": answer.mean_kl}
    return MapTables(answer.looks, coords, bits, params, info, answer.links)


def looks_of(entries: Sequence[Entry], models: Sequence[ModelLayers]) -> tuple[Entry, ...]:
    """Entries as the map draws them. Ids stay, so that pointing and selecting are those of all
    views."""
    names = distinct(models)
    run = {i: names[m.model] for m in models for i in m.ids}
    return tuple(replace(e, run=run[e.id], step=e.layer, relation="", parent="") for e in entries)


def links_of(models: Sequence[ModelLayers]) -> Links:
    """KL between the layers that follow each other, in the order of the models."""
    rows, first = [], 0
    for model in models:
        at = np.searchsorted(model.layers, model.lower)
        rows.append(first + np.stack([at, at + 1], axis=1))
        first += len(model.ids)
    kl, se = (np.concatenate([getattr(m, name) for m in models]) for name in ("kl", "se"))
    return Links(np.concatenate(rows).astype(np.int32), kl, np.zeros(0, np.float32), se)


def distinct(models: Sequence[ModelLayers]) -> dict[str, str]:
    """Model -> a name that no other one has: its run where that is enough."""
    runs = [m.run for m in models]
    labels = [m.label for m in models]
    return {
        m.model: m.run if m.run and runs.count(m.run) == 1
        else m.label if labels.count(m.label) == 1 else m.model
        for m in models
    }  # fmt: skip


def lowest(models: Sequence[ModelLayers]) -> float:
    """Where the axis of the profiles begins, bits/byte: a round value below all, 0 where some lie
    on the linear part of the scale."""
    least = min((float(np.nanmin(m.kl)) for m in models if len(m.kl)), default=0.0)
    return max((v for v in STARTS if v <= 0.95 * least), default=0.0)


def value_words(kl: float, se: float, unit: Unit) -> str:
    """A KL with its standard error, in the unit of the window."""
    value, error = with_se(float(kl) * unit.factor, float(se) * unit.factor)
    return f"{value}{THIN}±{THIN}{error}" if error else value or plain(0.0)
