"""Token ids -> log-likelihoods: one forward pass for a batch, the unembedding in chunks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from compute.scoring.heads import Network, at_kept, columns_of, hidden, logits
from compute.scoring.lens import Lens
from compute.scoring.windows import Window, windows

Ids: TypeAlias = Sequence[NDArray[np.int64]]
_LOWEST = torch.finfo(torch.float32).min


@dataclass(frozen=True, slots=True)
class Way:
    """How a batch is computed.

    ``first`` is the position (0-based) of the first token that is scored, at least 1. Logits of
    ``chunk_rows`` positions and ``chunk_columns`` tokens of the vocabulary exist at once (0 = of
    all). Texts of more than ``window`` tokens are read in windows (0 = none is), no more than
    ``budget`` padded tokens of them at a time (0 = all). ``layers`` are looked at through ``lens``
    beside the model itself.
    """

    first: int = 1
    chunk_rows: int = 256
    chunk_columns: int = 0
    window: int = 0
    budget: int = 0
    layers: tuple[int, ...] = ()
    lens: Lens | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Found:
    """``values`` (n,) float64, nats; NaN where the model's logits are not numbers, 0 where no token
    is scored. ``tokens`` holds one array per text, (n_tokens,) float32, nats; NaN = not scored.
    ``layers`` (len(way.layers), n) float64, nats, as ``values``."""

    values: NDArray[np.float64]
    tokens: tuple[NDArray[np.float32], ...]
    layers: NDArray[np.float64]


def score_batch(net: Network, ids: Ids, way: Way) -> Found:
    """Log-likelihoods of texts scored together; ``ids`` holds one (n_tokens,) int64 per text."""
    tokens = tuple(np.full(len(own), np.nan, dtype=np.float32) for own in ids)
    layers = np.zeros((len(way.layers), len(ids)))
    with torch.inference_mode():
        for rows in _passes(ids, way):
            _score(net, ids, rows, way, tokens, layers)
    values = np.array([own[way.first :].sum(dtype=np.float64) for own in tokens], np.float64)
    for line, layer in zip(layers, way.layers, strict=True):
        if way.lens is not None and layer == way.lens.n_layers:
            line[:] = values  # the last layer is the model itself, never normed twice
    return Found(values + 0.0, tokens, layers + 0.0)  # no negative zero


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
    net: Network,
    ids: Ids,
    rows: list[_Row],
    way: Way,
    tokens: tuple[NDArray[np.float32], ...],
    layers: NDArray[np.float64],
) -> None:
    """Fill in ``tokens`` what the rows score, and add to ``layers``."""
    padded, lengths = _padded(ids, rows)
    seen = torch.tensor([row.window.scored - row.window.start for row in rows])
    position = torch.arange(1, padded.shape[1] + 1)
    keep = (position >= seen[:, None]) & (position < lengths[:, None])
    nats = torch.zeros(padded.shape, dtype=torch.float32)
    looked = _Looked(net, way, padded, torch.tensor([row.text for row in rows]), layers)
    watch = looked.watch if way.layers and way.lens is not None else None
    for where, states in hidden(net, padded, lengths, keep, watch):
        nats.view(-1)[where] = log_p(net, states, padded.view(-1)[where + 1], way)
    for row, found in zip(rows, nats.numpy(), strict=True):
        scored = row.window.scored - row.window.start
        tokens[row.text][row.window.scored : row.window.stop] = found[scored - 1 : len(row) - 1]


@dataclass(frozen=True, eq=False, slots=True)
class _Looked:
    """Takes the states of layers as the body runs, and adds up what they predict by text."""

    net: Network
    way: Way
    padded: torch.Tensor
    texts: torch.Tensor
    layers: NDArray[np.float64]

    @contextmanager
    def watch(self, where: torch.Tensor, kept: torch.Tensor) -> Iterator[None]:
        """While it is entered, states of the positions ``where`` go by; see :func:`hidden`."""
        lens = self.way.lens
        assert lens is not None
        targets = self.padded.view(-1)[where + 1]
        texts = self.texts[where // self.padded.shape[1]]

        def see(layer: int, states: torch.Tensor) -> None:
            if layer not in self.way.layers:
                return
            through = lens.states(layer, at_kept(states, kept))
            nats = log_p(self.net, through, targets, self.way).double().numpy()
            np.add.at(self.layers[self.way.layers.index(layer)], texts.numpy(), nats)

        with lens.watched(see):
            yield


def _padded(ids: Ids, rows: list[_Row]) -> tuple[torch.Tensor, torch.Tensor]:
    """(n, T) ids, right-padded with 0, and (n,) lengths."""
    lengths = [len(row) for row in rows]
    padded = np.zeros((len(rows), max(lengths)), dtype=np.int64)
    for line, row in zip(padded, rows, strict=True):
        line[: len(row)] = ids[row.text][row.window.start : row.window.stop]
    return torch.from_numpy(padded), torch.tensor(lengths)


def log_p(net: Network, states: torch.Tensor, targets: torch.Tensor, way: Way) -> torch.Tensor:
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
