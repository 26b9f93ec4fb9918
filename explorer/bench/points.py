"""The same points and polylines, drawn by us, by vispy's own visuals and by napari."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QWidget

from explorer.canvas.camera import View2D, Viewport
from explorer.canvas.grid.spec import Lattice
from explorer.canvas.surface import Surface
from explorer.canvas.surface_data import Ground, Pose
from explorer.state.scene import Scene

SIZE = (1600, 1000)
SCALE = 500.0
DIAMETER, WIDTH, ALPHA = 8.0, 2.0, 0.8
STEPS = 500


@dataclass(frozen=True, eq=False)
class Cloud:
    """Random walks. ``places`` (N, 2), ``colour`` (N, 4), ``size`` (N,) px, ``joined`` (N,) bool.

    ``joined`` says whether a line leads from a point to the next.
    """

    places: NDArray[np.float32]
    colour: NDArray[np.float32]
    size: NDArray[np.float32]
    joined: NDArray[np.bool_]


def cloud(n: int, seed: int = 0) -> Cloud:
    """Walks of at most 500 steps in a window of 3.2 x 2; each its own colour, from dark to full."""
    rng = np.random.default_rng(seed)
    n_runs = max(10, n // STEPS)
    steps = n // n_runs
    walk = np.cumsum(rng.normal(0, 0.01, (n_runs, steps, 2)), axis=1)
    walk += rng.uniform((-1.3, -0.8), (1.3, 0.8), (n_runs, 1, 2))
    hue = rng.uniform(0.2, 1.0, (n_runs, 1, 3)) * np.linspace(0.25, 1.0, steps)[:, None]
    joined = np.ones((n_runs, steps), bool)
    joined[:, -1] = False
    colour = np.full((n_runs * steps, 4), ALPHA, np.float32)
    colour[:, :3] = hue.reshape(-1, 3)
    size = np.full(len(colour), DIAMETER, np.float32)
    return Cloud(walk.reshape(-1, 2).astype(np.float32), colour, size, joined.ravel())


class Drawer(Protocol):
    """One way to draw a cloud in a widget of its own."""

    native: QWidget

    def show(self, cloud: Cloud) -> None:
        """New places, colours and sizes."""

    def look(self, shift: int) -> None:
        """The camera ``shift`` px to the left of the middle."""

    def close(self) -> None: ...


class Ours:
    """The OpenGL half of the map."""

    def __init__(self, parent: QWidget) -> None:
        self._failed = ""
        self.surface = Surface(parent, self._fail)
        self.native = self.surface.native
        self.look(0)

    def show(self, cloud: Cloud) -> None:
        n = len(cloud.places)
        first = np.flatnonzero(cloud.joined).astype(np.int32)
        segments = np.stack([first, first + 1], axis=1)
        scene = Scene(
            n_entries=n,
            segments=segments,
            segment_colour=cloud.colour[segments, :3],
            segment_width=np.full((len(segments), 2), WIDTH, np.float32),
            segment_kind=np.zeros(len(segments), np.uint8),
            mark_node=np.arange(n, dtype=np.int32),
            mark_shape=np.zeros(n, np.int32),
            mark_colour=cloud.colour,
            mark_radius=cloud.size / 2,
            mark_rim=np.zeros(n, np.float32),
            mark_hole=np.zeros(n, bool),
        )
        black = (0.0, 0.0, 0.0)
        self.surface.set_scene(scene, Ground(black, black, black))
        self.surface.set_nodes(np.pad(cloud.places, ((0, 0), (0, 1))))

    def look(self, shift: int) -> None:
        port, view = Viewport(*SIZE), View2D(-shift / SCALE, 0.0, SCALE)
        self.surface.set_pose(Pose(port, view.matrix(port), view, Lattice(80 / SCALE)))
        if self._failed:
            raise RuntimeError(self._failed)

    def close(self) -> None:
        self.surface.close()

    def _fail(self, words: str) -> None:
        self._failed = words


class Vispy:
    """vispy's Markers and Line in its scene graph.

    Markers without a depth test: with it translucent points hide those drawn later at the same
    depth, and the picture is another one.
    """

    def __init__(self, parent: QWidget) -> None:
        import vispy.app
        from vispy import scene

        vispy.app.use_app("pyside6")
        self._canvas = scene.SceneCanvas(size=SIZE, show=False, bgcolor="black")
        camera = scene.PanZoomCamera(rect=_rect(0), aspect=1)
        self._view = self._canvas.central_widget.add_view(camera=camera)
        self._line = scene.Line(parent=self._view.scene, width=WIDTH)
        self._marks = scene.Markers(parent=self._view.scene)
        self._marks.set_gl_state(
            depth_test=False, blend=True, blend_func=("src_alpha", "one_minus_src_alpha")
        )
        self._marks.order = 1
        self.native: QWidget = self._canvas.native
        self.native.setParent(parent)

    def show(self, cloud: Cloud) -> None:
        opaque = cloud.colour.copy()
        opaque[:, 3] = 1.0
        self._line.set_data(cloud.places, color=opaque, connect=cloud.joined, width=WIDTH)
        self._marks.set_data(
            cloud.places,
            size=cloud.size,
            edge_width=0,
            face_color=cloud.colour,
            edge_color=cloud.colour,
        )

    def look(self, shift: int) -> None:
        self._view.camera.rect = _rect(shift)

    def close(self) -> None:
        self._canvas.close()


class Napari:
    """napari's Points layer, without lines: where it is installed, to stand beside the others."""

    def __init__(self, parent: QWidget) -> None:
        import napari

        self._viewer: Any = napari.Viewer(show=False)
        self.native: QWidget = self._viewer.window._qt_viewer.canvas.native
        self.native.setParent(parent)

    def show(self, cloud: Cloud) -> None:
        self._viewer.layers.clear()
        places = cloud.places[:, ::-1] * (-SCALE, SCALE)  # rows downwards, then columns
        self._viewer.add_points(places, size=cloud.size, face_color=cloud.colour, border_width=0)
        self.look(0)

    def look(self, shift: int) -> None:
        self._viewer.camera.zoom = 1.0
        self._viewer.camera.center = (0.0, -float(shift))

    def close(self) -> None:
        self._viewer.close()


def _rect(shift: int) -> tuple[float, float, float, float]:
    width, height = SIZE[0] / SCALE, SIZE[1] / SCALE
    return -width / 2 - shift / SCALE, -height / 2, width, height
