"""Which parameters the checkpoints of a run share, and reading a stretch of one of them."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.core.errors import InputError
from compute.core.files import read_problem
from compute.core.weights import (
    SAFETENSORS,
    data_start,
    is_constant,
    read_header,
    weight_files,
)

_SIZES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2}
_PLAIN = {"F64": "<f8", "F32": "<f4", "F16": "<f2"}


@dataclass(frozen=True, slots=True)
class Tensor:
    """One parameter in a safetensors file. ``offset`` is in bytes from the start of the file."""

    name: str
    path: Path
    dtype: str
    shape: tuple[int, ...]
    offset: int

    @property
    def size(self) -> int:
        """Numbers in it."""
        return math.prod(self.shape)


def tensors_of(folder: Path) -> Mapping[str, Tensor]:
    """The parameters of a checkpoint by name.

    Raises
    ------
    InputError
        If it has no safetensors weights, a file is missing or damaged, or its weights are stored
        quantized.
    """
    files = weight_files(folder)
    if not files:
        raise InputError(f"there are no weights in {folder}")
    found: dict[str, Tensor] = {}
    for path in files:
        if path.suffix != SAFETENSORS:
            raise InputError(
                f"the weights in {folder} are a {path.suffix} file",
                advice="Distances are read from safetensors; save the model again as such",
            )
        start = data_start(path) if path.is_file() else 0
        for name, row in read_header(path).items():
            if not is_constant(name, row["shape"]):
                found[name] = _tensor(name, path, row, start)
    return found


def _tensor(name: str, path: Path, row: Mapping[str, Any], start: int) -> Tensor:
    if row["dtype"] not in _SIZES:
        raise InputError(
            f"{name} in {path} is stored as {row['dtype']}",
            advice="Distances need weights in float64, float32, float16 or bfloat16",
        )
    first, last = row["data_offsets"]
    found = Tensor(name, path, row["dtype"], tuple(row["shape"]), start + first)
    if last - first != found.size * _SIZES[found.dtype]:
        raise InputError(f"{path.name} has a damaged header: {name} has the wrong length")
    return found


def shared_tensors(
    labels: Sequence[str], checkpoints: Sequence[Mapping[str, Tensor]]
) -> tuple[str, ...]:
    """The names of all parameters, sorted, when every checkpoint has each in the same shape.

    Parameters
    ----------
    labels : sequence of str, (T,)
        What the checkpoints are called in messages.
    checkpoints : sequence of mapping, (T,)

    Raises
    ------
    InputError
        If one lacks a parameter that another has, or has it in another shape; names both.
    """
    names = sorted({name for tensors in checkpoints for name in tensors})
    for name in names:
        holders = {label: t.get(name) for label, t in zip(labels, checkpoints, strict=True)}
        lacking = [label for label, tensor in holders.items() if tensor is None]
        if lacking:
            others = len(lacking) - 1
            more = f" and {others} more" if others else ""
            raise InputError(f"{lacking[0]}{more} has no parameter {name}, others have it")
        shapes = {label: tensor.shape for label, tensor in holders.items() if tensor}
        first = next(iter(shapes))
        other = next((label for label in shapes if shapes[label] != shapes[first]), "")
        if other:
            raise InputError(
                f"{name} has the shape {shapes[first]} in {first} and {shapes[other]} in {other}",
                advice="Only checkpoints of one model have a distance in weight space",
            )
    return tuple(names)


class Files:
    """Reads stretches of tensors; keeps at most ``limit`` files open."""

    def __init__(self, limit: int = 256) -> None:
        self._limit = limit
        self._open: dict[Path, int] = {}

    def read(self, tensor: Tensor, at: int, out: NDArray[Any]) -> None:
        """Numbers ``at`` up to ``at + len(out)`` of a tensor, flattened, into ``out``.

        Raises
        ------
        InputError
            If the file cannot be read that far.
        """
        if tensor.dtype == "F32" and out.dtype == np.float32 and out.flags.c_contiguous:
            self._fill(tensor, at, out.view(np.uint8))
            return
        raw = np.empty(len(out) * _SIZES[tensor.dtype], np.uint8)
        self._fill(tensor, at, raw)
        if tensor.dtype == "BF16":
            wide = raw.view("<u2").astype(np.uint32) << 16
            out[:] = wide.view(np.float32)
        else:
            out[:] = raw.view(_PLAIN[tensor.dtype])

    def _fill(self, tensor: Tensor, at: int, raw: NDArray[np.uint8]) -> None:
        start, view = tensor.offset + at * _SIZES[tensor.dtype], memoryview(raw.data)
        tried = f"Reading {tensor.name} from {tensor.path}"
        try:
            handle = self._handle(tensor.path)
            while view:
                n = os.preadv(handle, [view], start)
                if not n:
                    raise InputError("the file is cut short", tried=tried)
                view, start = view[n:], start + n
        except OSError as error:
            raise read_problem(error, tried) from error

    def _handle(self, path: Path) -> int:
        if path not in self._open:
            while len(self._open) >= self._limit:
                os.close(self._open.pop(next(iter(self._open))))
            self._open[path] = os.open(path, os.O_RDONLY)
        return self._open[path]

    def close(self) -> None:
        """Close every file."""
        while self._open:
            os.close(self._open.popitem()[1])
