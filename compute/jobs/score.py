"""The scoring job: checkpoints in, rows of a project out; resumable at any moment."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from compute import sources, store
from compute.core.control import Control
from compute.core.errors import InputError, KlscopeError, UsageError
from compute.core.events import Emit, Notice, Started
from compute.core.numbers import count
from compute.core.quantization import WAYS
from compute.core.specs import ScoreSpec
from compute.core.tables import BOS_RULES, Checkpoint, Recipe, Snapshot
from compute.geometry import pooled_tau
from compute.jobs.crew import Crew, threads_each
from compute.jobs.entries import Item, queue_items, to_compare
from compute.jobs.layers import Layers
from compute.jobs.remote import RemoteScorer
from compute.jobs.variants import Way, remarks, with_controls, with_parents, with_variants
from compute.jobs.visits import Visits
from compute.scoring import Scorer, Settings, open_scorer
from compute.scoring.placing import cautions, largest_bytes

SCORER = "KLSCOPE_TEST_SCORER"
"""Environment variable by which tests choose a scorer of this process; no option leads to it."""
LONG_TEXTS = ("skip", "window")


def score(spec: ScoreSpec, emit: Emit, control: Control) -> Mapping[str, Any]:
    """Score every checkpoint of ``spec`` that is not done yet, in two rounds.

    Returns
    -------
    mapping
        n_scored, n_failed, n_skipped (done before), n_detailed (done before, token detail added
        now), n_too_long (texts beyond a context, over all models), tokens, seconds;
        first_round_s, the seconds until every checkpoint had its first round, -1 if there was
        none of its own.

    Raises
    ------
    UsageError
        If there is nothing to score or no texts.
    StoreError, BusyError
        If the project cannot be read or written, or another job owns it. What is finished is kept.
    ScoringError
        If not one checkpoint could be scored; gives the first reason.
    WorkersGone
        If no worker is left that could go on.
    Cancelled
        If asked to stop; what is finished is kept.
    """
    _check(spec)
    path = Path(spec.project)
    emit(Started(_title(spec.checkpoints), len(spec.checkpoints), "checkpoints"))
    with store.job_lock(path):
        _ensure_texts(path, spec)
        visits = _run(spec, store.read(path), emit, control)
        _freeze_tau(path)
    return visits.summary()


def _run(spec: ScoreSpec, snapshot: Snapshot, emit: Emit, control: Control) -> Visits:
    """Everything between the first scorer and the last."""
    make = _maker(spec, control)
    first = make(spec.device)
    crew = Crew(snapshot.texts, make, control.wait, spec.patience_s)
    try:
        items = _items(spec, snapshot, first, control)
        for words in remarks(items, spec.quantize):
            emit(Notice(words))
        names = first.devices()
        for words in cautions(spec.dtype, names):
            emit(Notice(words))
        crew.open(names, first)
        layers = Layers.of(spec.layers, spec.lens, snapshot.entries)
        _discard_old_parts(spec, snapshot, layers)
        _say_what_comes_late(spec, snapshot, emit)
        visits = Visits(spec, snapshot.texts, layers, crew, emit, control)
        del snapshot  # its matrix may be large
        visits.run(items)
    finally:
        crew.close()
        first.close()
    return visits


def _discard_old_parts(spec: ScoreSpec, snapshot: Snapshot, layers: Layers) -> None:
    """A crash may have come between a commit and the end of what it made useless.

    Token detail of a done entry that was under way is of use to a job that asks for it again.
    """
    path = Path(spec.project)
    parts = store.Parts(path)
    for entry in snapshot.entries:
        if entry.status != "done" or layers.lacking(entry.id):
            continue
        if spec.tokens and not store.has_tokens(path, entry.id):
            continue
        if parts.plan(entry.id) is not None:
            parts.discard(entry.id)


def _maker(spec: ScoreSpec, control: Control) -> Callable[..., Scorer]:
    """What makes a scorer for a device: a process of its own where one can be started."""
    name, start = os.environ.get(SCORER, ""), control.start

    def make(device: str, n_workers: int = 1) -> Scorer:
        settings = Settings(
            dtype=spec.dtype,
            bos=spec.bos,
            device=device,
            n_threads=threads_each(spec.n_threads, device, n_workers),
            batch_tokens=spec.batch_tokens,
            long_texts=spec.long_texts,
            tokens=spec.tokens,
            trusted=spec.trusted,
            largest_bytes=largest_bytes(spec.checkpoints, spec.dtype),
            layers=spec.layers,
            lens=spec.lens,
        )
        if name or start is None:
            return open_scorer(name or "torch", settings)
        return RemoteScorer(start, settings, spec.project)

    return make


def _say_what_comes_late(spec: ScoreSpec, snapshot: Snapshot, emit: Emit) -> None:
    if spec.one_visit and snapshot.texts.first_round < len(snapshot.texts):
        n = count(len(snapshot.texts))
        emit(
            Notice(
                f"Each checkpoint is scored on all {n} texts before the next: the map of all of "
                "them comes late."
            )
        )


def _check(spec: ScoreSpec) -> None:
    if not spec.checkpoints:
        raise UsageError("There is no checkpoint to score")
    if spec.bos not in BOS_RULES:
        raise UsageError(
            f"The BOS rule {spec.bos!r} is not known", advice=f"Use {', '.join(BOS_RULES)}"
        )
    if unknown := [way for way in spec.quantize if way not in WAYS]:
        raise UsageError(
            f"a model cannot be quantized by {unknown[0]!r}", advice=f"Use {', '.join(WAYS)}"
        )
    if spec.long_texts not in LONG_TEXTS:
        raise UsageError(
            f"Long texts cannot be treated by {spec.long_texts!r}",
            advice=f"Use {' or '.join(LONG_TEXTS)}",
        )


def _title(checkpoints: tuple[Checkpoint, ...]) -> str:
    runs = tuple(dict.fromkeys(c.run or c.label for c in checkpoints))
    return f"Scoring {runs[0]}" if len(runs) == 1 else f"Scoring {len(runs)} runs"


def _ensure_texts(path: Path, spec: ScoreSpec) -> None:
    if spec.texts:
        from compute.texts import read_texts

        store.ensure_texts(path, read_texts(Path(spec.texts)))
    elif not path.exists():
        raise UsageError(
            "A new project needs a text set",
            tried=f"Creating {path}",
            advice="Name one made by klscope texts build",
        )


def _items(
    spec: ScoreSpec, snapshot: Snapshot, scorer: Scorer, control: Control
) -> tuple[Item, ...]:
    """The queue. Weights are hashed now only where names do not tell whose they are."""
    wanted = []
    for checkpoint in with_variants(spec.checkpoints, spec.quantize):
        control.checkpoint()
        wanted.append((checkpoint, scorer.dtype_of(checkpoint)))
    cache = sources.user_cache().load()
    try:
        for k, unclear in enumerate(to_compare(wanted, snapshot.entries, spec.bos)):
            control.checkpoint()
            if unclear:
                wanted[k] = (_with_digest(wanted[k][0], cache), wanted[k][1])
    finally:
        cache.save()
    items = with_parents(queue_items(wanted, snapshot.entries, spec.bos), snapshot.entries)
    if not spec.quantize:
        return items
    way = Way(scorer.devices()[0], scorer.software())
    return with_controls(items, snapshot.entries, way, always=spec.null_controls)


def _with_digest(checkpoint: Checkpoint, cache: sources.DigestCache) -> Checkpoint:
    if checkpoint.digest or checkpoint.problem:
        return checkpoint
    try:
        digest = sources.digest_of(Path(checkpoint.path), cache, adapter=checkpoint.adapter)
        return checkpoint.with_(digest=digest)
    except InputError as error:
        return checkpoint.with_(problem=error.message)


def _freeze_tau(path: Path) -> None:
    """Fix the clip value of recipes that have none yet: the project's first job has ended."""
    snapshot = store.read(path)
    recipes = [_frozen(r, snapshot) for r in snapshot.recipes.values() if _is_open(r)]
    changes = [store.PutRecipe(r) for r in recipes if np.isfinite(r.tau)]
    if changes:
        store.commit(path, *changes)


def _is_open(recipe: Recipe) -> bool:
    return recipe.clip_quantile > 0 and not np.isfinite(recipe.tau)


def _frozen(recipe: Recipe, snapshot: Snapshot) -> Recipe:
    """Tau over the values of done entries (method 1, [P])."""
    done = {entry.id for entry in snapshot.entries if entry.status == "done"}
    try:
        return replace(recipe, tau=pooled_tau(snapshot, recipe, done))
    except KlscopeError:  # nothing to pool yet, or a domain that the texts do not have
        return recipe
