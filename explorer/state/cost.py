"""What scoring would cost, from what earlier jobs took. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from explorer.state.jobs import Cost, Speed
from explorer.state.library import Leaf

BYTES_PER_TOKEN = 3.5
"""Until the project knows better: English text and source code, common tokenizers."""
FLOPS, FASTEST, UNKNOWN = 3e10, 60_000.0, 20_000.0
"""Where nothing was measured yet: of a CPU with small models, 1/s and tokens/s."""
EACH_S = 0.2
"""Opening a small checkpoint, where nothing was measured yet."""
KEPT = 24


@dataclass(frozen=True, slots=True)
class Given:
    """The texts and how they are scored. ``bytes_per_token`` 0 = not known.

    ``n_visits`` is how often a checkpoint is read: twice in two rounds. Each is scored in
    ``n_ways``: as it is, and quantized.
    """

    n_texts: int
    n_bytes: int
    bytes_per_token: float = 0.0
    n_visits: int = 1
    device: str = "auto"
    dtype: str = "auto"
    n_ways: int = 1
    layers: bool = False


def cost(leaves: Sequence[Leaf], given: Given, speeds: Sequence[Speed] = ()) -> Cost:
    """The cost of what these leaves still lack."""
    whole = given.n_bytes / (given.bytes_per_token or BYTES_PER_TOKEN)
    known = [s for s in speeds if (s.device, s.dtype) == (given.device, given.dtype)]
    tokens = seconds = 0.0
    n_bytes = n_reads = 0
    for leaf in leaves:
        c = leaf.checkpoint
        if c is None:
            continue
        mine = whole * (given.n_ways - min(leaf.fraction, 1.0))
        tokens += mine
        seconds += mine / rate(c.n_params, known) + (0.0 if known else EACH_S * given.n_ways)
        n_reads += c.n_bytes > 0
        n_bytes += max(c.n_bytes, 0) * given.n_visits * given.n_ways
    return Cost(
        len(leaves),
        given.n_texts,
        round(tokens),
        n_bytes if n_reads == len(leaves) else -1,
        seconds,
        measured=bool(known),
        tokens_known=given.bytes_per_token > 0,
        n_each=given.n_ways,
        with_layers=given.layers,
    )


def rate(n_params: int, known: Sequence[Speed]) -> float:
    """Tokens per second of a model of this size.

    By the measured model whose size is nearest: work grows with the parameters, and a smaller one
    is not taken to be faster than what was measured.
    """
    if not known:
        return min(FASTEST, FLOPS / (2.0 * n_params)) if n_params > 0 else UNKNOWN
    if n_params <= 0:
        return min(s.tokens_per_s for s in known)
    near = min(known, key=lambda s: (abs(math.log(s.n_params / n_params)), -s.n_params))
    return near.tokens_per_s * min(1.0, near.n_params / n_params)


def learned(speeds: Sequence[Speed], new: Speed) -> tuple[Speed, ...]:
    """Speeds with a new one; of about the same size on the same device, the newest is kept."""
    rest = [s for s in speeds if not _alike(s, new)]
    return (*rest, new)[-KEPT:]


def _alike(a: Speed, b: Speed) -> bool:
    same = (a.device, a.dtype) == (b.device, b.dtype)
    return same and abs(math.log(a.n_params / b.n_params)) < math.log(1.5)
