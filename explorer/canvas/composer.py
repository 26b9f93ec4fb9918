"""Puts the overlay together: labels first, then the corners."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from explorer.canvas.camera import View3D
from explorer.canvas.corners import Corners, CornersModel
from explorer.canvas.ink import Cache
from explorer.canvas.labels.view import LabelsModel, LabelsView
from explorer.canvas.legend.spec import Chip
from explorer.canvas.overlay import Sprite
from explorer.canvas.ruler.spec import Ruler
from explorer.state.dress import Tracks
from explorer.state.scene import Scene
from explorer.theme.tokens import Tokens

TIDY_S, SHARE = 0.25, 30.0
TOOLS = (56.0, 218.0)


@dataclass(frozen=True, eq=False)
class Frame:
    """What the overlay shows. ``screen`` (K + H, 3) is projected; ``orbit`` None in 2D.

    ``chosen``, ``selected``, ``scoring``, ``zoom`` and ``details`` are as in ``LabelsModel``.
    """

    scene: Scene
    tracks: Tracks
    ruler: Ruler
    screen: NDArray[np.float64]
    size: tuple[int, int]
    tokens: Tokens
    chips: tuple[Chip, ...] = ()
    chosen: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    selected: int = -1
    scoring: str = ""
    zoom: float = 1.0
    orbit: View3D | None = None
    labels: bool = True
    corners: bool = True
    tools: bool = True
    details: bool = True


class Composer:
    """Makes the sprites of one overlay. In motion labels stay with their nodes; they are laid out
    afresh four times a second, and less often where that takes long. ``hasty`` is True after a
    picture in which they only moved along.
    """

    def __init__(self, ratio: float = 1.0) -> None:
        self.cache = Cache()
        self.cache.ratio = ratio
        self.hasty = False
        self._labels, self._corners = LabelsView(self.cache), Corners(self.cache)
        self._tidied, self._cost = -1e9, 0.0

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
        model = CornersModel(f.scene, f.ruler, f.chips, f.size, f.tokens, f.orbit)
        return self._corners.sprites(model)

    def _made_labels(
        self, frame: Frame, corners: tuple[Sprite, ...], now: float
    ) -> tuple[Sprite, ...]:
        self.hasty = now - self._tidied < max(TIDY_S, SHARE * self._cost)
        start = perf_counter()
        made = self._laid_out(frame, corners)
        if not self.hasty:
            self._tidied, self._cost = now, perf_counter() - start
        return made

    def _laid_out(self, frame: Frame, corners: tuple[Sprite, ...]) -> tuple[Sprite, ...]:
        rects = [s.rect for s in corners]
        taken = [(r.left(), r.top(), r.right(), r.bottom()) for r in rects]
        if frame.tools:
            taken.append((frame.size[0] - TOOLS[0], 0, frame.size[0], TOOLS[1]))
        f = frame
        return self._labels.sprites(
            LabelsModel(
                f.scene, f.tracks, f.screen, f.size, f.tokens, f.chosen, f.selected, f.scoring,
                f.zoom, f.orbit is None, f.details, self.hasty, tuple(taken),
            )
        )  # fmt: skip
