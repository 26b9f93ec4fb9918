"""Vertex arrays of marks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

PLACE = np.dtype([("a_place", np.float32, 3)])
HOLE = np.float32(0.25)
STYLE = np.dtype([("a_colour", np.float32, 3), ("a_size", np.float32, 3)])


def places(nodes: NDArray[np.float32], rows: NDArray[np.int32]) -> NDArray[np.void]:
    """(M,) of :data:`PLACE`."""
    out = np.empty(len(rows), PLACE)
    out["a_place"] = nodes[rows]
    return out


def styles(
    colour: NDArray[np.float32],
    radius: NDArray[np.float32],
    rim: NDArray[np.float32],
    shape: NDArray[np.int32],
    hole: NDArray[np.bool_],
) -> NDArray[np.void]:
    """(M,) of :data:`STYLE`; radius and rim in px, shape an index, a quarter more with a hole."""
    out = np.empty(len(radius), STYLE)
    out["a_colour"] = colour
    out["a_size"] = np.stack([radius, rim, shape + HOLE * hole.astype(np.float32)], axis=1)
    return out
