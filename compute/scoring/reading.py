"""Weight files read once, into memory of our own: hashed and held in one pass.

No file stays mapped: a training run that overwrites a checkpoint while it is scored could end the
process otherwise, and the digest would not be that of the values that were scored.
"""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import torch

from compute.core.errors import InputError
from compute.core.weights import data_start, digest_of_sums, read_header
from compute.scoring.prefetch import Tick, go_on

ALIGNMENT = 64
"""That of torch's own memory, in bytes: the last bits of a product may depend on it."""
CHUNK = 4 << 20
DTYPES: Mapping[str, torch.dtype] = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}


@dataclass(frozen=True, eq=False, slots=True)
class Staged:
    """Tensors of a checkpoint by name, one after the other in ``block`` (n,) uint8."""

    block: torch.Tensor
    tensors: Mapping[str, torch.Tensor]


@dataclass(eq=False, slots=True)
class Sums:
    """sha256 of the files read so far, under path, size and time of change."""

    _known: dict[tuple[Any, ...], str] = field(default_factory=dict)

    def digest_of(self, files: Sequence[Path], tick: Tick) -> str:
        """The digest of the weights in ``files``; only those not known are read."""
        return digest_of_sums([self.of(path) or self._read(path, tick) for path in files])

    def of(self, path: Path) -> str:
        """ "" = not known."""
        return self._known.get(_stamp(os.stat(path), path), "")

    def put(self, path: Path, stat: os.stat_result, value: str) -> None:
        self._known[_stamp(stat, path)] = value

    def _read(self, path: Path, tick: Tick) -> str:
        scratch = memoryview(bytearray(CHUNK))
        with _opened(path) as file:
            made = hashlib.sha256()
            before = os.fstat(file.fileno())
            while n := file.readinto(scratch):
                made.update(scratch[:n])
                tick()
            _must_be_unchanged(before, file, path)
        self.put(path, before, made.hexdigest())
        return made.hexdigest()


def bytes_needed(files: Sequence[Path], wanted: Mapping[str, torch.dtype]) -> int:
    """Size of the block for :func:`stage`."""
    rows = [row for path in files for row in read_header(path).items()]
    return sum(_padded(row["shape"], wanted[name]) for name, row in rows if name in wanted)


def stage(
    files: Sequence[Path],
    wanted: Mapping[str, torch.dtype],
    block: torch.Tensor,
    sums: Sums | None,
    tick: Tick,
) -> Staged:
    """Read safetensors files into ``block``.

    Parameters
    ----------
    wanted : mapping
        The tensors to keep and the dtype of each; it is converted where the file's is another.
    block : (n,) uint8
        At least :func:`bytes_needed`.
    sums : Sums, optional
        Takes the sha256 of files it does not know yet; None = nothing is hashed.

    Raises
    ------
    InputError
        If a file is damaged or changes while it is read.
    """
    found: dict[str, torch.Tensor] = {}
    at = 0
    for path in files:
        hashed = sums is not None and not sums.of(path)
        with _Reader(path, hashed=hashed, tick=tick) as reader:
            for name, row in reader.rows():
                if name not in wanted:
                    reader.skip(row)
                    continue
                size = _padded(row["shape"], wanted[name])
                place = _shaped(block[at : at + size], row["shape"], wanted[name])
                reader.fill(row, place)
                found[name] = place
                at += size
            if sums is not None and hashed:
                sums.put(path, reader.before, reader.digest())
    return Staged(block, found)


def each(files: Sequence[Path], tick: Tick = go_on) -> Iterator[tuple[str, torch.Tensor]]:
    """The tensors of safetensors files, one at a time, each in memory of its own."""
    for path in files:
        with _Reader(path, hashed=False, tick=tick) as reader:
            for name, row in reader.rows():
                tensor = torch.empty(row["shape"], dtype=_dtype(row))
                reader.fill(row, tensor)
                yield name, tensor


