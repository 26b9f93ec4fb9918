"""The bytes of files that only grow: a header, then one frame per batch. Pure, little-endian.

header  8 bytes magic, uint32 version, uint32 length of the entry id, the id in UTF-8,
        32 bytes sha256 of the plan, uint32 crc32 of all of it
frame   uint32 length of what follows without the crc, uint32 batch number, uint32 n,
        n int32 text indices, then what the kind of file holds, uint32 crc32 of all of it
scores  n float32 nats
tokens  n int32 counts of tokens, then as many float16 nats
layers  uint32 number of layers, then for each of them n float32 nats
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

VERSION = 1
SETTLED = 0xFFFFFFFF
"""Batch number of texts that are known to get no score; no planned batch has it."""
_HEAD = struct.Struct("<8sII")
_FRAME = struct.Struct("<III")
_CRC = struct.Struct("<I")
_COUNT = struct.Struct("<I")
_INT, _NATS, _HALF = np.dtype("<i4"), np.dtype("<f4"), np.dtype("<f2")
_LEAST = np.float32(np.finfo(np.float16).min)


@dataclass(frozen=True, eq=False, slots=True)
class Batch:
    """Scores of one batch: ``texts`` (n,) int32 indices, ``values`` (n,) float32 nats."""

    number: int
    texts: NDArray[np.int32]
    values: NDArray[np.float32]


@dataclass(frozen=True, eq=False, slots=True)
class TokenBatch:
    """Tokens of one batch: ``texts`` and ``counts`` (n,) int32, ``values`` (sum,) float16 nats."""

    number: int
    texts: NDArray[np.int32]
    counts: NDArray[np.int32]
    values: NDArray[np.float16]


@dataclass(frozen=True, eq=False, slots=True)
class LayerBatch:
    """Layers of one batch: ``texts`` (n,) int32, ``values`` (n_layers, n) float32 nats."""

    number: int
    texts: NDArray[np.int32]
    values: NDArray[np.float32]


T = TypeVar("T", Batch, TokenBatch, LayerBatch)


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """A kind of file; ``take(number, texts, raw)`` reads what follows the text indices."""

    magic: bytes
    take: Callable[[int, NDArray[np.int32], memoryview], T | None]


@dataclass(frozen=True, slots=True)
class Head:
    """Whose frames these are; ``size`` is the length of the header in bytes."""

    entry_id: str
    plan_digest: str
    size: int


@dataclass(frozen=True, eq=False, slots=True)
class Contents(Generic[T]):
    """What can be trusted in a file; ``valid`` is where its first torn byte is."""

    head: Head
    batches: tuple[T, ...]
    valid: int


def _take_scores(number: int, texts: NDArray[np.int32], rest: memoryview) -> Batch | None:
    if len(rest) != 4 * len(texts):
        return None
    return Batch(number, texts, np.frombuffer(rest, dtype=_NATS))


def _take_tokens(number: int, texts: NDArray[np.int32], rest: memoryview) -> TokenBatch | None:
    n = len(texts)
    if len(rest) < 4 * n or len(rest) % 2:
        return None
    counts = np.frombuffer(rest, dtype=_INT, count=n)
    values = np.frombuffer(rest, dtype=_HALF, offset=4 * n)
    if len(values) != counts.sum() or (counts < 0).any():
        return None
    return TokenBatch(number, texts, counts, values)


def _take_layers(number: int, texts: NDArray[np.int32], rest: memoryview) -> LayerBatch | None:
    n = len(texts)
    if len(rest) < 4 or len(rest) != 4 + 4 * n * _COUNT.unpack_from(rest)[0]:
        return None
    values = np.frombuffer(rest, dtype=_NATS, offset=4)
    return LayerBatch(number, texts, values.reshape(-1, n) if n else values.reshape(0, 0))


SCORES = Kind(b"KLSPARTS", _take_scores)
TOKENS = Kind(b"KLSTOKEN", _take_tokens)
LAYERS = Kind(b"KLSLAYER", _take_layers)


def _sealed(raw: bytes) -> bytes:
    return raw + _CRC.pack(zlib.crc32(raw))


def _is_sealed(view: memoryview, start: int, end: int) -> bool:
    return bool(zlib.crc32(view[start : end - 4]) == _CRC.unpack_from(view, end - 4)[0])


def header(magic: bytes, entry_id: str, plan_digest: str) -> bytes:
    """``plan_digest`` is a sha256 in hex."""
    name = entry_id.encode()
    return _sealed(_HEAD.pack(magic, VERSION, len(name)) + name + bytes.fromhex(plan_digest))


def _frame(number: int, texts: NDArray[np.int32], rest: bytes) -> bytes:
    body = texts.tobytes() + rest
    return _sealed(_FRAME.pack(8 + len(body), number, len(texts)) + body)


def frame(number: int, texts: ArrayLike, values: ArrayLike) -> bytes:
    """The scores of one batch.

    Raises
    ------
    ValueError
        If ``texts`` and ``values`` are not two vectors of one length.
    """
    index = np.asarray(texts, dtype=_INT)
    nats = np.asarray(values, dtype=_NATS)
    if index.ndim != 1 or index.shape != nats.shape:
        raise ValueError(f"texts {index.shape} and values {nats.shape} are not two equal vectors")
    return _frame(number, index, nats.tobytes())


def token_frame(number: int, texts: ArrayLike, tokens: Sequence[NDArray[np.floating]]) -> bytes:
    """The tokens of one batch: one vector of nats per text, rounded to float16.

    Raises
    ------
    ValueError
        If there is not one vector for each text.
    """
    index = np.asarray(texts, dtype=_INT)
    if index.shape != (len(tokens),) or any(np.ndim(t) != 1 for t in tokens):
        raise ValueError(f"{len(tokens)} vectors of tokens do not fit texts {index.shape}")
    counts = np.array([len(t) for t in tokens], dtype=_INT)
    flat = np.concatenate([np.zeros(0, np.float32), *tokens])
    halves = np.maximum(flat, _LEAST).astype(_HALF)  # NaN stays NaN
    return _frame(number, index, counts.tobytes() + halves.tobytes())


def layer_frame(number: int, texts: ArrayLike, layers: NDArray[np.floating]) -> bytes:
    """The layers of one batch: (n_layers, n) nats.

    Raises
    ------
    ValueError
        If there is not one column for each text.
    """
    index = np.asarray(texts, dtype=_INT)
    nats = np.ascontiguousarray(layers, dtype=_NATS)
    if nats.ndim != 2 or index.shape != nats.shape[1:]:
        raise ValueError(f"layers {nats.shape} do not fit texts {index.shape}")
    return _frame(number, index, _COUNT.pack(len(nats)) + nats.tobytes())


def head_of(raw: bytes, magic: bytes) -> Head | None:
    """The header at the start of ``raw``; None unless it is whole, of this kind and version."""
    if len(raw) < _HEAD.size:
        return None
    found, version, n = _HEAD.unpack_from(raw)
    end = _HEAD.size + n + 32 + 4
    if found != magic or version != VERSION or len(raw) < end:
        return None
    if not _is_sealed(memoryview(raw), 0, end):
        return None
    name = raw[_HEAD.size : _HEAD.size + n].decode()
    return Head(name, raw[end - 36 : end - 4].hex(), end)


def parse(raw: bytes, kind: Kind[T]) -> Contents[T] | None:
    """Everything before the first torn byte; None without a header, as :func:`head_of`."""
    head = head_of(raw, kind.magic)
    if head is None:
        return None
    batches: list[T] = []
    view, end = memoryview(raw), head.size
    while (found := _frame_at(view, end, kind)) is not None:
        batch, end = found
        batches.append(batch)
    return Contents(head, tuple(batches), end)


def _frame_at(view: memoryview, start: int, kind: Kind[T]) -> tuple[T, int] | None:
    body = start + _FRAME.size
    if len(view) < body:
        return None
    length, number, n = _FRAME.unpack_from(view, start)
    end = start + 4 + length + 4
    if length < 8 + 4 * n or len(view) < end or not _is_sealed(view, start, end):
        return None
    texts = np.frombuffer(view, _INT, n, body)
    batch = kind.take(number, texts, view[body + 4 * n : end - 4])
    return None if batch is None else (batch, end)
