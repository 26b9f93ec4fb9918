"""Recipes of a project: the job that makes, freezes and deletes them, and what can be asked."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from compute import store
from compute.analysis import making
from compute.analysis.flags import KINDS, flags_of
from compute.core.control import Control
from compute.core.errors import UsageError
from compute.core.events import Emit, Notice, Started
from compute.core.specs import RecipeSpec
from compute.core.tables import Recipe, Snapshot
from compute.geometry import find_entry, find_recipe, old_maps

ACTIONS = ("make", "freeze", "delete")
_NAME = re.compile(r"\w[\w .+-]{0,59}")


def change(spec: RecipeSpec, emit: Emit, control: Control) -> Mapping[str, Any]:
    """Make, freeze or delete one recipe.

    Made from finished entries only: what is still being scored comes in with the next freeze.

    Returns
    -------
    mapping
        ``recipe`` as :func:`shown` (None when deleted), ``changed``: whether anything was written.

    Raises
    ------
    UsageError
        If the name is taken, built in or no name, or something is named that is not there.
    InputError
        If no entry or no text would be left.
    StoreError, BusyError
        If the project cannot be read or written; it is then as it was.
    """
    if spec.action not in ACTIONS:
        raise UsageError(
            f"{spec.action!r} cannot be done to a recipe", advice=f"Use {', '.join(ACTIONS)}"
        )
    emit(Started(f"The recipe {spec.name}"))
    path = Path(spec.project)
    snapshot = store.read(path)
    if spec.action == "delete":
        _check_delete(snapshot, spec.name)
        control.checkpoint()
        store.commit(path, store.DeleteRecipe(spec.name))
        return {"recipe": None, "changed": True}
    _say_partial(snapshot, emit)
    found = _made(spec, snapshot) if spec.action == "make" else _again(spec, snapshot)
    changed = not _equal(found, snapshot.recipes.get(spec.name))
    control.checkpoint()
    if changed:
        store.commit(path, store.PutRecipe(found))
    return {"recipe": shown(_with(snapshot, found), found), "changed": changed}


def _made(spec: RecipeSpec, snapshot: Snapshot) -> Recipe:
    _check_name(spec.name)
    old = snapshot.recipes.get(spec.name)
    if making.is_built_in(spec.name):
        raise UsageError(f"{spec.name!r} is built in", advice="Choose another name")
    if old is not None and not spec.replace:
        raise UsageError(
            f"There is a recipe {spec.name!r} already",
            advice="Choose another name, work it out again with freeze, or use --replace",
        )
    if spec.name in _line_of(snapshot, spec.base):
        raise UsageError("A recipe cannot be made from itself", advice="Name another --base")
    ids = [
        tuple(find_entry(snapshot.entries, name).id for name in names)
        for names in (spec.excluded, spec.centred_on)
    ]
    wish = making.Wish(
        spec.name, spec.base, spec.clip_quantile, ids[0], spec.dropped_texts, spec.n_drop,
        spec.drop_share, spec.domains, ids[1], spec.analysis, spec.after, spec.score,
    )  # fmt: skip
    found = making.made(making.finished(snapshot), wish, store.read_weights(snapshot.path))
    return dataclasses.replace(found, version=old.version + 1 if old else 1)


def _again(spec: RecipeSpec, snapshot: Snapshot) -> Recipe:
    recipe = find_recipe(snapshot, spec.name)
    weights = store.read_weights(snapshot.path)
    return making.made_again(making.finished(snapshot), recipe, weights)


def _line_of(snapshot: Snapshot, name: str) -> list[str]:
    """A recipe, the one it is made from, and so on."""
    line: list[str] = []
    while name and name not in line:
        line.append(name)
        name = snapshot.recipes[name].base if name in snapshot.recipes else ""
    return line


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} cannot name a recipe",
            advice="Use at most 60 letters, digits, spaces and . _ + -",
        )


def _check_delete(snapshot: Snapshot, name: str) -> None:
    find_recipe(snapshot, name)
    if making.is_built_in(name):
        raise UsageError(f"{name!r} is built in and cannot be deleted")
    users = [recipe.name for recipe in snapshot.recipes.values() if recipe.base == name]
    if users:
        raise UsageError(
            f"{name!r} cannot be deleted: {', '.join(users)} "
            f"{'is' if len(users) == 1 else 'are'} made from it",
            advice="Delete these first",
        )


def _say_partial(snapshot: Snapshot, emit: Emit) -> None:
    n = sum(entry.status == "partial" for entry in snapshot.entries)
    if n:
        entries = "1 entry is" if n == 1 else f"{n:,} entries are"
        emit(Notice(f"{entries} only partly scored and not taken in. Freeze the recipe later."))


def _equal(a: Recipe, b: Recipe | None) -> bool:
    """Equal in everything; NaN is equal to NaN."""
    return b is not None and repr(a) == repr(b)


def _with(snapshot: Snapshot, recipe: Recipe) -> Snapshot:
    return dataclasses.replace(snapshot, recipes={**snapshot.recipes, recipe.name: recipe})


# ---------------------------------------------------------------- what can be asked


def warnings_of(snapshot: Snapshot, recipe: Recipe) -> tuple[str, ...]:
    """Sentences about a recipe that may change or whose basis has changed."""
    return making.warnings_of(snapshot, recipe)


def listing(project: Path) -> list[dict[str, Any]]:
    """Each recipe of a project as :func:`shown`, with ``old_maps``: keys of maps made before."""
    snapshot = store.read(project)
    old = old_maps(store.read_embeddings(project), snapshot.recipes)
    return [
        shown(snapshot, recipe) | {"old_maps": [m.key for m in old if m.recipe == recipe.name]}
        for recipe in snapshot.recipes.values()
    ]


def one(project: Path, name: str) -> dict[str, Any]:
    """One recipe of a project.

    Raises
    ------
    UsageError
        If there is none of that name.
    """
    snapshot = store.read(project)
    recipe = find_recipe(snapshot, name)
    old = old_maps(store.read_embeddings(project), snapshot.recipes)
    return shown(snapshot, recipe) | {"old_maps": [m.key for m in old if m.recipe == name]}


def shown(snapshot: Snapshot, recipe: Recipe) -> dict[str, Any]:
    """A recipe as JSON values: what it does, why, and what to keep in mind."""
    reasons = recipe.reasons or ("",) * len(recipe.excluded)
    return {
        "name": recipe.name,
        "version": recipe.version,
        "analysis": recipe.analysis,
        "base": recipe.base,
        "clip_quantile": recipe.clip_quantile,
        "tau_nats": recipe.tau if math.isfinite(recipe.tau) else None,
        "excluded": [
            {"id": name, "reason": reason or "by hand"}
            for name, reason in zip(recipe.excluded, reasons, strict=True)
        ],
        "dropped_texts": list(recipe.dropped_texts),
        "n_texts": len(snapshot.texts),
        "domains": list(recipe.domains),
        "centred_on": list(recipe.centred_on),
        "warnings": list(warnings_of(snapshot, recipe)),
    }


def flags(project: Path, recipe: str) -> list[dict[str, Any]]:
    """What looks wrong in the training runs of a project, under the clipping of a recipe."""
    snapshot = store.read(project)
    found = flags_of(snapshot, find_recipe(snapshot, recipe), weights=store.read_weights(project))
    return [
        {
            "id": flag.id,
            "run": flag.run,
            "step": flag.step,
            "kind": flag.kind,
            "title": KINDS[flag.kind],
            "reason": flag.reason,
            "measured": dict(flag.measured),
            "excludes": list(flag.excludes),
        }
        for flag in found
    ]


def texts(project: Path, analysis: str, n: int, base: str) -> dict[str, Any]:
    """The ``n`` texts that jump most between checkpoints, under the recipe of an analysis.

    Under the stored one where there is one; else under what would be made from ``base`` now.

    Raises
    ------
    UsageError
        If the analysis has no recipe of its own.
    InputError
        If the project has none of its entries, or no two neighbouring checkpoints.
    """
    if analysis not in making.OWN:
        raise UsageError(
            f"The analysis {analysis!r} scores no texts", advice=f"Use {', '.join(making.OWN)}"
        )
    snapshot = store.read(project)
    stored = snapshot.recipes.get(making.OWN[analysis])
    if stored is not None:
        work = making.work_of(snapshot, analysis, stored)
        dropped = set(stored.dropped_texts)
    else:
        weights = store.read_weights(project)
        work = making.worked_out(snapshot, analysis, base=base, weights=weights)
        dropped = {snapshot.texts.ids[k] for k in making.outliers_of(work)}
    scores, own = work.scores, snapshot.texts
    if not scores.n_pairs:
        raise UsageError("No run has two neighbouring checkpoints after its warm-up")
    top = scores.order[:n]
    return {
        "analysis": analysis,
        "recipe": making.OWN[analysis],
        "n_pairs": scores.n_pairs,
        "n_texts": len(scores.texts),
        "n_dropped": len(dropped),
        "correlation_of_max_and_sd": scores.correlation,
        "texts": [
            {
                "rank": rank,
                "id": own.ids[k],
                "max_nats": float(scores.maximum[at]),
                "sd_nats": float(scores.sd[at]),
                "dropped": own.ids[k] in dropped,
                "domain": own.domains[k],
                "text": own.texts[k],
            }
            for rank, (at, k) in enumerate(zip(top, scores.texts[top], strict=True), start=1)
        ],
    }
