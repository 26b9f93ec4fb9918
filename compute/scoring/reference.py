"""The plain loop: one text at a time. What every faster way of scoring is held against."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from compute.core.tables import TextSet
from compute.scoring.loading import from_pretrained
from compute.scoring.tokens import tokenize


def reference(folder: Path, texts: Sequence[str], *, bos: str = "tokenizer") -> NDArray[np.float64]:
    """Log-likelihoods of ``texts`` under the checkpoint in ``folder``, float32 on the CPU.

    Returns
    -------
    (N,) float64, nats. Sum over t = 2..n of log p(y_t | y_<t) (method 1).

    Raises
    ------
    ScoringError
        If the checkpoint cannot be loaded.
    """
    numbered = TextSet(tuple(str(k) for k in range(len(texts))), tuple(texts), ("",) * len(texts))
    tokens = tokenize(folder, numbered, bos)
    return plain_loop(from_pretrained(folder, "float32").eval(), tokens.ids, first=tokens.first)


def plain_loop(
    module: Any, ids: Sequence[NDArray[np.int64]], *, first: int = 1
) -> NDArray[np.float64]:
    """One text at a time: the model's own logits, float32 log-softmax, float64 sum.

    Parameters
    ----------
    ids : sequence of (n_tokens,) int64
    first : int
        Position (0-based) of the first token that is scored, at least 1.

    Returns
    -------
    (n,) float64, nats.
    """
    with torch.inference_mode():
        return np.array([_one(module, torch.from_numpy(i), first) for i in ids])


def _one(module: Any, ids: torch.Tensor, first: int) -> float:
    if len(ids) <= first:
        return 0.0
    ids = ids.to(module.device)
    logits = module(input_ids=ids[None]).logits[0, first - 1 : -1].float()
    log_p = torch.log_softmax(logits, dim=-1)
    return float(log_p.gather(-1, ids[first:, None]).cpu().double().sum())
