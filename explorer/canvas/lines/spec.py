"""Vertex arrays of line segments: four corners each, expanded in numpy.

A segment with an arrow has a second row of four corners after all others: the head.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explorer.canvas.packing import packed

DOTTED, ARROW = 1, 2
DASH, GAP = 1.5, 5.0
CORNERS = 4
PLACE = np.dtype([("a_p0", np.float32, 3), ("a_p1", np.float32, 3)])
STYLE = np.dtype([("a_style", np.float32, 4)])
CORNER = np.dtype([("a_corner", np.float32)])


def rows_of(kind: NDArray[np.uint8]) -> NDArray[np.int64]:
    """(Q,) which segment each quad belongs to: every one once, then those with an arrow again."""
    return np.concatenate([np.arange(len(kind)), np.flatnonzero(kind & ARROW)])


def places(
    nodes: NDArray[np.float32], segments: NDArray[np.int32], rows: NDArray[np.int64]
) -> NDArray[np.void]:
    """(4 Q,) of :data:`PLACE` from node positions (K, 3) and segments (S, 2)."""
    ends = np.take(nodes, segments[rows].reshape(-1), axis=0).reshape(-1, 6)
    return np.repeat(ends.astype(np.float32, copy=False), CORNERS, axis=0).view(PLACE).reshape(-1)


def styles(
    colour: NDArray[np.float32], width: NDArray[np.float32], rows: NDArray[np.int64]
) -> NDArray[np.void]:
    """(4 Q,) of :data:`STYLE` from colours (S, 2, 3) and widths (S, 2) in px."""
    out = np.empty((len(width), 4), np.float32)
    out[:, :2] = packed(colour)
    out[:, 2:] = width
    return np.repeat(out[rows], CORNERS, axis=0).view(STYLE).reshape(-1)


def corners(kind: NDArray[np.uint8], rows: NDArray[np.int64]) -> NDArray[np.void]:
    """(4 Q,) of :data:`CORNER`: 0 to 3, and 4 more on dotted segments, 8 more on arrow heads."""
    sort = np.where(np.arange(len(rows)) < len(kind), kind[rows] & DOTTED, ARROW)
    out = sort[:, None] * np.float32(4) + np.arange(CORNERS, dtype=np.float32)
    return out.astype(np.float32).view(CORNER).reshape(-1)


def indices(order: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Two triangles per quad, quads drawn in ``order``; (6 Q,) uint32."""
    corner = np.array([0, 2, 1, 1, 2, 3], np.uint32)
    return (order.astype(np.uint32)[:, None] * CORNERS + corner).reshape(-1)


def back_to_front(
    w: NDArray[np.float64], segments: NDArray[np.int32], rows: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Quads sorted by the depth of their segment's middle, farthest first; ``w`` (K,) of the nodes.

    An arrow head comes after its own segment.
    """
    middle = -(w[segments[:, 0]] + w[segments[:, 1]])
    return np.argsort(middle[rows], kind="stable")
