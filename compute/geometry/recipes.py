"""Recipes: finding them by name, and the clip value tau."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from compute.core.errors import InputError, UsageError
from compute.core.tables import Recipe, Snapshot
from compute.geometry.usable import nothing_usable, prefix_of


def find_recipe(snapshot: Snapshot, name: str) -> Recipe:
    """The project's recipe of that name.

    Raises
    ------
    UsageError
        If the project has none; names those it has.
    """
    try:
        return snapshot.recipes[name]
    except KeyError:
        known = ", ".join(snapshot.recipes) or "none"
        raise UsageError(
            f"{snapshot.path.name} has no recipe {name!r}", advice=f"It has: {known}"
        ) from None


def freeze(snapshot: Snapshot, recipe: Recipe) -> Recipe:
    """The recipe with its tau frozen at the value of this moment (unchanged if it has no clip).

    Raises
    ------
    InputError
        If no entry has been scored yet.
    """
    if not recipe.clip_quantile:
        return recipe
    return dataclasses.replace(recipe, tau=pooled_tau(snapshot, recipe))


def tau_of(snapshot: Snapshot, recipe: Recipe) -> tuple[float, bool]:
    """The clip value in use, in nats, and whether it is provisional; ``-inf`` = no clipping."""
    if not recipe.clip_quantile:
        return -math.inf, False
    if math.isfinite(recipe.tau):
        return recipe.tau, False
    return pooled_tau(snapshot, recipe), True


def pooled_tau(snapshot: Snapshot, recipe: Recipe) -> float:
    """Quantile of all log-likelihoods of the usable entries that the recipe does not exclude.

    Of a partial entry those of its settled leading texts: what lies beyond was scored by length
    and is no random sample.

    Parameters
    ----------
    snapshot : Snapshot
    recipe : Recipe
        Gives ``clip_quantile`` (0.02 in the paper) and the excluded entries.

    Returns
    -------
    float
        In nats, linear interpolation; scores that are NaN take no part.

    Raises
    ------
    InputError
        If no such entry is there.
    """
    prefixes = [
        (k, prefix_of(entry, snapshot.texts))
        for k, entry in enumerate(snapshot.entries)
        if entry.id not in recipe.excluded
    ]
    values = _finite(_pooled(snapshot, [(k, n) for k, n in prefixes if n]))
    if not values.size:
        raise InputError(
            nothing_usable(snapshot, range(len(snapshot.entries))),
            tried="Computing the clip value",
            advice="The recipe 'raw' needs none",
        )
    return quantile(values, recipe.clip_quantile)


def _pooled(snapshot: Snapshot, prefixes: Sequence[tuple[int, int]]) -> NDArray[np.float32]:
    """The first ``n`` values in the order of each (row, n), one after the other, in a copy."""
    out = np.empty(sum(n for _, n in prefixes), np.float32)
    order, at = snapshot.texts.order, 0
    for k, n in prefixes:
        row = snapshot.loglik[k]
        out[at : at + n] = row if n == len(row) else row[order[:n]]
        at += n
    return out


def _finite(values: NDArray[np.float32]) -> NDArray[np.float32]:
    finite = np.isfinite(values)
    return values if finite.all() else values[finite]


def quantile(values: NDArray[np.float32], q: float) -> float:
    """``numpy.quantile`` (linear) of float32 values as if they were float64; reorders ``values``.

    Without the float64 copy, which for 10,000 entries of 10,000 texts would take 800 MB.
    """
    position = q * (values.size - 1)
    low = math.floor(position)
    high = min(low + 1, values.size - 1)
    values.partition([low, high])
    below, above = float(values[low]), float(values[high])
    return below + (above - below) * (position - low)
