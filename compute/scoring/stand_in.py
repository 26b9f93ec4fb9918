"""A deterministic scorer in numpy, so that jobs, store and window are tested without torch.

Its values are made from the path of a checkpoint and the texts; they mean nothing. It cannot be
chosen by an option of the program.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from compute.core.errors import ScoringError
from compute.core.tables import Checkpoint, TextSet
from compute.scoring.contract import ModelFacts, OutOfMemory, Scored, Settings
from compute.scoring.planning import Batch, Device, ModelShape, Plan, with_budget

_SHAPE = ModelShape(1000, 8, 1, 1, 32, 256, context=1100)
_DEVICE = Device("cpu", 1 << 30)


class StandInScorer:
    """Four bytes are a token. ``KLSCOPE_STAND_IN_PAUSE`` seconds pass before each batch.

    A checkpoint whose folder is named ``nan`` has no numbers, ``broken`` cannot be loaded, and
    ``huge`` has no room for batches of more than two texts.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pause = float(os.environ.get("KLSCOPE_STAND_IN_PAUSE", "0"))

    def devices(self) -> tuple[str, ...]:
        return tuple(self._settings.device.replace("auto", "cpu").split(","))

    def prefetch(self, checkpoint: Checkpoint, texts: TextSet) -> None:
        return

    def dtype_of(self, checkpoint: Checkpoint) -> str:
        return "float32" if self._settings.dtype == "auto" else self._settings.dtype

    def open(self, checkpoint: Checkpoint, texts: TextSet) -> StandInModel:
        if Path(checkpoint.path).name == "broken":
            raise ScoringError("its weights are cut short")
        return StandInModel(checkpoint, texts, self._settings, self._pause)

    def close(self) -> None:
        return

    def abandon(self) -> None:
        return


class StandInModel:
    def __init__(
        self, checkpoint: Checkpoint, texts: TextSet, settings: Settings, pause_s: float
    ) -> None:
        self._texts, self._settings, self._pause = texts, settings, pause_s
        self._name = Path(checkpoint.path).name
        seed = hashlib.sha256(f"{checkpoint.path}|{checkpoint.step}".encode()).digest()[:8]
        noise = np.random.default_rng(int.from_bytes(seed, "little")).normal(0, 0.2, len(texts))
        self._values = (-texts.n_bytes * (0.9 + noise / 10)).astype(np.float32)
        self.n_tokens = np.maximum(1, texts.n_bytes // 4)
        self.facts = ModelFacts(
            "float32", "cpu", max(1, settings.n_threads), 1000, 1100, "stand-in 1", "four-bytes"
        )

    def plan(self) -> Plan:
        budget = self._settings.batch_tokens or 1024
        return with_budget(self.n_tokens, _SHAPE, _DEVICE, self.facts.n_threads, budget)

    def score(self, plan: Plan, batches: Sequence[Batch]) -> Iterator[Scored]:
        for batch in batches:
            time.sleep(self._pause)
            if self._name == "nan":
                raise ScoringError(f"its log-likelihoods are not numbers on text {batch.texts[0]}")
            if self._name == "huge" and len(batch.texts) > 2:
                raise OutOfMemory
            yield Scored(batch, self._values[list(batch.texts)])

    def noise_floor(self, row: NDArray[np.float32]) -> float:
        return 0.0

    def memory_bytes(self) -> int:
        return -1
