"""A loaded model split into body and head, where its own logits allow it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

_SCALING = ("final_logit_softcapping", "logit_scale", "logits_scaling", "lm_head_multiplier")


@dataclass(frozen=True, eq=False, slots=True)
class Network:
    """A loaded model. ``body`` gives hidden states for ``head``; None = use its own logits."""

    module: Any
    device: torch.device
    body: Any = None
    head: Any = None


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
