"""A matrix that is filled row by row while it is read, without being held twice."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


class Growing:
    """Rows of one width, (n, width) of a dtype. Memory that no row has touched is not used."""

    def __init__(self, width: int, dtype: Any = np.float32) -> None:
        self._n = 0
        self._rows: NDArray[Any] = np.empty((16, width), dtype=dtype)

    @property
    def width(self) -> int:
        return int(self._rows.shape[1])

    def __len__(self) -> int:
        return self._n

    def add(self, row: NDArray[Any]) -> None:
        if self._n == len(self._rows):
            more = self._n + max(16, self._n // 4)
            self._rows.resize((more, self._rows.shape[1]), refcheck=False)
        with np.errstate(over="ignore"):  # what does not fit becomes infinite, and is refused then
            self._rows[self._n] = row
        self._n += 1

    def taken(self) -> NDArray[Any]:
        """The matrix; nothing can be added after it."""
        self._rows.resize((self._n, self._rows.shape[1]), refcheck=False)
        return self._rows
