"""What the OpenGL half is handed: frozen values, no vispy."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from explorer.canvas.camera import View2D, Viewport
from explorer.canvas.grid.spec import Lattice


@dataclass(frozen=True, slots=True)
class Ground:
    """Colours under the data, and how the floor looks."""

    canvas: tuple[float, float, float] = (0.0, 0.0, 0.0)
    grid: tuple[float, float, float] = (0.1, 0.1, 0.1)
    line: tuple[float, float, float] = (0.2, 0.2, 0.2)
    line_scale: float = 1.0


@dataclass(frozen=True, eq=False)
class Pose:
    """Where from and how deep the picture is.

    ``depth`` 0 = flat, 1 = perspective; ``lattice`` is the grid.
    """

    port: Viewport
    matrix: NDArray[np.float64]
    flat: View2D
    lattice: Lattice
    depth: float = 0.0


@dataclass(frozen=True, eq=False)
class Accents:
    """Few marks drawn last: rings, the hovered point, newborn entries. Rows agree."""

    nodes: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    colour: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 3), np.float32))
    radius: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    rim: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    shape: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    hole: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, bool))

    def same(self, other: Accents) -> bool:
        """Whether ``other`` draws the same."""
        names = ("nodes", "colour", "radius", "rim", "shape", "hole")
        return all(np.array_equal(getattr(self, n), getattr(other, n)) for n in names)
