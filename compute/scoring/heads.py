"""A loaded model split into body and head, where its own logits allow it.

What runs a batch needs no knowledge of architectures: :func:`hidden` gives states of the positions
that are asked for, :func:`logits` what the model makes of some of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

_SCALING = ("final_logit_softcapping", "logit_scale", "logits_scaling", "lm_head_multiplier")
_LOGITS_BYTES = 1 << 28


@dataclass(frozen=True, eq=False, slots=True)
class Network:
    """A loaded model; ids go to ``device``.

    ``body`` gives hidden states for ``head``; None = the model's own logits are used.
    """

    module: Any
    device: torch.device
    body: Any = None
    head: Any = None


def hidden(
    net: Network, ids: torch.Tensor, lengths: torch.Tensor, keep: torch.Tensor
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """States of some positions of a batch, in as few parts as its memory allows.

    Parameters
    ----------
    ids : (n, T) int64 on the CPU
        Right-padded; ``lengths`` (n,) int64 tokens of each are real.
    keep : (n, T) bool on the CPU
        Which positions are asked for.

    Yields
    ------
    where : (m,) int64 on the CPU
        Positions in ``ids`` read row after row; every kept one is in exactly one part.
    states : (m, width)
        On the device of :func:`logits`, for which they are meant.
    """
    width = ids.shape[1]
    for rows in _row_groups(net, *ids.shape):
        where = keep[rows].flatten().nonzero()[:, 0]
        states = _run(net, ids[rows].to(net.device))
        yield where + rows.start * width, states.flatten(0, 1)[where.to(states.device)]


def logits(net: Network, states: torch.Tensor) -> torch.Tensor:
    """(m, vocab) logits of (m, width) states, in the model's dtype."""
    if net.head is None:
        return states
    made: torch.Tensor = net.head(states)
    return made


def _run(net: Network, ids: torch.Tensor) -> torch.Tensor:
    if net.body is None:
        own: torch.Tensor = net.module(input_ids=ids, use_cache=False).logits
        return own
    states: torch.Tensor = net.body(input_ids=ids, use_cache=False).last_hidden_state
    return states


def _row_groups(net: Network, n: int, width: int) -> Iterator[slice]:
    """All rows at once, or few enough for their logits to exist."""
    step = n
    if net.body is None:
        vocab = int(net.module.get_input_embeddings().weight.shape[0])
        step = max(1, _LOGITS_BYTES // (4 * vocab * width))
    for start in range(0, n, step):
        yield slice(start, start + step)


def network(module: Any, device: torch.device, probe: NDArray[np.int64]) -> Network:
    """Split ``module`` into body and head if their logits are its own on the ids ``probe``."""
    body, head = getattr(module, "base_model", None), module.get_output_embeddings()
    split = Network(module, device, body, head)
    if body is module or head is None or _scales(module.config) or len(probe) < 2:
        return Network(module, device)
    with torch.inference_mode():
        return split if _same_logits(split, probe) else Network(module, device)


def _scales(config: Any) -> bool:
    """Whether the config names something done to logits after the output layer."""
    text = config.get_text_config()
    return any(getattr(text, name, None) not in (None, 1, 1.0) for name in _SCALING)


def _same_logits(split: Network, probe: NDArray[np.int64]) -> bool:
    ids = torch.from_numpy(probe)[None].to(split.device)
    own = split.module(input_ids=ids, use_cache=False).logits
    try:
        ours = split.head(split.body(input_ids=ids, use_cache=False).last_hidden_state)
    except (TypeError, AttributeError, RuntimeError):
        return False
    tolerance = 1e-5 if own.dtype == torch.float32 else 2e-2
    if ours.shape != own.shape:
        return False
    gap = (ours.float() - own.float()).abs().max()
    return not bool(gap > tolerance * (1 + own.float().abs().max()))
