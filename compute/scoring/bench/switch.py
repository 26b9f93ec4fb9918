"""From one checkpoint to the next: as the job does it, and the plain way."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import Any

from transformers import AutoTokenizer

from compute.core.tables import Checkpoint, TextSet
from compute.scoring import Batch, OpenModel, open_scorer
from compute.scoring.bench.matrix import synchronize, threads
from compute.scoring.bench.subjects import Place, loaded
from compute.scoring.reference import plain_loop
from compute.scoring.tokens import encode

TEXTS = 1000
_FEW = 4


class Switch:
    """Checkpoints of one run, taken in turn, both ways.

    Both end when the first batch of the next checkpoint is scored. The batch is the same text, the
    longest, as the plain loop has no larger ones: what more texts take is scoring, not switching.
    ``close`` it.

    Parameters
    ----------
    beside_s : float
        How long a checkpoint is scored before the switch, while the next one is prefetched.
    """

    def __init__(
        self, run: Sequence[Checkpoint], texts: TextSet, where: Place, beside_s: float
    ) -> None:
        self._texts, self._where, self._beside_s = texts, where, beside_s
        self._coming, self._coming_plain = cycle(run), cycle(run)
        self._scorer = open_scorer("torch", replace(where, batch_tokens=1).settings)
        self._next = next(self._coming)
        self._model = self._open()
        self._first = self._model.plan().batches[0]
        self._plain_model: Any = None

    def _open(self) -> OpenModel:
        """Open the next checkpoint and say, as the job does, which comes after it."""
        model = self._scorer.open(self._next, self._texts)
        self._next = next(self._coming)
        self._scorer.prefetch(self._next, self._texts)
        return model

    def ours(self) -> float:
        """Seconds from the end of the last batch to the end of the first of the next checkpoint."""
        self._score_for_a_while()
        began = time.perf_counter()
        self._model = self._open()
        plan = self._model.plan()
        for _ in self._model.score(plan, plan.batches[:1]):
            synchronize(self._where.device)
        return time.perf_counter() - began

    def _score_for_a_while(self) -> None:
        """A few texts of all lengths, over and over, while the next checkpoint is prefetched."""
        plan = self._model.plan()
        until = time.perf_counter() + self._beside_s
        while time.perf_counter() < until:
            for _ in self._model.score(plan, _few(plan.batches)):
                continue

    def plain(self) -> float:
        """Seconds to load tokenizer and model, tokenise all texts and score the same batch."""
        self._plain_model = None
        folder = Path(next(self._coming_plain).path)
        began = time.perf_counter()
        with threads(self._where.n_threads):
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            ids = encode(tokenizer, self._texts.texts)
            self._plain_model = loaded(folder, self._where)
            plain_loop(self._plain_model, [ids[text] for text in self._first.texts])
        synchronize(self._where.device)
        return time.perf_counter() - began

    def close(self) -> None:
        self._plain_model = None
        self._scorer.close()


def _few(batches: Sequence[Batch]) -> Sequence[Batch]:
    """Some batches from the first to the last."""
    return batches[:: max(1, len(batches) // _FEW)]
