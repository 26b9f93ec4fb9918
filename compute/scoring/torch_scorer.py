"""The real scorer: transformers models on CUDA, MPS or a CPU."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from compute.core.errors import ScoringError
from compute.core.tables import Checkpoint, TextSet
from compute.core.units import bits_per_byte
from compute.scoring import devices, models
from compute.scoring.contract import ModelFacts, OutOfMemory, Scored, Settings, WorkerLost
from compute.scoring.forward import score_batch
from compute.scoring.heads import Network
from compute.scoring.loading import Loader
from compute.scoring.planning import (
    Batch,
    ModelShape,
    Plan,
    Work,
    has_lanes,
    token_budget,
    with_budget,
)
from compute.scoring.prefetch import Ahead
from compute.scoring.preparing import Preparer
from compute.scoring.probing import PROBE_TOKENS, network
from compute.scoring.reference import plain_loop
from compute.scoring.tokens import TokenizedTexts

MOST_LANES = 8
NOISE_TEXTS = 4


class TorchScorer:
    """Opens checkpoints on one device; keeps tokens, module and threads between them.

    Raises
    ------
    UsageError
        If the device is not here.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._names = devices.devices_of(settings.device, settings.largest_bytes)
        self._device = devices.choose(self._names[0])
        devices.be_repeatable(self._device)
        self._loader = Loader(self._device, devices.placement(self._names[0]))
        self._preparer = Preparer(settings, self._device, self._loader)
        self._ahead = Ahead(self._preparer.prepare)
        self._threads = Threads(settings.n_threads or _cores())

    def devices(self) -> tuple[str, ...]:
        return self._names

    def prefetch(self, checkpoint: Checkpoint, texts: TextSet) -> None:
        self._ahead.start(checkpoint, texts)

    def dtype_of(self, checkpoint: Checkpoint) -> str:
        return self._preparer.dtype_of(checkpoint)

    def open(self, checkpoint: Checkpoint, texts: TextSet) -> TorchModel:
        prepared = self._ahead.take(checkpoint, texts)
        source, tokens = prepared.source, prepared.tokens
        module = self._loader.load(source)
        shape = models.shape_of(module)
        _check_ids(tokens, shape)
        self._threads.use(self._threads.asked, lanes=self._lanes(shape))
        net = network(module, self._device, _probe(tokens))
        return TorchModel(
            net,
            shape,
            source.dtype,
            tokens,
            texts,
            self._settings,
            self._threads,
            digest=prepared.digest,
        )

    def _lanes(self, shape: ModelShape) -> bool:
        return has_lanes(shape, devices.describe(self._device))

    def close(self) -> None:
        self._ahead.close()
        self._loader.close()
        self._threads.close()
        devices.forget(self._device)

    def abandon(self) -> None:
        return


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
    ) -> None:
        self._net, self._shape, self._dtype, self._digest = net, shape, dtype, digest
        self._tokens, self._texts, self._settings = tokens, texts, settings
        self._threads = threads
        self._spread = devices.is_spread(net.module)
        self.n_tokens = tokens.n_tokens

    @property
    def facts(self) -> ModelFacts:
        return ModelFacts(
            dtype=self._dtype,
            device=devices.SPREAD if self._spread else str(self._net.device),
            n_threads=self._threads.asked,
            n_params=self._shape.n_params,
            context_length=self._shape.context,
            software=devices.software(),
            tokenization=self._tokens.digest,
            digest=self._digest,
        )

    def plan(self) -> Plan:
        device = devices.describe(self._net.device, spread=self._spread)
        budget = self._settings.batch_tokens or token_budget(self._shape, self._dtype, device)
        first = self._texts.order[: self._texts.first_round]
        work = Work(self.n_tokens, first)
        return with_budget(work, self._shape, device, self._threads.asked, budget)

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
        ids = [self._tokens.ids[text] for text in batch.texts]
        try:
            nats = score_batch(self._net, ids, first=self._tokens.first, chunk_rows=plan.chunk_rows)
        except (RuntimeError, MemoryError) as error:
            if devices.is_out_of_memory(error):
                devices.forget(self._net.device)
                raise OutOfMemory from error
            if why := devices.why_lost(error):
                raise WorkerLost(why) from error
            raise
        values = nats.astype(np.float32)
        self._check(batch, values)
        return Scored(batch, values)

    def _check(self, batch: Batch, values: NDArray[np.float32]) -> None:
        bad = np.flatnonzero(~np.isfinite(values))
        if len(bad):
            text = self._texts.ids[batch.texts[int(bad[0])]]
            raise ScoringError(f"its log-likelihoods are not numbers on text {text!r}")

    def noise_floor(self, row: NDArray[np.float32]) -> float:
        """``mean(d^2) / 2`` in bits/byte, d = batched minus single values on a few texts [D].

        It has the form of a KL (method 1): distances of this size between entries are noise.
        """
        scored = np.flatnonzero(np.isfinite(row))
        if not len(scored):
            return float("nan")
        few = scored[np.linspace(0, len(scored) - 1, min(NOISE_TEXTS, len(scored))).astype(int)]
        ids = [self._tokens.ids[k] for k in few]
        single = plain_loop(self._net.module, ids, first=self._tokens.first)
        gap = row[few].astype(np.float64) - single
        return bits_per_byte(float(np.mean(gap**2)) / 2, float(self._texts.n_bytes[few].mean()))

    def memory_bytes(self) -> int:
        return devices.memory_in_use(self._net.device, spread=self._spread)


class Threads:
    """How many threads torch uses: ``asked`` within a batch, or one in each of several lanes."""

    def __init__(self, asked: int) -> None:
        self.asked = asked
        self._now: tuple[int, bool] = (0, False)
        self._pool: ThreadPoolExecutor | None = None

    def use(self, n_threads: int, *, lanes: bool) -> None:
        """Set torch's threads; thread counts are never changed while batches run."""
        if self._now == (n_threads, lanes):
            return
        self.close()
        torch.set_num_threads(1 if lanes else n_threads)
        self._now = (n_threads, lanes)

    def lanes(self) -> tuple[ThreadPoolExecutor, int]:
        """The pool and its width."""
        width = min(MOST_LANES, self._now[0])
        if self._pool is None:
            self._pool = ThreadPoolExecutor(width, thread_name_prefix="lane")
        return self._pool, width

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
        self._pool, self._now = None, (0, False)


def _cores() -> int:
    """Cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _probe(tokens: TokenizedTexts) -> Any:
    """The first text with tokens enough, else the longest."""
    return max(tokens.ids, key=lambda ids: min(len(ids), PROBE_TOKENS))


def _check_ids(tokens: TokenizedTexts, shape: ModelShape) -> None:
    if tokens.highest >= shape.vocab:
        raise ScoringError(
            f"its tokenizer does not belong to it: token {tokens.highest} is beyond its vocabulary "
            f"of {shape.vocab}"
        )
