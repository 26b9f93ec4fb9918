"""Model + texts -> log-likelihoods in nats. Imports ``core``; torch and transformers live here.

This module and ``contract``, ``planning``, ``placing``, ``faults``, ``stand_in`` need no torch;
``torch_scorer`` and what it uses (``devices``, ``tokens``, ``models``, ``forward``) is imported
when it is chosen, by :func:`open_scorer`. ``reference`` is the plain loop that everything else is
held against.

    sum over t = 2..n of log p(y_t | y_<t), natural log, no length normalisation  (method 1, [P])

To add a way of scoring: a class of the shape :class:`~compute.scoring.contract.Scorer` and one
line in :data:`SCORERS`. Something new that a model does to its logits: one line in ``tails``.

Decided:

- Right padding and no attention mask: under causal attention no real token sees a padded one, and
  the fast kernels stay usable (refused: left padding, which shifts positions). That no token sees
  a later one, and no text another, is tried on a few tokens when a model is opened, not assumed
  (refused: a list of architectures).
- The model's body gives hidden states, its own output layer turns them into logits a chunk at a
  time: on a CPU of a part of the vocabulary, so that its weights are read once for many positions
  and the logits never leave the cache (refused: all logits of a few positions, written to fresh
  memory each time). A short text is run both ways when a model is opened, and the model is made to
  continue from logits of our choice, since its own may be too small to show a soft cap; where no
  known tail explains what it returns, its own logits are used throughout.
- Small models on a CPU: one thread per batch and several batches at once ("lanes"), instead of many
  threads inside one small matrix product. Then no number depends on the thread count either.
- Windows over long texts overlap by half, and only the first has what the tokenizer or the BOS rule
  puts in front: the others begin in the middle of a text (refused: a BOS before each window, which
  would tell the model that a text begins there).
- The token budget is a formula with recorded constants, so that plans can be repeated. A trial is
  made only when asked for, before anything is scored, and its result is stored with the plan.
- The next checkpoint is read, hashed and tokenised beside the scoring, in one pass over its files
  and into memory of its own; the module that is there is pointed at it (on a GPU: it is copied
  there). Whether this is allowed is found out by comparing every tensor once, not assumed. Refused:
  mapped files, which a training run may overwrite (see ``takeover``).
- One model per device, and one kind of device per job: values must not depend on which worker was
  free. A model too large for one GPU makes ``auto`` spread every model of the job over all of them.
- float32 means float32 (no TF32), half precision adds up in float32, and on CUDA kernels that add
  in a fixed order are used where there are any (refused: only these, which some models cannot do
  with).
"""

from __future__ import annotations

from importlib import import_module

from compute.scoring.contract import (
    ModelFacts,
    OpenModel,
    OutOfMemory,
    Scored,
    Scorer,
    Settings,
    WorkerLost,
)
from compute.scoring.planning import Batch, Device, ModelShape, Plan, plan

SCORERS: dict[str, str] = {
    "torch": "compute.scoring.torch_scorer:TorchScorer",
    "stand-in": "compute.scoring.stand_in:StandInScorer",
}


def open_scorer(name: str, settings: Settings) -> Scorer:
    """The scorer of this name; its libraries are imported now."""
    module, _, cls = SCORERS[name].partition(":")
    scorer: Scorer = getattr(import_module(module), cls)(settings)
    return scorer


__all__ = [
    "SCORERS",
    "Batch",
    "Device",
    "ModelFacts",
    "ModelShape",
    "OpenModel",
    "OutOfMemory",
    "Plan",
    "Scored",
    "Scorer",
    "Settings",
    "WorkerLost",
    "open_scorer",
    "plan",
]
