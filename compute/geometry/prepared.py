"""The rows of an analysis after its recipe: exclude, clip, drop texts, centre."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.core import numbers, rules
from compute.core.errors import InputError, UsageError
from compute.core.tables import Recipe, Snapshot, frozen
from compute.core.units import LN2
from compute.geometry.distances import squared_distances
from compute.geometry.recipes import tau_of
from compute.geometry.usable import (
    FEWEST_TEXTS,
    MORE_TEXTS,
    LeftOut,
    kept_texts,
    leading,
    nothing_usable,
    one_text,
    usable,
)

_BLOCK_NUMBERS = 1 << 16
MIN_TEXT_SHARE = 0.5
"""Texts that must remain after dropping incomplete ones; else an entry is left out instead."""


@dataclass(frozen=True, eq=False)
class Selected:
    """Which entries and texts an analysis uses after its recipe, and how they are clipped.

    What is made from it: :class:`Prepared` with all centred rows, and
    :class:`~compute.geometry.lean.LeanPrepared`, which centres a few rows at a time.

    Attributes
    ----------
    ids : tuple of str, (K,)
        Used entries, in project order.
    raw : ndarray, (K, N) float32, nats
        The log-likelihoods before clipping.
    texts : ndarray, (N,) int64
        Texts in use, as indices into the project's text set.
    mean_bytes : float
        UTF-8 bytes per text, over the texts in use.
    recipe : Recipe
    tau : float
        Clip value in nats; ``-inf`` = no clipping.
    provisional : bool
        Whether the numbers may still change: tau is not frozen, the recipe is not stored, or an
        entry is only partly scored.
    left_out : tuple of LeftOut
        Entries asked for and not used.
    n_texts_missing : int
        Texts dropped because a used entry lacks them.
    text_digest : str
        Digest of the project's text set.
    n_total : int
        Texts of the project.
    n_prefix : int
        Leading texts of the scoring order that every used entry has settled; ``n_total`` if all
        are finished. :attr:`texts` are those of them that are scored and not dropped.
    n_partial : int
        Used entries that are only partly scored. Where there are any, all standard errors are
        over the same first texts: they are common to all pairs.
    cautions : tuple of str
        Sentences about used entries that were scored in different ways.
    """

    ids: tuple[str, ...]
    raw: NDArray[np.float32]
    texts: NDArray[np.int64]
    mean_bytes: float
    recipe: Recipe
    tau: float
    provisional: bool
    left_out: tuple[LeftOut, ...]
    n_texts_missing: int
    text_digest: str
    n_total: int
    n_prefix: int
    n_partial: int
    cautions: tuple[str, ...]

    @property
    def n_texts(self) -> int:
        return len(self.texts)

    @property
    def sample(self) -> str:
        """The texts in use in words: ``first 500 of 10,000 texts``, or ``10,000 texts``."""
        return numbers.sample(self.n_texts, self.n_prefix, self.n_total)

    @property
    def scale(self) -> float:
        """``sqrt(2 N Bbar ln 2)``: ``qs = q / scale``."""
        return qs_scale(self.n_texts, self.mean_bytes)

    @property
    def loglik(self) -> NDArray[np.float64]:
        """(K, N) float64, nats: the clipped log-likelihoods, computed anew on each use."""
        return np.maximum(self.raw.astype(np.float64), self.tau)

    @cached_property
    def row_of(self) -> dict[str, int]:
        """Entry id -> row."""
        return {name: k for k, name in enumerate(self.ids)}

    @cached_property
    def digest(self) -> str:
        """sha256 over everything the rows depend on: entries, clipped rows, texts, recipe."""
        return self.digest_of(self.ids)

    def digest_of(self, ids: Sequence[str]) -> str:
        """The digest that these entries have alone, on the same texts with the same recipe.

        It names the rows under a map of a part of the entries: as long as it is the same, their
        KL is the same, whatever else is there now.

        Parameters
        ----------
        ids : sequence of str
            Used entries, in project order.
        """
        h = hashlib.sha256(b"klscope prepared 1\n")
        head = [tuple(ids), self.text_digest, _identity(self.recipe), repr(self.tau)]
        h.update(json.dumps(head, sort_keys=True).encode())
        h.update(self.texts.astype("<i8").tobytes())
        tau = np.float32(self.tau)
        for row in (self.raw[self.row_of[name]] for name in ids):
            h.update(np.maximum(row, tau).astype("<f4", copy=False).data)
        return h.hexdigest()

    def row(self, entry_id: str) -> int:
        """The row of an entry.

        Raises
        ------
        UsageError
            If the entry is not used here; says why where it is known.
        """
        if entry_id in self.row_of:
            return self.row_of[entry_id]
        reason = dict(self.left_out).get(entry_id, "it was not among the entries asked for")
        raise UsageError(f"The entry {entry_id!r} is not in this analysis: {reason}")


@dataclass(frozen=True, eq=False)
class Prepared(Selected):
    """The entries of an analysis after its recipe, on one text axis, centred.

    Attributes
    ----------
    qs : ndarray, (K, N) float64, sqrt(bits/byte)
        Double-centred and scaled: ``KL_ij = ||qs_i - qs_j||^2`` (method page, section 1).
    """

    qs: NDArray[np.float64]

    @property
    def q(self) -> NDArray[np.float64]:
        """(K, N) float64, nats: the double-centred rows, computed anew on each use."""
        return self.qs * self.scale

    @cached_property
    def kl(self) -> NDArray[np.float64]:
        """(K, K) float64, bits/byte, read-only."""
        return frozen(squared_distances(self.qs))

    def part(self, rows: slice | NDArray[np.intp]) -> NDArray[np.float64]:
        """Some of the rows of :attr:`qs`: (n, N) float64, sqrt(bits/byte)."""
        return self.qs[rows]


def prepare(
    snapshot: Snapshot,
    recipe: Recipe,
    entries: Sequence[str] | None = None,
    *,
    hidden: Collection[str] = (),
) -> Prepared:
    """Apply a recipe: exclude, tau and clip, drop texts, centre (method page, section 1).

    Finished entries are used, and partial ones that have settled the first round of texts; then
    over the leading texts of the scoring order that every used entry has settled.

    Parameters
    ----------
    snapshot : Snapshot
    recipe : Recipe
    entries : sequence of str, optional
        Entry ids; None = all that were scored with the most frequent BOS rule. Entries of several
        rules are only compared when they are named here, and then with a caution. The order does
        not matter, rows come in project order.
    hidden : collection of str
        Ids that are not wanted although ``entries`` would hold them.

    Returns
    -------
    Prepared

    Raises
    ------
    UsageError
        If an id is not in the project, or the recipe names a text, a domain or a centre that it
        does not have.
    InputError
        If no entry is left, or fewer than two texts: a variance over one is 0 whatever it holds.
    """
    found = select(snapshot, recipe, entries, hidden=hidden)
    centre = centre_of(snapshot, found)
    qs = double_centred(found.raw, found.tau, scale=found.scale, centre=centre)
    return Prepared(**fields_of(found), qs=frozen(qs))


def fields_of(found: Selected) -> dict[str, Any]:
    """The fields that everything made from a selection shares."""
    return {f.name: getattr(found, f.name) for f in dataclasses.fields(Selected)}


def select(
    snapshot: Snapshot,
    recipe: Recipe,
    entries: Sequence[str] | None = None,
    *,
    hidden: Collection[str] = (),
) -> Selected:
    """What :func:`prepare` centres: parameters and errors are the same."""
    chosen = _chosen(snapshot, entries, hidden)
    rows, prefix, left_out = usable(snapshot, recipe, chosen, one_rule=entries is None)
    if not rows:
        raise InputError(nothing_usable(snapshot, chosen, recipe), tried="Preparing the map")
    tau, tau_may_change = tau_of(snapshot, recipe)
    candidates = _candidate_texts(snapshot, recipe, prefix)
    raw = _part(snapshot.loglik, np.array(rows), candidates)
    used, complete = _complete_part(np.isfinite(raw))
    raw = _part(raw, np.flatnonzero(used), np.flatnonzero(complete))
    found = [snapshot.entries[k] for k in rows]
    left_out += [
        LeftOut(found[k].id, "too many texts have no score") for k in np.flatnonzero(~used)
    ]
    found = [found[k] for k in np.flatnonzero(used)]
    texts = candidates[complete]
    if len(texts) < FEWEST_TEXTS:
        raise InputError(one_text(len(texts)), tried="Preparing the map", advice=MORE_TEXTS)
    n_partial = sum(entry.status == "partial" for entry in found)
    return Selected(
        ids=tuple(entry.id for entry in found),
        raw=_read_only(raw),
        texts=frozen(texts),
        mean_bytes=float(snapshot.texts.n_bytes[texts].mean()),
        recipe=recipe,
        tau=tau,
        provisional=tau_may_change or n_partial > 0,
        left_out=tuple(left_out),
        n_texts_missing=len(candidates) - len(texts),
        text_digest=snapshot.texts.digest,
        n_total=len(snapshot.texts),
        n_prefix=prefix,
        n_partial=n_partial,
        cautions=rules.cautions(found),
    )


def _identity(recipe: Recipe) -> dict[str, object]:
    """What of a recipe, beside its tau, tells one map from another.

    How it was made does not. Fields that came later take part only where they are set, so that
    maps that were made before them are found.
    """
    later = {"domains": recipe.domains, "centred_on": recipe.centred_on}
    return {
        "name": recipe.name,
        "clip_quantile": recipe.clip_quantile,
        "tau": None,
        "excluded": recipe.excluded,
        "dropped_texts": recipe.dropped_texts,
        "version": recipe.version,
    } | {name: value for name, value in later.items() if value}


def _read_only(table: NDArray[np.float32]) -> NDArray[np.float32]:
    """A read-only view: the table may be the snapshot's own."""
    return frozen(table.view())


