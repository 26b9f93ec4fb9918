"""Where nodes are in the world and on the screen, computed again only when that has changed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explorer.canvas.camera import project
from explorer.canvas.surface_data import Pose
from explorer.state.scene import Scene


class Placing:
    """Keeps the last positions, so that the same array says that nothing moved."""

    def __init__(self) -> None:
        self._points: NDArray[np.float32] | None = None
        self._heads: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]] | None = None
        self._nodes = np.zeros((0, 3), np.float32)
        self._seen: tuple[object, ...] = ()
        self._screen = np.zeros((0, 3))

    def nodes(self, scene: Scene, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """(K + H, 3) float32 of a scene whose entries are at ``points``, (K, 3)."""
        heads = (scene.head_a, scene.head_b, scene.head_t)
        if points is not self._points or not _equal(heads, self._heads):
            self._nodes = scene.nodes(points)
        self._points, self._heads = points, heads
        return self._nodes

    def screen(self, pose: Pose, nodes: NDArray[np.float32]) -> NDArray[np.float64]:
        """(K + H, 3): x and y in px, and depth."""
        seen = (nodes, pose.matrix.tobytes(), pose.port)
        if len(self._seen) != 3 or nodes is not self._seen[0] or seen[1:] != self._seen[1:]:
            self._screen = project(pose.matrix, nodes, pose.port)
        self._seen = seen
        return self._screen


def _equal(a: tuple[NDArray[np.generic], ...], b: tuple[NDArray[np.generic], ...] | None) -> bool:
    return b is not None and all(x is y or np.array_equal(x, y) for x, y in zip(a, b, strict=True))