class _Reader:
    """One safetensors file from its first to its last byte."""

    def __init__(self, path: Path, *, hashed: bool, tick: Tick) -> None:
        self._path, self._tick = path, tick
        self._file = _opened(path)
        self.before = os.fstat(self._file.fileno())
        self._sum = hashlib.sha256() if hashed else None
        self._scratch = torch.empty(0, dtype=torch.uint8)

    def __enter__(self) -> _Reader:
        return self

    def __exit__(self, kind: Any, *_: object) -> None:
        try:
            if kind is None:
                _must_be_unchanged(self.before, self._file, self._path)
        finally:
            self._file.close()

    def rows(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Header rows in the order of the file; :meth:`fill` or :meth:`skip` each."""
        header = sorted(read_header(self._path).items(), key=lambda r: tuple(r[1]["data_offsets"]))
        self._read(_bytes(torch.empty(data_start(self._path), dtype=torch.uint8)))
        at = 0
        for name, row in header:
            begin, end = row["data_offsets"]
            if begin != at or end - begin != _n_bytes(row["shape"], _dtype(row)):
                raise InputError(f"{self._path.name} has a damaged header")
            at = end
            yield name, row

    def fill(self, row: Mapping[str, Any], place: torch.Tensor) -> None:
        """Read one tensor into ``place``, contiguous, converted to its dtype."""
        dtype = _dtype(row)
        if dtype == place.dtype:
            self._read(_bytes(place))
            return
        raw = self._room(row)
        self._read(_bytes(raw))
        place.copy_(_shaped(raw, row["shape"], dtype))

    def skip(self, row: Mapping[str, Any]) -> None:
        self._read(_bytes(self._room(row)))

    def digest(self) -> str:
        """sha256 of the whole file as hex."""
        return self._sum.hexdigest() if self._sum is not None else ""

    def _room(self, row: Mapping[str, Any]) -> torch.Tensor:
        size = _n_bytes(row["shape"], _dtype(row))
        if len(self._scratch) < size:
            self._scratch = torch.empty(size, dtype=torch.uint8)
        return self._scratch[:size]

    def _read(self, into: memoryview) -> None:
        at = 0
        while at < len(into):
            n = self._file.readinto(into[at : at + CHUNK])
            if not n:
                raise InputError(f"{self._path.name} is cut short")
            if self._sum is not None:
                self._sum.update(into[at : at + n])
            at += n
            self._tick()


def _opened(path: Path) -> Any:
    try:
        return open(path, "rb", buffering=0)
    except FileNotFoundError as e:
        raise InputError(f"a weight file is missing: {path.name}") from e


def _stamp(stat: os.stat_result, path: Path) -> tuple[Any, ...]:
    return str(path), stat.st_ino, stat.st_size, stat.st_mtime_ns


def _must_be_unchanged(before: os.stat_result, file: BinaryIO, path: Path) -> None:
    if _stamp(os.fstat(file.fileno()), path) != _stamp(before, path):
        raise InputError(f"{path.name} was changed while it was read")


def _dtype(row: Mapping[str, Any]) -> torch.dtype:
    if row["dtype"] not in DTYPES:
        raise InputError(f"weights of the kind {row['dtype']} cannot be read one by one")
    return DTYPES[row["dtype"]]


def _n_bytes(shape: Sequence[int], dtype: torch.dtype) -> int:
    return math.prod(shape) * dtype.itemsize


def _padded(shape: Sequence[int], dtype: torch.dtype) -> int:
    return -(-_n_bytes(shape, dtype) // ALIGNMENT) * ALIGNMENT


def _shaped(raw: torch.Tensor, shape: Sequence[int], dtype: torch.dtype) -> torch.Tensor:
    return raw[: _n_bytes(shape, dtype)].view(dtype).view(tuple(shape))


def _bytes(tensor: torch.Tensor) -> memoryview:
    """The memory of a contiguous tensor."""
    return tensor.detach().reshape(-1).view(torch.uint8).numpy().data
