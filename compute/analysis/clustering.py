"""Trees of entries: Ward on the scaled rows, average linkage on KL (method page, section 8)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.cluster import hierarchy

from compute.analysis.newick import newick
from compute.analysis.ordering import ordered
from compute.core.errors import InputError, UsageError
from compute.core.numbers import count
from compute.core.tables import Entry, Snapshot, frozen
from compute.geometry import LeftOut, Rows, find_recipe, kl_tiles, prepare_lean

LINKAGES: dict[str, str] = {"ward": "sqrt(bits/byte)", "average": "bits/byte"}
"""Name -> unit of its heights."""

MOST = 10_000
"""Entries of a tree: their distances take 400 MB, twice while the tree is made."""

MOST_ORDERED = 2_000
"""Entries up to which the leaves are put into optimal order, which takes the cube of them."""


@dataclass(frozen=True, eq=False)
class Tree:
    """A hierarchical clustering.

    Attributes
    ----------
    ids : tuple of str, (K,)
        Entry ids; leaf k is entry k.
    linkage : str
    unit : str
        Of the heights. Ward's are distances in the space of the scaled rows: two entries merge at
        sqrt(KL), clusters at ``sqrt(2 |A| |B| / (|A| + |B|))`` times the distance of their means.
        Average linkage merges at the mean KL between two clusters.
    merges : ndarray, (K - 1, 2) int64
        What each merge joins, by ascending height: below K a leaf, K + m merge m.
    heights : ndarray, (K - 1,) float64
    order : ndarray, (K,) int64
        Leaves from left to right.
    cophenetic : float
        Correlation of the heights at which pairs are joined with their distances; NaN = not
        defined.
    notes : tuple of str
        Sentences: what was left out or is not defined, and why.
    """

    ids: tuple[str, ...]
    linkage: str
    unit: str
    merges: NDArray[np.int64]
    heights: NDArray[np.float64]
    order: NDArray[np.int64]
    cophenetic: float
    notes: tuple[str, ...] = ()

    def clusters(self, n: int) -> NDArray[np.int64]:
        """(K,) int64: the cluster of each entry when the tree is cut into exactly ``n``.

        Numbered 1 to n from left to right.

        Raises
        ------
        UsageError
            If there cannot be as many.
        """
        k = len(self.ids)
        if not 1 <= n <= k:
            raise UsageError(
                f"{count(k)} entries cannot be cut into {count(n)} clusters",
                advice=f"Ask for 1 to {count(k)}",
            )
        return self._after(k - n)

    def cut(self, height: float) -> NDArray[np.int64]:
        """(K,) int64: the clusters that are joined at or below a height, numbered likewise."""
        return self._after(int(np.searchsorted(self.heights, height, side="right")))

    def newick(self, labels: Sequence[str]) -> str:
        """The tree as Newick text: the way between two leaves is the height that joins them."""
        return newick([(a, b) for a, b in self.merges.tolist()], self.heights.tolist(), labels)

    def _after(self, n_merges: int) -> NDArray[np.int64]:
        """The clusters after the first merges."""
        k = len(self.ids)
        top = np.arange(k + n_merges)
        for m in range(n_merges - 1, -1, -1):
            top[self.merges[m]] = top[k + m]
        named = top[self.order]
        _, first, which = np.unique(named, return_index=True, return_inverse=True)
        rank = np.empty(len(first), np.int64)
        rank[np.argsort(first)] = np.arange(1, len(first) + 1)
        out = np.empty(k, np.int64)
        out[self.order] = rank[which]
        return out


@dataclass(frozen=True, eq=False)
class ProjectTree:
    """A tree of a project's entries and what it is made from."""

    tree: Tree
    labels: tuple[str, ...]
    n_texts: int
    recipe: str
    provisional: bool
    left_out: tuple[LeftOut, ...]


