"""The scoring job: checkpoints in, rows of a project out; resumable at any moment."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from compute import sources, store
from compute.core.control import Control
from compute.core.errors import (
    Cancelled,
    InputError,
    KlscopeError,
    ScoringError,
    StoreError,
    UsageError,
)
from compute.core.events import Emit, Notice, Started
from compute.core.numbers import count
from compute.core.specs import ScoreSpec
from compute.core.tables import BOS_RULES, Checkpoint, Entry, Recipe, Snapshot, TextSet
from compute.jobs.entries import Item, queue_items
from compute.jobs.ledger import Ledger
from compute.jobs.meter import Meter
from compute.scoring import OpenModel, OutOfMemory, Plan, Scorer, Settings, open_scorer
from compute.scoring.planning import from_stored, halve, halvings, stored, with_halvings

SCORER = "KLSCOPE_TEST_SCORER"
"""Environment variable by which tests choose a scorer without torch; no option leads to it."""
HALVED = "batch-halved"


def score(spec: ScoreSpec, emit: Emit, control: Control) -> Mapping[str, Any]:
    """Score every checkpoint of ``spec`` that is not done yet.

    Returns
    -------
    mapping
        n_scored, n_failed, n_skipped (done before), n_too_long (texts beyond a context, over all
        models), tokens, seconds.

    Raises
    ------
    UsageError
        If there is nothing to score or no texts.
    StoreError, BusyError
        If the project cannot be read or written, or another job owns it. What is finished is kept.
    ScoringError
        If not one checkpoint could be scored; gives the first reason.
    Cancelled
        If asked to stop; what is finished is kept.
    """
    _check(spec)
    path = Path(spec.project)
    emit(Started(_title(spec.checkpoints), len(spec.checkpoints), "checkpoints"))
    with store.job_lock(path):
        _ensure_texts(path, spec)
        snapshot = store.read(path, parts=False)
        settings = Settings(spec.dtype, spec.bos, spec.device, spec.n_threads, spec.batch_tokens)
        scorer = open_scorer(os.environ.get(SCORER, "torch"), settings)
        with closing(scorer):
            items = _items(spec, snapshot, scorer, control)
            queue = _Queue(path, snapshot.texts, scorer, emit, control, spec.commit_every_s)
            queue.run(items, snapshot)
        _freeze_tau(path)
    return queue.summary()


def _check(spec: ScoreSpec) -> None:
    if not spec.checkpoints:
        raise UsageError("there is no checkpoint to score")
    if spec.bos not in BOS_RULES:
        raise UsageError(
            f"the BOS rule {spec.bos!r} is not known", advice=f"Use {', '.join(BOS_RULES)}"
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
            "a new project needs a text set",
            tried=f"Creating {path}",
            advice="Name one made by klscope texts build",
        )


def _items(
    spec: ScoreSpec, snapshot: Snapshot, scorer: Scorer, control: Control
) -> tuple[Item, ...]:
    """The queue, with digests where the source did not give them."""
    wanted = []
    for checkpoint in spec.checkpoints:
        control.checkpoint()
        checkpoint = _with_digest(checkpoint)
        wanted.append((checkpoint, scorer.dtype_of(checkpoint)))
    return queue_items(wanted, snapshot.entries, spec.bos)


def _with_digest(checkpoint: Checkpoint) -> Checkpoint:
    if checkpoint.digest or checkpoint.problem:
        return checkpoint
    try:
        return checkpoint.with_(digest=sources.digest_of(Path(checkpoint.path)))
    except InputError as error:
        return checkpoint.with_(problem=error.message)


@dataclass(slots=True)
class _Tally:
    n_scored: int = 0
    n_failed: int = 0
    n_skipped: int = 0
    n_too_long: int = 0
    first_error: str = ""


class _Queue:
    """Scores items one after the other; one bad checkpoint never stops it."""

    def __init__(
        self,
        path: Path,
        texts: TextSet,
        scorer: Scorer,
        emit: Emit,
        control: Control,
        commit_every_s: float,
    ) -> None:
        self._path, self._texts, self._scorer = path, texts, scorer
        self._emit, self._control = emit, control
        self._ledger = Ledger(path, emit, commit_every_s)
        self._parts = store.Parts(path)
        self._tally = _Tally()
        self._meter = Meter(emit, 0)

    def run(self, items: tuple[Item, ...], snapshot: Snapshot) -> None:
        self._meter = Meter(self._emit, len(items))
        todo = self._without_done(items, snapshot)
        for item in todo:
            if item.is_new or _reset(item.entry) != item.entry:
                self._ledger.put(_reset(item.entry))
        self._ledger.commit()
        try:
            for item in todo:
                self._control.checkpoint()
                self._item(item)
                self._ledger.commit_if_due()
        finally:
            self._keep()

    def _keep(self) -> None:
        """Commit what is finished, whatever ended the queue; a failing store has its own word."""
        if not isinstance(sys.exception(), StoreError):
            self._ledger.commit()

    def _without_done(self, items: tuple[Item, ...], snapshot: Snapshot) -> list[Item]:
        for entry in snapshot.entries:
            if entry.status == "done" and self._parts.plan(entry.id) is not None:
                self._parts.discard(entry.id)  # a crash came between commit and this
        todo = [item for item in items if item.entry.status != "done"]
        self._tally.n_skipped = len(items) - len(todo)
        for _ in range(self._tally.n_skipped):
            self._meter.skip()
        return todo

    def _item(self, item: Item) -> None:
        try:
            if item.checkpoint.problem:
                raise ScoringError(item.checkpoint.problem)
            self._score(item)
            self._tally.n_scored += 1
        except (Cancelled, StoreError):
            raise
        except KlscopeError as error:
            self._fail(item, error.message)
        except Exception as error:  # border: one bad checkpoint never stops the queue
            traceback.print_exception(error, file=sys.stderr)
            what = " ".join(str(error).split())[:300]
            self._fail(item, f"It could not be scored ({type(error).__name__}: {what}).")
        self._meter.finish(item.entry.id, item.entry.label)

    def _fail(self, item: Item, error: str) -> None:
        error = error[:1].upper() + error[1:]
        self._tally.n_failed += 1
        self._tally.first_error = self._tally.first_error or f"{item.entry.label}: {error}"
        self._ledger.put(item.entry.with_(status="failed", error=error, n_scored=0))

    def _score(self, item: Item) -> None:
        self._meter.say(item.entry.id, item.entry.label, 0.0)
        model = self._scorer.open(item.checkpoint, self._texts)
        plan = self._planned(item.entry, model)
        entry = _with_facts(item.entry, model, plan)
        self._ledger.put_tokens(entry.tokenization, model.n_tokens)
        try:
            plan = self._batches(entry, model, plan)
        except Cancelled:
            row = self._parts.row(entry.id, len(self._texts))
            n_scored = int(np.isfinite(row).sum())
            self._ledger.put(entry.with_(status="partial", n_scored=n_scored), row)
            raise
        self._done(entry, model, plan)

    def _done(self, entry: Entry, model: OpenModel, plan: Plan) -> None:
        row = self._parts.row(entry.id, len(self._texts))
        n_scored = int(np.isfinite(row).sum())
        tags = {*entry.tags} - {HALVED} | ({HALVED} if plan.halved else set())
        entry = entry.with_(
            status="done",
            n_scored=n_scored,
            noise_floor=model.noise_floor(row),
            tags=tuple(sorted(tags)),
        )
        self._ledger.put(entry, row)
        self._say_too_long(entry, len(self._texts) - n_scored)

    def _say_too_long(self, entry: Entry, n: int) -> None:
        if n:
            self._tally.n_too_long += n
            texts = "1 text is" if n == 1 else f"{count(n)} texts are"
            what = f"{texts} longer than the context of {count(entry.context_length)} tokens"
            self._emit(Notice(f"{what} and not scored.", entry.id))

    def _planned(self, entry: Entry, model: OpenModel) -> Plan:
        """The stored plan, if it is of this model; else a new one, stored before any batch."""
        identity = _identity(entry, model, self._texts)
        data = self._parts.plan(entry.id)
        if data is not None and data.get("identity") == identity:
            return with_halvings(from_stored(data), halvings(data))
        plan = model.plan()
        self._parts.write_plan(entry.id, stored(plan, (), identity))
        return plan

    def _batches(self, entry: Entry, model: OpenModel, plan: Plan) -> Plan:
        """Score every unfinished batch; smaller ones after each out-of-memory."""
        while True:
            finished = self._parts.finished(entry.id)
            todo = tuple(b for b in plan.batches if b.number not in finished)
            n_scored = sum(len(b.texts) for b in finished.values())
            try:
                self._some(entry, model, replace(plan, batches=todo), n_scored)
                return plan
            except OutOfMemory:
                plan = self._smaller(entry, plan)

    def _some(self, entry: Entry, model: OpenModel, plan: Plan, n_scored: int) -> None:
        n_texts = n_scored + sum(len(b.texts) for b in plan.batches)
        with closing(cast("Any", model.score(plan, plan.batches))) as batches:
            for scored in batches:
                texts = np.array(scored.batch.texts, dtype=np.int64)
                self._parts.append(entry.id, scored.batch.number, texts, scored.values)
                n_scored += len(texts)
                self._meter.memory = model.memory_bytes()
                n_tokens = int(model.n_tokens[texts].sum())
                self._meter.batch(entry.id, entry.label, n_tokens, n_scored, n_texts)
                self._ledger.commit_if_due()
                self._control.checkpoint()

    def _smaller(self, entry: Entry, plan: Plan) -> Plan:
        finished = self._parts.finished(entry.id)
        unfinished = [b.number for b in plan.batches if b.number not in finished]
        after = halve(plan, unfinished)
        if after.halved == plan.halved:
            raise ScoringError("there is not enough memory for one text alone")
        data = self._parts.plan(entry.id)
        assert data is not None
        original = from_stored(data)
        self._parts.write_plan(entry.id, stored(original, after.halved, data["identity"]))
        self._emit(Notice("Out of memory: going on with batches of half the size.", entry.id))
        return after

    def summary(self) -> dict[str, Any]:
        """What came of it.

        Raises
        ------
        ScoringError
            If nothing is scored, now or before.
        """
        tally = asdict(self._tally)
        first = tally.pop("first_error")
        if first and not self._tally.n_scored and not self._tally.n_skipped:
            n = self._tally.n_failed
            raise ScoringError(
                first if n == 1 else f"None of {n} checkpoints could be scored. {first}"
            )
        return {**tally, "tokens": self._meter.tokens, "seconds": round(self._meter.seconds, 3)}


def _reset(entry: Entry) -> Entry:
    return entry if entry.status == "partial" else entry.with_(status="planned", error="")


def _identity(entry: Entry, model: OpenModel, texts: TextSet) -> dict[str, Any]:
    """What a plan and its finished batches belong to."""
    facts = model.facts
    return {
        "digest": entry.digest,
        "dtype": facts.dtype,
        "bos": entry.bos,
        "device": facts.device.split(":")[0],
        "tokenization": facts.tokenization,
        "texts": texts.digest,
    }


def _with_facts(entry: Entry, model: OpenModel, plan: Plan) -> Entry:
    facts = asdict(model.facts)
    return entry.with_(**{**facts, "n_threads": plan.n_threads}, error="")


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
    """Tau: the quantile of all values of done entries, linear interpolation (method 1, [P])."""
    pooled = _pooled(recipe, snapshot)
    if not len(pooled):
        return recipe
    tau = float(np.quantile(pooled, recipe.clip_quantile, method="linear"))
    return replace(recipe, tau=tau)


def _pooled(recipe: Recipe, snapshot: Snapshot) -> NDArray[np.float64]:
    rows = [
        k
        for k, e in enumerate(snapshot.entries)
        if e.status == "done" and e.id not in recipe.excluded
    ]
    values = snapshot.loglik[rows].astype(np.float64)
    return values[np.isfinite(values)]
