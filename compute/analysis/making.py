"""Recipes that are worked out: their clip value, exclusions and dropped texts, and their basis.

A recipe of pretraining is made in the order of the method (page, section 1): odd checkpoints and
runs are excluded, then tau is taken over what is left of the analysis, then outlier texts are
scored on the clipped values and dropped.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from compute.analysis.flags import exclusions, flags_of
from compute.analysis.members import members
from compute.analysis.outliers import SCORES, TextScores, n_outliers, text_scores
from compute.analysis.runs import Run, runs_of
from compute.core.errors import InputError, KlscopeError, UsageError
from compute.core.numbers import count
from compute.core.tables import BUILT_IN_RECIPES, Entry, Recipe, Snapshot, WeightDistances
from compute.geometry import Selected, find_recipe, pooled_tau, prefix_of, select
from compute.geometry.prepared import centre_of

OWN = {"pretraining": "pretraining", "sizes": "pretraining-sizes", "seeds": "pretraining-seeds"}
"""Analysis -> the name of its own recipe."""
BY_HAND = ""
"""The reason of what a person excluded."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a recipe is to be made of.

    Attributes
    ----------
    name : str
    base : str
        The recipe it starts from.
    clip_quantile : float
        -1 = that of the base.
    excluded : tuple of str
        Entry ids, by hand.
    dropped_texts : tuple of str
        Text ids, by hand.
    n_drop : int
        Outlier texts to drop; -1 = 3 %. Only with an analysis.
    drop_share : float
        The same as a share of the texts; -1 = not given.
    domains, centred_on : tuple of str
        () = those of the base.
    analysis : str
        One of :data:`OWN`, or "" = the whole project: nothing is scored.
    after : int
        First step after warm-up; -1 = by the run's own steps.
    score : str
        By which outlier texts are ranked: one of ``outliers.SCORES``.
    """

    name: str
    base: str = "clip2"
    clip_quantile: float = -1.0
    excluded: tuple[str, ...] = ()
    dropped_texts: tuple[str, ...] = ()
    n_drop: int = -1
    drop_share: float = -1.0
    domains: tuple[str, ...] = ()
    centred_on: tuple[str, ...] = ()
    analysis: str = ""
    after: int = -1
    score: str = "max"


def made(
    snapshot: Snapshot, wish: Wish, weights: Mapping[str, WeightDistances] | None = None
) -> Recipe:
    """The recipe of a wish, worked out from the project as it is; version 0, not stored.

    Raises
    ------
    UsageError
        If it names an entry, text, domain, recipe or analysis that is not there.
    InputError
        If it leaves no entry or no text.
    """
    if wish.score not in SCORES:
        raise UsageError(
            f"There is no outlier score {wish.score!r}", advice=f"Use {' or '.join(SCORES)}"
        )
    start = _start(snapshot, wish)
    if not wish.analysis:
        return _checked(snapshot, _of_project(snapshot, wish, start))
    if wish.analysis not in OWN:
        raise UsageError(
            f"The analysis {wish.analysis!r} has no recipe of its own",
            advice=f"Those of {', '.join(OWN)} have",
        )
    return _of_analysis(snapshot, wish, start, weights)


def finished(snapshot: Snapshot) -> Snapshot:
    """The project without what is only partly scored: a recipe that is kept is made from this."""
    entries = tuple(
        e.with_(status="planned") if e.status == "partial" else e for e in snapshot.entries
    )
    return dataclasses.replace(snapshot, entries=entries)


def _start(snapshot: Snapshot, wish: Wish) -> Recipe:
    """The base with what was wished by hand; tau is open."""
    base = find_recipe(snapshot, wish.base)
    quantile = base.clip_quantile if wish.clip_quantile < 0 else wish.clip_quantile
    if not 0 <= quantile < 1:
        raise UsageError(f"A clip quantile is a share from 0 to 1, not {quantile:g}")
    unknown = [name for name in wish.excluded if name not in snapshot.row_of]
    if unknown:
        raise UsageError(f"{snapshot.path.name} has no entry with id {unknown[0]!r}")
    reasons = dict(zip(base.excluded, base.reasons or ("",) * len(base.excluded), strict=True))
    reasons |= dict.fromkeys(wish.excluded, BY_HAND)
    return Recipe(
        wish.name,
        quantile,
        math.nan,
        excluded=tuple(reasons),
        dropped_texts=_in_order(snapshot, (*base.dropped_texts, *wish.dropped_texts)),
        version=0,
        reasons=tuple(reasons.values()),
        domains=wish.domains or base.domains,
        centred_on=wish.centred_on or base.centred_on,
        base=wish.base,
        made_with=_json(wish),
        analysis=wish.analysis,
    )


def _in_order(snapshot: Snapshot, names: Iterable[str]) -> tuple[str, ...]:
    """The texts in project order, each once; unknown ones last, to be refused when used."""
    given = dict.fromkeys(names)
    known = [name for name in snapshot.texts.ids if name in given] if given else []
    return (*known, *(name for name in given if name not in set(known)))


def _of_project(snapshot: Snapshot, wish: Wish, start: Recipe) -> Recipe:
    """Takes the frozen tau of the base where that was pooled over the same values."""
    if wish.n_drop >= 0 or wish.drop_share >= 0:
        raise UsageError(
            "Outlier texts are found by how they jump between checkpoints",
            advice=f"Say of which analysis: {', '.join(OWN)}; or name the texts by id",
        )
    base = find_recipe(snapshot, wish.base)
    same = (base.clip_quantile, set(base.excluded), base.domains) == (
        start.clip_quantile, set(start.excluded), start.domains,
    )  # fmt: skip
    if not start.clip_quantile:
        tau = math.nan
    elif same and math.isfinite(base.tau):
        tau = base.tau
    else:
        tau = pooled_tau(snapshot, start)
    own = bool(start.clip_quantile) and not (same and math.isfinite(base.tau))
    ids = [e.id for e in snapshot.entries] if own else None
    return dataclasses.replace(start, tau=tau, basis=_basis(snapshot, start, ids))


def _checked(snapshot: Snapshot, recipe: Recipe) -> Recipe:
    """Refuses a recipe that no map can be made with, where that can be told already."""
    if any(prefix_of(e, snapshot.texts) for e in snapshot.entries):
        centre_of(snapshot, select(snapshot, recipe))
    return recipe


def _of_analysis(
    snapshot: Snapshot, wish: Wish, start: Recipe, weights: Mapping[str, WeightDistances] | None
) -> Recipe:
    work = _worked_out(snapshot, wish, start, weights)
    n = _n_drop(wish, len(work.rows.texts))
    names = [snapshot.texts.ids[k] for k in outliers_of(work, n, wish.score)]
    texts = _in_order(snapshot, (*work.recipe.dropped_texts, *names))
    return dataclasses.replace(work.recipe, dropped_texts=texts)


def outliers_of(work: Work, n_drop: int = -1, score: str = "max") -> list[int]:
    """The texts to drop, as indices of the project: ``n_drop``, or 3 % where it is -1.

    [] where no run has two neighbouring checkpoints to score them by.

    Raises
    ------
    InputError
        If that is every text.
    """
    if not work.scores.n_pairs:
        return []
    return [int(k) for k in work.scores.top(n_outliers(len(work.rows.texts), n_drop), score)]


def _n_drop(wish: Wish, n_texts: int) -> int:
    if wish.drop_share >= 0:
        return round(wish.drop_share * n_texts)
    return n_outliers(n_texts, wish.n_drop)


@dataclass(frozen=True, eq=False)
class Work:
    """What a recipe of pretraining is worked out from, before outlier texts are dropped.

    ``recipe`` has everything but these; ``rows`` are the rows under it, ``runs`` the runs of the
    analysis with their excluded checkpoints, ``scores`` those of the texts in ``rows``.
    """

    ids: tuple[str, ...]
    recipe: Recipe
    rows: Selected
    runs: tuple[Run, ...]
    scores: TextScores


def worked_out(
    snapshot: Snapshot,
    analysis: str,
    *,
    base: str = "clip2",
    after: int = -1,
    weights: Mapping[str, WeightDistances] | None = None,
) -> Work:
    """The rows, runs and text scores behind the recipe of one analysis of pretraining."""
    wish = Wish(OWN[analysis], base, analysis=analysis, after=after)
    return _worked_out(snapshot, wish, _start(snapshot, wish), weights)


def work_of(snapshot: Snapshot, analysis: str, recipe: Recipe, *, after: int = -1) -> Work:
    """The same under a recipe that was made before: under its exclusions and its tau.

    Of a recipe that was not worked out for an analysis every dropped text takes part.
    """
    wish = Wish(recipe.name)
    with contextlib.suppress(InputError):
        wish = wish_of(recipe)
    base = snapshot.recipes.get(recipe.base)
    kept_out = (*(base.dropped_texts if base else ()), *wish.dropped_texts)
    bare = dataclasses.replace(recipe, dropped_texts=_in_order(snapshot, kept_out))
    ids, _ = members(snapshot, analysis)
    return _scored(snapshot, bare, ids, after if after >= 0 else wish.after)


def _worked_out(
    snapshot: Snapshot, wish: Wish, start: Recipe, weights: Mapping[str, WeightDistances] | None
) -> Work:
    ids, _ = members(snapshot, wish.analysis)
    base = find_recipe(snapshot, wish.base)
    judged = dataclasses.replace(start, tau=_tau_to_judge(base, start), version=1)
    flags = exclusions(flags_of(snapshot, judged, weights=weights, after=wish.after))
    found = {name: reason for name, reason in flags.items() if name in set(ids)}
    reasons = found | dict(zip(start.excluded, start.reasons, strict=True))
    bare = dataclasses.replace(
        start,
        excluded=tuple(reasons),
        reasons=tuple(reasons.values()),
        basis=_basis(snapshot, start, ids),
    )
    if bare.clip_quantile:
        bare = dataclasses.replace(bare, tau=pooled_tau(snapshot, bare, frozenset(ids)))
    return _scored(snapshot, bare, ids, wish.after)


def _tau_to_judge(base: Recipe, start: Recipe) -> float:
    return base.tau if base.clip_quantile == start.clip_quantile else math.nan


def _scored(snapshot: Snapshot, bare: Recipe, ids: Sequence[str], after: int) -> Work:
    rows = select(snapshot, bare, ids)
    centre_of(snapshot, rows)
    by_id = {e.id: e for e in snapshot.entries}
    runs = runs_of(by_id[name] for name in ids)
    return Work(tuple(ids), bare, rows, runs, text_scores(rows, runs, after=after))


# ---------------------------------------------------------------- how it was made


def _json(wish: Wish) -> str:
    """The parameters that are not as they are by default, beside name and base."""
    standard = Wish(wish.name)
    values = {
        f.name: getattr(wish, f.name)
        for f in dataclasses.fields(Wish)
        if f.name not in ("name", "base") and getattr(wish, f.name) != getattr(standard, f.name)
    }
    return json.dumps(values, sort_keys=True, ensure_ascii=False)


def wish_of(recipe: Recipe) -> Wish:
    """The wish that a recipe was made from.

    Raises
    ------
    InputError
        If the recipe was not made by :func:`made`.
    """
    try:
        values: dict[str, Any] = json.loads(recipe.made_with)
        values = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
        return Wish(recipe.name, recipe.base, **values)
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(
            f"the recipe {recipe.name!r} does not say how it was made", tried="Making it again"
        ) from error


def made_again(
    snapshot: Snapshot, recipe: Recipe, weights: Mapping[str, WeightDistances] | None = None
) -> Recipe:
    """The recipe worked out anew from the project as it is, as a new version; itself if equal.

    A recipe without a base (``clip2``) gets its tau anew, the first time without a new version.

    Raises
    ------
    UsageError
        If there is nothing in it to work out.
    InputError
        If no entry is left to work it out from.
    """
    if recipe.base:
        found = made(snapshot, wish_of(recipe), weights)
    elif not recipe.clip_quantile:
        raise UsageError(
            f"The recipe {recipe.name!r} has no clip value and nothing else to work out"
        )
    else:
        every = [e.id for e in snapshot.entries]
        tau, basis = pooled_tau(snapshot, recipe), _basis(snapshot, recipe, every)
        found = dataclasses.replace(recipe, tau=tau, basis=basis)
    return _next_version(found, recipe)


def _next_version(found: Recipe, stored: Recipe) -> Recipe:
    """``found`` under the version of ``stored``, or the next where numbers under it differ."""
    same = dataclasses.replace(found, version=stored.version)
    if _numbers(same) == _numbers(stored):
        return same
    first = bool(stored.clip_quantile) and not math.isfinite(stored.tau)
    version = stored.version if first and not stored.base else stored.version + 1
    return dataclasses.replace(found, version=version)


def _numbers(recipe: Recipe) -> tuple[Any, ...]:
    tau = recipe.tau if math.isfinite(recipe.tau) else None
    return (
        recipe.clip_quantile, tau, frozenset(recipe.excluded), frozenset(recipe.dropped_texts),
        frozenset(recipe.domains), frozenset(recipe.centred_on),
    )  # fmt: skip


# ---------------------------------------------------------------- what it was made from


def _basis(snapshot: Snapshot, recipe: Recipe, ids: Sequence[str] | None) -> str:
    """What a recipe was worked out from, as JSON: each part under a digest of its own.

    ``entries`` (how many, digest) where ``ids`` are given, ``texts`` with them; ``base`` (name,
    version) where there is one.
    """
    found: dict[str, Any] = {}
    if ids is not None:
        found["entries"] = _entries_digest(snapshot, ids)
        found["texts"] = snapshot.texts.digest[:16]
    if recipe.base:
        found["base"] = [recipe.base, find_recipe(snapshot, recipe.base).version]
    return json.dumps(found, sort_keys=True)


def _entries_digest(snapshot: Snapshot, ids: Sequence[str]) -> list[Any]:
    found = [snapshot.entries[snapshot.row_of[name]] for name in ids]
    found = [e for e in found if e.status == "done"]
    lines = json.dumps([_told(e) for e in found])
    return [len(found), hashlib.sha256(lines.encode()).hexdigest()[:16]]


def _told(entry: Entry) -> list[Any]:
    """What of an entry a recipe depends on: scores of finished entries never change."""
    return [
        entry.id, entry.family, entry.run, entry.step, entry.seed, entry.size, entry.n_params,
        entry.digest, entry.bos,
    ]  # fmt: skip


def warnings_of(snapshot: Snapshot, recipe: Recipe) -> tuple[str, ...]:
    """Sentences about a recipe whose numbers may change, or whose basis has changed since.

    () for a recipe that is stored, frozen, and would be the same if it were made again.
    """
    name = recipe.name
    if recipe.version < 1:
        return (
            f"The recipe {name} is worked out anew each time, so its numbers move when entries "
            f"come. `klscope recipe make {snapshot.path.name} {name}"
            f"{f' --analysis {recipe.analysis}' if recipe.analysis else ''}` stores it.",
        )
    if recipe.clip_quantile and not math.isfinite(recipe.tau):
        return (
            f"The clip value of the recipe {name} is not frozen yet, so its numbers move when "
            "entries come.",
        )
    changes = _changes(snapshot, recipe)
    again = f"`klscope recipe freeze {snapshot.path.name} {name}` works it out again."
    return tuple(f"{change} {again}" for change in changes)


def _changes(snapshot: Snapshot, recipe: Recipe) -> list[str]:
    try:
        basis: dict[str, Any] = json.loads(recipe.basis or "{}")
        base, entries, texts = (basis.get(k) for k in ("base", "entries", "texts"))
        return [
            *(_base_changed(snapshot, recipe, *base) if base else ()),
            *(_entries_changed(snapshot, recipe, *entries) if entries else ()),
            *([_of_other_texts(recipe)] if texts and texts != snapshot.texts.digest[:16] else ()),
        ]
    except (ValueError, TypeError, AttributeError, RecursionError):
        return [f"What the recipe {recipe.name} was worked out from cannot be read."]


def _base_changed(snapshot: Snapshot, recipe: Recipe, base: str, version: int) -> list[str]:
    now = snapshot.recipes.get(base)
    made_from = f"The recipe {recipe.name} was made from {base} version {version}"
    if now is None:
        return [f"{made_from}, which is no longer in the project."]
    return [] if now.version == version else [f"{made_from}, which is version {now.version} now."]


def _entries_changed(snapshot: Snapshot, recipe: Recipe, n: int, digest: str) -> list[str]:
    try:
        ids: Sequence[str] = (
            members(finished(snapshot), recipe.analysis)[0]
            if recipe.analysis
            else [e.id for e in snapshot.entries]
        )
    except KlscopeError:
        ids = ()
    now, found = _entries_digest(snapshot, ids)
    worked_out = f"The recipe {recipe.name} was worked out from {_entries(n)}"
    if now != n:
        return [f"{worked_out}, and there {'is' if now == 1 else 'are'} {count(now)} now."]
    return [] if found == digest else [f"{worked_out} that are not all as they were."]


def _of_other_texts(recipe: Recipe) -> str:
    return f"The recipe {recipe.name} was worked out from other texts."


def _entries(n: int) -> str:
    return "1 entry" if n == 1 else f"{count(n)} entries"


def is_built_in(name: str) -> bool:
    """Whether every project has it: such a recipe can be frozen, but not replaced or deleted."""
    return name in {recipe.name for recipe in BUILT_IN_RECIPES}
