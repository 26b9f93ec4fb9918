"""The rows of an analysis after its recipe: exclude, clip, drop texts, centre."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from compute.core.errors import InputError, UsageError
from compute.core.tables import Entry, Recipe, Snapshot, frozen
from compute.core.units import LN2
from compute.geometry.distances import squared_distances
from compute.geometry.recipes import tau_of

MIN_TEXT_SHARE = 0.5
"""Texts that must remain after dropping incomplete ones; else an entry is left out instead."""


class LeftOut(NamedTuple):
    """An entry that was asked for and is not used, with the reason in a few words."""

    id: str
    reason: str


@dataclass(frozen=True, eq=False)
class Prepared:
    """The entries of an analysis after its recipe, on one text axis.

    Attributes
    ----------
    ids : tuple of str, (K,)
        Used entries, in project order.
    qs : ndarray, (K, N) float64, sqrt(bits/byte)
        Double-centred and scaled: ``KL_ij = ||qs_i - qs_j||^2`` (method page, section 1).
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
        Whether tau may still change because the recipe has not frozen it.
    left_out : tuple of LeftOut
        Entries asked for and not used.
    n_texts_missing : int
        Texts dropped because a used entry lacks them.
    text_digest : str
        Digest of the project's text set.
    """

    ids: tuple[str, ...]
    qs: NDArray[np.float64]
    raw: NDArray[np.float32]
    texts: NDArray[np.int64]
    mean_bytes: float
    recipe: Recipe
    tau: float
    provisional: bool
    left_out: tuple[LeftOut, ...]
    n_texts_missing: int
    text_digest: str

    @property
    def n_texts(self) -> int:
        return len(self.texts)

    @property
    def scale(self) -> float:
        """``sqrt(2 N Bbar ln 2)``: ``qs = q / scale``."""
        return qs_scale(self.n_texts, self.mean_bytes)

    @property
    def q(self) -> NDArray[np.float64]:
        """(K, N) float64, nats: the double-centred rows, computed anew on each use."""
        return self.qs * self.scale

    @property
    def loglik(self) -> NDArray[np.float64]:
        """(K, N) float64, nats: the clipped log-likelihoods, computed anew on each use."""
        return np.maximum(self.raw.astype(np.float64), self.tau)

    @cached_property
    def row_of(self) -> dict[str, int]:
        """Entry id -> row."""
        return {name: k for k, name in enumerate(self.ids)}

    @cached_property
    def kl(self) -> NDArray[np.float64]:
        """(K, K) float64, bits/byte, read-only."""
        return frozen(squared_distances(self.qs))

    @cached_property
    def digest(self) -> str:
        """sha256 over everything the rows depend on: entries, clipped rows, texts, recipe."""
        h = hashlib.sha256(b"klscope prepared 1\n")
        recipe = dataclasses.asdict(self.recipe) | {"tau": None}
        head = [self.ids, self.text_digest, recipe, repr(self.tau)]
        h.update(json.dumps(head, sort_keys=True).encode())
        h.update(self.texts.astype("<i8").tobytes())
        for row in self.raw:
            h.update(np.maximum(row, np.float32(self.tau)).astype("<f4").tobytes())
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


def prepare(snapshot: Snapshot, recipe: Recipe, entries: Sequence[str] | None = None) -> Prepared:
    """Apply a recipe: exclude, tau and clip, drop texts, centre (method page, section 1).

    Parameters
    ----------
    snapshot : Snapshot
    recipe : Recipe
    entries : sequence of str, optional
        Entry ids; None = all. The order does not matter, rows come in project order.

    Returns
    -------
    Prepared

    Raises
    ------
    UsageError
        If an id is not in the project or the recipe drops a text it does not have.
    InputError
        If no entry or no text is left.
    """
    chosen = _chosen(snapshot, entries)
    usable, left_out = _usable(snapshot, recipe, chosen)
    if not usable:
        raise InputError("no entry has been scored yet", tried="Preparing the map")
    tau, provisional = tau_of(snapshot, recipe)
    candidates = _candidate_texts(snapshot, recipe)
    raw = _part(snapshot.loglik, np.array(usable), candidates)
    used, complete = _complete_part(np.isfinite(raw))
    raw = _part(raw, np.flatnonzero(used), np.flatnonzero(complete))
    left_out += [
        LeftOut(snapshot.entries[usable[k]].id, "too many texts have no score")
        for k in np.flatnonzero(~used)
    ]
    texts = candidates[complete]
    mean_bytes = float(snapshot.texts.n_bytes[texts].mean())
    return Prepared(
        ids=tuple(snapshot.entries[usable[k]].id for k in np.flatnonzero(used)),
        qs=frozen(double_centred(raw, tau) / qs_scale(len(texts), mean_bytes)),
        raw=_read_only(raw),
        texts=frozen(texts),
        mean_bytes=mean_bytes,
        recipe=recipe,
        tau=tau,
        provisional=provisional,
        left_out=tuple(left_out),
        n_texts_missing=len(candidates) - len(texts),
        text_digest=snapshot.texts.digest,
    )


def _read_only(table: NDArray[np.float32]) -> NDArray[np.float32]:
    """A read-only view: the table may be the snapshot's own."""
    return frozen(table.view())


