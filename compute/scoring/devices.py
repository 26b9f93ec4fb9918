"""Where torch computes, in which precision, and how alike two runs are."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import torch

from compute.core.errors import ScoringError
from compute.scoring import placing, processor
from compute.scoring.faults import is_out_of_memory, why_lost
from compute.scoring.placing import SPREAD, Machine
from compute.scoring.planning import Device

__all__ = [
    "DTYPES",
    "SPREAD",
    "be_repeatable",
    "choose",
    "choose_dtype",
    "describe",
    "devices_of",
    "forget",
    "is_out_of_memory",
    "is_spread",
    "memory_in_use",
    "placement",
    "report",
    "software",
    "why_lost",
]

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
_GPU_SHARE = 0.9
"""Of a GPU's memory, what the weights of a model that is spread may take."""


def machine() -> Machine:
    """The GPUs that torch sees."""
    n = torch.cuda.device_count() if torch.cuda.is_available() else 0
    return Machine(tuple(map(_gpu_memory, range(n))), bool(torch.backends.mps.is_available()))


def _gpu_memory(index: int) -> int:
    return int(torch.cuda.get_device_properties(index).total_memory)


def devices_of(asked: str, largest_bytes: int = 0) -> tuple[str, ...]:
    """The names of the devices that ``asked`` stands for here, see :mod:`~compute.scoring.placing`.

    Raises
    ------
    UsageError
        If they are not here or do not go together.
    """
    return placing.devices_of(asked, machine(), largest_bytes)


def choose(name: str) -> torch.device:
    """The first device that ``name`` stands for; with ``spread`` the GPU that token ids go to.

    Raises
    ------
    UsageError
        If that device is not here.
    """
    first = devices_of(name)[0]
    return torch.device("cuda:0" if first == SPREAD else first)


def placement(name: str) -> dict[str, Any]:
    """Arguments of ``from_pretrained`` that spread a model over all GPUs; {} for one device.

    Nothing is left for the host's memory: a model that is too large for all GPUs is refused.
    """
    if name != SPREAD:
        return {}
    room = {k: int(_GPU_SHARE * memory) for k, memory in enumerate(machine().gpus)}
    return {"device_map": "auto", "max_memory": room}


def is_spread(module: Any) -> bool:
    """Whether a loaded model is on several devices."""
    return len(set((getattr(module, "hf_device_map", None) or {}).values())) > 1


def describe(device: torch.device, *, spread: bool = False) -> Device:
    """Kind and whole memory of a device, or of all GPUs together."""
    if spread:
        gpus = machine().gpus
        return Device("cuda", placing.shared_memory(gpus), len(gpus))
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


def be_repeatable(device: torch.device) -> None:
    """Settings under which the same machine gives the same bits again, and float32 means float32.

    No TF32, and sums of bfloat16 and float16 products in float32. On CUDA kernels that add in a
    fixed order wherever torch has one (a mixture of experts adds its experts' rows), no choice of
    kernels by their timing, and cuBLAS with a fixed workspace. Where torch has no such kernel it
    says so in the log and goes on.
    """
    torch.set_float32_matmul_precision("highest")
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = False
    torch.backends.cuda.matmul.allow_bf16_reduced_precision_reduction = False
    torch.backends.cuda.matmul.allow_fp16_reduced_precision_reduction = False
    if device.type == "cuda":
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True, warn_only=True)
        torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]


def memory_in_use(device: torch.device, *, spread: bool = False) -> int:
    """Bytes that torch holds on a GPU or on all; -1 on a CPU: the process's own size says it."""
    if device.type == "cuda":
        every = range(torch.cuda.device_count()) if spread else (device,)
        return sum(int(torch.cuda.memory_allocated(one)) for one in every)
    return int(torch.mps.current_allocated_memory()) if device.type == "mps" else -1


def forget(device: torch.device) -> None:
    """Give cached memory back to the device, or to all GPUs."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()


def software(more: Sequence[str] = ()) -> str:
    """Versions that the last bits of a value may depend on; ``more`` are names of packages."""
    import transformers

    return ", ".join(
        (
            f"torch {torch.__version__}",
            f"transformers {transformers.__version__}",
            f"python {platform.python_version()}",
            *(f"{name} {version(name)}" for name in more),
        )
    )


def report() -> dict[str, Any]:
    """What ``klscope doctor`` shows: what ``auto`` stands for, and each GPU."""
    here = machine()
    return {
        "auto": list(placing.devices_of("auto", here)),
        "gpus": [_gpu(k, memory) for k, memory in enumerate(here.gpus)],
        "mps": here.mps,
        "cpu": {
            "name": processor.name(),
            "memory": _physical_memory(),
            "bfloat16": processor.has_bfloat16(),
        },
    }


def _gpu(index: int, memory: int) -> dict[str, Any]:
    """bfloat16 is in hardware from compute capability 8 on."""
    bfloat16 = torch.cuda.get_device_capability(index)[0] >= 8
    name = torch.cuda.get_device_name(index)
    return {"name": name, "memory": memory, "bfloat16": bfloat16}
