"""A loaded model as states of positions and logits of states.

What runs a batch needs no knowledge of architectures: :func:`hidden` gives states of the positions
that are asked for, :func:`logits` what the model makes of some of them. How a model is taken apart
is found out by :mod:`~compute.scoring.probing`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeAlias

import torch

from compute.scoring.tails import Tail

Watch: TypeAlias = Callable[[torch.Tensor, torch.Tensor], AbstractContextManager[Any]]

_LOGITS_BYTES = 1 << 27
_PLAIN = (torch.float32, torch.bfloat16, torch.float16)


class Together(Enum):
    """Which texts a model may be given at once without one changing another's values."""

    ANY = "any"
    EQUAL = "of equal length"
    ONE = "one at a time"


@dataclass(frozen=True, eq=False, slots=True)
class Network:
    """A loaded model; ids go to ``device``.

    ``body`` gives states for ``head``, ``tail`` is what the model does beside it; without a body
    its own logits are used, and ``picks`` says that it makes those of chosen positions alone. No
    position code depends on a text's length up to ``steady`` tokens (0 = at any length); ``gate``
    is held while the model runs.
    """

    module: Any
    device: torch.device
    body: Any = None
    head: Any = None
    tail: Tail | None = None
    together: Together = Together.ANY
    picks: bool = False
    steady: int = 0
    gate: AbstractContextManager[Any] = field(default_factory=nullcontext)


def hidden(
    net: Network,
    ids: torch.Tensor,
    lengths: torch.Tensor,
    keep: torch.Tensor,
    watch: Watch | None = None,
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """States of some positions of a batch, in as few parts as its memory allows.

    Parameters
    ----------
    ids : (n, T) int64 on the CPU
        Right-padded; ``lengths`` (n,) int64 tokens of each are real.
    keep : (n, T) bool on the CPU
        Which positions are asked for.
    watch : callable, optional
        (where, kept) -> what is entered while the body runs on a part: ``where`` as below, ``kept``
        (n, T) bool for its rows. Only for a network with a body.

    Yields
    ------
    where : (m,) int64 on the CPU
        Positions in ``ids`` read row after row; every kept one is in exactly one part.
    states : (m, width)
        For :func:`logits`.
    """
    positions = torch.arange(ids.numel()).view(ids.shape)
    for rows in _groups(net, lengths):
        width = int(lengths[rows].max())
        kept = keep[rows, :width]
        where = positions[rows, :width][kept]
        own = ids[rows, :width].to(net.device)
        if net.body is not None:
            with watch(where, kept) if watch is not None else nullcontext():
                made = run_body(net, own)
            yield where, at_kept(made, kept)
            continue
        for some, made in _own_logits(net, own, kept):
            yield where[some], made


def logits(net: Network, states: torch.Tensor, columns: slice = slice(0, None)) -> torch.Tensor:
    """(m, vocab) logits of (m, width) states, in the model's dtype; may be changed in place.

    ``columns`` is a part of the vocabulary, one of :func:`columns_of`.
    """
    if net.head is None:
        return states
    if net.tail is not None and net.tail.before:
        states = net.tail(states)
    made = _multiplied(net.head, _beside(net.head, states), columns)
    return net.tail(made) if net.tail is not None and not net.tail.before else made


def columns_of(net: Network, size: int) -> Iterator[slice]:
    """The vocabulary in parts of ``size`` tokens, if the output layer can be cut; 0 = whole."""
    if not size or not can_cut(net):
        yield slice(0, None)
        return
    for start in range(0, net.head.weight.shape[0], size):
        yield slice(start, start + size)


def _multiplied(head: Any, states: torch.Tensor, columns: slice) -> torch.Tensor:
    if columns == slice(0, None):
        made: torch.Tensor = head(states)
        return made
    bias = head.bias if head.bias is None else head.bias[columns]
    return torch.nn.functional.linear(states, head.weight[columns], bias)


def can_cut(net: Network) -> bool:
    """Whether the output layer only multiplies by its weight, so that a part of it can be used."""
    head = net.head
    if type(head) is not torch.nn.Linear or "forward" in vars(head):
        return False
    return not (head._forward_hooks or head._forward_pre_hooks)


def run_own(net: Network, ids: torch.Tensor, **more: Any) -> torch.Tensor:
    """(n, T, vocab) the model's own logits of ids on its device."""
    with net.gate:
        own: torch.Tensor = net.module(input_ids=ids, use_cache=False, **more).logits
    return own


def run_body(net: Network, ids: torch.Tensor) -> torch.Tensor:
    """(n, T, width) states of ids on its device."""
    with net.gate:
        made: torch.Tensor = net.body(input_ids=ids, use_cache=False).last_hidden_state
    return made


def at_kept(made: torch.Tensor, kept: torch.Tensor) -> torch.Tensor:
    """(m, width) of (n, T, width) where the (n, T) mask says, on the same device."""
    return made.flatten(0, 1)[kept.flatten().nonzero()[:, 0].to(made.device)]


def _beside(head: Any, states: torch.Tensor) -> torch.Tensor:
    """States on the head's device and in its dtype: the end of the body may have others."""
    weight = next(head.parameters(), states)
    if weight.device.type != "meta":
        states = states.to(weight.device)
    return states.to(weight.dtype) if weight.dtype in _PLAIN else states


def _own_logits(
    net: Network, ids: torch.Tensor, kept: torch.Tensor
) -> Iterator[tuple[slice, torch.Tensor]]:
    """(m, vocab) own logits of the m kept positions of a group, part by part."""
    fits = max(1, _LOGITS_BYTES // (4 * vocabulary(net.module)))
    step = max(1, fits // ids.shape[1])
    done = 0
    for start in range(0, len(ids), step):
        some = slice(start, start + step)
        for made in _of_rows(net, ids[some], kept[some], fits):
            yield slice(done, done + len(made)), made
            done += len(made)


def _of_rows(
    net: Network, ids: torch.Tensor, kept: torch.Tensor, fits: int
) -> Iterator[torch.Tensor]:
    """Own logits of kept positions; the body runs again for each part of a row too long."""
    if ids.shape[1] <= fits or not net.picks:
        yield at_kept(run_own(net, ids), kept)
        return
    chosen = kept[0].nonzero()[:, 0]
    for start in range(0, len(chosen), fits):
        yield run_own(net, ids, logits_to_keep=chosen[start : start + fits])[0]


def vocabulary(module: Any) -> int:
    """Rows of the output layer, or of the embeddings where it has none."""
    head = module.get_output_embeddings()
    weight = getattr(head, "weight", None)
    if weight is None:
        weight = module.get_input_embeddings().weight
    return int(weight.shape[0])


def _groups(net: Network, lengths: torch.Tensor) -> Iterator[torch.Tensor]:
    """Numbers of the rows that may be run together."""
    apart = (lengths > net.steady) if net.steady else torch.zeros_like(lengths, dtype=torch.bool)
    if net.together is not Together.ANY:
        apart = torch.ones_like(apart)
    if bool((~apart).any()):
        yield (~apart).nonzero()[:, 0]
    for length in sorted(set(lengths[apart].tolist())):
        rows = (apart & (lengths == length)).nonzero()[:, 0]
        yield from rows.split(1) if net.together is Together.ONE else (rows,)
