"""lm-evaluation-harness's rolling log-likelihood on the same model, where it is installed."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import torch

from compute.scoring.bench.matrix import synchronize, threads

MOST = 64
"""What the harness tries first when it looks for a batch size by itself."""


def is_installed() -> bool:
    return find_spec("lm_eval") is not None


class Harness:
    """``lm_eval``'s HFLM around a loaded model.

    Its automatic batch size is found once, not in every block as the harness would do; no batch is
    larger than the number of texts.
    """

    def __init__(self, module: Any, tokenizer: Any, texts: Sequence[str], n_threads: int) -> None:
        hflm = import_module("lm_eval.models.huggingface").HFLM
        instance = import_module("lm_eval.api.instance").Instance
        longest = max(len(ids) for ids in tokenizer(list(texts), verbose=False)["input_ids"])
        self._device, self._n_threads = torch.device(module.device), n_threads
        self._lm = hflm(
            pretrained=module,
            tokenizer=tokenizer,
            max_length=longest + 1,
            batch_size="auto",
            max_batch_size=min(MOST, len(texts)),
        )
        self._requests = [
            instance("loglikelihood_rolling", {}, (text,), k) for k, text in enumerate(texts)
        ]
        limit = _memory_limit() if self._device.type == "cpu" else contextlib.nullcontext()
        with _quiet(), threads(n_threads), limit:
            self.batch_size: int = self._lm._detect_batch_size()
        self._lm.batch_size_per_gpu = self.batch_size

    def score(self) -> list[float]:
        """Every text, its first token included; nats."""
        with _quiet(), threads(self._n_threads):
            found: list[float] = self._lm.loglikelihood_rolling(self._requests, disable_tqdm=True)
        synchronize(self._device)
        return found


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


@contextlib.contextmanager
def _memory_limit() -> Iterator[None]:
    """Let too large an allocation fail, as on a GPU, before the system ends the process."""
    try:
        resource = import_module("resource")
        free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        used = _data_bytes()
    except (ImportError, ValueError, OSError):
        yield
        return
    before = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (used + int(0.8 * free), before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)


def _data_bytes() -> int:
    """Private writable memory of this process, as the limit counts it."""
    with open("/proc/self/status", encoding="ascii") as file:
        line = next(line for line in file if line.startswith("VmData"))
    return int(line.split()[1]) * 1024
