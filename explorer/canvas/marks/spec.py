"""Vertex arrays of marks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explorer.canvas.packing import packed

PLACE = np.dtype([("a_place", np.float32, 3)])
HOLE = np.float32(0.25)
STYLE = np.dtype([("a_colour", np.float32, 2), ("a_size", np.float32, 3)])


def places(nodes: NDArray[np.float32], rows: NDArray[np.int32]) -> NDArray[np.void]:
    """(M,) of :data:`PLACE`."""
    return np.take(nodes, rows, axis=0).astype(np.float32, copy=False).view(PLACE).reshape(-1)


def styles(
    colour: NDArray[np.float32],
    radius: NDArray[np.float32],
    rim: NDArray[np.float32],
    shape: NDArray[np.int32],
    hole: NDArray[np.bool_],
) -> NDArray[np.void]:
    """(M,) of :data:`STYLE`; radius and rim in px, shape an index, a quarter more with a hole.

    ``colour`` is (M, 3), or (M, 4) with an alpha.
    """
    out = np.empty((len(radius), 5), np.float32)
    out[:, 0] = packed(colour[:, :3])
    out[:, 1] = colour[:, 3] if colour.shape[1] == 4 else 1.0
    out[:, 2], out[:, 3] = radius, rim
    out[:, 4] = shape + HOLE * hole
    return out.view(STYLE).reshape(-1)
