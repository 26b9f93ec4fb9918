"""Adding what was imported to a project that is there: what is new, what is kept. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from compute.core.errors import UsageError
from compute.core.numbers import count
from compute.core.tables import Benchmarks, Embedding, Entry, Recipe, Snapshot
from compute.exchange import Imported


@dataclass(frozen=True, eq=False)
class Joined:
    """What to write into the project.

    ``added`` holds the entries that are new, with free ids; ``edited`` those that were there and of
    which more is known now; ``n_same`` of them are there with the very same values.
    """

    added: Imported
    edited: tuple[Entry, ...]
    recipes: tuple[Recipe, ...]
    n_same: int
    notes: tuple[str, ...]


def joined(project: Snapshot, found: Imported, kept: Kept) -> Joined:
    """Work out what is new in ``found``.

    An entry of the same id with the same values, or without any, is the one that is there;
    another entry of that id gets ``-2``, ``-3``, ... after it.

    Raises
    ------
    UsageError
        If the texts are others.
    """
    _check_texts(project, found)
    ids = _ids(project, found)
    fresh = [k for k, entry in enumerate(found.entries) if ids[entry.id] not in project.row_of]
    edited = [
        entry
        for entry in found.entries
        if ids[entry.id] in project.row_of and entry.metadata != _there(project, entry).metadata
    ]
    added = _renamed(_only(found, fresh, ids), ids)
    weights = tuple(one for one in added.weights if one.run not in kept.runs)
    embeddings = tuple(one for one in added.embeddings if one.key not in kept.maps)
    recipes = tuple(_with_ids(r, ids) for r in found.recipes if r.name not in project.recipes)
    same = len(found.entries) - len(fresh)
    notes = tuple(_notes(found, ids, recipes, same if len(fresh) else 0))
    benchmarks = _merged(kept.benchmarks, added.benchmarks)
    added = replace(added, weights=weights, embeddings=embeddings, benchmarks=benchmarks)
    more = tuple(_there(project, e).with_(metadata=_more(_there(project, e), e)) for e in edited)
    return Joined(added, more, recipes, same, notes)


@dataclass(frozen=True, eq=False)
class Kept:
    """What else the project has: runs with weight distances, keys of maps, benchmark scores,
    digests of tokenizations."""

    runs: frozenset[str] = frozenset()
    maps: frozenset[str] = frozenset()
    benchmarks: Benchmarks | None = None
    tokenizations: frozenset[str] = frozenset()


def _check_texts(project: Snapshot, found: Imported) -> None:
    own, other = project.texts, found.texts
    if own.digest != other.digest:
        raise UsageError(
            f"it is about other texts ({count(len(other))}, digest {other.digest[:12]}) than the "
            f"project ({count(len(own))}, digest {own.digest[:12]})",
            tried=f"Importing into {project.path}",
            advice="A project holds exactly one text set: import into a new project",
        )


def _ids(project: Snapshot, found: Imported) -> dict[str, str]:
    """Imported id -> id in the project."""
    taken = set(project.row_of)
    out: dict[str, str] = {}
    for entry, row in zip(found.entries, found.loglik, strict=True):
        candidate, n = entry.id, 1
        while candidate in taken and not _is_there(project, candidate, row):
            n += 1
            candidate = f"{entry.id}-{n}"
        taken.add(candidate)
        out[entry.id] = candidate
    return out


def _is_there(project: Snapshot, entry_id: str, row: NDArray[np.float32]) -> bool:
    at = project.row_of.get(entry_id)
    if at is None:
        return False
    return bool(np.isnan(row).all() or np.array_equal(project.loglik[at], row, equal_nan=True))


def _there(project: Snapshot, entry: Entry) -> Entry:
    return project.entries[project.row_of[entry.id]]


def _more(own: Entry, other: Entry) -> tuple[tuple[str, str], ...]:
    names = dict(own.metadata)
    return (*own.metadata, *((k, v) for k, v in other.metadata if k not in names))


def _only(found: Imported, rows: list[int], ids: Mapping[str, str]) -> Imported:
    entries = tuple(found.entries[k] for k in rows)
    fresh = {entry.id for entry in entries}
    return replace(
        found,
        entries=entries,
        loglik=found.loglik[rows],
        tokens={i: found.tokens[i] for i in found.tokens if i in fresh},
    )


def _renamed(found: Imported, ids: Mapping[str, str]) -> Imported:
    """Every id as it is in the project."""
    if all(old == new for old, new in ids.items()):
        return found
    return replace(
        found,
        entries=tuple(_entry(entry, ids) for entry in found.entries),
        embeddings=tuple(_map(one, ids) for one in found.embeddings),
        benchmarks=found.benchmarks
        and replace(found.benchmarks, ids=_all(found.benchmarks.ids, ids)),
        tokens={ids[i]: detail for i, detail in found.tokens.items()},
    )


def _entry(entry: Entry, ids: Mapping[str, str]) -> Entry:
    return entry.with_(
        id=ids[entry.id],
        parent=ids.get(entry.parent, entry.parent),
        other_parents=_all(entry.other_parents, ids),
    )


def _map(one: Embedding, ids: Mapping[str, str]) -> Embedding:
    return replace(one, ids=_all(one.ids, ids))


def _with_ids(recipe: Recipe, ids: Mapping[str, str]) -> Recipe:
    return replace(
        recipe,
        excluded=_all(recipe.excluded, ids),
        centred_on=_all(recipe.centred_on, ids),
    )


def _all(names: Iterable[str], ids: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(ids.get(name, name) for name in names)


def _merged(own: Benchmarks | None, other: Benchmarks | None) -> Benchmarks | None:
    """The scores of both; those of the project win. None = there is nothing new."""
    if own is None or other is None:
        return other
    ids = (*own.ids, *(i for i in other.ids if i not in own.ids))
    tasks = (*own.tasks, *(t for t in other.tasks if t not in own.tasks))
    values = np.full((len(ids), len(tasks)), np.nan)
    for one in (other, own):
        at = np.ix_([ids.index(i) for i in one.ids], [tasks.index(t) for t in one.tasks])
        values[at] = np.where(np.isnan(one.values), values[at], one.values)
    sources = dict.fromkeys(source for source in (own.source, other.source) if source)
    return Benchmarks(tasks, ids, values, source="; ".join(sources))


def _notes(
    found: Imported, ids: Mapping[str, str], recipes: tuple[Recipe, ...], n_same: int
) -> Iterable[str]:
    other = [old for old, new in ids.items() if old != new]
    if other:
        yield (
            f"{count(len(other))} entries have an id that another entry of the project has, and "
            f"got a new one, such as {ids[other[0]]!r}."
        )
    if n_same:
        yield f"{count(n_same)} entries were there already with the same values."
    kept = len(found.recipes) - len(recipes)
    if kept:
        yield (
            "A recipe of a name that the project has was left as it is there."
            if kept == 1
            else f"{count(kept)} recipes of names that the project has were left as they are there."
        )
