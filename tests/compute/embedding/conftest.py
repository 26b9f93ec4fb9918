"""Small made-up rows, and a project of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class MadeUpRows:
    """What an estimator sees of an analysis."""

    ids: tuple[str, ...]
    qs: NDArray[np.float64]
    digest: str = "made-up"

    def digest_of(self, ids: Sequence[str]) -> str:
        kept = [k for k, name in enumerate(self.ids) if name in set(ids)]
        return hashlib.sha256(self.qs[kept].tobytes()).hexdigest()

    @property
    def kl(self) -> NDArray[np.float64]:
        return ((self.qs[:, None] - self.qs) ** 2).sum(axis=2)


MakeRows = Callable[..., MadeUpRows]


@pytest.fixture
def make_rows() -> MakeRows:
    """``k`` centred rows over ``n`` texts, in two clusters along a walk."""

    def make(k: int = 40, n: int = 60, seed: int = 0) -> MadeUpRows:
        rng = np.random.default_rng(seed)
        qs = np.cumsum(rng.normal(0, 0.02, size=(k, n)), axis=0)
        qs[k // 2 :] += 0.3
        return MadeUpRows(tuple(f"e{i}" for i in range(k)), qs - qs.mean(axis=0))

    return make
