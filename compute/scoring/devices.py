"""Where torch computes, and in which precision."""

from __future__ import annotations

import os
import platform

import torch

from compute.core.errors import ScoringError, UsageError
from compute.scoring.planning import Device

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


def choose(name: str) -> torch.device:
    """CUDA, then MPS, then CPU for ``auto``; else what is asked for.

    Raises
    ------
    UsageError
        If that device is not here.
    """
    if name == "auto":
        return torch.device(_best())
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise UsageError(f"there is no device called {name!r}", advice=_KNOWN) from error
    if not _present(device):
        raise UsageError(f"the device {name} is not here", advice=_KNOWN)
    return device


_KNOWN = "Use auto, cpu, cuda, cuda:0, ... or mps"


def _best() -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _present(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.is_available() and (device.index or 0) < torch.cuda.device_count()
    if device.type == "mps":
        return torch.backends.mps.is_available()
    return device.type == "cpu"


def describe(device: torch.device) -> Device:
    """Kind and whole memory of a device."""
    if device.type == "cuda":
        return Device("cuda", torch.cuda.get_device_properties(device).total_memory)
    if device.type == "mps":
        return Device("mps", int(torch.mps.recommended_max_memory()))
    return Device("cpu", _physical_memory())


def _physical_memory() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 8 << 30


def choose_dtype(asked: str, own: str, device: torch.device) -> str:
    """``auto`` is float32 on a CPU and the checkpoint's own dtype elsewhere.

    Raises
    ------
    ScoringError
        If it is none that klscope knows.
    """
    if asked == "auto":
        return own if device.type != "cpu" and own in DTYPES else "float32"
    if asked not in DTYPES:
        raise ScoringError(f"the dtype {asked!r} is not known", advice=f"Use {', '.join(DTYPES)}")
    return asked


def memory_in_use(device: torch.device) -> int:
    """Bytes that torch holds on a GPU, -1 on a CPU, where the process's own size says it."""
    if device.type == "cuda":
        return int(torch.cuda.memory_allocated(device))
    return int(torch.mps.current_allocated_memory()) if device.type == "mps" else -1


def is_out_of_memory(error: BaseException) -> bool:
    """Whether a failure of torch means that a batch was too large."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and "DefaultCPUAllocator: can't allocate" in str(error)


def forget(device: torch.device) -> None:
    """Give cached memory back to the device."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()


def software() -> str:
    """Versions that the last bits of a value may depend on."""
    import transformers

    return (
        f"torch {torch.__version__}, transformers {transformers.__version__}, "
        f"python {platform.python_version()}"
    )
