"""The writer's side of a scoring job: hands out visits and writes what the workers send."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute import store
from compute.core.control import Control
from compute.core.errors import Cancelled, KlscopeError, ScoringError, StoreError
from compute.core.events import Emit, Notice
from compute.core.numbers import count
from compute.core.rules import HALVED, WINDOWED
from compute.core.specs import ScoreSpec
from compute.core.tables import Checkpoint, Entry, TextSet
from compute.jobs.crew import (
    Amended,
    BatchDone,
    Broke,
    Crew,
    Ended,
    Left,
    Lost,
    Message,
    Opened,
    Task,
    Worker,
)
from compute.jobs.entries import Item
from compute.jobs.layers import Layers
from compute.jobs.ledger import Ledger
from compute.jobs.meter import Meter
from compute.jobs.tally import Tally
from compute.jobs.turns import Turns, Visit
from compute.jobs.variants import weighed
from compute.scoring import ModelFacts, Plan
from compute.scoring.planning import from_stored, stored

MOST_LOSSES = 3
"""Processes a worker may lose in a row, without one batch between, before it is given up."""


class WorkersGone(KlscopeError):  # noqa: N818 - reads as what it says
    """No worker is left that could go on; everything scored is kept."""


@dataclass(eq=False, slots=True)
class _Flight:
    """What the writer knows of an entry while a worker is at it."""

    entry: Entry
    row: NDArray[np.float32]
    finished: set[int]
    plan: Plan | None = None
    layers: tuple[int, ...] = ()
    n_layers: int = -1
    lengths: NDArray[np.int16] | None = None


class Visits:
    """Two rounds over all items: the first texts of every one, then the rest of every one.

    One bad checkpoint never stops them; a lost worker's visit is made once more by another.
    """

    def __init__(
        self,
        spec: ScoreSpec,
        texts: TextSet,
        layers: Layers,
        crew: Crew,
        emit: Emit,
        control: Control,
    ) -> None:
        path = Path(spec.project)
        self._spec, self._texts, self._crew = spec, texts, crew
        self._emit, self._control = emit, control
        self._path, self._parts = path, store.Parts(path)
        self._ledger = Ledger(path, texts, self._parts, emit, spec.commit_every_s)
        self._layers, self._tally = layers, Tally()
        self._meter = Meter(emit, 0, 0)
        self._checkpoints: dict[str, Checkpoint] = {}
        self._entries: dict[str, Entry] = {}  # of what is not done and has not failed
        self._flights: dict[str, _Flight] = {}
        self._turns = Turns(crew)
        self._detail_only: set[str] = set()  # done before, without the detail asked for now
        self._first_round_s = -1.0

    def run(self, items: tuple[Item, ...]) -> None:
        """Score all items.

        Raises
        ------
        Cancelled, StoreError, WorkersGone
            As the job; what was scored is kept.
        """
        self._meter = Meter(self._emit, len(items), len(self._texts))
        for item in items:
            self._take_on(item)
        self._ledger.commit()
        try:
            for last_round in self._rounds():
                self._round(last_round)
        finally:
            self._keep()

    def _take_on(self, item: Item) -> None:
        entry = item.entry
        if not item.is_new:
            self._ledger.know(entry)
        if entry.status == "done":
            self._say_long_texts_stay(entry)
            if not self._lacks_detail(entry):
                self._tally.n_skipped += 1
                self._meter.skip()
                return
            self._detail_only.add(entry.id)
        elif entry.status != "partial":
            entry = entry.with_(status="planned", error="")
        if item.is_new or entry != item.entry:
            self._ledger.put(entry)
        self._checkpoints[entry.id], self._entries[entry.id] = item.checkpoint, entry

    def _lacks_detail(self, entry: Entry) -> bool:
        """Whether tokens or layers are asked for that a done entry does not have."""
        lacks = self._spec.tokens and not store.has_tokens(self._path, entry.id)
        return lacks or self._layers.lacking(entry.id)

    def _say_long_texts_stay(self, entry: Entry) -> None:
        n = len(self._texts) - entry.n_scored
        if self._spec.long_texts == "window" and n and WINDOWED not in entry.tags:
            what = "is done already, without its longest texts; its scores are final"
            self._emit(Notice(f"{entry.label} {what} ({count(n)} texts have none).", entry.id))

    def _rounds(self) -> tuple[int, ...]:
        one = self._spec.one_visit or self._texts.first_round == len(self._texts)
        return (1,) if one else (0, 1)

    def _round(self, last_round: int) -> None:
        for entry in self._entries.values():
            if last_round > 0 or entry.n_prefix < self._texts.first_round:
                self._turns.add(Visit(entry.id, last_round))
        is_first = last_round == 0 and bool(self._turns)
        self._give()
        while self._crew.busy or self._turns:
            if self._control.paused:
                self._ledger.commit()
            self._control.checkpoint()
            self._step()
        if is_first:
            self._ledger.commit()
            self._first_round_s = self._meter.seconds

    def _step(self) -> None:
        came = self._crew.next()
        if came is not None:
            worker, message = came
            self._hear(worker, message)
            self._ledger.commit_if_due()
        self._give()

    # ------------------------------------------------------------------ giving

    def _give(self) -> None:
        """Every worker has something to do, and the only one has its next visit at hand."""
        ahead = 2 if len(self._crew.workers) == 1 else 1
        for worker in self._crew.workers:
            while len(worker.waiting) < ahead:
                visit = self._turns.take(worker)
                if visit is None:
                    break
                self._give_one(worker, *visit)

    def _give_one(self, worker: Worker, name: str, last_round: int) -> None:
        entry, checkpoint = self._entries[name], self._checkpoints[name]
        row = self._parts.row(name, len(self._texts))
        finished = self._parts.finished(
            name, tokens=self._spec.tokens, layers=bool(self._spec.layers)
        )
        flight = self._flights[name] = _Flight(entry, row, set(finished))
        if checkpoint.problem:
            self._fail(flight, checkpoint.problem, is_bad=False)
            return
        worker.give(
            Task(
                entry=name,
                label=entry.label,
                checkpoint=checkpoint,
                last_round=last_round,
                stored=self._parts.plan(name),
                finished=frozenset(finished),
                row=row,
                identity_of=self._identity_of(entry),
                wants_noise=not np.isfinite(entry.noise_floor),
                upcoming=self._upcoming(),
            )
        )

    def _upcoming(self) -> Checkpoint | None:
        """What will be asked for after what is given now."""
        waiting = (self._checkpoints[name] for name, _ in self._turns)
        return next((checkpoint for checkpoint in waiting if not checkpoint.problem), None)

    def _identity_of(self, entry: Entry) -> Any:
        texts = self._texts.digest

        def identity(facts: ModelFacts) -> dict[str, Any]:
            """What a plan and its finished batches belong to."""
            deep = {"layers": list(facts.layers), "lens": self._layers.lens} if facts.layers else {}
            return (
                deep
                | _variant_of(self._checkpoints[entry.id], facts)
                | {
                    "digest": facts.digest or entry.digest,
                    "dtype": facts.dtype,
                    "bos": entry.bos,
                    "device": facts.device.split(":")[0],
                    "tokenization": facts.tokenization,
                    "texts": texts,
                    "long_texts": self._spec.long_texts,
                    "tokens": self._spec.tokens,
                }
            )

        return identity

    # ------------------------------------------------------------------ hearing

    def _hear(self, worker: Worker, message: Message) -> None:
        flight = self._flights[message.task.entry]
        match message:
            case Opened():
                self._opened(flight, message)
            case Amended():
                self._amended(flight, message)
            case BatchDone():
                worker.losses = 0
                self._turns.went_well(message.task.entry)
                self._batch(flight, message)
            case Ended():
                self._ended(flight, message)
            case Broke():
                self._fail(flight, _sentence(message.error), is_bad=flight.plan is not None)
            case Lost():
                self._lost(worker, flight, message)
            case Left():
                self._put_partial(flight)

    def _opened(self, flight: _Flight, message: Opened) -> None:
        entry, plan = flight.entry, message.plan
        facts = asdict(message.facts)
        facts["digest"] = message.identity["digest"]
        flight.layers, flight.n_layers = facts.pop("layers"), facts.pop("n_layers")
        entry = weighed(entry, facts.pop("n_bytes"))
        flight.entry = entry.with_(**{**facts, "n_threads": plan.n_threads}, error="")
        flight.plan, flight.lengths = plan, message.lengths
        self._ledger.put_tokens(facts["tokenization"], message.n_tokens)
        if message.fresh:
            flight.row = np.full(len(self._texts), np.nan, dtype=np.float32)
            flight.finished = set()
            if entry.status == "partial":  # scored another way before: not to be mixed with this
                again = flight.entry.with_(status="planned", n_scored=0, n_prefix=0)
                flight.entry = again
                self._ledger.put(again, flight.row.copy())
                self._ledger.commit()
            self._parts.write_plan(entry.id, stored(plan, (), message.identity))
        planned = {text for batch in plan.batches for text in batch.texts}
        left_out = [text for text in range(len(self._texts)) if text not in planned]
        if left_out:
            self._parts.settle(entry.id, left_out)
        self._meter.reach(entry.id, self._message(message.task), self._n_settled(flight))

    def _message(self, task: Task) -> str:
        if self._texts.first_round == len(self._texts) or self._spec.one_visit:
            return task.label
        first = count(self._texts.first_round)
        which = f"round 1 of 2, first {first} texts" if task.last_round == 0 else "round 2 of 2"
        return f"{task.label} · {which}"

    def _n_settled(self, flight: _Flight) -> int:
        if flight.plan is None:
            return 0
        done = sum(len(b.texts) for b in flight.plan.batches if b.number in flight.finished)
        planned = sum(len(b.texts) for b in flight.plan.batches)
        return done + len(self._texts) - planned

    def _amended(self, flight: _Flight, message: Amended) -> None:
        name = flight.entry.id
        data = self._parts.plan(name)
        assert data is not None
        amended = stored(from_stored(data), message.plan.halved, data["identity"])
        self._parts.write_plan(name, amended)
        flight.plan = message.plan
        self._emit(Notice("Out of memory: going on with batches of half the size.", name))

    def _batch(self, flight: _Flight, message: BatchDone) -> None:
        scored, name = message.scored, flight.entry.id
        if self._spec.tokens and len(scored.tokens) != len(scored.batch.texts):
            raise ScoringError(f"the scorer brought no tokens of {flight.entry.label}")
        texts = np.array(scored.batch.texts, dtype=np.int64)
        self._parts.append(
            name,
            scored.batch.number,
            texts,
            scored.values,
            tokens=scored.tokens,
            layers=scored.layers,
        )
        flight.row[texts] = scored.values
        flight.finished.add(scored.batch.number)
        n_tokens = int(self._ledger.n_tokens(flight.entry.tokenization)[texts].sum())
        self._meter.memory = message.memory_bytes
        n_scored = int(np.isfinite(flight.row).sum())
        self._meter.batch(name, self._message(message.task), n_tokens, n_scored, len(texts))

    def _ended(self, flight: _Flight, message: Ended) -> None:
        if np.isfinite(message.noise_floor):
            flight.entry = flight.entry.with_(noise_floor=message.noise_floor)
        assert flight.plan is not None
        if all(batch.number in flight.finished for batch in flight.plan.batches):
            self._done(flight, flight.plan)
        else:
            self._put_partial(flight)

    def _done(self, flight: _Flight, plan: Plan) -> None:
        if self._spec.tokens:
            n_tokens = self._ledger.n_tokens(flight.entry.tokenization)
            detail = self._parts.tokens(flight.entry.id, n_tokens)
            detail = replace(detail, lengths=flight.lengths)
            store.write_tokens(self._path, flight.entry, detail)
        if flight.entry.id in self._detail_only:
            self._put_layers(flight, flight.entry.with_(status="done"))
            self._tally.n_detailed += 1
            self._end_detail(flight)
            return
        n_scored = int(np.isfinite(flight.row).sum())
        entry = flight.entry.with_(
            status="done",
            n_scored=n_scored,
            n_prefix=len(self._texts),
            tags=_tags(flight.entry, halved=bool(plan.halved), windowed=plan.window > 0),
        )
        self._tally.n_scored += 1
        self._ledger.put(entry, flight.row)
        self._put_layers(flight, entry)
        self._say_too_long(entry, len(self._texts) - n_scored)
        self._forget(entry.id)
        self._meter.finish(entry.id, entry.label)

    def _put_layers(self, flight: _Flight, owner: Entry) -> None:
        """Each layer that was scored becomes an entry; those that were done before stay."""
        if not flight.layers:
            return
        rows = self._parts.layers(owner.id, len(flight.layers), len(self._texts))
        for k, entry in self._layers.entries(owner, flight.layers, flight.n_layers):
            n_scored = int(np.isfinite(rows[k]).sum())
            self._ledger.put(entry.with_(n_scored=n_scored), rows[k])

    def _end_detail(self, flight: _Flight) -> None:
        """An entry that was done before is left as it is, whatever came of its token detail."""
        self._parts.discard(flight.entry.id)
        self._forget(flight.entry.id)
        self._meter.finish(flight.entry.id, flight.entry.label)

    def _put_partial(self, flight: _Flight) -> None:
        """A worker left it; what is there of it counts as partial from now on, if anything is."""
        del self._flights[flight.entry.id]
        if flight.plan is None or not flight.finished or flight.entry.id in self._detail_only:
            return
        settled = np.ones(len(self._texts), dtype=bool)
        for batch in flight.plan.batches:
            if batch.number not in flight.finished:
                settled[list(batch.texts)] = False
        gaps = np.flatnonzero(~settled[self._texts.order])
        flight.entry = flight.entry.with_(
            status="partial",
            n_scored=int(np.isfinite(flight.row).sum()),
            n_prefix=int(gaps[0]) if len(gaps) else len(self._texts),
        )
        self._entries[flight.entry.id] = flight.entry
        self._ledger.put(flight.entry, flight.row)

    def _say_too_long(self, entry: Entry, n: int) -> None:
        if n:
            self._tally.n_too_long += n
            texts = "1 text is" if n == 1 else f"{count(n)} texts are"
            what = f"{texts} longer than the context of {count(entry.context_length)} tokens"
            self._emit(Notice(f"{what} and not scored.", entry.id))

    def _fail(self, flight: _Flight, error: str, *, is_bad: bool) -> None:
        """This job is done with it; unless the model ``is_bad``, what was scored of it is kept."""
        error = error[:1].upper() + error[1:]
        self._tally.failed(flight.entry.label, error)
        if flight.entry.id in self._detail_only:
            what = "tokens" if self._spec.tokens else "layers"
            self._emit(Notice(f"The {what} of {flight.entry.label} are not kept. {error}"))
            self._end_detail(flight)
            return
        if flight.entry.status != "partial":
            self._ledger.put(flight.entry.with_(status="failed", error=error))
        elif is_bad:
            failed = flight.entry.with_(status="failed", error=error, n_scored=0, n_prefix=0)
            self._ledger.put(failed, np.full(len(self._texts), np.nan, dtype=np.float32))
        else:
            kept = flight.row if flight.finished else None
            self._ledger.put(flight.entry.with_(error=error), kept)
            why = error.rstrip(".")
            self._emit(Notice(f"{flight.entry.label} stays partly scored. {why}.", flight.entry.id))
        self._forget(flight.entry.id)
        self._meter.finish(flight.entry.id, flight.entry.label)

    def _forget(self, name: str) -> None:
        for table in (self._flights, self._entries, self._checkpoints):
            table.pop(name, None)

    def _lost(self, worker: Worker, flight: _Flight, message: Lost) -> None:
        """The visit is made once more; a worker that only loses is given up."""
        why = (worker.hung or message.why).rstrip(".")
        name, label = flight.entry.id, flight.entry.label
        given = [Visit(task.entry, task.last_round) for task in worker.waiting]
        worker.waiting.clear()
        again = self._turns.lost(name, worker)
        what = "It is tried once more" if again else "It is left out"
        self._emit(Notice(f"The worker on {worker.name} was lost at {label}: {why}. {what}.", name))
        self._put_partial(flight)
        if again:
            given.insert(0, Visit(name, message.task.last_round))
        else:
            self._fail(flight, f"its worker was lost twice ({why})", is_bad=False)
        self._turns.put_back(given)
        worker.losses += 1
        self._mend(worker, why)

    def _mend(self, worker: Worker, why: str) -> None:
        try:
            if worker.losses < MOST_LOSSES:
                self._crew.replace(worker)
                return
            self._crew.remove(worker)
        except KlscopeError as error:
            why = error.message
        if not self._crew.workers:
            raise WorkersGone(
                f"no worker is left that could go on ({why})",
                tried="Scoring",
                advice="What was scored is kept; start the same job again to go on",
            )

    # ------------------------------------------------------------------ the end

    def _keep(self) -> None:
        """Keep what the workers still bring and commit; a failing store has its own word."""
        ended_by = sys.exception()
        if isinstance(ended_by, StoreError):
            return
        self._crew.stop()
        if isinstance(ended_by, Cancelled):
            self._take_the_rest()
        for flight in tuple(self._flights.values()):
            self._put_partial(flight)
        self._ledger.commit()

    def _take_the_rest(self) -> None:
        """What was under way when the job was asked to stop."""
        while self._crew.busy:
            came = self._crew.next()
            if came is not None and not isinstance(came[1], Lost):
                self._hear(*came)

    def summary(self) -> dict[str, Any]:
        """What came of it.

        Raises
        ------
        ScoringError
            If nothing is scored, now or before.
        """
        return {
            **self._tally.summary(),
            "tokens": self._meter.tokens,
            "seconds": round(self._meter.seconds, 3),
            "first_round_s": round(self._first_round_s, 3),
        }


def _variant_of(checkpoint: Checkpoint, facts: ModelFacts) -> dict[str, str]:
    """What a plan of a changed model belongs to beside its weights; {} = it is unchanged."""
    if not checkpoint.quantize:
        return {}
    return {"quantization": checkpoint.quantize, "software": facts.software}


def _tags(entry: Entry, *, halved: bool, windowed: bool) -> tuple[str, ...]:
    own = {name for name, holds in ((HALVED, halved), (WINDOWED, windowed)) if holds}
    return tuple(sorted({*entry.tags} - {HALVED, WINDOWED} | own))


def _sentence(error: Exception) -> str:
    if isinstance(error, KlscopeError):
        return error.message
    what = " ".join(str(error).split())[:300]
    return f"It could not be scored ({type(error).__name__}: {what})."
