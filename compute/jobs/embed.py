"""The embedding job: read a project, look into its cache, else compute, and keep the result."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from compute import embedding, geometry, store
from compute.core.control import Control
from compute.core.errors import StoreError
from compute.core.events import Emit, Event, Frame, Notice, Progress, Started
from compute.core.numbers import count
from compute.core.specs import EmbedSpec
from compute.core.tables import Embedding, frozen
from compute.embedding import Checkpoints, State
from compute.geometry import Prepared


def embed(spec: EmbedSpec, emit: Emit, control: Control) -> Mapping[str, Any]:
    """Make one map; every state of ``spec.frame_every`` is sent.

    Returns
    -------
    mapping
        ``key``, ``params`` (as used), ``info``, ``ids`` and ``coords`` of the final frame.
    """
    emit(Started(f"Map of {Path(spec.project).name}", 0, "iterations"))
    done = draw(Projects().prepared(spec), spec, _with_progress(emit), control)
    return {
        "key": done.key,
        "params": dict(done.params),
        "info": dict(done.info),
        "ids": list(done.ids),
        "coords": done.coords.tolist(),
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
    """Reads projects and remembers the last rows, so that a changed parameter reads nothing."""

    def __init__(self) -> None:
        self._last: tuple[tuple[Any, ...], Prepared] | None = None

    def prepared(self, spec: EmbedSpec) -> Prepared:
        """The rows that ``spec`` asks for, from the file as it is now.

        Raises
        ------
        KlscopeError
            If the project cannot be read or none of its entries can be used.
        """
        path = Path(spec.project)
        key = (path, store.stamp(path), spec.recipe, spec.entries)
        if self._last is None or self._last[0] != key:
            self._last = None
            snapshot = store.read(path)
            recipe = geometry.find_recipe(snapshot, spec.recipe)
            rows = geometry.prepare(snapshot, recipe, spec.entries or None)
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
    done = _kept(rows, spec, params)
    cached = done is not None
    if done is None:
        done = embedding.embed(
            rows, params, frames.state, control, every=spec.frame_every, n_jobs=spec.n_jobs
        )
        if spec.cache and not rows.provisional:
            _keep(spec, done, emit)
    info = {**done.info, **_context(rows), "note": plan.note, "cached": cached}
    done = dataclasses.replace(done, info=info)
    frames.final(done)
    return done


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


def _kept(rows: Prepared, spec: EmbedSpec, params: embedding.Params) -> Embedding | None:
    """The map from the project's cache, if it is there."""
    if rows.provisional:
        return None
    return store.read_embedding(Path(spec.project), embedding.cache_key(rows, params))


def _keep(spec: EmbedSpec, done: Embedding, emit: Emit) -> None:
    """Put the map into the project; a map that cannot be kept can still be looked at."""
    try:
        store.commit(Path(spec.project), store.PutEmbedding(embedding=done))
    except (StoreError, OSError) as error:
        emit(Notice(f"The map is not stored in the project. {error}"))


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