def tree_of_project(
    snapshot: Snapshot,
    recipe: str = "clip2",
    linkage: str = "ward",
    ids: Sequence[str] | None = None,
) -> ProjectTree:
    """Cluster the entries of a project.

    Raises
    ------
    UsageError
        If the recipe, the linkage or an id is unknown.
    InputError
        If nothing has been scored, or there are more than :data:`MOST` entries.
    """
    rows = prepare_lean(snapshot, find_recipe(snapshot, recipe), ids)
    entries = [snapshot.entries[snapshot.row_of[name]] for name in rows.ids]
    return ProjectTree(
        tree_of(rows, linkage), labels_of(entries), rows.n_texts, recipe, rows.provisional,
        rows.left_out,
    )  # fmt: skip


def labels_of(entries: Sequence[Entry]) -> tuple[str, ...]:
    """A name for each leaf: the label where it has one that no other entry has, else the id."""
    times = Counter(entry.label for entry in entries)
    return tuple(e.label if e.label and times[e.label] == 1 else e.id for e in entries)


def tree_of(rows: Rows, linkage: str = "ward") -> Tree:
    """Cluster prepared rows.

    Ward's method needs Euclidean distances: sqrt(KL) are those of the scaled rows. Leaves are in
    the optimal order (neighbours as close as the tree allows) up to :data:`MOST_ORDERED` entries.

    Parameters
    ----------
    rows : Prepared or LeanPrepared
    linkage : str
        ``ward`` or ``average`` (on KL itself).

    Returns
    -------
    Tree
        Of a single entry: no merges.

    Raises
    ------
    UsageError
        If the linkage is unknown.
    InputError
        If there are more than :data:`MOST` entries.
    """
    if linkage not in LINKAGES:
        raise UsageError(
            f"There is no linkage {linkage!r}", advice=f"There are: {', '.join(LINKAGES)}"
        )
    k = len(rows.ids)
    if k > MOST:
        raise InputError(
            f"{count(k)} entries have {count(k * (k - 1) // 2)} distances, more than a tree takes",
            tried="Clustering",
            advice=f"Choose at most {count(MOST)} entries",
        )
    if k == 1:
        return _of(rows, linkage, np.empty((0, 4)), math.nan, ("A single entry has no tree",))
    distances = _distances(rows)
    if linkage == "ward":
        np.sqrt(distances, out=distances)
    merged = hierarchy.linkage(distances, method=linkage)
    notes: tuple[str, ...] = ()
    if k <= MOST_ORDERED:
        merged = ordered(merged, distances)
    else:
        notes = (f"Leaves of more than {count(MOST_ORDERED)} entries are not in optimal order",)
    found, reason = _cophenetic(merged, distances)
    return _of(rows, linkage, merged, found, (*notes, *([reason] if reason else [])))


def _of(
    rows: Rows, linkage: str, merged: NDArray[np.float64], cophenetic: float, notes: tuple[str, ...]
) -> Tree:
    order = hierarchy.leaves_list(merged) if len(merged) else np.zeros(1, np.int64)
    return Tree(
        rows.ids, linkage, LINKAGES[linkage], frozen(merged[:, :2].astype(np.int64)),
        frozen(merged[:, 2].copy()), frozen(np.asarray(order, np.int64)), cophenetic, notes,
    )  # fmt: skip


def _distances(rows: Rows) -> NDArray[np.float64]:
    """(K (K - 1) / 2,) float64, bits/byte: KL of the pairs (0, 1), (0, 2), ..., (1, 2), ..."""
    k = len(rows.ids)
    out = np.empty(k * (k - 1) // 2)
    for tile in kl_tiles(rows):
        for n, i in enumerate(range(tile.rows.start, tile.rows.stop)):
            first = max(tile.columns.start, i + 1)
            at = k * i - i * (i + 1) // 2 - i - 1
            out[at + first : at + tile.columns.stop] = tile.values[n, first - tile.columns.start :]
    return out


def _cophenetic(merged: NDArray[np.float64], distances: NDArray[np.float64]) -> tuple[float, str]:
    """The cophenetic correlation, or NaN and why."""
    if len(distances) < 2:
        return math.nan, "A cophenetic correlation needs three entries"
    joined = hierarchy.cophenet(merged)
    joined -= joined.mean()
    centred = distances - distances.mean()
    size = math.sqrt(float(joined @ joined) * float(centred @ centred))
    if not size:
        return math.nan, "All pairs are equally far apart: no cophenetic correlation"
    return float(joined @ centred) / size, ""
