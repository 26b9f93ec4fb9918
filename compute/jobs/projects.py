"""A project of ours as what formats are read into and written from, and the other way round."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from compute import store
from compute.core.errors import KlscopeError
from compute.core.tables import BUILT_IN_RECIPES, Entry, Recipe, Snapshot, TokenDetail
from compute.exchange import Imported, Request
from compute.geometry import pooled_tau


def read(path: Path, request: Request) -> Imported:
    """Everything that a project file holds; what is in flight beside it is not read.

    Raises
    ------
    StoreError
        As :func:`compute.store.read`.
    """
    request.say(0, 1, f"Reading {path.name}")
    snapshot = store.read(path, parts=False)
    return Imported(
        snapshot.texts,
        snapshot.entries,
        snapshot.loglik,
        weights=tuple(store.read_weights(path).values()),
        benchmarks=store.read_benchmarks(path),
        recipes=tuple(snapshot.recipes.values()),
        embeddings=store.read_embeddings(path),
        tokens=_Tokens(path, snapshot.entries),
        n_tokens=store.read_tokenizations(path),
    )


class _Tokens(Mapping[str, TokenDetail]):
    """Entry id -> token detail that is stored beside the project, read when it is asked for."""

    def __init__(self, path: Path, entries: Iterable[Entry]) -> None:
        self._path = path
        self._ids = {e.id: None for e in entries if store.has_tokens(path, e.id)}

    def __getitem__(self, entry_id: str) -> TokenDetail:
        if entry_id not in self._ids:
            raise KeyError(entry_id)
        found = store.read_tokens(self._path, entry_id)
        if found is None:
            raise KeyError(entry_id)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)


def part_of(project: Imported, ids: Iterable[str]) -> Imported:
    """Only these entries, in the order of the project, and what belongs to them."""
    wanted = set(ids)
    rows = [k for k, entry in enumerate(project.entries) if entry.id in wanted]
    entries = tuple(project.entries[k] for k in rows)
    used = {entry.tokenization for entry in entries}
    runs = {entry.run for entry in entries}
    return replace(
        project,
        entries=entries,
        loglik=project.loglik[rows],
        weights=tuple(one for one in project.weights if one.run in runs),
        benchmarks=None,
        embeddings=(),
        tokens={i: project.tokens[i] for i in project.tokens if i in wanted},
        n_tokens={k: v for k, v in project.n_tokens.items() if k in used},
        notes=(*project.notes, "Maps and benchmark scores belong to all entries: left out."),
    )


def make(path: Path, project: Imported) -> None:
    """Create a project file with all of this. Token detail is written beside it after that.

    Raises
    ------
    StoreError
        If the place refuses; then there is neither a project nor token detail.
    """
    recipes = {r.name: r for r in (*BUILT_IN_RECIPES, *project.recipes)}
    kept = project if project.recipes else _frozen(path, project)
    recipes |= {r.name: r for r in kept.recipes}
    store.create(path, project.texts, *changes(kept), recipes=recipes.values())
    try:
        put_tokens(path, project)
    except BaseException:
        with suppress(OSError):
            path.unlink()
        shutil.rmtree(store.tokens_folder(path), ignore_errors=True)
        raise


def put_tokens(path: Path, project: Imported) -> None:
    """Store the token detail of the entries beside the project."""
    by_id = {entry.id: entry for entry in project.entries}
    for entry_id in project.tokens:
        store.write_tokens(path, by_id[entry_id], project.tokens[entry_id])


def changes(project: Imported) -> tuple[store.Change, ...]:
    """What puts everything but texts, recipes and token detail into a project."""
    found: list[store.Change] = [store.PutEntries(project.entries)]
    rows = {
        entry.id: row
        for entry, row in zip(project.entries, project.loglik, strict=True)
        if not np.isnan(row).all()
    }
    found.append(store.PutRows(rows))
    found += [store.PutTokenization(k, v) for k, v in project.n_tokens.items()]
    found += [store.PutWeights(one) for one in project.weights]
    found += [store.PutEmbedding(one) for one in project.embeddings]
    if project.benchmarks is not None:
        found.append(store.PutBenchmarks(project.benchmarks))
    return tuple(found)


def _frozen(path: Path, project: Imported) -> Imported:
    """With the built-in recipes, their clip value fixed over everything that was imported."""
    known = {recipe.name: recipe for recipe in BUILT_IN_RECIPES}
    snapshot = Snapshot(path, project.texts, project.entries, project.loglik, known)
    return replace(project, recipes=tuple(_fixed(r, snapshot) for r in known.values()))


def _fixed(recipe: Recipe, snapshot: Snapshot) -> Recipe:
    if not recipe.clip_quantile:
        return recipe
    try:
        tau = pooled_tau(snapshot, recipe)
    except KlscopeError:  # there is no value to pool
        return recipe
    return replace(recipe, tau=tau)
