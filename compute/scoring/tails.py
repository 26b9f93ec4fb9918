"""What models do around their output layer besides multiplying: one table.

A tail is tried because a config names it and used because the model's own logits agree
(:mod:`~compute.scoring.probing`); the same name multiplies in one architecture and divides in
another. Logits are changed in place, in the model's dtype, a chunk at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch

Change: TypeAlias = Callable[[torch.Tensor, float], torch.Tensor]


@dataclass(frozen=True, slots=True)
class Tail:
    """``change(x, value)`` of what comes out of the output layer, or ``before`` it goes in."""

    change: Change
    value: float
    before: bool = False

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        return self.change(x, self.value)


def _cap(x: torch.Tensor, value: float) -> torch.Tensor:
    if x.requires_grad:  # in place it could not be differentiated
        return torch.tanh(x / value) * value
    return x.div_(value).tanh_().mul_(value)


def _multiply(x: torch.Tensor, value: float) -> torch.Tensor:
    return x.mul_(value)


def _divide(x: torch.Tensor, value: float) -> torch.Tensor:
    return x.div_(value)


def _divided(x: torch.Tensor, value: float) -> torch.Tensor:
    return x / value


_TABLE: tuple[tuple[str, Change, bool], ...] = (
    ("final_logit_softcapping", _cap, False),
    ("logits_soft_cap", _cap, False),
    ("output_logit_soft_cap", _cap, False),
    ("logit_scale", _multiply, False),
    ("lm_head_multiplier", _multiply, False),
    ("logits_scaling", _divide, False),
    ("logits_scaling", _multiply, False),
    ("logits_scaling", _divided, True),
    ("logits_mup_width_multiplier", _divided, True),
)


def candidates(config: Any) -> Iterator[Tail | None]:
    """None = nothing more is done; then every tail that ``config`` names."""
    yield None
    for name, change, before in _TABLE:
        value = getattr(config, name, None)
        if isinstance(value, int | float) and not isinstance(value, bool) and value:
            yield Tail(change, float(value), before)
