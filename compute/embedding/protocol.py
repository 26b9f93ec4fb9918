"""What an estimator is given and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray


class Rows(Protocol):
    """The rows to embed; ``compute.geometry.Prepared`` is one.

    ``ids`` (K,); ``kl`` (K, K) float64, bits/byte, zero diagonal; ``digest`` names everything the
    rows depend on, ``digest_of`` what a part of them would depend on alone.
    """

    @property
    def ids(self) -> tuple[str, ...]: ...
    @property
    def kl(self) -> NDArray[np.float64]: ...
    @property
    def digest(self) -> str: ...
    def digest_of(self, ids: Sequence[str]) -> str: ...


class Checkpoints(Protocol):
    """Asked between iterations; raises to stop (``compute.core.control.Control`` is one)."""

    def checkpoint(self) -> None: ...


class Params(Protocol):
    """A frozen dataclass of parameters."""

    method: ClassVar[str]
    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def dims(self) -> int: ...

    def fitted_to(self, n_entries: int) -> Params:
        """The parameters as used for so many entries."""
        ...


@dataclass(frozen=True, eq=False, slots=True)
class State:
    """An intermediate state: ``coords`` (K, dims) float64 is the optimiser's own array, copy it."""

    iteration: int
    n_iter: int
    coords: NDArray[np.float64]


OnState: TypeAlias = Callable[[State], None]


@dataclass(frozen=True, eq=False, slots=True)
class Fit:
    """Coordinates (K, dims) float64 and results beside them (JSON values only)."""

    coords: NDArray[np.float64]
    info: Mapping[str, Any] = field(default_factory=dict)
