"""A loaded checkpoint that scores batches, in threads or lanes."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, wait
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from compute.core.errors import ScoringError
from compute.core.tables import TextSet
from compute.scoring import devices
from compute.scoring.contract import ModelFacts, OutOfMemory, Scored, Settings, WorkerLost
from compute.scoring.forward import Found, Way, score_batch
from compute.scoring.heads import Network, can_cut
from compute.scoring.lens import Lens
from compute.scoring.noise import noise_floor
from compute.scoring.planning import (
    Batch,
    Device,
    ModelShape,
    Plan,
    Work,
    chunk,
    memory_budget,
    token_budget,
    with_budget,
)
from compute.scoring.threads import Threads
from compute.scoring.tokens import TokenizedTexts
from compute.scoring.trial import grown, sample

BY_TRIAL = -1
ALL_LAYERS = (-1,)


class TorchModel:
    """A checkpoint on its device, with the tokens of all texts."""

    def __init__(
        self,
        net: Network,
        shape: ModelShape,
        dtype: str,
        tokens: TokenizedTexts,
        texts: TextSet,
        settings: Settings,
        threads: Threads,
        *,
        digest: str = "",
        lens: Lens | None = None,
        n_bytes: int = -1,
        software: str = "",
    ) -> None:
        self._n_bytes, self._software = n_bytes, software or devices.software()
        self._net, self._shape, self._dtype, self._digest = net, shape, dtype, digest
        self._tokens, self._texts, self._settings = tokens, texts, settings
        self._threads = threads
        self._lens, self._layers = lens, _wanted(lens, settings.layers)
        self._spread = devices.is_spread(net.module)
        self.n_tokens = tokens.n_tokens
        self.lengths = tokens.lengths if settings.tokens else None

    @property
    def facts(self) -> ModelFacts:
        return ModelFacts(
            dtype=self._dtype,
            device=devices.SPREAD if self._spread else str(self._net.device),
            n_threads=self._threads.asked,
            n_params=self._shape.n_params,
            context_length=self._shape.context,
            software=self._software,
            tokenization=self._tokens.digest,
            digest=self._digest,
            layers=self._layers,
            n_layers=self._lens.n_layers if self._lens else -1,
            n_bytes=self._n_bytes,
        )

    def plan(self) -> Plan:
        device = devices.describe(self._net.device, spread=self._spread)
        asked = self._settings.batch_tokens
        budget = asked if asked > 0 else token_budget(self._shape, self._dtype, device)
        planned = self._planned(device, budget)
        if asked != BY_TRIAL or not planned.batches:
            return planned
        return self._planned(device, self._by_trial(planned, device))

    def _planned(self, device: Device, budget: int) -> Plan:
        first = self._texts.order[: self._texts.first_round]
        work = Work(self.n_tokens, first, self._settings.long_texts)
        made = with_budget(work, self._shape, device, self._threads.asked, budget)
        rows, columns = chunk(self._shape, device, cut=can_cut(self._net))
        return replace(made, chunk_rows=rows, chunk_columns=columns)

    def _by_trial(self, planned: Plan, device: Device) -> int:
        """The budget at which real batches, one in each lane, are fastest."""
        texts = [text for batch in planned.batches for text in batch.texts]
        lengths = [int(self.n_tokens[text]) for text in texts]
        width = min(planned.n_threads, self._threads.most_lanes) if planned.lanes else 1

        def run(budget: int) -> int:
            batch = Batch(0, sample(texts, lengths, budget))
            trial = replace(planned, batches=(batch,) * width, budget=budget)
            for _ in self.score(trial, trial.batches):
                pass
            return width * int(self.n_tokens[list(batch.texts)].sum())

        most = min(memory_budget(self._shape, self._dtype, device), sum(lengths))
        return grown(run, max(1, planned.budget // 4), most, sum(lengths))

    def score(self, plan: Plan, batches: Sequence[Batch]) -> Iterator[Scored]:
        self._threads.use(plan.n_threads, lanes=plan.lanes)
        if plan.lanes:
            return self._in_lanes(plan, batches)
        return (self._one(plan, batch) for batch in batches)

    def _in_lanes(self, plan: Plan, batches: Sequence[Batch]) -> Iterator[Scored]:
        pool, width = self._threads.lanes()
        waiting = deque(batches)
        running: deque[Future[Scored]] = deque()
        try:
            while waiting or running:
                while waiting and len(running) < 2 * width:
                    running.append(pool.submit(self._one, plan, waiting.popleft()))
                yield running.popleft().result()
        finally:
            for future in running:
                future.cancel()
            wait(running)

    def _one(self, plan: Plan, batch: Batch) -> Scored:
        found = self._found(plan, batch)
        values = found.values.astype(np.float32)
        bad = np.flatnonzero(~np.isfinite(values))
        if len(bad):
            text = self._texts.ids[batch.texts[int(bad[0])]]
            raise ScoringError(f"its log-likelihoods are not numbers on text {text!r}")
        layers = found.layers.astype(np.float32)
        deep = np.flatnonzero(~np.isfinite(layers).all(1))
        if len(deep):
            raise ScoringError(
                f"its layer {self._layers[int(deep[0])]} gives values that are not numbers"
            )
        tokens = found.tokens if self._settings.tokens else ()
        return Scored(batch, values, tokens, layers if self._layers else None)

    def _found(self, plan: Plan, batch: Batch) -> Found:
        ids = [self._tokens.ids[text] for text in batch.texts]
        way = Way(
            self._tokens.first,
            plan.chunk_rows,
            plan.chunk_columns,
            plan.window,
            plan.budget,
            self._layers,
            self._lens,
        )
        try:
            return score_batch(self._net, ids, way)
        except (RuntimeError, MemoryError) as error:
            if devices.is_out_of_memory(error):
                devices.forget(self._net.device)
                raise OutOfMemory from error
            if why := devices.why_lost(error):
                raise WorkerLost(why) from error
            raise

    def noise_floor(self, row: NDArray[np.float32]) -> float:
        """See :func:`compute.scoring.noise.noise_floor`; NaN where memory does not allow it."""
        try:
            return noise_floor(self._net.module, self._shape, self._tokens, self._texts, row)
        except (RuntimeError, MemoryError) as error:
            if not devices.is_out_of_memory(error):
                raise
            devices.forget(self._net.device)
            return float("nan")

    def memory_bytes(self) -> int:
        return devices.memory_in_use(self._net.device, spread=self._spread)


def _wanted(lens: Lens | None, asked: tuple[int, ...]) -> tuple[int, ...]:
    """The layers to score, ascending.

    Raises
    ------
    ScoringError
        If one does not exist.
    """
    if lens is None:
        return ()
    if asked == ALL_LAYERS:
        return tuple(range(lens.n_layers + 1))
    beyond = [layer for layer in asked if not 0 <= layer <= lens.n_layers]
    if beyond:
        raise ScoringError(
            f"it has no layer {beyond[0]}: its layers are 0 (its embeddings) to {lens.n_layers} "
            "(the model itself)"
        )
    return tuple(sorted(set(asked)))
