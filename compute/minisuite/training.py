"""Train one model and hand out its state at the steps to be saved. The only torch of this folder.

The loop is plain: packed sequences in a shuffled order, AdamW, gradient clipping, Pythia's
schedule. With the same arguments, library versions and number of threads every tensor comes out
bit-identical on the same machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import GPTNeoXConfig, GPTNeoXForCausalLM

from compute.minisuite.saving import quiet
from compute.minisuite.schedule import learning_rate
from compute.minisuite.sizes import CONTEXT, Size

VERSION = 2
"""Raised whenever a change here changes the weights that come out."""

BATCH = 16
SEQUENCE = 128
PEAK = 4e-3
BETAS = (0.9, 0.95)
WEIGHT_DECAY = 0.01
CLIP = 1.0


BURST_STEPS = 1
BURST_FACTOR = 20.0
"""A loss spike on purpose: so many updates before it at so many times the rate. Far enough to be
found (the rule asks for five medians), and made good within an interval of the replica."""


@dataclass(frozen=True)
class Plan:
    """One training run. ``tokens`` is the packed stream, (n_tokens,) int32.

    ``peak`` is the highest learning rate. The updates that lead to step ``spike_at`` (-1 = none)
    are a burst of a much larger one.
    """

    size: Size
    seed: int
    steps: int
    save_at: Sequence[int]
    tokens: NDArray[np.int32]
    vocabulary: int
    end: int
    peak: float = PEAK
    spike_at: int = -1

    def rate(self, step: int) -> float:
        """Learning rate of update ``step``, 0 = the first."""
        bursts = self.spike_at - BURST_STEPS <= step < self.spike_at
        return learning_rate(step, self.steps, self.peak) * (BURST_FACTOR if bursts else 1.0)


@contextmanager
def reproducible(n_threads: int) -> Iterator[None]:
    """Deterministic kernels and a fixed number of threads; both are put back afterwards."""
    threads, strict = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    memory: Any = torch.utils.deterministic
    fill = memory.fill_uninitialized_memory
    torch.set_num_threads(n_threads)
    torch.use_deterministic_algorithms(True)
    memory.fill_uninitialized_memory = False
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(strict)
        memory.fill_uninitialized_memory = fill


def new_model(size: Size, seed: int, vocabulary: int, end: int) -> Any:
    """A GPT-NeoX with random weights that depend on ``seed`` alone."""
    config = GPTNeoXConfig(
        vocab_size=vocabulary,
        hidden_size=size.hidden,
        num_hidden_layers=size.layers,
        num_attention_heads=size.heads,
        intermediate_size=4 * size.hidden,
        max_position_embeddings=CONTEXT,
        bos_token_id=end,
        eos_token_id=end,
        tie_word_embeddings=False,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return GPTNeoXForCausalLM(config)


def batches(tokens: NDArray[np.int32], seed: int) -> Iterator[torch.Tensor]:
    """Endless (16, 129) batches: sequences of the stream in an order that depends on ``seed``."""
    n = (len(tokens) - 1) // SEQUENCE
    rng = np.random.Generator(np.random.PCG64(seed))
    order = np.empty(0, np.int64)
    window = np.arange(SEQUENCE + 1)
    while True:
        while len(order) < BATCH:
            order = np.concatenate([order, rng.permutation(n)])
        starts, order = order[:BATCH] * SEQUENCE, order[BATCH:]
        yield torch.from_numpy(tokens[starts[:, None] + window].astype(np.int64))


def train(
    plan: Plan,
    save: Callable[[int, Any], None],
    on_step: Callable[[int, float], None],
    parent: Path | None = None,
) -> Any:
    """Train ``plan``; ``save(step, model)`` at its steps, ``on_step(step, loss)`` after each.

    ``on_step`` may raise to stop. ``loss`` is the mean cross-entropy in nats per token. The first
    weights are those of the model in the folder ``parent``, else random ones of the plan's seed.
    """
    if parent is None:
        model = new_model(plan.size, plan.seed, plan.vocabulary, plan.end)
    else:
        with quiet():
            model = GPTNeoXForCausalLM.from_pretrained(parent, dtype=torch.float32)
    model.train()
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=plan.peak, betas=BETAS, weight_decay=WEIGHT_DECAY, fused=True
    )
    stream = batches(plan.tokens, plan.seed)
    wanted = frozenset(plan.save_at)
    if 0 in wanted:
        save(0, model)
    for step in range(plan.steps):
        loss = _update(model, optimiser, next(stream), plan.rate(step))
        if step + 1 in wanted:
            save(step + 1, model)
        on_step(step + 1, loss)
    return model


def _update(model: Any, optimiser: Any, batch: torch.Tensor, rate: float) -> float:
    for group in optimiser.param_groups:
        group["lr"] = rate
    hidden = model.base_model(input_ids=batch[:, :-1], use_cache=False).last_hidden_state
    logits = model.get_output_embeddings()(hidden)
    loss = _backward(logits.flatten(0, 1), batch[:, 1:].flatten())
    torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
    optimiser.step()
    optimiser.zero_grad()
    return loss


def _backward(logits: torch.Tensor, targets: torch.Tensor) -> float:
    """Mean cross-entropy in nats, its gradient sent back from ``logits`` (n, vocabulary).

    The gradient, ``(softmax - one-hot) / n``, is made in place of the probabilities: the library's
    own cross-entropy passes over arrays of this size, the largest of a step, three times more
    (measured: a sixth of the whole step).
    """
    rows = torch.arange(len(targets))
    with torch.no_grad():
        gradient = logits.softmax(-1)
        loss = -gradient[rows, targets].clamp_min(1e-30).log().mean()
        gradient[rows, targets] -= 1.0
        gradient /= len(targets)
    logits.backward(gradient)  # type: ignore[no-untyped-call]
    return float(loss)
