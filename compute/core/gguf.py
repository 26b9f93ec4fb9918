"""The head of a GGUF file: what the model is called, how it is quantized, where its tensors lie.

Read without the library, as the small part of the file it is. Layout (version 2 and 3): magic,
version, number of tensors, number of pairs; the pairs (name, type, value); for each tensor name,
shape, type and offset; then, aligned, the tensors.
"""

from __future__ import annotations

import hashlib
import math
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from compute.core.errors import InputError

_MAGIC = b"GGUF"
_MOST_PAIRS, _MOST_TENSORS, _MOST_DIMS = 100_000, 1_000_000, 8
_MOST_TEXT, _MOST_ITEMS = 1 << 24, 1 << 24
_SCALARS = dict(zip((0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12), "BbHhIif?Qqd", strict=True))
"""Numbers of types -> letters of ``struct``."""
_TEXT, _ARRAY = 8, 9
_NAMES = {
    2: "q4_0", 3: "q4_1", 7: "q8_0", 8: "q5_0", 9: "q5_1", 10: "q2_k", 11: "q3_k_s", 12: "q3_k_m",
    13: "q3_k_l", 14: "q4_k_s", 15: "q4_k_m", 16: "q5_k_s", 17: "q5_k_m", 18: "q6_k", 19: "iq2_xxs",
    20: "iq2_xs", 21: "q2_k_s", 22: "iq3_xs", 23: "iq3_xxs", 24: "iq1_s", 25: "iq4_nl", 26: "iq3_s",
    27: "iq3_m", 28: "iq2_s", 29: "iq2_m", 30: "iq4_xs", 31: "iq1_m",
}  # fmt: skip
_PLAIN_FILES, _PLAIN_TENSORS = (0, 1, 32), (0, 1, 30)
_PART = re.compile(r"-\d{5}-of-\d{5}$")


@dataclass(frozen=True, slots=True)
class GgufHead:
    """``quantization`` is ``q4_k_m`` and the like, "" = plain floats, "gguf" = of no known name.

    ``tokens`` is a digest of everything that is said about the tokenizer, ``n_params`` the number
    of all weights.
    """

    architecture: str
    quantization: str
    n_params: int
    tokens: str


def read_gguf(path: Path) -> GgufHead:
    """The head of a file.

    Raises
    ------
    InputError
        If it is no GGUF file, is cut short, or is one of several parts; names the file.
    """
    if _PART.search(path.stem):
        raise InputError(f"{path.name} is one of several parts, which are not read together")
    try:
        with path.open("rb") as file:
            return _head(file, path)
    except OSError as e:
        raise InputError(f"{path.name} cannot be read ({e.strerror})") from e
    except (struct.error, ValueError, KeyError, OverflowError) as e:
        raise InputError(f"{path.name} is cut short or has a damaged head") from e


def _head(file: BinaryIO, path: Path) -> GgufHead:
    if file.read(4) != _MAGIC:
        raise InputError(f"{path.name} is no GGUF file")
    version = _number(file, "I")
    if version not in (2, 3):
        raise InputError(f"{path.name} is GGUF of version {version}; 2 and 3 are read")
    n_tensors = _at_most(_number(file, "Q"), _MOST_TENSORS)
    said, tokens = {}, hashlib.sha256()
    for _ in range(_at_most(_number(file, "Q"), _MOST_PAIRS)):
        start = file.tell()
        name = _text(file)
        said[name] = _value(file, _number(file, "I"))
        if name.startswith("tokenizer."):
            end = file.tell()
            file.seek(start)
            tokens.update(file.read(end - start))
    rows = [_tensor(file) for _ in range(n_tensors)]
    alignment = max(1, int(said.get("general.alignment") or 32))
    begin = -(-file.tell() // alignment) * alignment
    furthest = max((offset for _, _, offset in rows), default=0)
    if rows and begin + furthest >= path.stat().st_size:
        raise InputError(f"{path.name} is cut short")
    return GgufHead(
        str(said.get("general.architecture") or ""),
        _quantization(said, rows),
        sum(math.prod(shape) for shape, _, _ in rows),
        tokens.hexdigest(),
    )


def _quantization(said: Mapping[str, Any], rows: list[tuple[tuple[int, ...], int, int]]) -> str:
    kind = said.get("general.file_type")
    if kind in _NAMES:
        return _NAMES[kind]
    plain = all(kind in _PLAIN_TENSORS for _, kind, _ in rows)
    return "" if plain or kind in _PLAIN_FILES else "gguf"


def _tensor(file: BinaryIO) -> tuple[tuple[int, ...], int, int]:
    _text(file)
    n = _at_most(_number(file, "I"), _MOST_DIMS)
    shape = tuple(_number(file, "Q") for _ in range(n))
    return shape, _number(file, "I"), _number(file, "Q")


def _value(file: BinaryIO, kind: int) -> Any:
    """A scalar or text; of a list only that it was there."""
    if kind in _SCALARS:
        return _number(file, _SCALARS[kind])
    if kind == _TEXT:
        return _text(file)
    if kind != _ARRAY:
        raise ValueError(f"type {kind}")
    kind, n = _number(file, "I"), _at_most(_number(file, "Q"), _MOST_ITEMS)
    if kind in _SCALARS:
        _exactly(file, n * struct.calcsize(f"<{_SCALARS[kind]}"))
    elif kind == _TEXT:
        for _ in range(n):
            _exactly(file, _at_most(_number(file, "Q"), _MOST_TEXT))
    else:
        raise ValueError(f"list of type {kind}")
    return None


def _text(file: BinaryIO) -> str:
    return _exactly(file, _at_most(_number(file, "Q"), _MOST_TEXT)).decode("utf-8", "replace")


def _number(file: BinaryIO, kind: str) -> Any:
    form = f"<{kind}"
    return struct.unpack(form, file.read(struct.calcsize(form)))[0]


def _exactly(file: BinaryIO, n: int) -> bytes:
    found = file.read(n)
    if len(found) != n:
        raise ValueError("cut short")
    return found


def _at_most(n: int, most: int) -> int:
    if n > most:
        raise ValueError(f"{n} is too many")
    return n
