"""Token ids -> log-likelihoods: one forward pass for a batch, the unembedding in chunks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from compute.scoring.heads import Network, hidden, logits

Ids: TypeAlias = Sequence[NDArray[np.int64]]


def score_batch(net: Network, ids: Ids, *, first: int, chunk_rows: int) -> NDArray[np.float64]:
    """Log-likelihoods of texts scored together.

    Parameters
    ----------
    ids : sequence of (n_tokens,) int64
    first : int
        Position (0-based) of the first token that is scored, at least 1.
    chunk_rows : int
        Positions whose logits exist at once.

    Returns
    -------
    (n,) float64, nats; NaN where the model's logits are not numbers. A text without a scored
    token has 0.
    """
    padded, lengths = _padded(ids)
    nats = torch.zeros(padded.shape, dtype=torch.float32)
    position = torch.arange(1, padded.shape[1] + 1)
    keep = (position >= first) & (position < lengths[:, None])
    if bool(keep.any()):
        with torch.inference_mode():
            for where, states in hidden(net, padded, lengths, keep):
                nats.view(-1)[where] = _losses(net, states, padded.view(-1)[where + 1], chunk_rows)
    sums: NDArray[np.float64] = -nats.double().sum(1).numpy()
    return sums + 0.0  # no negative zero


def _padded(ids: Ids) -> tuple[torch.Tensor, torch.Tensor]:
    """(n, T) ids, right-padded with 0, and (n,) lengths."""
    lengths = torch.tensor([len(i) for i in ids])
    padded = torch.zeros((len(ids), int(lengths.max())), dtype=torch.long)
    for row, own in zip(padded, ids, strict=True):
        row[: len(own)] = torch.from_numpy(own)
    return padded, lengths


def _losses(
    net: Network, states: torch.Tensor, targets: torch.Tensor, chunk_rows: int
) -> torch.Tensor:
    """(m,) float32 on the CPU, minus log-probabilities of ``targets`` after ``states``."""
    targets = targets.to(states.device)
    found = []
    for start in range(0, len(targets), chunk_rows):
        some = slice(start, start + chunk_rows)
        made = logits(net, states[some]).float()
        found.append(torch.nn.functional.cross_entropy(made, targets[some], reduction="none"))
    return torch.cat(found).cpu() if found else torch.zeros(0)
