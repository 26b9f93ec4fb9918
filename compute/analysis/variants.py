"""What a modification does to a model: shift vectors, their cosines and controls.

Paper, section 3.2; method page, section 3. A shift is the row-centred difference of the
log-likelihoods of a variant and its model. Both must have gone through the same clipping, in rows
that are centred together: a clipped model against unclipped variants gives cosines of about 0.98
and KL of about 0.5 bits/byte out of nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compute.analysis.kinds import Quantization, quantization_of
from compute.analysis.members import parent_in
from compute.core.tables import Entry, frozen
from compute.geometry import Prepared

DISK_NAMES = ("bytes_on_disk", "bytes on disk", "disk_bytes", "file_size", "size_on_disk")
"""Names in an entry's metadata that give the bytes of its weights on disk."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A quantized variant (or null control) and the model it comes from, both of the project."""

    base: str
    id: str
    family: str
    how: Quantization
    n_bytes: int = -1


def variants_of(entries: Iterable[Entry], in_use: Collection[str]) -> tuple[Variant, ...]:
    """Quantized variants whose model is here too, both with rows; in project order."""
    found = tuple(entries)
    present = {entry.id: entry for entry in found}
    out = []
    for entry in found:
        how, base = quantization_of(entry), parent_in(entry, present)
        if how is not None and base in in_use and entry.id in in_use:
            family = present[base].family or entry.family
            out.append(Variant(base, entry.id, family, how, bytes_on_disk(entry)))
    return tuple(out)


def bytes_on_disk(entry: Entry) -> int:
    """Bytes of an entry's weights as its metadata says, -1 = unknown."""
    for name, value in entry.metadata:
        if name.strip().lower() in DISK_NAMES and value.replace(",", "").strip().isdigit():
            return int(value.replace(",", ""))
    return -1


@dataclass(frozen=True, eq=False)
class Shifts:
    """Shift vectors of variants of one kind.

    Attributes
    ----------
    variants : tuple of Variant, (P,)
    deltas : ndarray, (P, N) float64, sqrt(bits/byte)
        ``qs_variant - qs_base``: rows centred, and centred together (the mean over models cancels).
    kl : ndarray, (P,) float64, bits/byte
        Squared length of each.
    """

    variants: tuple[Variant, ...]
    deltas: NDArray[np.float64]
    kl: NDArray[np.float64]


def shifts_of(rows: Prepared, variants: Sequence[Variant]) -> Shifts:
    """The shift of each variant from its model.

    Raises
    ------
    UsageError
        If one of them has no row.
    """
    deltas = np.empty((len(variants), rows.n_texts))
    for row, variant in zip(deltas, variants, strict=True):
        np.subtract(rows.qs[rows.row(variant.id)], rows.qs[rows.row(variant.base)], out=row)
    return Shifts(tuple(variants), frozen(deltas), frozen(np.einsum("ij,ij->i", deltas, deltas)))


def cosines(deltas: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cosines of all pairs of shifts: (P, P) float64; NaN = one of the two has no length."""
    norms = np.sqrt(np.einsum("ij,ij->i", deltas, deltas))
    unit = deltas / np.where(norms > 0, norms, np.nan)[:, None]
    return np.clip(unit @ unit.T, -1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Alignment:
    """How much the shifts of some models point the same way: cosines of all their pairs.

    ``n_models`` have a shift with a length; NaN and a ``reason`` where they give no pair.
    """

    name: str
    n_models: int
    n_pairs: int
    mean: float
    low: float
    high: float
    reason: str = ""


def alignment(name: str, cos: NDArray[np.float64]) -> Alignment:
    """Mean, least and greatest cosine over the pairs of a (P, P) matrix."""
    valid = np.flatnonzero(np.isfinite(cos.diagonal()))
    part = cos[np.ix_(valid, valid)]
    values = part[np.triu_indices(len(valid), 1)]
    if not values.size:
        nan = float("nan")
        why = "fewer than two models have a shift"
        return Alignment(name, len(valid), 0, nan, nan, nan, why)
    mean, low, high = float(values.mean()), float(values.min()), float(values.max())
    return Alignment(name, len(valid), len(values), mean, low, high)


def within_families(shifts: Shifts, cos: NDArray[np.float64]) -> tuple[Alignment, ...]:
    """The alignment within each family that has at least two variants, in order of appearance."""
    families = _families(shifts)
    return tuple(
        alignment(name, cos[np.ix_(at, at)]) for name, at in families.items() if len(at) > 1
    )


def across_families(shifts: Shifts, cos: NDArray[np.float64]) -> Mapping[tuple[str, str], float]:
    """Mean cosine of the shifts of two families, for each two; NaN = no shift has a length."""
    families = _families(shifts)
    return {
        (a, b): _mean(cos[np.ix_(families[a], families[b])])
        for a, b in itertools.combinations(families, 2)
    }


def _families(shifts: Shifts) -> dict[str, list[int]]:
    out: dict[str, list[int]] = {}
    for at, variant in enumerate(shifts.variants):
        out.setdefault(variant.family, []).append(at)
    return out


def _mean(values: NDArray[np.float64]) -> float:
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if finite.size else float("nan")


@dataclass(frozen=True, slots=True)
class Control:
    """Mean cosine of groups drawn whatever their family; NaN with a ``reason``.

    ``sd`` is that of the group means over the trials (ddof 0).
    """

    size: int
    trials: int
    mean: float
    sd: float
    reason: str = ""


def random_control(
    cos: NDArray[np.float64], size: int = 9, *, trials: int = 100, seed: int = 42
) -> Control:
    """Draws ``size`` variants whatever their family, ``trials`` times (paper, section 3.2).

    Each trial counts as the mean cosine over the pairs of its group.
    """
    valid = np.flatnonzero(np.isfinite(cos.diagonal()))
    nan = float("nan")
    if len(valid) < size:
        return Control(size, 0, nan, nan, f"there are only {len(valid)} shifts to draw from")
    if size < 2:
        return Control(size, 0, nan, nan, "a group of one has no pair")
    rng = np.random.default_rng(seed)
    upper = np.triu_indices(size, 1)
    means = np.empty(trials)
    for t in range(trials):
        group = rng.choice(valid, size, replace=False)
        means[t] = cos[np.ix_(group, group)][upper].mean()
    return Control(size, trials, float(means.mean()), float(means.std()))


def separately_centred(shifts: Shifts) -> NDArray[np.float64]:
    """The shifts that remain if models and variants are each centred on their own.

    What all shifts have in common is lost then, so the cosines say little: shown beside the joint
    ones, never in their place. (P, N) float64, sqrt(bits/byte).
    """
    return np.asarray(shifts.deltas - shifts.deltas.mean(axis=0))
