"""What kind of processor this is, and whether it multiplies bfloat16 by itself."""

from __future__ import annotations

import platform
from pathlib import Path

_CPUINFO = Path("/proc/cpuinfo")
BFLOAT16 = frozenset({"avx512_bf16", "amx_bf16", "bf16"})


def name() -> str:
    """The processor's own name, as far as the system tells it."""
    return _field("model name") or platform.processor() or platform.machine()


def flags() -> frozenset[str]:
    """What the processor says that it can do; empty where the system does not tell."""
    return frozenset((_field("flags") or _field("Features")).split())


def has_bfloat16() -> bool:
    """Whether there is AVX512-BF16, AMX, or the like of it on ARM."""
    return bool(BFLOAT16 & flags())


def _field(label: str) -> str:
    try:
        lines = _CPUINFO.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return ""
    found = (
        line.partition(":")[2].strip() for line in lines if line.split(":")[0].strip() == label
    )
    return next(found, "")
