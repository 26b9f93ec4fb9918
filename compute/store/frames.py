"""The bytes of a parts file: a header, then one frame per batch. Pure functions, little-endian.

header  8 bytes magic, uint32 version, uint32 length of the entry id, the id in UTF-8,
        32 bytes sha256 of the plan, uint32 crc32 of all of it
frame   uint32 length of what follows without the crc, uint32 batch number, uint32 n,
        n int32 text indices, n float32 nats, uint32 crc32 of all of it
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

MAGIC = b"KLSPARTS"
VERSION = 1
_HEAD = struct.Struct("<8sII")
_FRAME = struct.Struct("<III")
_CRC = struct.Struct("<I")


@dataclass(frozen=True, eq=False, slots=True)
class Batch:
    """Scores of one batch: ``texts`` (n,) int32 indices, ``values`` (n,) float32 nats."""

    number: int
    texts: NDArray[np.int32]
    values: NDArray[np.float32]


@dataclass(frozen=True, eq=False, slots=True)
class Contents:
    """What can be trusted in a parts file; ``valid`` is where its first torn byte is."""

    entry_id: str
    plan_digest: str
    batches: tuple[Batch, ...]
    valid: int


def _sealed(raw: bytes) -> bytes:
    return raw + _CRC.pack(zlib.crc32(raw))


def _is_sealed(raw: bytes) -> bool:
    return raw[-4:] == _CRC.pack(zlib.crc32(raw[:-4]))


def header(entry_id: str, plan_digest: str) -> bytes:
    """``plan_digest`` is a sha256 in hex."""
    name = entry_id.encode()
    return _sealed(_HEAD.pack(MAGIC, VERSION, len(name)) + name + bytes.fromhex(plan_digest))


def frame(number: int, texts: ArrayLike, values: ArrayLike) -> bytes:
    """One batch.

    Raises
    ------
    ValueError
        If ``texts`` and ``values`` are not two vectors of one length.
    """
    index = np.asarray(texts, dtype="<i4")
    nats = np.asarray(values, dtype="<f4")
    if index.ndim != 1 or index.shape != nats.shape:
        raise ValueError(f"texts {index.shape} and values {nats.shape} are not two equal vectors")
    length = 8 + 8 * len(index)
    return _sealed(_FRAME.pack(length, number, len(index)) + index.tobytes() + nats.tobytes())


def parse(raw: bytes) -> Contents | None:
    """Everything before the first torn byte; None without a whole header of this version."""
    if len(raw) < _HEAD.size:
        return None
    magic, version, n = _HEAD.unpack_from(raw)
    end = _HEAD.size + n + 32 + 4
    if magic != MAGIC or version != VERSION or len(raw) < end or not _is_sealed(raw[:end]):
        return None
    name = raw[_HEAD.size : _HEAD.size + n].decode()
    digest = raw[end - 36 : end - 4].hex()
    batches: list[Batch] = []
    while (batch := _frame_at(raw, end)) is not None:
        batches.append(batch)
        end += _FRAME.size + 8 * len(batch.texts) + 4
    return Contents(name, digest, tuple(batches), end)


def _frame_at(raw: bytes, start: int) -> Batch | None:
    if len(raw) < start + _FRAME.size:
        return None
    length, number, n = _FRAME.unpack_from(raw, start)
    end = start + _FRAME.size + 8 * n + 4
    if length != 8 + 8 * n or len(raw) < end or not _is_sealed(raw[start:end]):
        return None
    body = start + _FRAME.size
    texts = np.frombuffer(raw, dtype="<i4", count=n, offset=body)
    values = np.frombuffer(raw, dtype="<f4", count=n, offset=body + 4 * n)
    return Batch(number, texts, values)
