"""Token ids -> log-likelihoods: one forward pass for a batch, the unembedding in chunks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from compute.scoring.heads import Network

Ids: TypeAlias = Sequence[NDArray[np.int64]]
_LOGITS_BYTES = 1 << 28


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
    with torch.inference_mode():
        padded, scored = _padded(ids, first)
        if padded.shape[1] < 2:
            return np.zeros(len(ids))
        padded, scored = padded.to(net.device), scored.to(net.device)
        targets = padded[:, 1:]
        out = torch.zeros(targets.shape, dtype=torch.float32, device=net.device)
        loss = torch.cat(list(_losses(net, padded, scored, chunk_rows)) or [out.new_zeros(0)])
        out[scored] = loss
        sums: NDArray[np.float64] = -out.cpu().double().sum(1).numpy()
        return sums + 0.0  # no negative zero


def _padded(ids: Ids, first: int) -> tuple[torch.Tensor, torch.Tensor]:
    """(n, T) ids, right-padded with 0, and (n, T-1) which targets are scored."""
    lengths = torch.tensor([len(i) for i in ids])
    padded = torch.zeros((len(ids), int(lengths.max())), dtype=torch.long)
    for row, own in zip(padded, ids, strict=True):
        row[: len(own)] = torch.from_numpy(own)
    position = torch.arange(1, max(1, padded.shape[1]))
    return padded, (position >= first) & (position < lengths[:, None])


def _losses(
    net: Network, padded: torch.Tensor, scored: torch.Tensor, chunk_rows: int
) -> Iterator[torch.Tensor]:
    """(n,) float32 minus log-probabilities of scored targets, in row order, chunk by chunk."""
    for rows in _row_groups(net, padded):
        states, unembed = _states(net, padded[rows])
        kept = states[:, :-1][scored[rows]]
        targets = padded[rows, 1:][scored[rows]]
        for start in range(0, len(targets), chunk_rows):
            some = slice(start, start + chunk_rows)
            logits = unembed(kept[some]).float()
            yield torch.nn.functional.cross_entropy(logits, targets[some], reduction="none")


def _states(net: Network, ids: torch.Tensor) -> tuple[torch.Tensor, Callable[[Any], Any]]:
    """Hidden states and what makes logits of them, or logits themselves."""
    if net.body is None:
        return net.module(input_ids=ids, use_cache=False).logits, lambda logits: logits
    return net.body(input_ids=ids, use_cache=False).last_hidden_state, net.head


def _row_groups(net: Network, padded: torch.Tensor) -> Iterator[slice]:
    """All rows at once, or few enough for their logits to exist."""
    n, width = padded.shape
    step = n
    if net.body is None:
        vocab = int(net.module.get_input_embeddings().weight.shape[0])
        step = max(1, _LOGITS_BYTES // (4 * vocab * width))
    for start in range(0, n, step):
        yield slice(start, start + step)
