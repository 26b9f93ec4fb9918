"""The OpenGL half of the map: a vispy canvas that draws a scene at given positions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget
from vispy import gloo

from explorer.canvas.gl import Drawing
from explorer.canvas.grid import spec as grid_spec
from explorer.canvas.grid.view import GridView
from explorer.canvas.lines import spec as lines_spec
from explorer.canvas.lines.view import LinesView
from explorer.canvas.marks.view import MarksView
from explorer.canvas.surface_data import Accents, Ground, Pose
from explorer.state.scene import Scene, Ties

FOG, HEAD_FOG, SHADOW_FOG = 0.55, 0.25, 0.4
SHADOW_PX, TIE_PX = 2.4, 1.0
FEW = 256
"""Marks and segments that are sent one by one instead of all of them."""
Rows: TypeAlias = slice | NDArray[np.int64]


class _Views:
    """Every program that draws, made once OpenGL is there."""

    def __init__(self) -> None:
        self.lines, self.ties, self.floor = (LinesView() for _ in range(3))
        self.dots, self.heads, self.accents = (MarksView() for _ in range(3))
        self.grid = GridView()

    def close(self) -> None:
        for lines in (self.lines, self.ties, self.floor):
            lines.close()
        for marks in (self.dots, self.heads, self.accents):
            marks.close()
        self.grid.close()


class Surface:
    """Owns the canvas, its programs and buffers. ``native`` is the widget.

    ``failed`` is called with a sentence when drawing raises; then nothing is drawn any more.
    """

    def __init__(self, parent: QWidget, failed: Callable[[str], None]) -> None:
        self._drawing = Drawing(parent, self._on_draw, failed)
        self.native: QWidget = self._drawing.native
        self._views: _Views | None = None
        self._scene, self._ground = Scene(), Ground()
        self._nodes = np.zeros((0, 3), np.float32)
        self._accents, self._ties = Accents(), Ties()
        self._grown: NDArray[np.float32] | None = None
        self._changed = np.zeros(0, bool)
        self._pose: Pose | None = None
        self._sorted: tuple[object, ...] = ()
        self._drawn = 0  # counts the changes of which nodes are drawn
        self._ratio = 1.0
        self._floor: tuple[tuple[float, float], float, float] | None = None
        self._stale = {"style", "places", "accents", "floor"}

    def set_scene(self, scene: Scene, ground: Ground) -> None:
        if scene is self._scene and ground == self._ground:
            return
        moved = not _same_places(scene, self._scene)
        self._scene, self._ground = scene, ground
        self._drawn += moved
        self._stale |= {"style", "floor"} | ({"places"} if moved else set())

    def set_nodes(self, nodes: NDArray[np.float32]) -> None:
        """Positions (K + H, 3) float32. The same array again means that nothing moved."""
        if nodes is not self._nodes:
            self._nodes = nodes
            self._stale |= {"places", "accents-places"}

    def set_grown(self, grown: NDArray[np.float32] | None) -> None:
        """Share of the final size of every node, (K + H,); None = all full."""
        if grown is None and self._grown is None:
            return
        before, self._grown = self._grown, grown
        full = np.ones(len(self._nodes), np.float32)
        was, now = (full if each is None else each for each in (before, grown))
        if len(was) != len(now):
            self._stale |= {"style"}
        else:
            waits = "grown" in self._stale and len(self._changed) == len(now)
            changed = np.not_equal(was, now)
            self._changed = changed | self._changed if waits else changed
            self._stale |= {"grown"}

    def set_accents(self, accents: Accents) -> None:
        if not accents.same(self._accents):
            self._accents = accents
            self._stale |= {"accents", "accents-places"}

    def set_ties(self, ties: Ties) -> None:
        if ties is not self._ties:
            self._ties = ties
            self._drawn += 1
            self._stale |= {"ties"}

    def set_floor(self, centre: tuple[float, float], half: float, height: float) -> None:
        floor = (centre, half, height)
        if floor != self._floor:
            self._floor = floor
            self._stale |= {"floor"}

    def set_pose(self, pose: Pose) -> None:
        self._pose = pose

    def update(self) -> None:
        self.native.update()

    def upload(self) -> None:
        """Send what is new to OpenGL now; the next picture would do it first."""
        self._drawing.canvas.set_current()
        self._upload(self._made())
        self._drawing.canvas.context.flush_commands()
        gloo.gl.glFinish()

    def image(self, width: int, height: int) -> QImage:
        """The picture at ``width`` x ``height`` physical px, drawn into a buffer of that size."""
        self._drawing.canvas.set_current()
        texture = gloo.Texture2D(shape=(height, width, 4), format="rgba")
        buffer = gloo.FrameBuffer(color=texture)
        try:
            with buffer:
                gloo.set_viewport(0, 0, width, height)
                self._draw(width)
                pixels = gloo.read_pixels((0, 0, width, height), alpha=True)
        finally:
            buffer.delete()
            texture.delete()
            gloo.set_viewport(0, 0, *self._drawing.canvas.physical_size)
        pixels = np.ascontiguousarray(pixels)
        image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGBX8888)
        return image.copy()

    def close(self) -> None:
        """Free the programs and buffers; the widget dies with its parent."""
        views, self._views = self._views, None
        self._drawing.close(views.close if views is not None else None)

    def _on_draw(self, physical_width: int) -> None:
        if self._pose is not None:
            self._draw(physical_width)

    def _draw(self, physical_width: int) -> None:
        assert self._pose is not None
        pose, ground = self._pose, self._ground
        ratio = self._ratio = physical_width / pose.port.width
        gloo.set_state(
            blend=True,
            depth_test=False,
            cull_face=False,
            blend_func=("one", "one_minus_src_alpha"),
        )
        gloo.clear(color=(*ground.canvas, 1.0), depth=False)
        views = self._made()
        if pose.depth < 1:
            colour = _mix(ground.canvas, ground.grid, 1 - pose.depth)
            views.grid.draw(pose.flat, pose.port, pose.lattice, (ratio, colour))
        self._upload(views)
        uniforms = self._uniforms(ratio)
        if pose.depth > 0:
            misty = {**uniforms, "u_fog": (1.0, 1.9, FOG * pose.depth)}
            views.floor.draw(misty, **self._flat(0.0))
            near, far, share = uniforms["u_fog"]
            views.lines.draw(
                {**uniforms, "u_fog": (near, far, SHADOW_FOG * share)}, **self._flat(1.0)
            )
        views.ties.draw(uniforms, **self._flat(0.0))
        views.lines.draw(uniforms, **self._flat(0.0))
        views.dots.draw(uniforms)
        near, far, share = uniforms["u_fog"]
        views.heads.draw({**uniforms, "u_fog": (near, far, HEAD_FOG * share)})
        views.accents.draw({**uniforms, "u_fog": (0.0, 1.0, 0.0)})

    def _made(self) -> _Views:
        if self._views is None:
            self._views = _Views()
        return self._views

    def _flat(self, shadow: float) -> dict[str, Any]:
        assert self._pose is not None
        height = self._floor[2] if self._floor else 0.0
        colour = _mix(self._ground.canvas, self._ground.line, self._pose.depth)
        scale = self._ground.line_scale
        ratio = scale * self._ratio
        return {
            "u_flat": (height, shadow, SHADOW_PX * scale, 0.0),
            "u_shadow": colour,
            "u_dash": (lines_spec.DASH * ratio, lines_spec.GAP * ratio),
        }

    def _uniforms(self, ratio: float) -> dict[str, Any]:
        assert self._pose is not None
        pose = self._pose
        matrix = np.zeros((4, 4), np.float32)
        matrix[[0, 1, 3]] = pose.matrix
        near, far = self._reach() if pose.depth > 0 else (1.0, 1.0)
        return {
            "u_matrix": matrix.T,
            "u_half": (pose.port.width * ratio / 2, pose.port.height * ratio / 2),
            "u_ratio": ratio,
            "u_canvas": self._ground.canvas,
            "u_fog": (near, max(far, near + 0.1), FOG * pose.depth),
        }

    def _reach(self) -> tuple[float, float]:
        """The smallest and the largest depth of a node."""
        w = self._w()
        return (float(w.min()), float(w.max())) if len(w) else (0.0, 1.0)

    def _w(self) -> NDArray[np.float32]:
        """(K + H,) depth of the nodes, 1 at what is looked at."""
        assert self._pose is not None
        row = self._pose.matrix[2].astype(np.float32)
        return self._nodes @ row[:3] + row[3]

    def _upload(self, views: _Views) -> None:
        scene, stale = self._scene, self._stale
        n = len(scene.mark_node) - len(scene.heads)
        if "style" in stale or ("grown" in stale and not self._regrow(views)):
            self._upload_style(views)
        if "places" in stale:
            views.lines.set_places(self._nodes, scene.segments)
            views.dots.set_places(self._nodes, scene.mark_node[:n])
            views.heads.set_places(self._nodes, scene.mark_node[n:])
        if stale & {"ties", "style"}:
            self._style_ties(views.ties)
        if stale & {"ties", "places"}:
            views.ties.set_places(self._nodes, self._ties.nodes)
        if "accents" in stale:
            a = self._accents
            views.accents.set_style(a.colour, a.radius, a.rim, a.shape, a.hole)
            views.accents.sort(None, a.nodes)
        if stale & {"accents", "accents-places"}:
            views.accents.set_places(self._nodes, self._accents.nodes)
        if "floor" in stale and self._floor is not None:
            self._upload_floor(views.floor)
        self._sort(views)
        self._stale = set()

    def _upload_style(self, views: _Views) -> None:
        s = self._scene
        n = len(s.mark_node) - len(s.heads)
        views.lines.set_style(*self._line_style(slice(None)), s.segment_kind)
        views.dots.set_style(*self._mark_style(slice(n)))
        views.heads.set_style(*self._mark_style(slice(n, None)))

    def _regrow(self, views: _Views) -> bool:
        """Send what grows alone; False where that is not little, or other nodes are drawn."""
        s = self._scene
        n = len(s.mark_node) - len(s.heads)
        if len(self._changed) != s.n_entries + len(s.heads):
            return False
        marks = np.flatnonzero(self._changed[s.mark_node])
        segments = np.flatnonzero(self._changed[s.segments].any(axis=1))
        if len(marks) + len(segments) > FEW:
            return False
        dots, heads = marks[marks < n], marks[marks >= n]
        views.lines.set_rows(segments, *self._line_style(segments))
        views.dots.set_rows(dots, *self._mark_style(dots))
        views.heads.set_rows(heads - n, *self._mark_style(heads))
        return True

    def _line_style(self, rows: Rows) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Colours and widths of segments, as far as they have grown."""
        s = self._scene
        colour = s.segment_colour[rows]
        if self._grown is not None:
            share = self._grown[s.segments[rows]][..., None]
            colour = np.asarray(self._ground.canvas, np.float32) * (1 - share) + colour * share
        return colour, s.segment_width[rows]

    def _mark_style(self, rows: Rows) -> tuple[NDArray[Any], ...]:
        """What :meth:`MarksView.set_style` takes, as far as the marks have grown."""
        s = self._scene
        radius, rim = s.mark_radius[rows], s.mark_rim[rows]
        if self._grown is not None:
            share = self._grown[s.mark_node[rows]]
            radius, rim = radius * share, rim * share
        return s.mark_colour[rows], radius, rim, s.mark_shape[rows], s.mark_hole[rows]

    def _style_ties(self, view: LinesView) -> None:
        ties = self._ties
        n = len(ties.nodes)
        colour = np.broadcast_to(ties.colour[:, None], (n, 2, 3))
        view.set_style(colour, np.full((n, 2), TIE_PX * self._ground.line_scale, np.float32))

    def _upload_floor(self, floor: LinesView) -> None:
        assert self._floor is not None
        ends = grid_spec.floor(*self._floor)
        n = len(ends)
        colour = np.broadcast_to(np.asarray(self._ground.line, np.float32), (n, 2, 3))
        floor.set_style(colour, np.full((n, 2), self._ground.line_scale, np.float32))
        floor.set_places(ends.reshape(-1, 3), np.arange(2 * n, dtype=np.int32).reshape(n, 2))
        floor.sort(None, np.zeros((n, 2), np.int32))

    def _sort(self, views: _Views) -> None:
        """Far things first in 3D, in the scene's own order in 2D; only when that has changed."""
        assert self._pose is not None
        s, deep = self._scene, self._pose.depth > 0
        arrows = int(np.count_nonzero(s.segment_kind & lines_spec.ARROW))
        counts = (len(s.segments), arrows, len(s.mark_node), len(s.heads), len(self._ties.nodes))
        sight = (self._pose.matrix[2].tobytes(), self._nodes, self._drawn) if deep else ()
        key = (*counts, *sight)
        if len(key) == len(self._sorted) and all(map(_alike, key, self._sorted)):
            return
        self._sorted = key
        n, w = len(s.mark_node) - len(s.heads), self._w() if deep else None
        views.lines.sort(w, s.segments)
        views.ties.sort(w, self._ties.nodes)
        views.dots.sort(w, s.mark_node[:n])
        views.heads.sort(w, s.mark_node[n:])


def _alike(a: object, b: object) -> bool:
    """Arrays are compared by identity, what is small by value."""
    return a is b or (isinstance(a, bytes | int) and a == b)


def _same_places(a: Scene, b: Scene) -> bool:
    """Whether two scenes draw the same nodes in the same order."""
    names = ("segments", "segment_kind", "mark_node")
    pairs = ((getattr(a, name), getattr(b, name)) for name in names)
    return len(a.heads) == len(b.heads) and all(np.array_equal(x, y) for x, y in pairs)


def _mix(
    under: tuple[float, float, float], over: tuple[float, float, float], share: float
) -> tuple[float, float, float]:
    a, b, c = (x + (y - x) * share for x, y in zip(under, over, strict=True))
    return a, b, c
