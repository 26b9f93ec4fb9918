"""Distances between checkpoints in weight space, streamed tensor by tensor. numpy only.

Imports ``compute.core``. Weights are read from safetensors as the bytes they are: no torch, no
model is built, and memory does not grow with the model. What counts are its parameters; masks and
other constants that old checkpoints carry along do not.

Decided: every byte is read once. A stretch of a tensor is read from all checkpoints, and what it
adds to their Gram matrix is worked out in float64 about the first of them (refused: one pass for
each pair, which reads a run of 154 checkpoints 154 times). Pairs that lie so close that the Gram
matrix loses their digits are worked out again from the difference. With a window the rows are taken
in overlapping blocks, so that work grows with the window and not with the run.
"""

from compute.weights.stream import Plan, Progress, distances, plan
from compute.weights.tensors import Tensor, shared_tensors, tensors_of

__all__ = [
    "Plan",
    "Progress",
    "Tensor",
    "distances",
    "plan",
    "shared_tensors",
    "tensors_of",
]
