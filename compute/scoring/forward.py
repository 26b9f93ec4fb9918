"""Token ids -> log-likelihoods: one forward pass for a batch, the unembedding in chunks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from compute.scoring.heads import Network, columns_of, hidden, logits
from compute.scoring.windows import Window, windows

Ids: TypeAlias = Sequence[NDArray[np.int64]]
_LOWEST = torch.finfo(torch.float32).min


@dataclass(frozen=True, slots=True)
class Way:
    """How a batch is computed.

    ``first`` is the position (0-based) of the first token that is scored, at least 1. Logits of
    ``chunk_rows`` positions and ``chunk_columns`` tokens of the vocabulary exist at once (0 = of
    all). Texts of more than ``window`` tokens are read in windows (0 = none is), no more than
    ``budget`` padded tokens of them at a time (0 = all).
    """

    first: int = 1
    chunk_rows: int = 256
    chunk_columns: int = 0
    window: int = 0
    budget: int = 0


@dataclass(frozen=True, eq=False, slots=True)
class Found:
    """``values`` (n,) float64, nats; NaN where the model's logits are not numbers, 0 where no token
    is scored. ``tokens`` holds one array per text, (n_tokens,) float32, nats; NaN = not scored."""

    values: NDArray[np.float64]
    tokens: tuple[NDArray[np.float32], ...]


def score_batch(net: Network, ids: Ids, way: Way) -> Found:
    """Log-likelihoods of texts scored together; ``ids`` holds one (n_tokens,) int64 per text."""
    tokens = tuple(np.full(len(own), np.nan, dtype=np.float32) for own in ids)
    with torch.inference_mode():
        for rows in _passes(ids, way):
            _score(net, ids, rows, way, tokens)
    values = [own[way.first :].sum(dtype=np.float64) for own in tokens]
    return Found(np.array(values, dtype=np.float64) + 0.0, tokens)  # no negative zero


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of a padded batch: a window over text number ``text`` of the batch."""

    text: int
    window: Window

    def __len__(self) -> int:
        return self.window.stop - self.window.start


def _passes(ids: Ids, way: Way) -> Iterator[list[_Row]]:
    """All rows at once, or as many windows as the budget allows."""
    rows = [
        _Row(text, window)
        for text, own in enumerate(ids)
        for window in windows(len(own), way.window, way.first)
        if window.scored < window.stop
    ]
    step = max(1, len(rows))
    if way.window and way.budget:
        step = max(1, way.budget // max(map(len, rows), default=1))
    for start in range(0, len(rows), step):
        yield rows[start : start + step]


def _score(
    net: Network, ids: Ids, rows: list[_Row], way: Way, tokens: tuple[NDArray[np.float32], ...]
) -> None:
    """Fill in ``tokens`` what the rows score."""
    padded, lengths = _padded(ids, rows)
    seen = torch.tensor([row.window.scored - row.window.start for row in rows])
    position = torch.arange(1, padded.shape[1] + 1)
    keep = (position >= seen[:, None]) & (position < lengths[:, None])
    nats = torch.zeros(padded.shape, dtype=torch.float32)
    for where, states in hidden(net, padded, lengths, keep):
        nats.view(-1)[where] = _log_p(net, states, padded.view(-1)[where + 1], way)
    for row, found in zip(rows, nats.numpy(), strict=True):
        scored = row.window.scored - row.window.start
        tokens[row.text][row.window.scored : row.window.stop] = found[scored - 1 : len(row) - 1]


def _padded(ids: Ids, rows: list[_Row]) -> tuple[torch.Tensor, torch.Tensor]:
    """(n, T) ids, right-padded with 0, and (n,) lengths."""
    lengths = [len(row) for row in rows]
    padded = np.zeros((len(rows), max(lengths)), dtype=np.int64)
    for line, row in zip(padded, rows, strict=True):
        line[: len(row)] = ids[row.text][row.window.start : row.window.stop]
    return torch.from_numpy(padded), torch.tensor(lengths)


def _log_p(net: Network, states: torch.Tensor, targets: torch.Tensor, way: Way) -> torch.Tensor:
    """(m,) float32 on the CPU, log-probabilities of ``targets`` after ``states``."""
    step, targets = way.chunk_rows, targets.to(states.device)
    found = [
        _log_p_chunk(net, states[k : k + step], targets[k : k + step], way.chunk_columns)
        for k in range(0, len(targets), step)
    ]
    return torch.cat(found).cpu() if found else torch.zeros(0)


def _log_p_chunk(
    net: Network, states: torch.Tensor, targets: torch.Tensor, chunk_columns: int
) -> torch.Tensor:
    """As :func:`_log_p`, on the device: log-sum-exp in float32, over parts of the vocabulary."""
    chosen, tops, sums = [], [], []
    for columns in columns_of(net, chunk_columns):
        made = logits(net, states, columns).float()
        chosen.append(_at(made, targets.to(made.device), columns.start))
        tops.append(made.amax(1, keepdim=True).clamp_(min=_LOWEST))
        sums.append(made.sub_(tops[-1]).exp_().sum(1, keepdim=True))
    if len(tops) == 1:
        return (chosen[0] - tops[0] - sums[0].log_())[:, 0]
    every = torch.cat(tops, 1)
    top = every.amax(1, keepdim=True)
    total = torch.cat(sums, 1).mul_(every.sub_(top).exp_()).sum(1, keepdim=True)
    return (torch.cat(chosen, 1).sum(1, keepdim=True) - top - total.log_())[:, 0]


def _at(made: torch.Tensor, targets: torch.Tensor, start: int) -> torch.Tensor:
    """(m, 1) logits of ``targets``, 0 where a target is not among these columns."""
    own = targets[:, None] - start
    last = made.shape[1] - 1
    return made.gather(1, own.clamp(0, last)).masked_fill_((own < 0) | (own > last), 0.0)
