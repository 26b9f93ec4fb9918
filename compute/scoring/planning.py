"""Batches planned up front: a pure function of lengths, shape, dtype and device. No torch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.scoring.windows import n_windows

LANE_PARAMS = 20_000_000
"""Below this size a CPU runs whole batches side by side instead of splitting one."""
SECONDS = 5.0
"""A batch is planned to take about this long at most: it is what a crash can lose."""
CPU_TOKENS, GPU_TOKENS = 4096, 32_768
_FLOPS = {"cpu": 4e10, "mps": 4e12, "cuda": 1e14}
DTYPE_BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}
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
    """``kind`` is cpu, cuda or mps; ``memory`` its whole memory in bytes.

    A model spread over several GPUs has the memory of all ``parts``; a batch is in one at a time.
    """

    kind: str
    memory: int
    parts: int = 1


@dataclass(frozen=True, slots=True)
class Batch:
    """Texts that are scored together; ``number`` is unique within a plan, ``round`` is 0 or 1."""

    number: int
    texts: tuple[int, ...]
    round: int = 0


@dataclass(frozen=True, eq=False, slots=True)
class Work:
    """What is to be scored.

    Attributes
    ----------
    lengths : (N,) int64
        Tokens of each text.
    first : (n,) int64, optional
        Texts of the first round; None = all texts are.
    long_texts : str
        ``skip``: a text longer than the context is in no batch; ``window``: it is scored in
        windows (:mod:`compute.scoring.windows`).
    """

    lengths: NDArray[np.int64]
    first: NDArray[np.int64] | None = None
    long_texts: str = "skip"


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that decides about the last bits of an entry's values.

    ``chunk_rows`` positions are unembedded at a time. With ``lanes`` each batch is computed by a
    single thread. ``budget`` padded tokens are run at once. Texts longer than ``window`` tokens are
    scored in windows, 0 = there are none. ``halved`` lists (batch number, number of its second
    half) in the order in which batches were cut in two for want of memory.
    """

    batches: tuple[Batch, ...]
    chunk_rows: int
    lanes: bool
    n_threads: int
    halved: tuple[tuple[int, int], ...] = ()
    budget: int = 0
    window: int = 0

    def to_json(self) -> dict[str, Any]:
        """JSON values; what halving changed is kept apart from what was planned."""
        return {
            "batches": [[b.number, list(b.texts), b.round] for b in self.batches],
            "chunk_rows": self.chunk_rows,
            "lanes": self.lanes,
            "n_threads": self.n_threads,
            "budget": self.budget,
            "window": self.window,
        }


def stored(original: Plan, halved: Sequence[tuple[int, int]], identity: Mapping[str, Any]) -> Any:
    """What the store keeps of a plan: as planned, whose it is, and the halvings since."""
    amendments = {"halved": [list(pair) for pair in halved]}
    return {**original.to_json(), "identity": dict(identity), AMENDMENTS: amendments}


def from_stored(data: Mapping[str, Any]) -> Plan:
    """The plan as it was made first, from :func:`stored`; see :func:`halvings`.

    Plans from before there were rounds are read as one round.
    """
    return Plan(
        tuple(Batch(int(n), tuple(texts), *rest) for n, texts, *rest in data["batches"]),
        int(data["chunk_rows"]),
        bool(data["lanes"]),
        int(data["n_threads"]),
        budget=int(data.get("budget", 0)),
        window=int(data.get("window", 0)),
    )


def halvings(data: Mapping[str, Any]) -> tuple[tuple[int, int], ...]:
    """The halvings since, in order."""
    return tuple((int(a), int(b)) for a, b in data[AMENDMENTS]["halved"])


def with_halvings(original: Plan, halved: Sequence[tuple[int, int]]) -> Plan:
    """``original`` after cutting batches in two, in order."""
    batches = {b.number: b for b in original.batches}
    for number, second in halved:
        whole = batches[number]
        middle = (len(whole.texts) + 1) // 2
        batches[number] = replace(whole, texts=whole.texts[:middle])
        batches[second] = replace(whole, number=second, texts=whole.texts[middle:])
    return replace(original, batches=tuple(batches.values()), halved=tuple(halved))


