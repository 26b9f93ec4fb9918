"""Squared distances between the checkpoints of a run, by streaming through their tensors once."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from compute.weights.tensors import Files, Tensor

BUDGET = 256 << 20
"""Bytes of all buffers together."""
CLOSE = 1e-7
"""A squared distance below this part of the squared norms is worked out from the difference."""
_LEAST, _MOST = 1 << 12, 1 << 22
"""Numbers of a parameter that are read at once."""
_FEW = 3
"""Up to so many checkpoints every pair is worked out from the difference."""
_HANDS = 2
"""Threads that read and work out; reading and arithmetic take turns in each."""
_ROW = 256
"""Squares that are added up in float32 before float64 takes over."""
_STRETCH = 1 << 18
"""Numbers whose difference stays in the processor's cache."""

Chunk: TypeAlias = tuple[int, int, int]
"""Parameter, first number, numbers."""
Sums: TypeAlias = tuple[NDArray[np.float64], ...]


@dataclass(frozen=True)
class Plan:
    """What is read in which order: a pure function of the shapes, so that sums are repeatable.

    Attributes
    ----------
    tensors : tuple of tuple of Tensor, (P, T)
        Every parameter, in every checkpoint.
    blocks : tuple of (int, int)
        Stretches of checkpoints whose pairs are worked out together; every pair that is wanted lies
        in one of them.
    window : int
        Pairs at most so many checkpoints apart, 0 = all.
    n_chunk : int
        Numbers of one parameter that are read at once.
    """

    tensors: tuple[tuple[Tensor, ...], ...]
    blocks: tuple[tuple[int, int], ...]
    window: int
    n_chunk: int

    @property
    def n_checkpoints(self) -> int:
        return len(self.tensors[0]) if self.tensors else 0

    @property
    def n_params(self) -> int:
        """Numbers in one checkpoint."""
        return sum(row[0].size for row in self.tensors)

    def chunks(self) -> Iterator[Chunk]:
        """All chunks, in order."""
        for p, row in enumerate(self.tensors):
            for at in range(0, row[0].size, self.n_chunk):
                yield p, at, min(self.n_chunk, row[0].size - at)


@dataclass(frozen=True, eq=False)
class Progress:
    """How far the stream is: ``done`` of ``total`` chunks, and the sums so far."""

    done: int
    total: int
    sums: Sums


