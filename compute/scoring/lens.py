"""The logit lens: what a model would predict from its states after any of its blocks.

Layer k < n is the state that goes into block k (0 = the embeddings), through what the body does
after its last block (its final norm) and the output layer; layer n is the model itself (method
page, section 3). Where the blocks are and what comes after them is found out by watching the model
run on a few tokens, and used only where it gives the body's own last states again.

States are used as they pass by: nothing is kept for a layer but the log-probabilities of its
tokens, so memory does not grow with depth.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

import torch
from torch import nn

from compute.core.errors import ScoringError
from compute.scoring.heads import Network, run_body

Watcher: TypeAlias = Callable[[int, torch.Tensor], None]
"""Called with the number of a layer and its states (n, T, width)."""
_LEAST = 1e-5


@dataclass(frozen=True, eq=False)
class Lens:
    """Where a model is looked into.

    Attributes
    ----------
    n_layers : int
        Blocks; layers are numbered 0 to ``n_layers``, the last is the model itself.
    after : tuple of modules
        What the body does to the states of its last block, in order.
    translators : mapping
        Layer -> an affine map of its states before that (a tuned lens); {} = the logit lens.
    """

    n_layers: int
    after: tuple[Any, ...]
    _seen: _Seen = field(repr=False)
    translators: Mapping[int, Any] = field(default_factory=dict)

    def states(self, layer: int, states: torch.Tensor) -> torch.Tensor:
        """(m, width) states of a layer as the output layer takes them."""
        translate = self.translators.get(layer)
        if translate is not None:
            states = states + translate(states)
        for module in self.after:
            states = module(states)
        return states

    @contextmanager
    def watched(self, watcher: Watcher) -> Iterator[None]:
        """``watcher`` sees the states of every layer but the last while this thread runs the body.

        Other threads may run the same body meanwhile.
        """
        self._seen.watchers.now = watcher
        try:
            yield
        finally:
            self._seen.watchers.now = None


class _Watchers(threading.local):
    now: Watcher | None = None


class _Seen:
    """Hooks on the blocks of a module: there once, whoever looks."""

    def __init__(self, blocks: nn.ModuleList) -> None:
        self.watchers = _Watchers()
        for layer, block in enumerate(blocks):
            block.register_forward_pre_hook(_hook(layer, self.watchers), with_kwargs=True)


_KNOWN: WeakKeyDictionary[Any, tuple[tuple[Any, ...], _Seen, int]] = WeakKeyDictionary()


def find_lens(net: Network, ids: torch.Tensor) -> Lens:
    """Where the layers of a network are.

    Parameters
    ----------
    ids : (1, T) int64
        A few tokens, on the network's device.

    Raises
    ------
    ScoringError
        If the model is not a stack of blocks with a final norm and an output layer.
    """
    if net.body is None:
        raise ScoringError(
            "its layers cannot be read: it does more before its output layer than a final norm"
        )
    if net.body not in _KNOWN:
        with torch.inference_mode():
            owner, blocks = _stack(net, ids)
            after = _after(net, ids, owner, blocks)
        _KNOWN[net.body] = after, _Seen(blocks), len(blocks)
    after, seen, n_layers = _KNOWN[net.body]
    return Lens(n_layers, after, seen)


def _hook(layer: int, watchers: _Watchers) -> Callable[..., None]:
    def see(_block: Any, given: tuple[Any, ...], named: Mapping[str, Any]) -> None:
        if watchers.now is not None:
            watchers.now(layer, _states_of(given, named))

    return see


def _states_of(given: tuple[Any, ...], named: Mapping[str, Any]) -> torch.Tensor:
    states = given[0] if given else named.get("hidden_states")
    if not isinstance(states, torch.Tensor):
        raise ScoringError("its layers cannot be read: a block is given something else than states")
    return states


def _stack(net: Network, ids: torch.Tensor) -> tuple[Any, nn.ModuleList]:
    """The list of blocks that run one after the other, once each, and the module that holds it."""
    found = [
        (owner, child)
        for owner in net.body.modules()
        for child in owner.children()
        if isinstance(child, nn.ModuleList) and len(child) > 0
    ]
    for owner, blocks in sorted(found, key=lambda pair: -len(pair[1])):
        if _order(net, ids, list(blocks)) == list(range(len(blocks))):
            return owner, blocks
    raise ScoringError("its layers cannot be read: it is not one stack of blocks")


def _order(net: Network, ids: torch.Tensor, modules: list[Any]) -> list[int]:
    """Numbers of the modules in the order in which the body calls them."""
    called: list[int] = []
    handles = [
        module.register_forward_pre_hook(lambda *_, k=k: called.append(k))
        for k, module in enumerate(modules)
    ]
    try:
        run_body(net, ids)
    finally:
        for handle in handles:
            handle.remove()
    return called


def _after(net: Network, ids: torch.Tensor, owner: Any, blocks: nn.ModuleList) -> tuple[Any, ...]:
    """What the owner calls after its last block, if that alone gives the body's last states."""
    parts = [child for child in owner.children() if child is not blocks]
    order = _order(net, ids, [blocks[-1], *parts])
    after = tuple(parts[k - 1] for k in order[order.index(0) + 1 :])
    states, own = _last_states(net, ids, blocks[-1])
    if states.ndim != 3:
        raise ScoringError("its layers cannot be read: it keeps several states for each position")
    states, own = states.flatten(0, 1), own.flatten(0, 1)
    for module in after:
        states = module(states)
    if not _same(states, own):
        raise ScoringError(
            "its layers cannot be read: its final norm alone does not give its last states"
        )
    return after


def _last_states(net: Network, ids: torch.Tensor, block: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """What the last block gives, and what the body gives, both (n, T, width)."""
    given: list[torch.Tensor] = []

    def see(_block: Any, _args: Any, made: Any) -> None:
        given.append(made[0] if isinstance(made, tuple | list) else made)

    handle = block.register_forward_hook(see)
    try:
        own = run_body(net, ids)
    finally:
        handle.remove()
    return given[0], own


def _same(ours: torch.Tensor, own: torch.Tensor) -> bool:
    if ours.shape != own.shape:
        return False
    eps = max(torch.finfo(x.dtype).eps for x in (ours, own))
    ours, own = ours.float().to(own.device), own.float()
    return not bool(((ours - own).abs() > max(_LEAST, 4 * eps) * (1 + own.abs().max())).any())
