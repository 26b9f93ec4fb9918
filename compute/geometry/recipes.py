"""Recipes: finding them by name, and the clip value tau."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from compute.core.errors import InputError, UsageError
from compute.core.tables import Embedding, Recipe, Snapshot
from compute.geometry.usable import nothing_usable, of_domains, prefix_of


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


def digest_of(recipe: Recipe) -> str:
    """16 hex digits over what of a recipe its numbers depend on."""
    tau = recipe.tau if math.isfinite(recipe.tau) else None
    parts = [
        recipe.clip_quantile, tau, sorted(recipe.excluded), sorted(recipe.dropped_texts),
        sorted(recipe.domains), sorted(recipe.centred_on),
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def recipe_to_json(recipe: Recipe) -> str:
    """A recipe that no project holds, to be handed to another process."""
    return json.dumps(dataclasses.asdict(recipe))


def recipe_from_json(text: str) -> Recipe:
    """The inverse of :func:`recipe_to_json`.

    Raises
    ------
    UsageError
        If it is not a recipe.
    """
    try:
        data: dict[str, Any] = json.loads(text)
        values: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in data.items()
        }
        return Recipe(**values)
    except (ValueError, TypeError, AttributeError) as error:
        raise UsageError(f"{error}", tried="Reading a recipe") from error


class OldMap(NamedTuple):
    """A stored map whose recipe is no longer what it was made with. ``now`` -1 = deleted."""

    key: str
    recipe: str
    version: int
    now: int


def old_maps(embeddings: Iterable[Embedding], recipes: Mapping[str, Recipe]) -> tuple[OldMap, ...]:
    """The stored maps that belong to an older version of their recipe, or to one that is gone.

    Maps that do not say their recipe (made before klscope wrote it with them) are left out.
    """
    found = []
    for embedding in embeddings:
        info = embedding.info
        if "recipe_digest" not in info:
            continue
        name, version = str(info["recipe"]), int(info["recipe_version"])
        recipe = recipes.get(name)
        if recipe is None or digest_of(recipe) != info["recipe_digest"]:
            found.append(OldMap(embedding.key, name, version, recipe.version if recipe else -1))
    return tuple(found)


def told(recipe: Recipe) -> dict[str, object]:
    """What a stored map says about its recipe, for :func:`old_maps`."""
    return {
        "recipe": recipe.name,
        "recipe_version": recipe.version,
        "recipe_digest": digest_of(recipe),
    }


def tau_of(snapshot: Snapshot, recipe: Recipe) -> tuple[float, bool]:
    """The clip value in use, in nats, and whether it is provisional; ``-inf`` = no clipping.

    A recipe that is not stored (version 0) is provisional in everything.
    """
    if not recipe.clip_quantile:
        return -math.inf, recipe.version < 1
    if math.isfinite(recipe.tau):
        return recipe.tau, recipe.version < 1
    return pooled_tau(snapshot, recipe), True


def pooled_tau(snapshot: Snapshot, recipe: Recipe, entries: Collection[str] | None = None) -> float:
    """Quantile of all log-likelihoods of the usable entries that the recipe does not exclude.

    Of a recipe with domains the quantile over their texts. Dropped texts take part: they are
    judged on clipped values (paper, appendix E.1).

    Of a partial entry those of its settled leading texts: what lies beyond was scored by length
    and is no random sample.

    Parameters
    ----------
    snapshot : Snapshot
    recipe : Recipe
        Gives ``clip_quantile`` (0.02 in the paper), the domains and the excluded entries.
    entries : collection of str, optional
        Ids; None = every entry of the project.

    Returns
    -------
    float
        In nats, linear interpolation; scores that are NaN take no part.

    Raises
    ------
    UsageError
        If the recipe names a domain that the project does not have.
    InputError
        If no such entry is there.
    """
    out = set(recipe.excluded)
    asked = [
        k for k, entry in enumerate(snapshot.entries) if entries is None or entry.id in entries
    ]
    prefixes = [
        (k, prefix_of(snapshot.entries[k], snapshot.texts))
        for k in asked
        if snapshot.entries[k].id not in out
    ]
    kept = of_domains(snapshot, recipe) if recipe.domains else None
    values = _finite(_pooled(snapshot, [(k, n) for k, n in prefixes if n], kept))
    if not values.size:
        raise InputError(
            nothing_usable(snapshot, asked, recipe),
            tried="Computing the clip value",
            advice="The recipe 'raw' needs none",
        )
    return quantile(values, recipe.clip_quantile)


def _pooled(
    snapshot: Snapshot, prefixes: Sequence[tuple[int, int]], kept: NDArray[np.bool_] | None
) -> NDArray[np.float32]:
    """The first ``n`` values in the order of each (row, n), one after the other, in a copy."""
    order = snapshot.texts.order
    n_kept = np.arange(len(order) + 1) if kept is None else np.append(0, np.cumsum(kept[order]))
    out, at = np.empty(sum(int(n_kept[n]) for _, n in prefixes), np.float32), 0
    for k, n in prefixes:
        row, size = snapshot.loglik[k], int(n_kept[n])
        if n == len(row):
            out[at : at + size] = row if kept is None else row[kept]
        else:
            first = order[:n]
            out[at : at + size] = row[first if kept is None else first[kept[first]]]
        at += size
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
