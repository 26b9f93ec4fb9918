"""A deterministic scorer in numpy, so that jobs, store and window are tested without torch.

Its values are made from the path of a checkpoint and the texts; they mean nothing. It cannot be
chosen by an option of the program.
"""

from __future__ import annotations

import hashlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from compute.core.errors import ScoringError
from compute.core.tables import Checkpoint, TextSet
from compute.core.weights import digest_of_sums, weight_files
from compute.scoring.contract import ModelFacts, OutOfMemory, Scored, Settings, WorkerLost
from compute.scoring.planning import Batch, Device, ModelShape, Plan, Work, with_budget

_SHAPE = ModelShape(1000, 8, 1, 1, 32, 256, context=1100)
_DEVICE = Device("cpu", 1 << 30)
_SLOW_S = 0.2
N_LAYERS = 3
"""Layer k of a stand-in has 1 + N_LAYERS - k times its values."""


class StandInScorer:
    """Four bytes are a token. ``KLSCOPE_STAND_IN_PAUSE`` seconds pass before each batch.

    What the folder of a checkpoint is called decides what happens to it: ``broken`` cannot be
    loaded; ``no-stack`` has no layers that can be read; the names in :data:`FAULTS` meet theirs at
    their first batch. Every other one has :data:`N_LAYERS` blocks.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pause = float(os.environ.get("KLSCOPE_STAND_IN_PAUSE", "0"))
        self._abandoned = threading.Event()

    def devices(self) -> tuple[str, ...]:
        return tuple(self._settings.device.replace("auto", "cpu").split(","))

    def prefetch(self, checkpoint: Checkpoint, texts: TextSet) -> None:
        return

    def software(self) -> str:
        return "stand-in 1"

    def dtype_of(self, checkpoint: Checkpoint) -> str:
        return "float32" if self._settings.dtype == "auto" else self._settings.dtype

    def open(self, checkpoint: Checkpoint, texts: TextSet) -> StandInModel:
        if Path(checkpoint.path).name == "broken":
            raise ScoringError("its weights are cut short")
        if Path(checkpoint.path).name == "no-stack" and self._settings.layers:
            raise ScoringError("its layers cannot be read: it is not one stack of blocks")
        return StandInModel(checkpoint, texts, self._settings, self._pause, self._abandoned)

    def close(self) -> None:
        return

    def abandon(self) -> None:
        """End what hangs, as the end of its process would."""
        self._abandoned.set()


class StandInModel:
    def __init__(
        self,
        checkpoint: Checkpoint,
        texts: TextSet,
        settings: Settings,
        pause_s: float,
        abandoned: threading.Event,
    ) -> None:
        self._texts, self._settings, self._pause = texts, settings, pause_s
        self._fault = FAULTS.get(Path(checkpoint.path).name, _no_fault)
        self._abandoned = abandoned
        made_of = (checkpoint.path, str(checkpoint.step), checkpoint.quantize, checkpoint.adapter)
        seed = hashlib.sha256("|".join(filter(None, made_of)).encode())
        rng = np.random.default_rng(int.from_bytes(seed.digest()[:8], "little"))
        noise = rng.normal(0, 0.2, len(texts))
        self._values = (-texts.n_bytes * (0.9 + noise / 10)).astype(np.float32)
        self.n_tokens = np.maximum(1, texts.n_bytes // 4)
        self._values[self.n_tokens == 1] = 0  # nothing comes after the first token
        self.lengths = _lengths(texts, self.n_tokens) if settings.tokens else None
        self._layers = _layers(settings.layers)
        self.facts = ModelFacts(
            dtype="float32",
            device="cpu",
            n_threads=max(1, settings.n_threads),
            n_params=_SHAPE.n_params,
            context_length=_SHAPE.context,
            software="stand-in 1",
            tokenization="four-bytes",
            digest=checkpoint.digest or _digest(Path(checkpoint.path)) or seed.hexdigest(),
            layers=self._layers,
            n_layers=N_LAYERS if self._layers else -1,
            n_bytes=4 * _SHAPE.n_params,
        )

    def plan(self) -> Plan:
        budget = max(0, self._settings.batch_tokens) or 1024
        several = self._texts.first_round < len(self._texts)
        first = self._texts.order[: self._texts.first_round] if several else None
        work = Work(self.n_tokens, first, self._settings.long_texts)
        return with_budget(work, _SHAPE, _DEVICE, self.facts.n_threads, budget)

    def score(self, plan: Plan, batches: Sequence[Batch]) -> Iterator[Scored]:
        for batch in batches:
            time.sleep(self._pause)
            self._fault(batch, self._abandoned)
            tokens = tuple(map(self._tokens, batch.texts)) if self._settings.tokens else ()
            values = self._values[list(batch.texts)]
            deep = [values * (1 + N_LAYERS - layer) for layer in self._layers]
            yield Scored(batch, values, tokens, np.array(deep) if deep else None)

    def _tokens(self, text: int) -> NDArray[np.float32]:
        """Every token after the first has an equal share."""
        n = int(self.n_tokens[text])
        row = np.full(n, self._values[text] / max(1, n - 1), dtype=np.float32)
        row[0] = np.nan
        return row

    def noise_floor(self, row: NDArray[np.float32]) -> float:
        return 0.0

    def memory_bytes(self) -> int:
        return -1


def _lengths(texts: TextSet, n_tokens: NDArray[np.int64]) -> NDArray[np.int16]:
    """Four bytes each; the last one of a text has what is left."""
    sizes = np.full(int(n_tokens.sum()), 4, dtype=np.int16)
    sizes[np.cumsum(n_tokens) - 1] = texts.n_bytes - 4 * (n_tokens - 1)
    return sizes


def _layers(asked: tuple[int, ...]) -> tuple[int, ...]:
    every = tuple(range(N_LAYERS + 1))
    if not set(asked) <= {-1, *every}:
        raise ScoringError(f"it has no layer {max(asked)}")
    return every if -1 in asked else asked


def _no_fault(batch: Batch, abandoned: threading.Event) -> None:
    return


def _nan(batch: Batch, abandoned: threading.Event) -> None:
    raise ScoringError(f"its log-likelihoods are not numbers on text {batch.texts[0]}")


def _huge(batch: Batch, abandoned: threading.Event) -> None:
    """No room for more than two texts."""
    if len(batch.texts) > 2:
        raise OutOfMemory


def _hang(batch: Batch, abandoned: threading.Event) -> None:
    abandoned.wait()
    raise WorkerLost("the worker did not answer and was ended")


def _crash(batch: Batch, abandoned: threading.Event) -> None:
    """As a fault in a driver does; only where nothing but a job is in the process."""
    spec = sys.modules["__main__"].__spec__
    if spec is None or spec.name != "compute.__main__":
        raise RuntimeError("this stand-in would crash a process that is not a worker")
    os.kill(os.getpid(), signal.SIGSEGV)


def _lost(batch: Batch, abandoned: threading.Event) -> None:
    raise WorkerLost("the GPU failed (CUDA error: unspecified launch failure)")


def _slow(batch: Batch, abandoned: threading.Event) -> None:
    time.sleep(_SLOW_S)


FAULTS: dict[str, Callable[[Batch, threading.Event], None]] = {
    "nan": _nan,
    "huge": _huge,
    "hang": _hang,
    "crash": _crash,
    "lost": _lost,
    "slow": _slow,
}
"""Folder name -> what happens before each batch of such a checkpoint."""


def _digest(folder: Path) -> str:
    """Of the weights, where there are any."""
    return digest_of_sums(
        hashlib.sha256(path.read_bytes()).hexdigest() for path in weight_files(folder)
    )