def _part(
    table: NDArray[np.float32], rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Rows and columns of a table; no copy along an axis that is taken whole.

    The axis that leaves less of the table comes first.
    """
    if len(columns) * table.shape[0] < len(rows) * table.shape[1]:
        table = table[:, columns]
        return table[rows] if len(rows) < table.shape[0] else table
    if len(rows) < table.shape[0]:
        table = table[rows]
    return table[:, columns] if len(columns) < table.shape[1] else table


def qs_scale(n_texts: int, mean_bytes: float) -> float:
    """``sqrt(2 N Bbar ln 2)``, nats to sqrt(bits/byte); 3671.4031 for the paper's text set."""
    return math.sqrt(2 * n_texts * mean_bytes * LN2)


def double_centred(
    raw: NDArray[np.float32],
    tau: float,
    *,
    scale: float = 1.0,
    centre: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Clip at ``tau``, then centre rows over texts and columns over entries, in float64.

    Works through a few rows at a time, so that they stay in the processor's cache.

    Parameters
    ----------
    raw : ndarray, (K, N) float32, nats
        No NaN.
    tau : float
        In nats; ``-inf`` = no clipping.
    scale : float
        What all values are divided by.
    centre : ndarray, (N,) float64, nats, optional
        What is subtracted from every row once it is centred; None = the mean of the rows.

    Returns
    -------
    ndarray, (K, N) float64, nats / ``scale``
    """
    q = np.empty(raw.shape)
    step = max(1, _BLOCK_NUMBERS // max(raw.shape[1], 1))
    parts = [slice(at, at + step) for at in range(0, len(q), step)]
    for part in parts:
        np.maximum(raw[part], tau, out=q[part], dtype=np.float64)
        q[part] -= q[part].mean(axis=1, keepdims=True)
    centre = q.mean(axis=0) if centre is None else centre
    for part in parts:
        q[part] -= centre
        q[part] /= scale
    return q


def _chosen(
    snapshot: Snapshot, entries: Sequence[str] | None, hidden: Collection[str]
) -> list[int]:
    if entries is None:
        return [k for k, entry in enumerate(snapshot.entries) if entry.id not in hidden]
    unknown = [name for name in entries if name not in snapshot.row_of]
    if unknown:
        raise UsageError(f"{snapshot.path.name} has no entry with id {unknown[0]!r}")
    return sorted({snapshot.row_of[name] for name in entries if name not in hidden})


def _candidate_texts(snapshot: Snapshot, recipe: Recipe, prefix: int) -> NDArray[np.int64]:
    """(N,) int64: of the leading texts, those that the recipe keeps, in project order."""
    first = leading(snapshot.texts, prefix)
    kept = kept_texts(snapshot, recipe)
    if kept.all():
        return first
    first = first[kept[first]]
    if not len(first):
        raise InputError(
            f"the recipe {recipe.name!r} keeps none of the texts scored so far",
            tried="Preparing the map",
        )
    return first


def centre_of(snapshot: Snapshot, found: Selected) -> NDArray[np.float64] | None:
    """(N,) float64, nats: the mean row of the entries that the recipe centres on; None = of all."""
    recipe, texts = found.recipe, found.texts
    if not recipe.centred_on:
        return None
    for name in recipe.centred_on:
        if name not in snapshot.row_of or name in recipe.excluded:
            why = "it excludes itself" if name in snapshot.row_of else "is not in the project"
            raise UsageError(f"The recipe {recipe.name!r} centres on {name!r}, which {why}")
    rows = np.array([snapshot.row_of[name] for name in recipe.centred_on])
    values = snapshot.loglik[np.ix_(rows, texts)].astype(np.float64)
    lacking = np.flatnonzero(~np.isfinite(values).all(axis=1))
    if len(lacking):
        n = int((~np.isfinite(values[lacking[0]])).sum())
        raise InputError(
            f"the recipe {recipe.name!r} centres on {recipe.centred_on[lacking[0]]!r}, which has "
            f"no score for {numbers.count(n)} of the {numbers.count(len(texts))} texts in use",
            tried="Preparing the map",
        )
    np.maximum(values, found.tau, out=values)
    return np.asarray((values - values.mean(axis=1, keepdims=True)).mean(axis=0))


def _complete_part(
    finite: NDArray[np.bool_],
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which entries (K,) to use and which texts (N,) all of those have.

    Starts with every entry and takes away the one that lacks most texts until at least
    ``MIN_TEXT_SHARE`` of the texts are complete. An entry with all texts is never taken away.
    """
    used = np.ones(len(finite), dtype=bool)
    lacking = finite.shape[1] - finite.sum(axis=1)
    n_lacking = (~finite).sum(axis=0)
    while (n_lacking == 0).sum() < MIN_TEXT_SHARE * finite.shape[1] and used.sum() > 1:
        worst = int(np.argmax(np.where(used, lacking, -1)))
        used[worst] = False
        n_lacking -= ~finite[worst]
    return used, n_lacking == 0