def _part(
    table: NDArray[np.float32], rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Rows and columns of a table; no copy along an axis that is taken whole."""
    if len(rows) < table.shape[0]:
        table = table[rows]
    return table[:, columns] if len(columns) < table.shape[1] else table


def qs_scale(n_texts: int, mean_bytes: float) -> float:
    """``sqrt(2 N Bbar ln 2)``, nats to sqrt(bits/byte); 3671.4031 for the paper's text set."""
    return math.sqrt(2 * n_texts * mean_bytes * LN2)


def double_centred(raw: NDArray[np.float32], tau: float) -> NDArray[np.float64]:
    """Clip at ``tau``, then centre rows over texts and columns over entries, in float64.

    Parameters
    ----------
    raw : ndarray, (K, N) float32, nats
        No NaN.
    tau : float
        In nats; ``-inf`` = no clipping.

    Returns
    -------
    ndarray, (K, N) float64, nats
    """
    q = raw.astype(np.float64)
    if math.isfinite(tau):
        np.maximum(q, tau, out=q)
    q -= q.mean(axis=1, keepdims=True)
    q -= q.mean(axis=0, keepdims=True)
    return q


def _chosen(snapshot: Snapshot, entries: Sequence[str] | None) -> list[int]:
    if entries is None:
        return list(range(len(snapshot.entries)))
    unknown = [name for name in entries if name not in snapshot.row_of]
    if unknown:
        raise UsageError(f"{snapshot.path.name} has no entry with id {unknown[0]!r}")
    return sorted({snapshot.row_of[name] for name in entries})


def _usable(
    snapshot: Snapshot, recipe: Recipe, chosen: list[int]
) -> tuple[list[int], list[LeftOut]]:
    rows, left_out = [], []
    for k in chosen:
        entry = snapshot.entries[k]
        reason = _reason(entry, recipe, n_texts=len(snapshot.texts))
        if not reason and not np.isfinite(snapshot.loglik[k]).any():
            reason = "it has no finite score"
        if reason:
            left_out.append(LeftOut(entry.id, reason))
        else:
            rows.append(k)
    return rows, left_out


def _reason(entry: Entry, recipe: Recipe, n_texts: int) -> str:
    if entry.id in recipe.excluded:
        return f"the recipe {recipe.name!r} excludes it"
    return {
        "planned": "it has not been scored yet",
        "partial": f"only {entry.n_scored} of {n_texts} texts have been scored",
        "failed": f"its scoring failed: {entry.error}" if entry.error else "its scoring failed",
    }.get(entry.status, "")


def _candidate_texts(snapshot: Snapshot, recipe: Recipe) -> NDArray[np.int64]:
    if not recipe.dropped_texts:
        return np.arange(len(snapshot.texts))
    dropped = set(recipe.dropped_texts)
    unknown = dropped.difference(snapshot.texts.ids)
    if unknown:
        raise UsageError(
            f"The recipe {recipe.name!r} drops the text {min(unknown)!r}, "
            f"which {snapshot.path.name} does not have"
        )
    kept = [k for k, name in enumerate(snapshot.texts.ids) if name not in dropped]
    if not kept:
        raise InputError(f"the recipe {recipe.name!r} drops every text", tried="Preparing the map")
    return np.array(kept, dtype=np.int64)


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
