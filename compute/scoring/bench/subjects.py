"""What is measured: a model scored by this package, and the same model for the other ways."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoModelForCausalLM

from compute.core.cores import available_cores
from compute.core.tables import Checkpoint, TextSet
from compute.scoring import Settings, devices, models, open_scorer
from compute.scoring.bench.matrix import synchronize, threads
from compute.scoring.contract import OpenModel
from compute.scoring.planning import Plan
from compute.scoring.probing import network
from compute.scoring.reference import plain_loop
from compute.scoring.threads import Threads
from compute.scoring.tokens import TokenizedTexts, encode, load_tokenizer
from compute.scoring.torch_model import TorchModel


@dataclass(frozen=True, slots=True)
class Place:
    """Where and how a measurement runs; ``device`` and ``dtype`` are real names, not ``auto``."""

    device: torch.device
    dtype: str
    n_threads: int
    batch_tokens: int = 0

    @property
    def settings(self) -> Settings:
        return Settings(
            dtype=self.dtype,
            device=str(self.device),
            n_threads=self.n_threads,
            batch_tokens=self.batch_tokens,
        )


def place(device: str, dtype: str, n_threads: int) -> Place:
    """Defaults filled in: bfloat16 on a GPU, float32 on a CPU, every core.

    Raises
    ------
    UsageError
        If the device is not here.
    """
    chosen = devices.choose(device)
    own = "float32" if chosen.type == "cpu" else "bfloat16"
    return Place(chosen, own if dtype == "auto" else dtype, n_threads or available_cores())


@dataclass(frozen=True, eq=False, slots=True)
class Subject:
    """``ours`` and its plan; the ``module`` and ids, N of (n_tokens,) int64, for other ways."""

    ours: OpenModel
    plan: Plan
    module: Any
    ids: tuple[NDArray[np.int64], ...]
    texts: TextSet
    n_threads: int

    @property
    def device(self) -> torch.device:
        return torch.device(self.module.device)

    @property
    def n_tokens(self) -> int:
        return sum(len(i) for i in self.ids)

    def score(self) -> NDArray[np.float32]:
        """Every text, by this package; (N,) float32, nats."""
        row = np.full(len(self.ids), np.nan, dtype=np.float32)
        for scored in self.ours.score(self.plan, self.plan.batches):
            row[list(scored.batch.texts)] = scored.values
        synchronize(self.device)
        return row

    def plain(self) -> NDArray[np.float64]:
        """Every text, by the plain loop; (N,) float64, nats."""
        with threads(self.n_threads):
            return plain_loop(self.module, self.ids)

    def batch_rows(self) -> int:
        """Padded tokens of the largest batch."""
        lengths = np.array([len(i) for i in self.ids])
        return max(len(b.texts) * int(lengths[list(b.texts)].max()) for b in self.plan.batches)


def loaded(folder: str | Path, where: Place) -> Any:
    """A checkpoint as ``from_pretrained`` gives it, nothing of ours in between."""
    model = AutoModelForCausalLM.from_pretrained(
        folder, dtype=devices.DTYPES[where.dtype], local_files_only=True
    )
    return model.to(where.device).eval()


@contextmanager
def on_disk(made: Checkpoint, texts: TextSet, where: Place, module: Any) -> Iterator[Subject]:
    """A checkpoint opened as a job does; ``module`` is the same one loaded beside it."""
    scorer = open_scorer("torch", where.settings)
    try:
        ours = scorer.open(made, texts)
        ids = _ids(Path(made.path), texts)
        yield Subject(ours, ours.plan(), module, ids, texts, where.n_threads)
    finally:
        scorer.close()


def _ids(folder: Path, texts: TextSet) -> tuple[NDArray[np.int64], ...]:
    return tuple(encode(load_tokenizer(folder), texts.texts))


@contextmanager
def in_memory(
    module: Any, ids: Sequence[NDArray[np.int64]], texts: TextSet, where: Place
) -> Iterator[Subject]:
    """A model that is there already; all ways use the one module."""
    used = Threads(where.n_threads)
    ours = TorchModel(
        network(module, where.device, min(ids, key=len)),
        models.shape_of(module),
        where.dtype,
        TokenizedTexts("made here", tuple(ids), 1),
        texts,
        where.settings,
        used,
    )
    try:
        yield Subject(ours, ours.plan(), module, tuple(ids), texts, where.n_threads)
    finally:
        used.close()
