"""What the scoring job asks of a scorer. No torch here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from compute.core.errors import KlscopeError
from compute.core.tables import Checkpoint, TextSet
from compute.scoring.planning import Batch, Plan


@dataclass(frozen=True, slots=True)
class Settings:
    """Choices of a scoring job, as in :class:`~compute.core.specs.ScoreSpec`.

    ``batch_tokens`` 0 = by the formula, -1 = found by trial. ``trusted`` holds the paths of
    checkpoints whose own code may run. ``largest_bytes`` is the size of the largest model of the
    job, 0 = unknown: with several GPUs ``auto`` spreads what is too large for one. ``layers`` are
    scored beside the model itself, (-1,) = all of them; ``lens`` is a file of translators that
    their states go through, "" = none (the logit lens).
    """

    dtype: str = "auto"
    bos: str = "tokenizer"
    device: str = "auto"
    n_threads: int = 0
    batch_tokens: int = 0
    long_texts: str = "skip"
    tokens: bool = False
    trusted: tuple[str, ...] = ()
    largest_bytes: int = 0
    layers: tuple[int, ...] = ()
    lens: str = ""


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What is known of a model once it is open; the fields of an entry of the same names.

    ``digest`` is that of the weights as loaded, "" if it was known before. ``layers`` are those
    that are scored, of ``n_layers`` blocks. ``n_bytes`` is the size of the weights: of a model that
    is quantized when it is loaded that of its tensors then, else that of its files, -1 = unknown.
    """

    dtype: str
    device: str
    n_threads: int
    n_params: int
    context_length: int
    software: str
    tokenization: str
    digest: str = ""
    layers: tuple[int, ...] = ()
    n_layers: int = -1
    n_bytes: int = -1


@dataclass(frozen=True, eq=False, slots=True)
class Scored:
    """One finished batch.

    ``values`` (n,) float32, nats, of ``batch.texts``; all finite. ``tokens`` holds, if they were
    asked for, one array per text: (n_tokens,) float32, nats, NaN = this token is not scored.
    ``layers`` (n_layers, n) float32, nats, of ``facts.layers``; None = not asked for.
    """

    batch: Batch
    values: NDArray[np.float32]
    tokens: tuple[NDArray[np.float32], ...] = ()
    layers: NDArray[np.float32] | None = None


class OutOfMemory(Exception):  # noqa: N818 - a state of the device, answered by smaller batches
    """There is no room for a batch of this size."""


class WorkerLost(KlscopeError):  # noqa: N818 - a state of a worker, answered by another one
    """The process that held the model is gone, and why."""


class OpenModel(Protocol):
    """A loaded checkpoint and its tokens."""

    @property
    def facts(self) -> ModelFacts: ...

    @property
    def n_tokens(self) -> NDArray[np.int64]:
        """(N,) int64, tokens of each text, special ones included."""

    @property
    def lengths(self) -> NDArray[np.int16] | None:
        """(all tokens,) int16, bytes of its text that each token stands for, text after text, as
        :class:`~compute.core.tables.TokenDetail` has them; None = no tokens asked for, or not
        known."""

    def plan(self) -> Plan:
        """All batches of both rounds, planned up front."""

    def score(self, plan: Plan, batches: Sequence[Batch]) -> Iterator[Scored]:
        """Score ``batches`` of ``plan``, in any order; closing the iterator stops.

        Raises
        ------
        OutOfMemory
            If a batch does not fit.
        ScoringError
            If a log-likelihood is not a number.
        """

    def noise_floor(self, row: NDArray[np.float32]) -> float:
        """Drift of ``row`` (N,) nats against single texts, bits/byte."""

    def memory_bytes(self) -> int:
        """Memory in use where the model is, -1 = unknown."""


class Scorer(Protocol):
    """Opens checkpoints one after the other."""

    def devices(self) -> tuple[str, ...]:
        """Devices that the setting stands for; this scorer uses the first, others are free."""

    def software(self) -> str:
        """Versions that values may depend on, as :class:`ModelFacts` has them for plain models."""

    def dtype_of(self, checkpoint: Checkpoint) -> str:
        """The dtype a checkpoint will be scored in, without loading it."""

    def prefetch(self, checkpoint: Checkpoint, texts: TextSet) -> None:
        """Say which checkpoint comes next: read, hash and tokenise it beside the scoring."""

    def open(self, checkpoint: Checkpoint, texts: TextSet) -> OpenModel:
        """Load a checkpoint; the model opened before is no longer usable.

        Raises
        ------
        ScoringError
            If it cannot be loaded; one sentence.
        """

    def close(self) -> None:
        """Give back memory and threads."""

    def abandon(self) -> None:
        """End a scorer that does not answer; any thread may ask. One in this process cannot."""
