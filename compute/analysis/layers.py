"""The layers of models as models of their own (paper, sections 2 and 3.4, appendix H).

Layer k < Lmax is read by the logit lens, Lmax are the model's own logits. Shallow layers are noisy
under the logit lens (paper, limitations): they are named so, not hidden.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compute.core.tables import Entry, frozen
from compute.core.units import LN2
from compute.geometry import Prepared
from compute.geometry.distances import squared_distances

SHALLOW = 0.25
"""Part of the depth whose layers are called shallow, and so noisy under the logit lens."""


@dataclass(frozen=True, eq=False)
class Stack:
    """The layers of one model.

    Attributes
    ----------
    model : str
        Id of the model's entry, or the name that its layers give as their parent.
    label, family : str
    ids : tuple of str, (L,)
        Entry ids, by layer.
    layers : ndarray, (L,) int64
        Ascending, each once; gaps are possible.
    """

    model: str
    label: str
    family: str
    ids: tuple[str, ...]
    layers: NDArray[np.int64]

    def pairs(self) -> tuple[tuple[int, int], ...]:
        """Positions of adjacent layers k, k + 1: a missing layer is never bridged."""
        numbers = enumerate(itertools.pairwise(self.layers.tolist()))
        return tuple((t, t + 1) for t, (a, b) in numbers if b - a == 1)

    @property
    def shallow(self) -> NDArray[np.bool_]:
        """(L,) bool: layers of the first quarter of the depth, noisy under the logit lens."""
        return np.asarray(self.layers < SHALLOW * self.layers.max(initial=0))


def stacks_of(entries: Iterable[Entry], *, at_least: int = 1) -> tuple[Stack, ...]:
    """The models that have layers, in order of first appearance, with at least so many.

    Layers belong to the parent they declare, else to their run and step. Of several entries of one
    layer the first counts; layers of quantized variants and layers that name no model take no part.
    What was seen through another lens is a stack of its own.
    """
    found = tuple(entries)
    by_id = {entry.id: entry for entry in found}
    grouped: dict[tuple[str, str], dict[int, Entry]] = {}
    for entry in found:
        model = _model(entry)
        if model:
            grouped.setdefault((model, _lens(entry)), {}).setdefault(entry.layer, entry)
    stacks = [
        _stack(model, lens, members, by_id.get(model)) for (model, lens), members in grouped.items()
    ]
    return tuple(stack for stack in stacks if len(stack.ids) >= at_least)


def _lens(entry: Entry) -> str:
    """The tuned lens that a layer was seen through, "" = the logit lens."""
    lens = dict(entry.metadata).get("lens", "")
    return lens if lens.startswith("tuned") else ""


def _model(entry: Entry) -> str:
    if entry.layer < 0 or entry.quantization:
        return ""
    if entry.parent:
        return entry.parent
    return f"{entry.run}/step{entry.step}" if entry.run and entry.step >= 0 else entry.run


def _stack(model: str, lens: str, members: dict[int, Entry], own: Entry | None) -> Stack:
    layers = sorted(members)
    family = own.family if own is not None and own.family else ""
    family = family or next((e.family for e in members.values() if e.family), "")
    label = (own.label or own.id) if own is not None else model
    return Stack(
        model,
        f"{label} ({lens})" if lens else label,
        family,
        tuple(members[k].id for k in layers),
        frozen(np.array(layers, np.int64)),
    )


@dataclass(frozen=True, eq=False)
class Profile:
    """KL between adjacent layers of one model.

    Attributes
    ----------
    stack : Stack
    layers : ndarray, (P,) int64
        The lower layer k of each pair (k, k + 1).
    kl, se : ndarray, (P,) float64, bits/byte
        NaN = one of the two is not in this analysis.
    """

    stack: Stack
    layers: NDArray[np.int64]
    kl: NDArray[np.float64]
    se: NDArray[np.float64]


def profile(rows: Prepared, stack: Stack) -> Profile:
    """The KL between adjacent layers, with its standard error over texts."""
    pairs = stack.pairs()
    kl, se = np.full(len(pairs), np.nan), np.full(len(pairs), np.nan)
    for p, (a, b) in enumerate(pairs):
        i, j = (rows.row_of.get(stack.ids[t], -1) for t in (a, b))
        if i >= 0 and j >= 0:
            u = (rows.qs[j] - rows.qs[i]) ** 2
            kl[p], se[p] = u.sum(), np.sqrt(((u - u.mean()) ** 2).sum())
    lower = stack.layers[[a for a, _ in pairs]]
    return Profile(stack, frozen(lower), frozen(kl), frozen(se))


def example_pairs(stack: Stack) -> tuple[tuple[int, int], ...]:
    """The first, the middle and the last pair of adjacent layers: 1-2, 16-17 and 31-32 of 32.

    Those that the stack lacks are left out (paper, table 2(c)).
    """
    last = int(stack.layers.max(initial=0))
    wanted = dict.fromkeys(((1, 2), (last // 2, last // 2 + 1), (last - 1, last)))
    known = set(stack.layers.tolist())
    return tuple((a, b) for a, b in wanted if a in known and b in known and a >= 0)


def deepest_families(stacks: Sequence[Stack], n_families: int, n_models: int) -> tuple[Stack, ...]:
    """Of the families with most models of one depth some models each, to compare layer by layer.

    The depth is that which most models have; the paper takes ten models of 32 layers of each of
    three types (appendix H). Families of an unknown name take no part unless there is no other.
    """
    depths = [int(stack.layers.max(initial=0)) for stack in stacks]
    usual = max(dict.fromkeys(depths), key=depths.count, default=0)
    alike = [s for s, depth in zip(stacks, depths, strict=True) if depth == usual]
    by_family: dict[str, list[Stack]] = {}
    for stack in alike:
        by_family.setdefault(stack.family, []).append(stack)
    named = {name: of for name, of in by_family.items() if name and name != "others"} or by_family
    most = sorted(named, key=lambda name: -len(named[name]))[:n_families]
    return tuple(stack for name in most for stack in named[name][:n_models])


def profiles_by_family(profiles: Sequence[Profile]) -> dict[str, tuple[Profile, ...]]:
    """Family -> its profiles, in order of first appearance; "" = unknown."""
    out: dict[str, tuple[Profile, ...]] = {}
    for item in profiles:
        out[item.stack.family] = (*out.get(item.stack.family, ()), item)
    return out


def median_profile(profiles: Sequence[Profile]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The layers that occur, and the median KL over the models that have each; bits/byte."""
    layers = np.array(sorted({int(k) for p in profiles for k in p.layers}), np.int64)
    table = np.full((len(profiles), len(layers)), np.nan)
    for row, item in zip(table, profiles, strict=True):
        row[np.searchsorted(layers, item.layers)] = item.kl
    known = np.isfinite(table).any(axis=0)
    out = np.full(len(layers), np.nan)
    out[known] = np.nanmedian(table[:, known], axis=0)
    return layers, out