def halve(plan: Plan, unfinished: Sequence[int]) -> Plan:
    """Every unfinished batch of more than one text cut in two."""
    cut = [b.number for b in plan.batches if b.number in set(unfinished) and len(b.texts) > 1]
    first = 1 + max(b.number for b in plan.batches)
    pairs = tuple((number, first + k) for k, number in enumerate(cut))
    after = with_halvings(replace(plan, halved=()), pairs)
    return replace(after, halved=(*plan.halved, *pairs))


def plan(work: Work, shape: ModelShape, dtype: str, device: Device, n_threads: int) -> Plan:
    """Batches of texts of similar length, longest first, those of the first round before the rest.

    Parameters
    ----------
    n_threads : int
        Stored with the plan; it does not change the batches.
    """
    return with_budget(work, shape, device, n_threads, token_budget(shape, dtype, device))


def with_budget(work: Work, shape: ModelShape, device: Device, n_threads: int, budget: int) -> Plan:
    """As :func:`plan`, with a stated number of tokens for a batch."""
    window = _window(work, shape)
    batches: list[Batch] = []
    for number, texts in enumerate(_rounds(work)):
        fits = (work.lengths[texts] <= shape.context) | (shape.context < 0) | (window > 0)
        for some in _bucketed(work.lengths, texts[fits], budget, window):
            batches.append(Batch(len(batches), some, number))
    return Plan(
        tuple(batches),
        chunk_rows(shape.vocab, device),
        has_lanes(shape, device),
        n_threads,
        budget=budget,
        window=window,
    )


def has_lanes(shape: ModelShape, device: Device) -> bool:
    """Whether several batches run at once, each on a thread of its own."""
    return device.kind == "cpu" and shape.n_params < LANE_PARAMS


def _window(work: Work, shape: ModelShape) -> int:
    """Length of the windows, 0 = no text needs them (or no window could score a token)."""
    wanted = work.long_texts == "window" and shape.context > 1
    return shape.context if wanted and bool((work.lengths > shape.context).any()) else 0


def _rounds(work: Work) -> tuple[NDArray[np.int64], ...]:
    """The texts of each round, ascending."""
    if work.first is None:
        return (np.arange(len(work.lengths)),)
    is_first = np.zeros(len(work.lengths), dtype=bool)
    is_first[work.first] = True
    return np.flatnonzero(is_first), np.flatnonzero(~is_first)


def _bucketed(
    lengths: NDArray[np.int64], texts: NDArray[np.int64], budget: int, window: int
) -> Iterator[tuple[int, ...]]:
    """Groups of texts whose padded tokens stay within the budget; a text alone may exceed it."""
    some: list[int] = []
    width = rows = 0
    for text in texts[np.argsort(-lengths[texts], kind="stable")]:
        length = int(lengths[text])
        more = n_windows(length, window)
        if some and (rows + more) * width > budget:
            yield tuple(some)
            some, rows = [], 0
        if not some:
            width = min(length, window) if window else length
        some.append(int(text))
        rows += more
    if some:
        yield tuple(some)


def token_budget(shape: ModelShape, dtype: str, device: Device) -> int:
    """Padded tokens of a batch: what time, cache and memory allow, at least 1."""
    in_time = SECONDS * _FLOPS[device.kind] / (2 * max(1, shape.n_params))
    weights = 1.1 * shape.n_params * DTYPE_BYTES[dtype]
    room = max(0.0, device.memory - weights) / device.parts
    in_memory = 0.3 * room / _bytes_per_token(shape, dtype)
    most = CPU_TOKENS if device.kind == "cpu" else GPU_TOKENS
    return max(1, int(min(most, in_time, in_memory)))


def _bytes_per_token(shape: ModelShape, dtype: str) -> float:
    """Activations of one layer at work, and attention weights in case they are made."""
    width = 14 * shape.hidden + 3 * shape.intermediate
    seen = shape.heads * min(2048, shape.context if shape.context > 0 else 2048)
    return (width + seen) * DTYPE_BYTES[dtype]


def chunk_rows(vocab: int, device: Device) -> int:
    """Positions unembedded at a time: float32 logits of 4 MiB on a CPU, of 128 MiB elsewhere."""
    room = (1 << 22) if device.kind == "cpu" else (1 << 27)
    return int(max(256, min(8192, room // (4 * max(1, vocab)))))
