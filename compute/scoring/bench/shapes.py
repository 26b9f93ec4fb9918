"""The shapes that are measured, and what can be asked of a measurement. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from compute.core.errors import UsageError


@dataclass(frozen=True, slots=True)
class Shape:
    """One GPT-NeoX shape.

    ``pieces`` is the vocabulary of the tokenizer that its texts are cut by, ``texts`` how many are
    in a block, ``home`` the kind of device it is measured on by itself. ``beside_s`` is how long a
    checkpoint is scored before the switch to the next one, 0 = no switch is measured. ``whole`` =
    texts that are scored once in one go on a GPU.
    """

    name: str
    hidden: int
    layers: int
    heads: int
    intermediate: int
    vocab: int
    pieces: int
    texts: int
    home: str = "cpu"
    beside_s: float = 0.0
    whole: int = 0
    context: int = 2048

    @property
    def body_weights(self) -> int:
        """Weights of the products of one layer."""
        return 4 * self.hidden**2 + 2 * self.hidden * self.intermediate

    @property
    def flops_per_token(self) -> int:
        """Operations of all products with weights for one token; attention is not counted."""
        return 2 * (self.layers * self.body_weights + self.vocab * self.hidden)


_SMALL, _LARGE = 2048, 50_254

SHAPES = {
    shape.name: shape
    for shape in (
        Shape("460k", 64, 4, 4, 256, 2048, _SMALL, 128, beside_s=0.5, context=1100),
        Shape("70M", 512, 6, 8, 2048, 50_304, _LARGE, 16, beside_s=4.0),
        Shape("410M", 1024, 24, 16, 4096, 50_304, _LARGE, 4, beside_s=15.0),
        Shape("256k-vocabulary", 512, 6, 8, 2048, 256_000, _LARGE, 4),
        Shape("1.4B", 2048, 24, 16, 8192, 50_304, _LARGE, 512, "cuda"),
        Shape("6.9B", 4096, 32, 32, 16_384, 50_432, _LARGE, 256, "cuda", whole=10_000),
    )
}


@dataclass(frozen=True, slots=True)
class Ask:
    """What to measure. ``folder`` takes what is made for it (up to 4 GB). ``shapes`` () = those at
    home on the device; ``texts`` per block and ``whole``, 0 = as the shape says; ``rounds`` of each
    comparison; ``switches`` 0 = as many as rounds, -1 = none."""

    folder: Path
    shapes: tuple[str, ...] = ()
    device: str = "auto"
    dtype: str = "auto"
    n_threads: int = 0
    texts: int = 0
    whole: int = 0
    rounds: int = 7
    switches: int = 0


def chosen(names: Sequence[str], kind: str) -> tuple[Shape, ...]:
    """The rows asked for, else those at home on this kind of device.

    Raises
    ------
    UsageError
        If a name is not in the table.
    """
    for name in names:
        if name not in SHAPES:
            known = ", ".join(SHAPES)
            raise UsageError(f"there is no shape {name!r}", advice=f"Choose from {known}")
    home = "cuda" if kind == "cuda" else "cpu"
    return tuple(SHAPES[n] for n in names) or tuple(s for s in SHAPES.values() if s.home == home)
