"""The sizes a suite can be grown in. All are GPT-NeoX with a vocabulary of 2,048 pieces.

Those that are named by their number of parameters are the replica's: deeper as they are larger.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from compute.core.errors import UsageError

VOCABULARY = 2048
CONTEXT = 1100
"""Positions: a piece of 1,024 bytes is at most 1,024 tokens, so no text exceeds the context."""


@dataclass(frozen=True, slots=True)
class Size:
    """One shape. ``n_params`` counts everything, input and output embeddings included."""

    name: str
    hidden: int
    layers: int
    heads: int

    @property
    def n_params(self) -> int:
        h = self.hidden
        return 2 * VOCABULARY * h + self.layers * (12 * h * h + 13 * h) + 2 * h


SIZES = {
    size.name: size
    for size in (
        Size("xxs", hidden=16, layers=1, heads=2),
        Size("120k", hidden=24, layers=3, heads=3),
        Size("xs", hidden=48, layers=3, heads=3),
        Size("280k", hidden=48, layers=3, heads=3),
        Size("s", hidden=64, layers=4, heads=4),
        Size("460k", hidden=64, layers=4, heads=4),
        Size("800k", hidden=80, layers=6, heads=5),
        Size("1.3M", hidden=96, layers=8, heads=6),
        Size("m", hidden=128, layers=4, heads=4),
        Size("l", hidden=192, layers=6, heads=6),
    )
}


def sizes_named(names: Sequence[str]) -> tuple[Size, ...]:
    """The rows of the table, in the order asked for.

    Raises
    ------
    UsageError
        If a name is not in the table, or none is given.
    """
    if not names:
        raise UsageError("No size was named", advice=f"Choose from {', '.join(SIZES)}")
    unknown = [name for name in names if name not in SIZES]
    if unknown:
        raise UsageError(
            f"There is no size {unknown[0]!r}", advice=f"Choose from {', '.join(SIZES)}"
        )
    return tuple(SIZES[name] for name in dict.fromkeys(names))
