"""Weight files of a checkpoint folder, as the files they are: which, their headers, their digest.

The order of preference is that of transformers, so that what is hashed is what is loaded.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from compute.core.errors import InputError

SAFETENSORS = ".safetensors"
PICKLED = ".bin"
GGUF = ".gguf"
ADAPTER_CONFIG = "adapter_config.json"
ADAPTER_WEIGHTS = "adapter_model.safetensors"
_NAMES = ("model.safetensors", "pytorch_model.bin")
_INDEX = ".index.json"
_HEADER_LIMIT = 100_000_000
_BUFFERS = (".masked_bias", ".rotary_emb.inv_freq")
_MASKS = (".attention.bias", ".attn.bias")


def weight_files(folder: Path) -> tuple[Path, ...]:
    """The files that hold the model, sorted by name: safetensors, else PyTorch's ``.bin``.

    The ones an index names may be missing on disk; () = there are no weights. A GGUF file in place
    of a folder is the model itself.

    Raises
    ------
    InputError
        If an index cannot be read.
    """
    if is_gguf(folder):
        return (folder,)
    for name in _NAMES:
        if (folder / name).is_file():
            return (folder / name,)
        if (index := folder / f"{name}{_INDEX}").is_file():
            names = sorted(set(_weight_map(index).values()))
            return tuple(folder / part for part in names)
    found = sorted(folder.glob(f"*{SAFETENSORS}"))
    return tuple(p for p in found if not p.name.startswith("adapter_"))


def is_gguf(path: Path) -> bool:
    """Whether a model is one GGUF file and no folder."""
    return path.suffix.lower() == GGUF and path.is_file()


def files_of(path: Path, adapter: str = "") -> tuple[Path, ...]:
    """Every file that decides about the weights of a model with an adapter ("" = none) put on it.

    Raises
    ------
    InputError
        As :func:`weight_files`.
    """
    own = (Path(adapter) / ADAPTER_CONFIG, Path(adapter) / ADAPTER_WEIGHTS) if adapter else ()
    return (*weight_files(path), *own)


def _weight_map(index: Path) -> Mapping[str, str]:
    try:
        names = json.loads(index.read_text(encoding="utf-8"))["weight_map"]
        return {str(k): os.path.basename(str(v)) for k, v in names.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as e:
        raise InputError(f"{index.name} cannot be read ({e})") from e


def read_header(path: Path) -> dict[str, Any]:
    """The header of a safetensors file: name -> {dtype, shape, data_offsets}.

    Offsets count from :func:`data_start`; ``__metadata__`` is left out.

    Raises
    ------
    InputError
        If the file is cut short or is not a safetensors file; the sentence names the file.
    """
    try:
        size = path.stat().st_size
        with open(path, "rb") as f:
            n = _header_bytes(f.read(8))
            if not 0 < n <= min(size - 8, _HEADER_LIMIT):
                raise InputError(f"{path.name} is cut short or is no safetensors file")
            header = json.loads(f.read(n))
        header.pop("__metadata__", None)
        end = max((row["data_offsets"][1] for row in header.values()), default=0)
    except FileNotFoundError as e:
        raise InputError(f"a weight file is missing: {path.name}") from e
    except OSError as e:
        raise InputError(f"{path.name} cannot be read ({e.strerror})") from e
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as e:
        raise InputError(f"{path.name} has a damaged header") from e
    if 8 + n + end != size:
        raise InputError(
            f"{path.name} is cut short: it has {size:,} of {8 + n + end:,} bytes"
            if size < 8 + n + end
            else f"{path.name} is damaged: it has {size:,} bytes, its header says {8 + n + end:,}"
        )
    return dict(header)


def is_constant(name: str, shape: Sequence[int]) -> bool:
    """Whether a tensor is no parameter: attention masks and the like, of old checkpoints."""
    return name.endswith(_BUFFERS) or (name.endswith(_MASKS) and len(shape) == 4)


def data_start(path: Path) -> int:
    """Where the tensors of a safetensors file begin, in bytes."""
    with open(path, "rb") as f:
        return 8 + _header_bytes(f.read(8))


def _header_bytes(head: bytes) -> int:
    return int(struct.unpack("<Q", head)[0]) if len(head) == 8 else -1


def digest_of_sums(sums: Iterable[str]) -> str:
    """sha256 over the sorted sha256 (hex) of the weight files, "" if there is none.

    The sums of the single files are the ones the Hugging Face hub publishes, so a digest can be
    known before anything is downloaded.
    """
    ordered = sorted(sums)
    return hashlib.sha256("\n".join(ordered).encode()).hexdigest() if ordered else ""
