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
MEMORY_SHARE = 0.3
"""Of the memory that the weights leave, this share is for a batch."""
LEAST_IN_CACHE = 512
"""Tokens below which the matrix products lose more than a cache saves."""
_SEEN = 2048  # tokens that one attends to at most, for the sake of the formula
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
class Constants:
    """What a batch takes on a kind of device; ``klscope bench budget`` measures the first four.

    Attributes
    ----------
    hidden, intermediate : float
        Values of the model's dtype that exist at once for each token, per hidden and per
        intermediate unit of a layer.
    attention : float
        The same per head and token that is attended to, in case attention weights are made.
    flops : float
        Operations per second, two for each weight and token. A low value makes small batches,
        which lose little in a crash.
    most_tokens : int
        Beyond this a batch is not faster.
    widest, widest_in_lane : int
        Bytes of a layer's intermediate values beyond which a batch is slower again: memory is then
        mapped anew for each operation, or (for one thread of several) falls out of its cache.
    logits, logits_in_lane : int
        Logits that exist at once.
    """

    hidden: float
    intermediate: float
    attention: float
    flops: float
    most_tokens: int
    widest: int
    widest_in_lane: int
    logits: int
    logits_in_lane: int


_MIB = 1 << 20
_GPU = Constants(17, 3, 3, 1e14, 32_768, 1 << 40, 1 << 40, 32 * _MIB, 32 * _MIB)
CONSTANTS = {
    "cpu": Constants(17, 3, 3, 1e11, 4096, 16 * _MIB, 2 * _MIB, _MIB, _MIB // 4),
    "cuda": _GPU,
    "mps": replace(_GPU, flops=4e12),
}
"""Round numbers on the safe side of what ``klscope bench budget`` measured in float32 on a CPU:
16.1, 2.7 and 2.5 values for each token. Speeds are those of slow devices of a kind: two cores, a
small GPU."""


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

    Logits of ``chunk_rows`` positions and ``chunk_columns`` tokens of the vocabulary exist at once
    (0 = of all tokens). With ``lanes`` each batch is computed by a single thread. ``budget`` padded
    tokens are run at once. Texts longer than ``window`` tokens are scored in windows, 0 = there are
    none. ``halved`` lists (batch number, number of its second half) in the order in which batches
    were cut in two for want of memory.
    """

    batches: tuple[Batch, ...]
    chunk_rows: int
    lanes: bool
    n_threads: int
    halved: tuple[tuple[int, int], ...] = ()
    budget: int = 0
    window: int = 0
    chunk_columns: int = 0

    def to_json(self) -> dict[str, Any]:
        """JSON values; what halving changed is kept apart from what was planned."""
        return {
            "batches": [[b.number, list(b.texts), b.round] for b in self.batches],
            "chunk_rows": self.chunk_rows,
            "lanes": self.lanes,
            "n_threads": self.n_threads,
            "budget": self.budget,
            "window": self.window,
            "chunk_columns": self.chunk_columns,
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
        chunk_columns=int(data.get("chunk_columns", 0)),
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
    rows, columns = chunk(shape, device)
    return Plan(
        tuple(batches),
        rows,
        has_lanes(shape, device),
        n_threads,
        budget=budget,
        window=window,
        chunk_columns=columns,
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
    known = CONSTANTS[device.kind]
    in_time = SECONDS * known.flops / (2 * max(1, shape.n_params))
    widest = known.widest_in_lane if has_lanes(shape, device) else known.widest
    in_cache = max(LEAST_IN_CACHE, widest / (DTYPE_BYTES[dtype] * max(1, shape.intermediate)))
    in_memory = memory_budget(shape, dtype, device)
    return max(1, int(min(known.most_tokens, in_time, in_cache, in_memory)))


def memory_budget(shape: ModelShape, dtype: str, device: Device) -> int:
    """Padded tokens of a batch that memory allows, at least 1."""
    weights = 1.1 * shape.n_params * DTYPE_BYTES[dtype]
    room = max(0.0, device.memory - weights) / device.parts
    return max(1, int(MEMORY_SHARE * room / bytes_per_token(shape, dtype, device)))


def bytes_per_token(shape: ModelShape, dtype: str, device: Device) -> float:
    """Activations of one layer at work, and attention weights in case they are made."""
    known = CONSTANTS[device.kind]
    width = known.hidden * shape.hidden + known.intermediate * shape.intermediate
    seen = min(_SEEN, shape.context if shape.context > 0 else _SEEN)
    return (width + known.attention * shape.heads * seen) * DTYPE_BYTES[dtype]


def chunk(shape: ModelShape, device: Device, *, cut: bool = True) -> tuple[int, int]:
    """Positions and tokens of the vocabulary whose logits exist at once (0 = all tokens).

    On a CPU a part of the vocabulary at a time, if the output layer can be ``cut``: its weights are
    then read once for many positions while the logits stay in the cache. If it cannot, they are
    read for fewer positions.
    """
    known, lanes = CONSTANTS[device.kind], has_lanes(shape, device)
    logits = known.logits_in_lane if lanes else known.logits
    vocab = max(1, shape.vocab)
    if device.kind != "cpu":
        return max(256, min(8192, logits // vocab)), 0
    if 128 * vocab <= logits:
        return min(1024, logits // vocab), 0
    if not cut:
        return max(64, min(512, 8 * _MIB // vocab)), 0
    rows = 256 if lanes else 1024
    return rows, logits // rows