def layer_matrix(rows: Prepared, a: Stack, b: Stack) -> NDArray[np.float64]:
    """KL of each layer of one model to each of another: (La, Lb) float64, bits/byte.

    NaN = one of the two layers is not in this analysis.
    """
    at = [[rows.row_of.get(name, -1) for name in stack.ids] for stack in (a, b)]
    used = [np.flatnonzero(np.array(k) >= 0) for k in at]
    out = np.full((len(a.ids), len(b.ids)), np.nan)
    if not all(map(len, used)):
        return out
    both = [at[side][k] for side in (0, 1) for k in used[side]]
    kl = squared_distances(rows.qs[both])
    out[np.ix_(*used)] = kl[: len(used[0]), len(used[0]) :]
    return out


@dataclass(frozen=True, eq=False)
class Levels:
    """How well each layer of a model predicts.

    Attributes
    ----------
    loglik : ndarray, (L,) float64, nats per text
        Mean over the texts in use, before clipping. NaN = the layer is not in this analysis.
    bits_per_byte : ndarray, (L,) float64
        The same as a code length.
    clipped : ndarray, (L,) float64
        Share of texts at or below the clip value: where it is large, KL says little.
    """

    loglik: NDArray[np.float64]
    bits_per_byte: NDArray[np.float64]
    clipped: NDArray[np.float64]


def levels(rows: Prepared, ids: Sequence[str]) -> Levels:
    """Mean log-likelihood of entries, for example of the layers of a model."""
    mean, clipped = np.full(len(ids), np.nan), np.full(len(ids), np.nan)
    for t, name in enumerate(ids):
        if name in rows.row_of:
            raw = rows.raw[rows.row_of[name]]
            mean[t] = raw.mean(dtype=np.float64)
            clipped[t] = float((raw <= rows.tau).mean())
    return Levels(frozen(mean), frozen(-mean / (rows.mean_bytes * LN2)), frozen(clipped))
