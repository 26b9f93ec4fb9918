"""The embedding job: read a project, look into its cache, else compute, and keep the result."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute import embedding, geometry, store
from compute.analysis.making import warnings_of
from compute.core.control import Control
from compute.core.errors import StoreError, UsageError
from compute.core.events import Emit, Event, Frame, Notice, Progress, Started
from compute.core.numbers import count
from compute.core.specs import EmbedSpec
from compute.core.tables import Embedding, frozen
from compute.embedding import Checkpoints, State, place
from compute.embedding.tsne import TsneParams, carry_on
from compute.geometry import Prepared


def embed(spec: EmbedSpec, emit: Emit, control: Control) -> Mapping[str, Any]:
    """Make one map; every state of ``spec.frame_every`` is sent.

    Returns
    -------
    mapping
        ``key``, ``params`` (as used), ``info``, ``ids`` and ``coords`` of the final frame, and
        ``warnings`` about the recipe.
    """
    emit(Started(f"Map of {Path(spec.project).name}", 0, "iterations"))
    projects = Projects()
    done = draw(projects.prepared(spec), spec, _with_progress(emit), control)
    return {
        "key": done.key,
        "params": dict(done.params),
        "info": dict(done.info),
        "ids": list(done.ids),
        "coords": done.coords.tolist(),
        "warnings": list(projects.warnings),
    }


def _with_progress(emit: Emit) -> Emit:
    """Says the progress beside each intermediate frame."""

    def send(event: Event) -> None:
        if isinstance(event, Frame) and not event.final:
            fraction = event.iteration / max(event.n_iter, 1)
            message = f"iteration {count(event.iteration)} of {count(event.n_iter)}"
            emit(Progress(fraction, event.iteration, event.n_iter, message))
        emit(event)

    return send


class Projects:
    """Reads projects and remembers the last rows, so that a changed parameter reads nothing.

    ``warnings`` are sentences about the recipe of these rows.
    """

    def __init__(self) -> None:
        self.warnings: tuple[str, ...] = ()
        self._last: tuple[tuple[Any, ...], Prepared] | None = None

    def prepared(self, spec: EmbedSpec) -> Prepared:
        """The rows that ``spec`` asks for, from the file as it is now.

        Raises
        ------
        KlscopeError
            If the project cannot be read or none of its entries can be used.
        """
        path = Path(spec.project)
        key = (path, store.stamp(path), spec.recipe, spec.held, spec.entries)
        if self._last is None or self._last[0] != key:
            self._last = None
            snapshot = store.read(path)
            recipe = (
                geometry.recipe_from_json(spec.held)
                if spec.held
                else geometry.find_recipe(snapshot, spec.recipe)
            )
            rows = geometry.prepare(snapshot, recipe, spec.entries or None)
            self.warnings = warnings_of(snapshot, recipe)
            self._last = (key, rows)
        return self._last[1]


def draw(
    rows: Prepared,
    spec: EmbedSpec,
    emit: Emit,
    control: Checkpoints,
    *,
    least_s: float = 0.0,
) -> Embedding:
    """Send the frames of a map, the last one final; keep it in the project if the spec says so.

    Provisional maps are not kept: their key will never be asked for again.

    Parameters
    ----------
    rows : Prepared
    spec : EmbedSpec
    emit : callable
    control : Checkpoints
        Asked between iterations.
    least_s : float
        Least time between two intermediate frames, in seconds.

    Returns
    -------
    Embedding
        As in the final frame: its ``info`` also says note, recipe, texts and whether it was cached.
    """
    params = embedding.make_params(spec.method, dataclasses.asdict(spec))
    plan = embedding.plan(len(rows.ids), params)
    frames = _Frames(spec, rows.ids, embedding.params_dict(plan.params), emit, least_s)
    found = _found(rows, spec, params)
    if found is None:
        done = embedding.embed(
            rows, params, frames.state, control, every=spec.frame_every, n_jobs=spec.n_jobs
        )
        if spec.part:
            done = dataclasses.replace(done, info={**done.info, "part": True})
        done = _of_recipe(done, rows)
    elif place.whole(rows, found):
        done = found
    else:
        done = _of_recipe(place.place(rows, found, control), rows)
    if spec.cache and not rows.provisional and done is not found:
        _keep(spec, done, emit)
    words = place.words(done.info, len(done.ids))
    shown = {"note": "" if words else plan.note, "base_words": words, "cached": done is found}
    done = dataclasses.replace(done, info={**done.info, **_context(rows), **shown})
    frames.final(done)
    return done


def preview(
    rows: Prepared,
    spec: EmbedSpec,
    start: NDArray[np.float32],
    emit: Emit,
    control: Checkpoints,
    *,
    least_s: float = 0.0,
) -> None:
    """Send the frames of a t-SNE that goes on from ``start`` with the parameters of ``spec``.

    Nothing is kept. The last frame has no key, and ``info["preview"]``.

    Raises
    ------
    UsageError
        If the map is no t-SNE, or ``start`` (K, dims) float32 does not fit the rows.
    """
    asked = embedding.make_params(spec.method, dataclasses.asdict(spec))
    params = embedding.plan(len(rows.ids), asked).params
    if not isinstance(params, TsneParams):
        raise UsageError(f"a {params.method} map has no preview", tried="Previewing a map")
    if start.shape != (len(rows.ids), params.dims) or not np.isfinite(start).all():
        raise UsageError("the positions do not fit the entries", tried="Previewing a map")
    used = embedding.params_dict(params)
    frames = _Frames(spec, rows.ids, used, emit, least_s)
    every, n_jobs = spec.frame_every, spec.n_jobs
    fit = carry_on(rows, params, start, frames.state, control, every=every, n_jobs=n_jobs)
    info = {**fit.info, **_context(rows), "preview": True}
    coords = frozen(fit.coords.astype(np.float32))
    frames.final(Embedding("", rows.ids, coords, used, info))


class _Frames:
    """Turns states into frames, not more often than asked."""

    def __init__(
        self,
        spec: EmbedSpec,
        ids: tuple[str, ...],
        params: Mapping[str, Any],
        emit: Emit,
        least_s: float,
    ) -> None:
        self._spec, self._ids, self._params = spec, ids, params
        self._emit, self._least_s = emit, least_s
        self._last_s = -np.inf

    def state(self, state: State) -> None:
        now = time.monotonic()
        if now - self._last_s < self._least_s:
            return
        self._last_s = now
        coords = frozen(state.coords.astype(np.float32))
        self._emit(
            Frame(
                self._spec.generation,
                state.iteration,
                state.n_iter,
                self._ids,
                coords,
                params=self._params,
            )
        )

    def final(self, done: Embedding) -> None:
        n_iter = int(done.info.get("n_iter", 0))
        self._emit(
            Frame(
                self._spec.generation,
                n_iter,
                n_iter,
                done.ids,
                done.coords,
                final=True,
                key=done.key,
                params=done.params,
                info=done.info,
            )
        )


def _found(rows: Prepared, spec: EmbedSpec, params: embedding.Params) -> Embedding | None:
    """The map of these rows from the project, else the one to place into.

    Raises
    ------
    UsageError
        If the base is named and cannot be one.
    """
    path = Path(spec.project)
    if spec.base not in ("", place.AUTO):
        return _named_base(rows, spec, params)
    if rows.provisional:
        return None
    exact = store.read_embedding(path, embedding.cache_key(rows, params))
    if exact is not None or not spec.base:
        return exact
    return place.best_base(store.read_embeddings(path), rows, params)


def _named_base(rows: Prepared, spec: EmbedSpec, params: embedding.Params) -> Embedding:
    tried = f"Placing entries into the map {spec.base}"
    path = Path(spec.project)
    base = store.read_embedding(path, spec.base)
    if base is None:
        raise UsageError(f"{path.name} holds no such map", tried=tried)
    if not place.is_base(base, rows, params):
        raise UsageError(
            "it was made with other parameters, or the rows under it are not what they were",
            tried=tried,
            advice="Ask for the parameters it was made with, or compute a map of all entries",
        )
    filled = place.placed_key(rows, place.base_key(base))
    return store.read_embedding(path, filled) or base


def _keep(spec: EmbedSpec, done: Embedding, emit: Emit) -> None:
    """Put the map into the project; a map that cannot be kept can still be looked at."""
    try:
        store.commit(Path(spec.project), store.PutEmbedding(embedding=done))
    except (StoreError, OSError) as error:
        emit(Notice(f"The map is not stored in the project. {error}"))


def _of_recipe(done: Embedding, rows: Prepared) -> Embedding:
    """The map with what tells later whether its recipe is still the same."""
    return dataclasses.replace(done, info={**done.info, **geometry.told(rows.recipe)})


def _context(rows: Prepared) -> dict[str, Any]:
    """What the numbers of a map depend on, for whoever shows it."""
    return {
        "recipe": rows.recipe.name,
        "provisional": rows.provisional,
        "estimator": geometry.ESTIMATOR,
        "n_texts": rows.n_texts,
        "n_total": rows.n_total,
        "n_prefix": rows.n_prefix,
        "n_partial": rows.n_partial,
        "sample": rows.sample,
        "cautions": list(rows.cautions),
        "left_out": len(rows.left_out),
    }
