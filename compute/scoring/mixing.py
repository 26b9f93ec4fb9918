"""Whether a later token, padding or another text changes what comes before or beside it."""

from __future__ import annotations

from typing import Any

import torch

from compute.core.errors import ScoringError
from compute.scoring.heads import Network, Together, logits, run_body, run_own

_ROUNDING, _LATER, _HALF = 1e-3, 1e-2, 0.1
"""Of the size of logits: what rounding makes of them in float32 at most, what is no rounding for
certain, and what is none in half precision."""


def together_of(net: Network, ids: torch.Tensor, own: torch.Tensor) -> Together:
    """Which texts may be run together.

    Raises
    ------
    ScoringError
        If a token changes what the model predicts before it.
    """
    eight = rounds_together(net.module)
    rough = eight or net.module.dtype != torch.float32
    half = ids.shape[1] // 2
    short = _logits(net, ids[:, :half])[0]
    if _apart(own[0, :half], short, _HALF if rough else _LATER, rough=rough):
        raise ScoringError(
            "what it predicts depends on later tokens; only models that predict the next token "
            "from those before it can be scored"
        )
    if eight:
        return Together.ONE
    limit = _HALF if rough else _ROUNDING
    padded = ids.repeat(2, 1)
    padded[1, half:] = 0
    if not _apart(_logits(net, padded)[1, :half], short, limit, rough=rough):
        return Together.ANY
    other = ids.flip(1)
    pair, alone = _logits(net, torch.cat([ids, other]))[1], _logits(net, other)[0]
    return Together.ONE if _apart(pair, alone, limit, rough=rough) else Together.EQUAL


def rounds_together(module: Any) -> bool:
    """Whether what is rounded depends on all tokens that are run at once.

    LLM.int8 keeps whole columns in half precision if any token has an outlier there. So each text
    is run alone: its value is then that of the text, whatever else is scored.
    """
    return bool(getattr(module, "is_loaded_in_8bit", False))


def _logits(net: Network, ids: torch.Tensor) -> torch.Tensor:
    if net.body is None:
        return run_own(net, ids)
    states = run_body(net, ids)
    return logits(net, states.flatten(0, 1)).view(*ids.shape, -1)


def _apart(one: torch.Tensor, two: torch.Tensor, limit: float, *, rough: bool) -> bool:
    """Whether (T, vocab) logits differ by more than ``limit`` of their size.

    In half precision rounding may send single tokens to other experts: the middle one counts.
    """
    one, two = one.float().to(two.device), two.float()
    gap = (one - two).norm(dim=-1) / two.norm(dim=-1).clamp(min=1e-9)
    return bool((gap.median() if rough else gap.max()) > limit)


def steady_of(config: Any) -> int:
    """Tokens up to which positions are coded alike, where a config codes long texts otherwise."""
    rope = getattr(config.get_text_config(), "rope_parameters", None) or {}
    kinds = [rope, *(part for part in rope.values() if isinstance(part, dict))]
    limits = [
        int(part.get("original_max_position_embeddings") or 0)
        for part in kinds
        if part.get("rope_type") == "longrope"
    ]
    return min((n for n in limits if n > 0), default=0)
