"""Which failures of a device are known, by what torch says. No torch here."""

from __future__ import annotations

import re
from collections.abc import Iterator

_NO_ROOM = (
    "out of memory",  # CUDA, MPS, HIP, and the CUDA driver's own word
    "DefaultCPUAllocator: can't allocate",
    "DefaultCPUAllocator: not enough memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_ALLOC_FAILED",
    "CUSOLVER_STATUS_ALLOC_FAILED",
)
_LOST = (
    "device-side assert",
    "unspecified launch failure",
    "illegal memory access",
    "illegal instruction",
    "misaligned address",
    "launch timed out",
    "GPU is lost",
    "no CUDA-capable device",
    "uncorrectable ECC error",
    "uncorrectable NVLink error",
    "device is busy or unavailable",
    "driver shutting down",
    "hardware stack error",
    "CUBLAS_STATUS_EXECUTION_FAILED",
    "CUBLAS_STATUS_NOT_INITIALIZED",
    "CUDNN_STATUS_EXECUTION_FAILED",
)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether a batch was too large for a device or for the machine."""
    return any(
        isinstance(one, MemoryError)
        or (isinstance(one, RuntimeError) and _says(one, _NO_ROOM))
        or type(one).__name__ == "OutOfMemoryError"
        for one in _with_causes(error)
    )


def why_lost(error: BaseException) -> str:
    """What happened if a GPU or its driver failed: the process cannot use it any more.

    "" for every other error, running out of memory among them.
    """
    if is_out_of_memory(error):
        return ""
    for one in _with_causes(error):
        if isinstance(one, RuntimeError) and _says(one, _LOST):
            return f"the GPU failed ({_first_words(str(one))})"
    return ""


def _says(error: BaseException, words: tuple[str, ...]) -> bool:
    text = str(error).casefold()
    return any(word.casefold() in text for word in words)


def _first_words(text: str) -> str:
    """The library's own sentence, without the advice to programmers that follows."""
    found = re.search(r"CUDA error: [^\n]*", text)
    line = found[0] if found else text.strip().splitlines()[0]
    return line.strip().rstrip(".")[:200]


def _with_causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__
