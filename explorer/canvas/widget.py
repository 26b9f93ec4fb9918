"""The map widget: state in, gestures out. The one name others need."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QImage, QPainter, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QWidget

from explorer.canvas import fit
from explorer.canvas import walk as walks
from explorer.canvas.accents import Follower
from explorer.canvas.camera import Viewport
from explorer.canvas.composer import TIDY_S, Composer, Frame
from explorer.canvas.dressing import Dressing
from explorer.canvas.gestures import Gestures, Reports
from explorer.canvas.gl import problem, words
from explorer.canvas.grid import spec as grid_spec
from explorer.canvas.legend.spec import PREVIEW, Chip, jump_chip
from explorer.canvas.overlay import Overlay, Sprite
from explorer.canvas.placing import Placing
from explorer.canvas.pointer import Pointer
from explorer.canvas.printed import Printed
from explorer.canvas.rail import Rail
from explorer.canvas.ruler import spec as ruler_spec
from explorer.canvas.ruler.spec import Ruler
from explorer.canvas.stage import Stage
from explorer.canvas.surface import Surface
from explorer.canvas.surface_data import Ground, Pose
from explorer.state import axes
from explorer.state.dress import Palette, Tracks
from explorer.state.filter import FilterState
from explorer.state.map import (
    MapState,
    MapTables,
    Neighbour,
    RunMark,
    SelectionState,
    TimelineState,
)
from explorer.state.scene import Scene
from explorer.state.selection import take
from explorer.theme.tokens import Tokens, mix, rgb

SLOWEST_HZ, TIDY_MS, REST_MS = 30.0, round(1000 * TIDY_S), 300
CALM_S, KEEP_PX = 0.12, 80.0
LOOKS = (
    "colour", "shape_by", "size_by", "width_by", "fade", "tail", "arrows", "relations", "jumps",
    "aside", "dims",
)  # fmt: skip
FILTERS = ("terms", "hidden", "greyed")
FLOOR_HALF = 1.75
PRESENTED_FLOOR = 0.45
NAME_EMS = 6.5
"""Kept free at the right of the heads for a name, in ems of its size."""
ADVICE = (
    "Everything else works. Install the OpenGL drivers (Debian: apt-get install libgl1-mesa-dri "
    "libegl1), or run klscope doctor to see what is missing."
)


def ground_of(tokens: Tokens, *, presented: bool = False) -> Ground:
    """The colours under the data; for an audience no grid, and a floor that ends unseen."""
    grid = tokens.canvas if presented else tokens.grid
    line = mix(tokens.canvas, tokens.line, PRESENTED_FLOOR) if presented else tokens.line
    return Ground(rgb(tokens.canvas), rgb(grid), rgb(line), tokens.line_scale)


def port_of(width: float, height: float, label: float = 13.0) -> Viewport:
    """The viewport with its margins for labels of that size in px, legend and tools."""
    side = min(0.11 * width, 150.0)
    name = min(NAME_EMS * label, 0.25 * width)
    width, height = max(width, 1.0), max(height, 1.0)
    return Viewport(width, height, side, 0.09 * height, max(side + 30, name), 0.13 * height)


class MapWidget(QWidget):
    """Runs and entries in 2D and 3D. OpenGL is opened when first shown, or for a picture.

    A gesture sets ``selection``; what is drawn follows from the state and :meth:`set_tables`.
    ``command`` carries command ids with an argument or None.
    """

    command = Signal(str, object)

    def __init__(
        self,
        map_state: MapState,
        selection: SelectionState,
        timeline: TimelineState,
        tokens: Tokens,
        parent: QWidget | None = None,
        *,
        filtered: FilterState | None = None,
    ) -> None:
        super().__init__(parent)
        self._map, self._selection, self._timeline = map_state, selection, timeline
        self._filter = filtered if filtered is not None else FilterState()
        self._tokens, self._scene = tokens, Scene()
        self._dressing = Dressing(map_state, timeline, self._filter, tokens)
        self._ids: tuple[str, ...] = ()
        self._screen = np.zeros((0, 3))
        self._scene_stale, self._plain, self._closed = True, False, False
        self._presented = False
        self._surface: Surface | None = None
        self._stage, self._composer, self._placing = Stage(), Composer(), Placing()
        self._overlay, self._rail, self._sentence = Overlay(self), Rail(self), QLabel(self)
        self._clock, self._open_clock, self._tidy_clock = QTimer(self), QTimer(self), QTimer(self)
        self._rest_clock = QTimer(self)
        self._pointer = Pointer(selection, self._wake, self)
        self._gestures = Gestures(self._stage, self._reports())
        self._follower, self._ticked = Follower(), 0.0
        self._build()
        self._connect()
        self._show_choices()
        self.set_tokens(tokens)

    def _reports(self) -> Reports:
        return Reports(
            camera=self._camera_moved,
            rest=self._keep_camera,
            hover=self._pointer.hover,
            click=self._pointer.click,
            region=self._pointer.enclose,
            band=self._show_band,
            reset=self.reset_view,
            on_mark=lambda at: bool(self._pointer.id_at(at)),
            put_away=lambda: self._take_tool("pan"),
        )

    def _build(self) -> None:
        self.setMinimumSize(240, 180)
        self.setFocusProxy(self._overlay)
        self._sentence.setWordWrap(True)
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._sentence.hide()
        self._clock.setTimerType(Qt.TimerType.PreciseTimer)
        singles = (self._open_clock, 0), (self._tidy_clock, TIDY_MS), (self._rest_clock, REST_MS)
        for clock, ms in singles:
            clock.setSingleShot(True)
            clock.setInterval(ms)

    def _connect(self) -> None:
        o, g = self._overlay, self._gestures
        o.pressed.connect(g.press)
        o.moved.connect(g.move)
        o.released.connect(g.release)
        o.doubled.connect(g.double)
        o.wheeled.connect(g.wheel)
        o.left.connect(self._leave)
        o.key.connect(self._key)
        self._rail.tool.connect(self._take_tool)
        self._rail.fit.connect(self.reset_view)
        self._rail.labels.connect(self._set_labelled)
        self._rail.picture.connect(self._ask_picture)
        self._clock.timeout.connect(self._tick)
        self._open_clock.timeout.connect(self._open_now)
        self._tidy_clock.timeout.connect(self._tidy)
        self._rest_clock.timeout.connect(self._keep_camera)
        for signal, slot in self._state_signals():
            signal.connect(slot)

    def _state_signals(self) -> tuple[tuple[object, object], ...]:
        return (
            *((getattr(self._map.events, name), self._restyle) for name in LOOKS),
            *((getattr(self._filter.events, name), self._restyle) for name in FILTERS),
            (self._map.events.truth, self._restyle),
            (self._map.events.note, self._wake),
            (self._map.events.remarks, self._wake),
            (self._map.events.preview, self._wake),
            (self._map.events.base, self._wake),
            (self._map.events.camera, self._follow_camera),
            (self._map.events.labels, self._show_choices),
            (self._timeline.events.at, self._restyle),
            (self._timeline.events.axis, self._restyle),
            (self._selection.events.selected, self._wake),
            (self._selection.events.chosen, self._wake),
            (self._selection.events.tool, self._show_choices),
            (self._selection.events.hovered, self._hovered),
            (self._selection.events.scoring, self._wake),
        )

    # ------------------------------------------------------------------ what comes in

    def set_tables(self, tables: MapTables) -> None:
        """New entries or coordinates. Coordinates alone are cheap: the scene stays."""
        before = self._tables
        fresh, turned = not len(before.coords), tables.coords.shape[1:] != before.coords.shape[1:]
        if tables.entries is not before.entries:
            self._ids = tuple(e.id for e in tables.entries)
        self._dressing.set_tables(tables)
        kept = ("entries", "links", "faith", "bits_per_byte")
        self._scene_stale |= any(getattr(tables, k) is not getattr(before, k) for k in kept)
        self._stage.set_coords(self._ids, tables.coords, perf_counter())
        if fresh or turned:
            self._stage.show(self._map.camera)
        if fresh:
            self._stage.settle()
        self._wake()

    def set_marks(self, marks: Mapping[str, RunMark]) -> None:
        """Colours and shapes of the whole project, so that they do not depend on what is shown."""
        self._dressing.set_marks(marks)
        self._restyle()

    def set_tokens(self, tokens: Tokens) -> None:
        """Another theme."""
        self._tokens = tokens
        self._dressing.set_tokens(tokens)
        self._composer.forget()
        self._overlay.set_ring(tokens.accent)
        self._rail.set_tokens(tokens)
        self._sentence.setStyleSheet(
            f"background: {tokens.canvas}; color: {tokens.text2}; padding: 24px;"
        )
        self._restyle()

    def set_hover_details(self, entry_id: str, neighbours: tuple[Neighbour, ...]) -> None:
        """What the hover card lists; ignored when the pointer has moved on."""
        self._pointer.set_details(entry_id, neighbours)
        self._wake()

    def set_still(self, still: bool) -> None:
        """Reduce motion: everything jumps."""
        self._stage.still = still

    def set_plain(self, plain: bool) -> None:
        """Lines and marks alone, without labels, legend and tools: for previews."""
        self._plain = plain
        self._rail.setVisible(not plain)
        self._wake()

    def set_presented(self, presented: bool) -> None:
        """For an audience: names, heads and lines, without dots, grid, tools and corners."""
        self._presented = presented
        self._dressing.dots = not presented
        self._rail.setVisible(not presented)
        self._restyle()

    def reset_view(self) -> None:
        """Show everything again."""
        self._rest_clock.stop()
        self._map.camera = ()
        self._stage.reset()
        self._wake()

    @property
    def _tables(self) -> MapTables:
        return self._dressing.tables

    @property
    def _tracks(self) -> Tracks:
        return self._dressing.tracks

    @property
    def _palette(self) -> Palette:
        return self._dressing.palette

    def walk(self, by: int, *, runs: bool = False) -> None:
        """Point at the entry ``by`` places further in its run, or at that of another run.

        From what is pointed at, else from what is selected; the view follows it.
        """
        if len(self._scene.seen) != len(self._ids):
            return  # these entries are not drawn yet
        start = self._follower.row(self._selection.hovered or self._selection.selected)
        step = walks.across if runs else walks.along
        row = step(self._tracks, self._scene.seen, start, by) if len(self._ids) else -1
        if row < 0:
            return
        self._bring(row)
        self._pointer.hold(self._ids[row])

    def _bring(self, row: int) -> None:
        """Pan just as far as it takes to have an entry in the window."""
        x, y = (float(v) for v in self._screen[row, :2])
        room = self._stage.port
        wish = np.clip(x, KEEP_PX, room.width - KEEP_PX), np.clip(y, KEEP_PX, room.height - KEEP_PX)
        if np.isfinite(x) and (wish[0] != x or wish[1] != y):
            self._stage.pan(float(wish[0]) - x, float(wish[1]) - y)
            self._camera_moved()

    @property
    def problem(self) -> str:
        """ "" or the sentence that stands in place of the map. Known once OpenGL was opened."""
        return self._sentence.text()

    # ------------------------------------------------------------------ pictures

    def image(self, width: int, height: int, scale: float = 1.0) -> QImage:
        """The map as it would settle at ``width`` x ``height`` logical px, without tools or card.

        Works on a widget that was never shown. Without OpenGL the picture holds the sentence.
        """
        self._open()
        out = QImage(round(width * scale), round(height * scale), QImage.Format.Format_RGB32)
        out.fill(self._tokens.canvas)
        try:
            if self._surface is not None:
                self._paint_map(out, (width, height), scale, self._surface)
        except Exception as e:  # a driver's refusal, in whatever type it comes
            self._refuse(words(e))
        if self._sentence.text():
            self._paint_sentence(out)
        return out

    def printed(self, scale: float = 2.0) -> QWidget:
        """A child that paints the map as it is looked at, without tools, for files: lines and marks
        at ``scale`` pixels a logical one, words as words. Covers the map until it is deleted."""
        size = max(self.width(), 1), max(self.height(), 1)
        self._open()
        if self._surface is not None:
            try:
                picture, layers = self._drawn(size, scale, self._surface)
                return Printed(self, picture, [s for some in layers.values() for s in some])
            except Exception as e:  # a driver's refusal, in whatever type it comes
                self._refuse(words(e))
        return Printed(self, self.image(*size, scale), ())

    def _drawn(
        self, size: tuple[int, int], scale: float, surface: Surface
    ) -> tuple[QImage, dict[str, tuple[Sprite, ...]]]:
        """What OpenGL draws, and what lies over it."""
        before, now = self._stage.port, perf_counter()
        self._refresh_scene(surface)
        self._stage.finish()
        self._stage.set_port(port_of(*size, self._tokens.label))
        self._pose(now, surface)
        layers = Composer(scale).layers(self._frame(size, tools=False), now)
        picture = surface.image(round(size[0] * scale), round(size[1] * scale))
        self._stage.set_port(before)
        self._wake()
        return picture, dict(layers)

    def _paint_map(
        self, out: QImage, size: tuple[int, int], scale: float, surface: Surface
    ) -> None:
        picture, layers = self._drawn(size, scale, surface)
        painter = QPainter(out)
        painter.drawImage(0, 0, picture)
        painter.scale(scale, scale)
        for sprite in (s for sprites in layers.values() for s in sprites):
            painter.drawPixmap(sprite.x, sprite.y, sprite.pixmap)
        painter.end()

    def _paint_sentence(self, out: QImage) -> None:
        painter = QPainter(out)
        painter.setPen(self._tokens.text2)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(out.rect().adjusted(40, 40, -40, -40), flags, self._sentence.text())
        painter.end()

    # ------------------------------------------------------------------ Qt

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._open_clock.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        for clock in (self._clock, self._tidy_clock):
            clock.stop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()
        self._tick_once()

    def close(self) -> bool:
        """Disconnect from the state and free the OpenGL objects."""
        if not self._closed:
            self._closed = True
            for clock in (self._clock, self._open_clock, self._tidy_clock, self._rest_clock):
                clock.stop()
            self._pointer.close()
            for signal, slot in self._state_signals():
                signal.disconnect(slot)
            if self._surface is not None:
                self._surface.close()
                self._surface = None
        return super().close()

    def _open_now(self) -> None:
        """After the show event: a window in the middle of being shown is not told of OpenGL."""
        self._open()
        self._wake()

    def _open(self) -> None:
        if self._surface is not None or self._closed or self._sentence.text():
            return
        trouble = problem()
        if trouble:
            self._refuse(trouble)
            return
        try:
            self._surface = Surface(self, self._refuse_soon)
        except Exception as e:  # a driver's refusal, in whatever type it comes
            self._refuse(words(e))
            return
        self._scene_stale = True
        self._surface.native.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._place()
        self._surface.native.show()

    def _refuse_soon(self, happened: str) -> None:
        """After the paint event that failed: a widget must not be hidden while it paints."""
        QTimer.singleShot(0, self, lambda: self._refuse(happened))

    def _refuse(self, happened: str) -> None:
        self._sentence.setText(f"The map cannot be drawn: {happened.rstrip('.')}. {ADVICE}")
        if self._surface is not None:
            self._surface.native.hide()
        self._overlay.hide()
        self._rail.hide()
        self._sentence.show()
        self._sentence.raise_()

    def _place(self) -> None:
        rect = self.rect()
        if self._surface is not None:
            self._surface.native.setGeometry(rect)
        self._overlay.setGeometry(rect)
        self._overlay.raise_()
        self._sentence.setGeometry(rect)
        self._rail.adjustSize()
        self._rail.move(rect.width() - self._rail.width() - 14, 12)
        self._rail.raise_()

    # ------------------------------------------------------------------ time

    def _wake(self, *_: object) -> None:
        """Something changed: draw soon, and go on while anything moves."""
        if not self._clock.isActive() and self.isVisible() and not self._closed:
            self._clock.start(int(1000 / max(self.screen().refreshRate(), SLOWEST_HZ)))

    def _restyle(self, *_: object) -> None:
        self._scene_stale = True
        self._wake()

    def _hovered(self, entry_id: str) -> None:
        drawing = self._selection.tool != "pan"
        away = Qt.CursorShape.CrossCursor if drawing else Qt.CursorShape.ArrowCursor
        self._overlay.setCursor(Qt.CursorShape.PointingHandCursor if entry_id else away)
        self._overlay.setAccessibleDescription(self._spoken(entry_id))
        self._wake()

    def _spoken(self, entry_id: str) -> str:
        """What a screen reader says about the entry that is pointed at."""
        row = self._follower.row(entry_id)
        if row < 0:
            return ""
        entry = self._tables.entries[row]
        step = f", {axes.place(entry, entry.step)}" if entry.step >= 0 else ""
        return f"{entry.run or entry.label}{step}"

    def _tidy(self) -> None:
        """Lay the labels out once nothing moves any more."""
        if perf_counter() - self._ticked < CALM_S:
            self._tidy_clock.start()
            return
        self._composer.tidy()
        self._wake()

    def _tick(self) -> None:
        self._tick_once()
        goes_on = self._stage.moving(self._ticked) or self._timeline.playing
        if self._surface is None or self.problem or not goes_on:
            self._clock.stop()

    def _tick_once(self) -> None:
        surface = self._surface
        if surface is None or self.problem or not self.isVisible():
            return
        now = self._ticked = perf_counter()
        self._refresh_scene(surface)
        self._stage.set_port(port_of(self.width(), self.height(), self._tokens.label))
        self._stage.advance(now)
        self._pose(now, surface)
        self._pointer.set_picture(self._scene, self._tracks, self._tables, self._screen)
        if not self._gestures.dragging:
            self._pointer.rest()
        self._compose(now)
        surface.update()

    def _compose(self, now: float) -> None:
        size, ratio = (self.width(), self.height()), self.devicePixelRatioF()
        self._composer.cache.ratio = ratio
        layers = self._composer.layers(self._frame(size, tools=True), now)
        calm = not self._gestures.dragging
        card = self._pointer.card(size, self._tokens, self._palette, ratio) if calm else ()
        self._overlay.set_layers({**layers, "card": card})
        if self._composer.hasty and not self._tidy_clock.isActive():
            self._tidy_clock.start()

    def _frame(self, size: tuple[int, int], *, tools: bool) -> Frame:
        deep = self._stage.depth(perf_counter()) > 0.5
        return Frame(
            scene=self._scene,
            tracks=self._tracks,
            ruler=self._ruler(deep=deep),
            screen=self._screen,
            size=size,
            tokens=self._tokens,
            chips=self._chips(),
            chosen=self._follower.chosen,
            selected=self._follower.row(self._selection.selected),
            scoring=self._scoring_run(),
            zoom=self._stage.zoom_level,
            orbit=self._stage.orbit if deep else None,
            labels=self._map.labels and not self._plain,
            corners=not (self._plain or self._presented),
            details=not self._presented,
            tools=tools,
        )

    def _ruler(self, *, deep: bool) -> Ruler:
        tables, stage = self._tables, self._stage
        view = stage.orbit if deep else stage.flat
        return ruler_spec.ruler(tables.params, tables.info, stage.box, view, stage.port)

    def _chips(self) -> tuple[Chip, ...]:
        m, scene = self._map, self._scene
        jumps = jump_chip(scene.n_jumps, scene.n_looked, self._stage.dims)
        return (
            *((Chip(m.note, "warn"),) if m.note else ()),
            *((Chip(PREVIEW),) if m.preview else ()),
            *((Chip(m.base),) if m.base else ()),
            *((jumps,) if jumps is not None and m.jumps else ()),
            *(Chip(remark.words, remark.level) for remark in m.remarks),
        )

    def _refresh_scene(self, surface: Surface) -> None:
        if not self._scene_stale:
            return
        self._scene_stale = False
        self._scene = self._dressing.scene()
        surface.set_scene(self._scene, ground_of(self._tokens, presented=self._presented))

    def _pose(self, now: float, surface: Surface) -> None:
        """Hand positions and cameras to OpenGL, and project for the overlay and the pointer."""
        stage, scene = self._stage, self._scene
        points, grown = stage.positions(now), stage.grown(now)
        nodes = self._placing.nodes(scene, points)
        depth = stage.depth(now)
        params, home = self._tables.params, stage.home.scale
        lattice = ruler_spec.lattice(params, stage.box, stage.flat) or grid_spec.Lattice(
            grid_spec.spacing(stage.flat.scale, home)
        )
        pose = Pose(stage.port, stage.matrix(now), stage.flat, lattice, depth)
        surface.set_pose(pose)
        surface.set_nodes(nodes)
        surface.set_grown(None if grown is None else _of_nodes(grown, scene))
        if depth > 0:
            surface.set_floor((0.0, 0.0), FLOOR_HALF, fit.floor_height(points))
        made = self._follower.accents(scene, self._tracks, self._picks(), self._palette, grown)
        if made is not None:
            surface.set_accents(made)
        looked = map(self._follower.row, (self._selection.selected, self._selection.hovered))
        surface.set_ties(self._dressing.ties(tuple(sorted({row for row in looked if row >= 0}))))
        self._screen = self._placing.screen(pose, nodes)

    def _picks(self) -> tuple[str, str, frozenset[str], str]:
        s = self._selection
        return s.hovered, s.selected, s.chosen, self._scoring_run()

    def _scoring_run(self) -> str:
        """The run being scored: ``selection.scoring`` may be an entry's id or a run."""
        asked = self._selection.scoring
        if not asked:
            return ""
        return next((e.run or e.label for e in self._tables.entries if e.id == asked), asked)

    # ------------------------------------------------------------------ gestures and tools

    def _leave(self) -> None:
        self._pointer.hover(None)

    def _key(self, event: object) -> None:
        self._gestures.key(event, self)

    def _camera_moved(self) -> None:
        """The view moves with the hands; the state is told when they rest."""
        self._rest_clock.start()
        self._wake()

    def _keep_camera(self) -> None:
        if self._gestures.dragging:
            return
        self._rest_clock.stop()
        self._map.camera = self._stage.camera

    def _follow_camera(self, camera: tuple[float, ...]) -> None:
        self._stage.show(camera)
        self._wake()

    def _show_band(self) -> None:
        self._overlay.set_band(self._gestures.band)

    def _take_tool(self, tool: str) -> None:
        take(self._selection, tool)

    def _show_choices(self, *_: object) -> None:
        self._gestures.tool = self._selection.tool
        self._rail.show_choices(self._selection.tool, self._map.labels)
        self._hovered(self._selection.hovered)

    def _set_labelled(self, labelled: bool) -> None:
        self._map.labels = labelled

    def _ask_picture(self) -> None:
        self.command.emit("map.picture", None)


def _of_nodes(grown: NDArray[np.float32], scene: Scene) -> NDArray[np.float32]:
    """Growth of entries carried over to heads, (K + H,)."""
    return np.concatenate([grown, grown[scene.head_a]])