def plan(
    checkpoints: Sequence[Mapping[str, Tensor]], names: Sequence[str], *, window: int = 0
) -> Plan:
    """Plan the stream through some checkpoints.

    Parameters
    ----------
    checkpoints : sequence of mapping, (T,)
        In order of step.
    names : sequence of str
        What :func:`~compute.weights.tensors.shared_tensors` found.
    window : int
        Only pairs at most so many checkpoints apart; 0 = all pairs.
    """
    n = len(checkpoints)
    n_chunk = max(_LEAST, min(_MOST, BUDGET // (12 * _HANDS * max(n, 1))))
    rows = tuple(tuple(tensors[name] for tensors in checkpoints) for name in names)
    return Plan(rows, _blocks(n, window), window, n_chunk)


def _blocks(n: int, window: int) -> tuple[tuple[int, int], ...]:
    """Overlapping stretches of 3 windows in which every pair of a window lies once at least."""
    if not window or n <= 3 * window + 1:
        return ((0, n),)
    size, step = 3 * window + 1, 2 * window + 1
    starts = range(0, max(n - window, 1), step)
    return tuple((start, min(start + size, n)) for start in starts)


def distances(
    wanted: Plan,
    *,
    resume: Progress | None = None,
    on_progress: Callable[[Progress], None] = lambda _progress: None,
) -> NDArray[np.float64]:
    """Squared Euclidean distances between the checkpoints of a plan.

    Parameters
    ----------
    wanted : Plan
    resume : Progress, optional
        What :data:`on_progress` was given last, of the same plan: the stream goes on from there.
    on_progress : callable
        Called after each chunk; an exception in it ends the stream.

    Returns
    -------
    ndarray, (T, T) float64
        Symmetric, zero diagonal, in squared units of the parameters; NaN = outside the window.

    Raises
    ------
    InputError
        If a weight file cannot be read.
    """
    n = wanted.n_checkpoints
    out = np.full((n, n), np.nan)
    np.fill_diagonal(out, 0.0)
    sums = _stream(wanted, resume, on_progress)
    for (start, stop), sum_ in zip(wanted.blocks, sums, strict=True):
        part = sum_ if n <= _FEW else _from_gram(wanted, sum_, start)
        out[start:stop, start:stop] = part
    if wanted.window:
        i, j = np.indices(out.shape)
        out[np.abs(i - j) > wanted.window] = np.nan
    return out


def _stream(wanted: Plan, resume: Progress | None, on_progress: Callable[[Progress], None]) -> Sums:
    """The sums over all chunks: of products, or with few checkpoints of squared differences."""
    chunks = tuple(wanted.chunks())
    done = resume.done if resume else 0
    sums = resume.sums if resume else tuple(np.zeros((b - a, b - a)) for a, b in wanted.blocks)
    with closing(_in_order(wanted, chunks[done:])) as parts:
        for k, part in enumerate(parts, start=done + 1):
            sums = tuple(old + new for old, new in zip(sums, part, strict=True))
            on_progress(Progress(k, len(chunks), sums))
    return sums


def _in_order(wanted: Plan, chunks: Sequence[Chunk]) -> Generator[Sums, None, None]:
    """What each chunk adds, in order: added up in order they are the same bits every time."""
    hands = [_Hand(wanted) for _ in range(_HANDS)]
    idle = list(hands)
    waiting: deque[Future[Sums]] = deque()

    def work(chunk: Chunk) -> Sums:
        hand = idle.pop()
        try:
            return hand.sums(chunk)
        finally:
            idle.append(hand)

    with ThreadPoolExecutor(_HANDS) as pool:
        try:
            for chunk in chunks:
                waiting.append(pool.submit(work, chunk))
                if len(waiting) > 2 * _HANDS:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for left in waiting:
                left.cancel()
            pool.shutdown()
            for hand in hands:
                hand.close()


class _Hand:
    """Reads chunks into its own buffer and works out what they add; one for each thread."""

    def __init__(self, wanted: Plan) -> None:
        self._plan, self._files = wanted, Files()
        n = wanted.n_checkpoints
        self._few = n <= _FEW
        wide = any(tensor.dtype == "F64" for row in wanted.tensors for tensor in row)
        length = _STRETCH if self._few else wanted.n_chunk
        self._rows = np.empty((n, length), np.float64 if wide else np.float32)
        self._difference = np.empty(_STRETCH, self._rows.dtype)

    def sums(self, chunk: Chunk) -> Sums:
        """The contribution of a chunk to each block, (B, B) float64 each."""
        p, at, n = chunk
        if not self._few:
            rows = self._read(p, at, n)
            return tuple(_products(rows[a:b]) for a, b in self._plan.blocks)
        total = np.zeros((len(self._rows), len(self._rows)))
        for first in range(at, at + n, _STRETCH):
            rows = self._read(p, first, min(_STRETCH, at + n - first))
            for i, j in itertools.combinations(range(len(rows)), 2):
                total[i, j] += self._squared(rows[i], rows[j])
        return (total + total.T,)

    def _read(self, p: int, at: int, n: int) -> NDArray[Any]:
        rows = self._rows[:, :n]
        for row, tensor in zip(rows, self._plan.tensors[p], strict=True):
            self._files.read(tensor, at, row)
        return rows

    def _squared(self, a: NDArray[Any], b: NDArray[Any]) -> np.float64:
        """Sum of squared differences: short rows in float32, their sums in float64.

        Without a matrix product, which would wait for threads of its own.
        """
        d = self._difference[: len(a)]
        np.subtract(a, b, out=d)
        whole = len(d) // _ROW * _ROW
        rows, rest = d[:whole].reshape(-1, _ROW), d[whole:]
        sums = np.einsum("ij,ij->i", rows, rows).sum(dtype=np.float64)
        return np.float64(sums + np.einsum("i,i->", rest, rest))

    def close(self) -> None:
        """Close its files."""
        self._files.close()


def _products(values: NDArray[Any]) -> NDArray[np.float64]:
    """Gram matrix about the first row, (B, B) float64."""
    centred = np.subtract(values, values[0], dtype=np.float64)
    return np.asarray(centred @ centred.T)


def _from_gram(wanted: Plan, gram: NDArray[np.float64], start: int) -> NDArray[np.float64]:
    """Squared distances from products; close pairs once more, from the difference."""
    norms = gram.diagonal()
    reach = norms[:, None] + norms
    out = reach - 2 * gram
    np.maximum(out, 0.0, out=out)
    np.fill_diagonal(out, 0.0)
    i, j = np.nonzero(np.triu(out <= CLOSE * reach, 1))
    near = (not wanted.window) | (j - i <= wanted.window)
    for a, b in zip(i[near].tolist(), j[near].tolist(), strict=True):
        out[a, b] = out[b, a] = _pair(wanted, start + a, start + b)
    return out


def _pair(wanted: Plan, i: int, j: int) -> float:
    rows = tuple((row[i], row[j]) for row in wanted.tensors)
    pair = Plan(rows, ((0, 2),), 0, _MOST)
    return float(_stream(pair, None, lambda _progress: None)[0][0, 1])
