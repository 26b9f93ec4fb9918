"""Puts the overlay together: labels first, then the corners."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.canvas.camera import View3D
from explorer.canvas.corners import Corners, CornersModel
from explorer.canvas.ink import Cache
from explorer.canvas.labels.view import LabelsView
from explorer.canvas.overlay import Sprite
from explorer.canvas.ruler.spec import Ruler
from explorer.state.map import Remark
from explorer.state.scene import Scene
from explorer.theme.tokens import Tokens

TIDY_S = 0.25
TOOLS = (46.0, 120.0)


@dataclass(frozen=True, eq=False)
class Frame:
    """What the overlay shows. ``screen`` (K + H, 3) is projected; ``orbit`` None in 2D.

    Without ``details`` names stand alone, without steps beside them or along the runs.
    """

    scene: Scene
    ruler: Ruler
    screen: NDArray[np.float64]
    size: tuple[int, int]
    tokens: Tokens
    notes: tuple[Remark, ...] = ()
    scoring: str = ""
    orbit: View3D | None = None
    labels: bool = True
    corners: bool = True
    tools: bool = True
    details: bool = True


class Composer:
    """Makes the sprites of one overlay. In motion labels keep their sides; they are laid out
    afresh four times a second. ``hasty`` is True after a layout that kept them.
    """

    def __init__(self, ratio: float = 1.0) -> None:
        self.cache = Cache()
        self.cache.ratio = ratio
        self.hasty = False
        self._labels, self._corners = LabelsView(self.cache), Corners(self.cache)
        self._tidied = -1e9

    def forget(self) -> None:
        """Drop every pixmap: the theme has changed."""
        self.cache.clear()

    def tidy(self) -> None:
        """Lay the labels out afresh next time."""
        self._tidied = -1e9

    def layers(self, frame: Frame, now: float) -> dict[str, tuple[Sprite, ...]]:
        """``now`` in seconds."""
        corners = self._made_corners(frame) if frame.corners else ()
        labels = self._made_labels(frame, corners, now) if frame.labels else ()
        return {"labels": labels, "corners": corners}

    def _made_corners(self, frame: Frame) -> tuple[Sprite, ...]:
        f = frame
        model = CornersModel(f.scene, f.ruler, f.notes, f.size, f.tokens, f.orbit)
        return self._corners.sprites(model)

    def _made_labels(
        self, frame: Frame, corners: tuple[Sprite, ...], now: float
    ) -> tuple[Sprite, ...]:
        self.hasty = now - self._tidied < TIDY_S
        if not self.hasty:
            self._tidied = now
        rects = [s.rect for s in corners]
        taken = [(r.left(), r.top(), r.right(), r.bottom()) for r in rects]
        if frame.tools:
            taken.append((frame.size[0] - TOOLS[0], 0, frame.size[0], TOOLS[1]))
        return self._labels.sprites(
            frame.scene,
            frame.screen,
            frame.size,
            frame.tokens,
            scoring=frame.scoring,
            ticks=frame.orbit is None and frame.details,
            details=frame.details,
            quick=self.hasty,
            taken=tuple(taken),
        )
