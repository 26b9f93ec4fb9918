"""How many parameters the weight files of a checkpoint folder hold, read without torch."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from compute.core.weights import SAFETENSORS, is_constant, read_header, weight_files


def count_parameters(folder: Path) -> int:
    """Parameters as stored: the sum of the tensors' sizes, without attention masks and the other
    constants that old checkpoints carry along. Tied weights count as often as they are stored.
    -1 where only loading can tell (``.bin``).

    Raises
    ------
    InputError
        If a weight file is damaged.
    """
    files = weight_files(folder)
    if any(path.suffix != SAFETENSORS for path in files):
        return -1
    return sum(_count(read_header(path)) for path in files)


def _count(header: Mapping[str, Any]) -> int:
    return sum(
        math.prod(row["shape"])
        for name, row in header.items()
        if not is_constant(name, row["shape"])
    )
