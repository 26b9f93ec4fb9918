"""Weight files of a checkpoint folder, read without torch: which they are, headers, parameters."""

from __future__ import annotations

import json
import math
import os
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from compute.core.errors import InputError

INDEX = "model.safetensors.index.json"
MODEL = "model.safetensors"
_BUFFERS = (".masked_bias", ".rotary_emb.inv_freq")
_MASKS = (".attention.bias", ".attn.bias")
_HEADER_LIMIT = 100_000_000


def weight_files(folder: Path) -> tuple[Path, ...]:
    """The safetensors files that hold the model, sorted by name; the ones an index names may be
    missing on disk."""
    index = folder / INDEX
    if index.is_file():
        names = sorted(set(_weight_map(index).values()))
        return tuple(folder / name for name in names)
    if (folder / MODEL).is_file():
        return (folder / MODEL,)
    found = sorted(folder.glob("*.safetensors"))
    return tuple(p for p in found if not p.name.startswith("adapter_"))


def _weight_map(index: Path) -> Mapping[str, str]:
    try:
        names = json.loads(index.read_text(encoding="utf-8"))["weight_map"]
        return {str(k): os.path.basename(str(v)) for k, v in names.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as e:
        raise InputError(f"{index.name} cannot be read ({e})") from e


def has_other_weights(folder: Path) -> bool:
    """Whether there are weights in a format that is not safetensors."""
    return any(folder.glob("pytorch_model*.bin")) or any(folder.glob("*.pt"))


def read_header(path: Path) -> dict[str, Any]:
    """The header of a safetensors file: name -> {dtype, shape, data_offsets}.

    Raises
    ------
    InputError
        If the file is cut short or is not a safetensors file; the sentence names the file.
    """
    try:
        size = path.stat().st_size
        with open(path, "rb") as f:
            head = f.read(8)
            (n,) = struct.unpack("<Q", head) if len(head) == 8 else (-1,)
            if not 0 < n <= min(size - 8, _HEADER_LIMIT):
                raise InputError(f"{path.name} is cut short or is no safetensors file")
            header = json.loads(f.read(n))
        end = max((row["data_offsets"][1] for k, row in header.items() if _tensor(k)), default=0)
    except OSError as e:
        raise InputError(f"{path.name} cannot be read ({e.strerror})") from e
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as e:
        raise InputError(f"{path.name} has a damaged header") from e
    if 8 + n + end != size:
        raise InputError(
            f"{path.name} is cut short: it has {size:,} of {8 + n + end:,} bytes"
            if size < 8 + n + end
            else f"{path.name} is damaged: it has {size:,} bytes, its header says {8 + n + end:,}"
        )
    return dict(header)


def _tensor(name: str) -> bool:
    return name != "__metadata__"


def count_parameters(folder: Path) -> int:
    """Parameters as stored: the sum of the tensors' sizes, without attention masks and the other
    constants that old checkpoints carry along. Tied weights count as often as they are stored.

    Raises
    ------
    InputError
        If a weight file is damaged.
    """
    return sum(_count(read_header(path)) for path in weight_files(folder))


def _count(header: Mapping[str, Any]) -> int:
    return sum(
        math.prod(row["shape"])
        for name, row in header.items()
        if _tensor(name) and not _constant(name, row["shape"])
    )


def _constant(name: str, shape: list[int]) -> bool:
    return name.endswith(_BUFFERS) or (name.endswith(_MASKS) and len(shape) == 4)
