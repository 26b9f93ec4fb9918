"""Vertex arrays of line segments: four corners each, expanded in numpy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CORNERS = np.array([[0, -1], [0, 1], [1, -1], [1, 1]], np.float32)
PLACE = np.dtype([("a_p0", np.float32, 3), ("a_p1", np.float32, 3)])
STYLE = np.dtype(
    [
        ("a_c0", np.float32, 3),
        ("a_c1", np.float32, 3),
        ("a_width", np.float32, 2),
        ("a_corner", np.float32, 2),
    ]
)


def places(nodes: NDArray[np.float32], segments: NDArray[np.int32]) -> NDArray[np.void]:
    """(4 S,) of :data:`PLACE` from node positions (K, 3) and segments (S, 2)."""
    out = np.empty((len(segments), 4), PLACE)
    out["a_p0"] = nodes[segments[:, 0], None]
    out["a_p1"] = nodes[segments[:, 1], None]
    return out.reshape(-1)


def styles(colour: NDArray[np.float32], width: NDArray[np.float32]) -> NDArray[np.void]:
    """(4 S,) of :data:`STYLE` from colours (S, 2, 3) and widths (S, 2) in px."""
    out = np.empty((len(width), 4), STYLE)
    out["a_c0"], out["a_c1"] = colour[:, :1], colour[:, 1:]
    out["a_width"] = width[:, None]
    out["a_corner"] = CORNERS
    return out.reshape(-1)


def indices(order: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Two triangles per segment, segments drawn in ``order``; (6 S,) uint32."""
    corner = np.array([0, 1, 2, 2, 1, 3], np.uint32)
    return (order.astype(np.uint32)[:, None] * 4 + corner).reshape(-1)


def back_to_front(w: NDArray[np.float64], segments: NDArray[np.int32]) -> NDArray[np.int64]:
    """Segments sorted by the depth of their middle, farthest first. ``w`` (K,) of the nodes."""
    return np.argsort(-(w[segments[:, 0]] + w[segments[:, 1]]), kind="stable")
