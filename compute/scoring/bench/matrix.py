"""The yardstick: the products of a model with its weights, of the sizes of a batch, alone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from compute.scoring.bench.shapes import Shape

LEAST_S = 0.1
"""What one use of the yardstick takes at least."""


@dataclass(frozen=True, eq=False, slots=True)
class _Product:
    """Rows times a weight into ``out``, which is there already: fresh memory would be measured too.

    A model does it ``times`` times for every token.
    """

    rows: torch.Tensor
    weight: torch.Tensor
    out: torch.Tensor
    times: int

    def seconds(self, repeats: int) -> float:
        """Of one run, the mean of ``repeats``."""
        with torch.inference_mode():
            synchronize(self.rows.device)
            began = time.perf_counter()
            for _ in range(repeats):
                torch.mm(self.rows, self.weight.t(), out=self.out)
            synchronize(self.rows.device)
            return (time.perf_counter() - began) / repeats

    def per_token(self, repeats: int) -> float:
        """Seconds that a model spends in it for one token."""
        return self.seconds(repeats) * self.times / len(self.rows)


class Yardstick:
    """The four products of a layer for ``rows`` tokens, and the unembedding of ``head_rows``.

    Calling it runs them and returns the seconds that all products of a model take for one token.
    """

    def __init__(
        self, shape: Shape, like: torch.Tensor, *, rows: int, head_rows: int, n_threads: int
    ) -> None:
        """``like`` has the dtype and the device that are meant."""
        h, wide = shape.hidden, shape.intermediate
        layer = [(h, 3 * h), (h, h), (h, wide), (wide, h)]

        def product(n_rows: int, size: tuple[int, int], times: int) -> _Product:
            left, right = like.new_empty(n_rows, size[0]), like.new_empty(size[1], size[0])
            out = like.new_empty(n_rows, size[1])
            return _Product(left.normal_(), right.normal_(), out, times)

        products = [product(rows, size, shape.layers) for size in layer]
        products.append(product(head_rows, (h, shape.vocab), 1))
        share = LEAST_S / len(products)
        self._n_threads = n_threads
        with threads(n_threads):
            for p in products:
                p.seconds(2)
            self._products = [(p, max(2, round(share / p.seconds(3)))) for p in products]

    def __call__(self) -> float:
        with threads(self._n_threads):
            return sum(p.per_token(repeats) for p, repeats in self._products)


@contextmanager
def threads(n: int) -> Iterator[None]:
    """torch with ``n`` threads, then with as many as before."""
    before = torch.get_num_threads()
    torch.set_num_threads(n)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def synchronize(device: torch.device) -> None:
    """Wait until the device has done what it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()
