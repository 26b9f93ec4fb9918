"""Turning one picture onto another: rotation, reflection, uniform scale and shift. Display only.

The coordinates of a map have no orientation of their own where distances are all it keeps. So that
a picture computed anew does not tumble, it is *shown* turned onto the one before; what is stored
stays as it was computed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEAST_COMMON = 3
"""Points that two pictures must share."""


@dataclass(frozen=True, eq=False, slots=True)
class Turn:
    """``x -> scale * x @ rotation + shift``.

    ``rotation`` (dims, dims) float64 is orthogonal and may reflect; ``shift`` (dims,) float64.
    """

    rotation: NDArray[np.float64]
    scale: float
    shift: NDArray[np.float64]

    def of(self, coords: NDArray[np.float32]) -> NDArray[np.float32]:
        """(K, dims) float32: the coordinates turned, each row by itself."""
        axes = coords.astype(np.float64).T
        turned = [sum(a * r for a, r in zip(axes, column, strict=True)) * self.scale + shift
                  for column, shift in zip(self.rotation.T, self.shift, strict=True)]  # fmt: skip
        return np.stack(turned, axis=1).astype(np.float32)


def turn_onto(
    coords: NDArray[np.float32], target: NDArray[np.float32], *, scaled: bool = True
) -> Turn | None:
    """The turn that brings points closest to where the same points were (Procrustes).

    Parameters
    ----------
    coords, target : ndarray, (K, dims) float32
        Rows are the same entries.
    scaled : bool
        Whether the size may change too; it becomes that of ``target``, by the root of the mean
        squared distance from the centre. (The scale of least squares would shrink a picture the
        more, the less it resembles the other.)

    Returns
    -------
    Turn or None
        None where there are too few points, or all of one picture are one point.
    """
    if len(coords) < LEAST_COMMON or coords.shape != target.shape:
        return None
    a, b = coords.astype(np.float64), target.astype(np.float64)
    centre_a, centre_b = a.mean(axis=0), b.mean(axis=0)
    a, b = a - centre_a, b - centre_b
    size_a, size_b = float(np.sqrt((a**2).sum())), float(np.sqrt((b**2).sum()))
    if not (size_a > 0 and size_b > 0):
        return None
    u, _, vt = np.linalg.svd(a.T @ b)
    rotation = u @ vt
    scale = size_b / size_a if scaled else 1.0
    return Turn(rotation, scale, centre_b - scale * (centre_a @ rotation))
