"""Batches planned up front: a pure function of lengths, shape, dtype and device. No torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

LANE_PARAMS = 20_000_000
"""Below this size a CPU runs whole batches side by side instead of splitting one."""
SECONDS = 5.0
"""A batch is planned to take about this long at most: it is what a crash can lose."""
CPU_TOKENS, GPU_TOKENS = 4096, 32_768
_FLOPS = {"cpu": 4e10, "mps": 4e12, "cuda": 1e14}
_DTYPE_BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}
AMENDMENTS = "amendments"  # the store's word for what may change under finished batches


@dataclass(frozen=True, slots=True)
class ModelShape:
    """What of a model's shape decides about memory and time. ``context`` -1 = no limit."""

    n_params: int
    hidden: int
    layers: int
    heads: int
    intermediate: int
    vocab: int
    context: int = -1


@dataclass(frozen=True, slots=True)
class Device:
    """``kind`` is cpu, cuda or mps; ``memory`` its whole memory in bytes."""

    kind: str
    memory: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Texts that are scored together; ``number`` is unique within a plan, ``round`` is 0 or 1."""

    number: int
    texts: tuple[int, ...]
    round: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that decides about the last bits of an entry's values.

    ``chunk_rows`` positions are unembedded at a time. With ``lanes`` each batch is computed by a
    single thread. ``halved`` lists (batch number, number of its second half) in the order in which
    batches were cut in two for want of memory.
    """

    batches: tuple[Batch, ...]
    chunk_rows: int
    lanes: bool
    n_threads: int
    halved: tuple[tuple[int, int], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """JSON values; what halving changed is kept apart from what was planned."""
        return {
            "batches": [[b.number, list(b.texts)] for b in self.batches],
            "chunk_rows": self.chunk_rows,
            "lanes": self.lanes,
            "n_threads": self.n_threads,
        }


def stored(original: Plan, halved: Sequence[tuple[int, int]], identity: Mapping[str, Any]) -> Any:
    """What the store keeps of a plan: as planned, whose it is, and the halvings since."""
    amendments = {"halved": [list(pair) for pair in halved]}
    return {**original.to_json(), "identity": dict(identity), AMENDMENTS: amendments}


def from_stored(data: Mapping[str, Any]) -> Plan:
    """The plan as it was made first, from :func:`stored`; see :func:`halvings`."""
    batches = tuple(Batch(int(n), tuple(texts)) for n, texts in data["batches"])
    return Plan(batches, int(data["chunk_rows"]), bool(data["lanes"]), int(data["n_threads"]))


def halvings(data: Mapping[str, Any]) -> tuple[tuple[int, int], ...]:
    """The halvings since, in order."""
    return tuple((int(a), int(b)) for a, b in data[AMENDMENTS]["halved"])


def with_halvings(original: Plan, halved: Sequence[tuple[int, int]]) -> Plan:
    """``original`` after cutting batches in two, in order."""
    batches = {b.number: b for b in original.batches}
    for number, second in halved:
        texts = batches[number].texts
        middle = (len(texts) + 1) // 2
        batches[number] = Batch(number, texts[:middle])
        batches[second] = Batch(second, texts[middle:])
    return replace(original, batches=tuple(batches.values()), halved=tuple(halved))


def halve(plan: Plan, unfinished: Sequence[int]) -> Plan:
    """Every unfinished batch of more than one text cut in two."""
    cut = [b.number for b in plan.batches if b.number in set(unfinished) and len(b.texts) > 1]
    first = 1 + max(b.number for b in plan.batches)
    pairs = tuple((number, first + k) for k, number in enumerate(cut))
    after = with_halvings(replace(plan, halved=()), pairs)
    return replace(after, halved=(*plan.halved, *pairs))


def plan(
    lengths: NDArray[np.int64], shape: ModelShape, dtype: str, device: Device, n_threads: int
) -> Plan:
    """Batches of texts of similar length, longest first.

    Parameters
    ----------
    lengths : (N,) int64
        Tokens of each text. Texts longer than the context are in no batch.
    n_threads : int
        Stored with the plan; it does not change the batches.
    """
    return with_budget(lengths, shape, device, n_threads, token_budget(shape, dtype, device))


def with_budget(
    lengths: NDArray[np.int64], shape: ModelShape, device: Device, n_threads: int, budget: int
) -> Plan:
    """As :func:`plan`, with a stated number of tokens for a batch."""
    fits = np.flatnonzero((lengths <= shape.context) | (shape.context < 0))
    order = fits[np.argsort(-lengths[fits], kind="stable")]
    batches: list[Batch] = []
    while len(order):
        rows = max(1, budget // max(1, int(lengths[order[0]])))
        batches.append(Batch(len(batches), tuple(int(i) for i in order[:rows])))
        order = order[rows:]
    lanes = device.kind == "cpu" and shape.n_params < LANE_PARAMS
    return Plan(tuple(batches), chunk_rows(shape.vocab, device), lanes, n_threads)


def token_budget(shape: ModelShape, dtype: str, device: Device) -> int:
    """Padded tokens of a batch: what time, cache and memory allow, at least 1."""
    in_time = SECONDS * _FLOPS[device.kind] / (2 * max(1, shape.n_params))
    weights = 1.1 * shape.n_params * _DTYPE_BYTES[dtype]
    in_memory = 0.3 * max(0.0, device.memory - weights) / _bytes_per_token(shape, dtype)
    most = CPU_TOKENS if device.kind == "cpu" else GPU_TOKENS
    return max(1, int(min(most, in_time, in_memory)))


def _bytes_per_token(shape: ModelShape, dtype: str) -> float:
    """Activations of one layer at work, and attention weights in case they are made."""
    width = 14 * shape.hidden + 3 * shape.intermediate
    seen = shape.heads * min(2048, shape.context if shape.context > 0 else 2048)
    return (width + seen) * _DTYPE_BYTES[dtype]


def chunk_rows(vocab: int, device: Device) -> int:
    """Positions unembedded at a time: float32 logits of 4 MiB on a CPU, of 128 MiB elsewhere."""
    room = (1 << 22) if device.kind == "cpu" else (1 << 27)
    return int(max(256, min(8192, room // (4 * max(1, vocab)))))
