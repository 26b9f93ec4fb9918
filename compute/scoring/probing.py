"""How a loaded model may be run, found out by running it on a few tokens.

1. Whether its logits are its body's states through its output layer and a known tail. Real logits
   of young models are small and hide a cap or a scale, so the model is also made to continue from
   logits of our choice, put in place of what its output layer gave.
2. Which texts may be run together (:mod:`~compute.scoring.mixing`).

Both depend on code and config, not on weights, so a module that gets other weights is not asked
again; unless it has weights that are neither in its body nor in its output layer.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import torch
from numpy.typing import NDArray

from compute.core.errors import ScoringError
from compute.scoring.devices import is_out_of_memory
from compute.scoring.heads import Network, Together, logits, run_body, run_own
from compute.scoring.mixing import steady_of, together_of
from compute.scoring.tails import Tail, candidates

PROBE_TOKENS = 16
_FAILS = (TypeError, AttributeError, RuntimeError, ValueError, IndexError, KeyError)


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found out of a module; nothing in it keeps the module alive."""

    split: bool
    tail: Tail | None
    together: Together
    picks: bool


_KNOWN: WeakKeyDictionary[Any, _Found] = WeakKeyDictionary()


def network(module: Any, device: torch.device, probe: NDArray[np.int64]) -> Network:
    """``module`` taken apart as far as its own logits allow.

    Parameters
    ----------
    probe : (n,) int64
        Tokens of a text, of which a few are used.

    Raises
    ------
    ScoringError
        If it cannot be run, or if what it predicts depends on later tokens.
    """
    whole = Network(module, device, steady=steady_of(module.config))
    whole = replace(whole, gate=Lock()) if whole.steady else whole
    if len(probe) < 2:
        return whole
    ids = torch.from_numpy(probe[:PROBE_TOKENS])[None].to(device)
    found = _KNOWN.get(module) or _tried(whole, ids)
    net = _parts(whole, found.tail) if found.split else whole
    return replace(net, together=found.together, picks=found.picks)


def _tried(whole: Network, ids: torch.Tensor) -> _Found:
    try:
        with torch.inference_mode():
            found = _find_out(whole, ids)
    except ScoringError:
        raise
    except Exception as error:  # whatever foreign code does when it is run
        raise ScoringError(_why(error)) from error
    if not found.split or _covers(_parts(whole, found.tail)):
        _KNOWN[whole.module] = found
    return found


def _why(error: Exception) -> str:
    if is_out_of_memory(error):
        return "there is not enough memory to run it on a few tokens"
    what = " ".join(str(error).split()) or type(error).__name__
    return f"it cannot be run ({what[:300]})"


def _find_out(whole: Network, ids: torch.Tensor) -> _Found:
    own = run_own(whole, ids)
    net = _split(whole, ids, own)
    together = together_of(net or whole, ids, own)
    if net is not None:
        return _Found(True, net.tail, together, picks=False)
    return _Found(False, None, together, _picks(whole, ids, own))


def _parts(whole: Network, tail: Tail | None) -> Network:
    return replace(whole, body=_body(whole.module), head=_head(whole.module), tail=tail)


def _body(module: Any) -> Any:
    """The part below the output layer, by any of the names that transformers has for it."""
    base = getattr(module, "base_model", module)
    decoder = module.get_decoder() if base is module else base
    return getattr(module, "model", None) if decoder is module else decoder


def _head(module: Any) -> Any:
    return module.get_output_embeddings()


def _covers(net: Network) -> bool:
    """Whether all weights belong to body or head: then none is left that a tail could use."""
    inside = {id(p) for part in (net.body, net.head) for p in _weights(part)}
    return all(id(p) in inside for p in _weights(net.module))


def _weights(module: Any) -> Iterator[torch.Tensor]:
    yield from module.parameters()
    yield from module.buffers()


# ---------------------------------------------------------------- body, head and tail


def _split(whole: Network, ids: torch.Tensor, own: torch.Tensor) -> Network | None:
    """The parts with the tail that gives the model's own logits; None = there is none."""
    try:
        body, head = _body(whole.module), _head(whole.module)
        if body is None or head is None:
            return None
        states = run_body(replace(whole, body=body), ids)
        given, back = _given_other_logits(whole, head, ids)
        for tail in candidates(whole.module.config.get_text_config()):
            net = _parts(whole, tail)
            fits = _same(_after(tail, given), back, exact=True)
            if fits and _same(logits(net, states[0]), own[0]):
                return net
    except _FAILS as error:
        if is_out_of_memory(error):
            raise
    return None


def _after(tail: Tail | None, given: torch.Tensor) -> torch.Tensor:
    return given if tail is None or tail.before else tail(given.clone())


def _given_other_logits(
    whole: Network, head: Any, ids: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Float32 logits between -40 and 40, put in place of the head's, and what the model returns.

    Half precision holds them exactly.
    """
    given: list[torch.Tensor] = []

    def other(made: torch.Tensor) -> torch.Tensor:
        steps = torch.arange(made.numel(), device=made.device) % 161
        given.append((steps.float() / 2 - 40).view(made.shape))
        return given[-1].clone()

    with _in_place_of(head, other):
        back = run_own(whole, ids)
    if len(given) != 1:
        raise ValueError("the output layer is not called once")
    return given[0], back


@contextmanager
def _in_place_of(head: Any, other: Any) -> Iterator[None]:
    handle = head.register_forward_hook(lambda _module, _args, made: other(made))
    try:
        yield
    finally:
        handle.remove()


def _same(ours: torch.Tensor, own: torch.Tensor, *, exact: bool = False) -> bool:
    """Equal but for rounding: of each value alone (``exact``), or of the sums behind it."""
    if ours.shape != own.shape:
        return False
    eps = max(torch.finfo(x.dtype).eps for x in (ours, own))
    rounding = max(1e-5, eps * (1 if exact else 4))
    ours, own = ours.float().to(own.device), own.float()
    size = own.abs() if exact else own.abs().max()
    return not bool(((ours - own).abs() > rounding * (1 + size)).any())


def _picks(whole: Network, ids: torch.Tensor, own: torch.Tensor) -> bool:
    """Whether the model makes logits of chosen positions alone when asked."""
    if "logits_to_keep" not in inspect.signature(type(whole.module).forward).parameters:
        return False
    chosen = torch.tensor([0, ids.shape[1] - 1], device=ids.device)
    try:
        return _same(run_own(whole, ids, logits_to_keep=chosen), own[:, chosen.to(own.device)])
    except _FAILS as error:
        if is_out_of_memory(error):
            raise
        return False
