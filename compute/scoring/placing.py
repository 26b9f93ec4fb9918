"""Which devices a job uses: a pure function of what was asked, the machine and the models."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from compute.core.errors import UsageError
from compute.core.tables import Checkpoint
from compute.scoring import processor
from compute.scoring.planning import DTYPE_BYTES

SPREAD = "spread"
MOST_OF_A_GPU = 0.85
"""A model whose weights need more of a GPU's memory than this is not put on one alone."""
_KNOWN = "Use auto, cpu, cuda, cuda:0, a list such as cuda:0,cuda:1, mps or spread"


@dataclass(frozen=True, slots=True)
class Machine:
    """``gpus`` are the memories of the CUDA devices in bytes."""

    gpus: tuple[int, ...] = ()
    mps: bool = False


def largest_bytes(checkpoints: Iterable[Checkpoint], dtype: str) -> int:
    """Bytes of the largest checkpoint's weights in the dtype it is scored in on a GPU; 0 = unknown.

    ``dtype`` ``auto`` is the checkpoint's own, so that its files are as large as its weights.
    """
    size = DTYPE_BYTES.get(dtype, 0)
    return max(
        (c.n_params * size if size and c.n_params > 0 else c.n_bytes for c in checkpoints),
        default=0,
    )


def devices_of(asked: str, machine: Machine, largest: int = 0) -> tuple[str, ...]:
    """The devices that ``asked`` stands for, one model on each.

    ``auto`` is every GPU, each with a model of its own, or all of them together (``spread``) where
    the ``largest`` model in bytes is too large for the smallest of them; else mps, else cpu.

    Raises
    ------
    UsageError
        If a device is not here, is named twice, or if kinds are mixed: values of one project must
        not depend on which worker was free.
    """
    if asked == "auto":
        return _auto(machine, largest)
    if asked == SPREAD:
        return (_spread(machine),)
    names = tuple(name.strip() for name in asked.split(","))
    for name in names:
        _check_present(name, machine)
    if len({_kind(name) for name in names}) > 1:
        raise UsageError(
            f"{asked} mixes kinds of devices, whose results differ", advice="Name one kind only"
        )
    gpus = [name.removesuffix(":0") for name in names if name != "cpu"]
    if len(gpus) > len(set(gpus)):
        raise UsageError(f"{asked} names a device twice", advice="Only cpu may come several times")
    return names


def cautions(dtype: str, devices: Sequence[str]) -> tuple[str, ...]:
    """What to say before anything is scored in ``dtype`` on these devices; one sentence each."""
    if "cpu" not in devices or dtype not in ("bfloat16", "float16"):
        return ()
    if dtype == "bfloat16" and processor.has_bfloat16():
        return ()
    return (
        f"This processor does not multiply {dtype} by itself: scoring is slower than in float32.",
    )


def _auto(machine: Machine, largest: int) -> tuple[str, ...]:
    if len(machine.gpus) > 1:
        if largest > MOST_OF_A_GPU * min(machine.gpus):
            return (SPREAD,)
        return tuple(f"cuda:{k}" for k in range(len(machine.gpus)))
    if machine.gpus:
        return ("cuda",)
    return ("mps",) if machine.mps else ("cpu",)


def _spread(machine: Machine) -> str:
    if not machine.gpus:
        raise UsageError(
            "there is no CUDA GPU to spread a model over", advice="Use auto or cpu instead"
        )
    return SPREAD if len(machine.gpus) > 1 else "cuda"


def _check_present(name: str, machine: Machine) -> None:
    kind, colon, index = name.partition(":")
    if kind not in ("cpu", "cuda", "mps") or (colon and not index.isdecimal()):
        raise UsageError(f"There is no device called {name!r}", advice=_KNOWN)
    n = {"cpu": 1, "cuda": len(machine.gpus), "mps": int(machine.mps)}[kind]
    if int(index or 0) >= n:
        raise UsageError(f"The device {name} is not here", advice=_KNOWN)


def _kind(name: str) -> str:
    return name.partition(":")[0]


def shared_memory(gpus: Sequence[int]) -> int:
    """Bytes that a model spread over these GPUs may use: its layers are dealt out evenly, so the
    smallest counts for all."""
    return len(gpus) * min(gpus)
