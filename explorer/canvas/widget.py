"""The map widget: state in, gestures out. The one name others need."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QImage, QPainter, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QWidget

from explorer.canvas import fit
from explorer.canvas.accents import accents
from explorer.canvas.camera import Viewport, nearest, project
from explorer.canvas.card.view import CardModel, card
from explorer.canvas.corners import Corners
from explorer.canvas.gestures import Gestures, Reports
from explorer.canvas.ink import Cache
from explorer.canvas.labels.view import LabelsView
from explorer.canvas.overlay import Overlay, Sprite
from explorer.canvas.rail import Rail
from explorer.canvas.stage import Stage
from explorer.canvas.surface import Surface, problem
from explorer.canvas.surface_data import Ground, Pose
from explorer.state.map import (
    MapState,
    MapTables,
    Neighbour,
    RunMark,
    SelectionState,
    TimelineState,
)
from explorer.state.scene import Choices, Palette, Scene, resolve, tracks
from explorer.theme.tokens import Tokens, rgb

TICK_MS = 16
CARD_MS = 120
TIDY_MS = 250
REACH = 10.0
FLOOR_HALF = 1.75
ADVICE = (
    "Everything else works. Install the OpenGL drivers (Debian: apt-get install libgl1-mesa-dri "
    "libegl1), or run klscope doctor to see what is missing."
)


def palette_of(tokens: Tokens) -> Palette:
    return Palette(
        canvas=rgb(tokens.canvas), text=rgb(tokens.text), text3=rgb(tokens.text3),
        runs=tuple(rgb(c) for c in tokens.runs),
        mark_scale=tokens.mark_scale, line_scale=tokens.line_scale,
    )  # fmt: skip


def port_of(width: float, height: float) -> Viewport:
    """The viewport with its margins for labels, legend and tools."""
    side = min(0.11 * width, 150.0)
    return Viewport(width, height, side, 0.09 * height, side + 30, 0.13 * height)


class MapWidget(QWidget):
    """Runs and entries in 2D and 3D. OpenGL is opened when first shown.

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
    ) -> None:
        super().__init__(parent)
        self._map, self._selection, self._timeline = map_state, selection, timeline
        self._tokens, self._palette = tokens, palette_of(tokens)
        self._tables, self._tracks, self._scene = MapTables(), tracks(()), Scene()
        self._marks: Mapping[str, RunMark] = {}
        self._ids: tuple[str, ...] = ()
        self._details: tuple[str, tuple[Neighbour, ...] | None] = ("", None)
        self._card_made: tuple[object, tuple[Sprite, ...]] = (None, ())
        self._stage, self._cache = Stage(), Cache()
        self._labels, self._corners = LabelsView(self._cache), Corners(self._cache)
        self._show_labels, self._card_due = True, False
        self._pointer: tuple[float, float] | None = None
        self._screen = np.zeros((0, 3))
        self._scene_stale = True
        self._surface: Surface | None = None
        self._closed = False
        self._overlay, self._rail, self._sentence = Overlay(self), Rail(self), QLabel(self)
        self._clock, self._card_clock = QTimer(self), QTimer(self)
        self._open_clock, self._tidy_clock = QTimer(self), QTimer(self)
        self._tidied = -1e9
        self._gestures = Gestures(
            self._stage, Reports(self._wake, self._hover, self._click, self.reset_view)
        )
        self._build()
        self._connect()
        self.set_tokens(tokens)

    def _build(self) -> None:
        self.setMinimumSize(240, 180)
        self._sentence.setWordWrap(True)
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._sentence.hide()
        self._clock.setInterval(TICK_MS)
        self._clock.setTimerType(Qt.TimerType.PreciseTimer)
        for clock, ms in ((self._card_clock, CARD_MS), (self._open_clock, 0),
                          (self._tidy_clock, TIDY_MS)):  # fmt: skip
            clock.setSingleShot(True)
            clock.setInterval(ms)
        self.setFocusProxy(self._overlay)

    def _connect(self) -> None:
        o, g = self._overlay, self._gestures
        o.pressed.connect(g.press)
        o.moved.connect(g.move)
        o.released.connect(g.release)
        o.doubled.connect(g.double)
        o.wheeled.connect(g.wheel)
        o.left.connect(self._leave)
        o.key.connect(self._key)
        self._rail.fit.connect(self.reset_view)
        self._rail.labels.connect(self._set_labels)
        self._rail.picture.connect(self._ask_picture)
        self._clock.timeout.connect(self._tick)
        self._card_clock.timeout.connect(self._card_time)
        self._open_clock.timeout.connect(self._open_now)
        self._tidy_clock.timeout.connect(self._tidy)
        for signal, slot in self._state_signals():
            signal.connect(slot)

    def _state_signals(self) -> tuple[tuple[object, object], ...]:
        return (
            (self._map.events.fade, self._restyle),
            (self._map.events.note, self._wake),
            (self._timeline.events.step, self._restyle),
            (self._timeline.events.axis, self._restyle),
            (self._selection.events.selected, self._wake),
            (self._selection.events.hovered, self._wake),
            (self._selection.events.scoring, self._wake),
        )

    # ------------------------------------------------------------------ what comes in

    def set_tables(self, tables: MapTables) -> None:
        """New entries or coordinates. Coordinates alone are cheap: the scene stays."""
        if tables.entries is not self._tables.entries:
            self._tracks = tracks(tables.entries, self._marks)
            self._scene_stale = True
            self._ids = tuple(e.id for e in tables.entries)
        self._tables = tables
        self._stage.set_coords(self._ids, tables.coords, perf_counter())
        self._wake()

    def set_marks(self, marks: Mapping[str, RunMark]) -> None:
        """Colours and shapes of the whole project, so that they do not depend on what is shown."""
        self._marks = marks
        self._tracks = tracks(self._tables.entries, marks)
        self._restyle()

    def set_tokens(self, tokens: Tokens) -> None:
        self._tokens, self._palette = tokens, palette_of(tokens)
        self._cache.clear()
        self._overlay.set_ring(tokens.accent)
        self._rail.set_tokens(tokens)
        self._sentence.setStyleSheet(
            f"background: {tokens.canvas}; color: {tokens.text2}; padding: 24px;"
        )
        self.setStyleSheet(f"explorer--canvas--MapWidget {{ background: {tokens.canvas}; }}")
        self._restyle()

    def set_hover_details(self, entry_id: str, neighbours: tuple[Neighbour, ...]) -> None:
        """What the hover card lists; ignored when the pointer has moved on."""
        self._details = (entry_id, neighbours)
        if entry_id == self._selection.hovered:
            self._wake()

    def set_still(self, still: bool) -> None:
        """Reduce motion: everything jumps."""
        self._stage.still = still

    def reset_view(self) -> None:
        self._stage.reset()
        self._wake()

    # ------------------------------------------------------------------ pictures

    def image(self, width: int, height: int, scale: float = 1.0) -> QImage:
        """The map as it would settle at ``width`` x ``height`` logical px, without tools or card.

        Works on a widget that was never shown. Without OpenGL the picture holds the sentence.
        """
        self._open()
        out = QImage(round(width * scale), round(height * scale), QImage.Format.Format_RGB32)
        out.fill(self._tokens.canvas)
        painter = QPainter()
        if self._surface is not None:
            self._paint_into(out, width, height, scale)
        else:
            painter.begin(out)
            painter.setPen(self._tokens.text2)
            painter.drawText(out.rect().adjusted(40, 40, -40, -40), _CENTRE, self._sentence.text())
            painter.end()
        return out

    def _paint_into(self, out: QImage, width: int, height: int, scale: float) -> None:
        surface, port = self._surface, self._stage.port
        assert surface is not None
        self._refresh_scene()
        self._stage.finish()
        self._stage.set_port(port_of(width, height))
        now = perf_counter()
        cache = Cache()
        cache.ratio = scale
        self._pose(now, surface)
        layers = self._layers(now, (width, height), LabelsView(cache), Corners(cache))
        picture = surface.image(out.width(), out.height())
        painter = QPainter(out)
        painter.drawImage(0, 0, picture)
        painter.scale(scale, scale)
        for sprites in layers.values():
            for sprite in sprites:
                painter.drawPixmap(sprite.x, sprite.y, sprite.pixmap)
        painter.end()
        self._stage.set_port(port)
        self._wake()

    # ------------------------------------------------------------------ Qt

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._open_clock.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()
        self._tick_once()

    def close(self) -> bool:
        """Disconnect from the state and free the OpenGL objects."""
        if not self._closed:
            self._closed = True
            for clock in (self._clock, self._card_clock, self._open_clock, self._tidy_clock):
                clock.stop()
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
            self._surface = Surface(self, self._refuse)
        except Exception as e:  # a driver's refusal, in whatever type it comes
            self._refuse(" ".join(str(e).split())[:200] or type(e).__name__)
            return
        self._scene_stale = True
        self._surface.native.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._place()
        self._surface.native.show()

    def _refuse(self, happened: str) -> None:
        happened = happened.rstrip(".")
        self._sentence.setText(f"The map cannot be drawn: {happened}. {ADVICE}")
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
        if not self._clock.isActive() and not self._closed:
            self._clock.start()

    def _restyle(self, *_: object) -> None:
        self._scene_stale = True
        self._wake()

    def _tick(self) -> None:
        if not self.isVisible() or self._surface is None:
            self._clock.stop()
            return
        self._tick_once()
        if not self._stage.moving(perf_counter()):
            self._clock.stop()

    def _tick_once(self) -> None:
        if self._surface is None or not self.isVisible():
            return
        now = perf_counter()
        self._refresh_scene()
        self._stage.set_port(port_of(self.width(), self.height()))
        self._stage.advance(now)
        self._pose(now, self._surface)
        self._follow_pointer()
        self._cache.ratio = self.devicePixelRatioF()
        layers = self._layers(now, (self.width(), self.height()), self._labels, self._corners)
        self._overlay.set_layers({**layers, "card": self._card()})
        self._surface.update()

    def _refresh_scene(self) -> None:
        if not self._scene_stale or self._surface is None:
            return
        self._scene_stale = False
        t = self._timeline
        self._scene = resolve(self._tracks, Choices(t.step, t.axis, self._map.fade), self._palette)
        k = self._tokens
        self._surface.set_scene(
            self._scene, Ground(rgb(k.canvas), rgb(k.grid), rgb(k.line), k.line_scale)
        )

    def _pose(self, now: float, surface: Surface) -> None:
        """Hand positions and cameras to OpenGL, and project for the overlay and the pointer."""
        stage = self._stage
        points = stage.positions(now)
        nodes = self._scene.nodes(points)
        pose = Pose(stage.port, stage.matrix(now), stage.flat, stage.home.scale, stage.depth(now))
        surface.set_pose(pose)
        surface.set_nodes(nodes)
        grown = stage.grown(now)
        surface.set_grown(None if grown is None else self._grown_nodes(grown))
        if pose.depth > 0:
            surface.set_floor((0.0, 0.0), FLOOR_HALF, fit.floor_height(points))
        surface.set_accents(
            accents(self._scene, self._tracks, self._selection, self._palette, grown)
        )
        self._screen = project(pose.matrix, nodes, pose.port)

    def _follow_pointer(self) -> None:
        """What is under a resting pointer changes while the map moves."""
        if self._pointer is not None and not self._gestures.dragging:
            self._hover(self._pointer)

    def _grown_nodes(self, grown: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.concatenate([grown, np.maximum(grown[self._scene.head_a], 0.0)])

    def _layers(
        self, now: float, size: tuple[int, int], labels: LabelsView, corners: Corners
    ) -> dict[str, tuple[Sprite, ...]]:
        depth = self._stage.depth(now)
        fixed = corners.sprites(
            self._scene, self._tables, self._map.note, size, self._tokens,
            self._stage.orbit if depth > 0.5 else None,
        )  # fmt: skip
        boxes = tuple((r.left(), r.top(), r.right(), r.bottom()) for r in (s.rect for s in fixed))
        rail = (size[0] - 46.0, 0.0, float(size[0]), 120.0)
        shown = self._labels_of(labels, size, (*boxes, rail), depth) if self._show_labels else ()
        return {"labels": shown, "corners": fixed}

    def _labels_of(
        self,
        labels: LabelsView,
        size: tuple[int, int],
        taken: tuple[tuple[float, float, float, float], ...],
        depth: float,
    ) -> tuple[Sprite, ...]:
        return labels.sprites(
            self._scene, self._screen, size, self._tokens, quick=self._hasty(labels),
            scoring=self._scoring_run(), ticks=depth < 0.5, taken=taken,
        )  # fmt: skip

    def _hasty(self, labels: LabelsView) -> bool:
        """In motion labels keep their sides; they are tidied four times a second and at the end."""
        now = perf_counter()
        if labels is not self._labels:
            return False
        if now - self._tidied < TIDY_MS / 1000:
            if not self._tidy_clock.isActive():
                self._tidy_clock.start()
            return True
        self._tidied = now
        return False

    def _tidy(self) -> None:
        self._tidied = -1e9
        self._wake()

    def _scoring_run(self) -> str:
        asked = self._selection.scoring
        if not asked:
            return ""
        found = next((e.run or e.label for e in self._tables.entries if e.id == asked), "")
        return found or (asked if asked in self._tracks.runs else "")

    # ------------------------------------------------------------------ pointer

    def _row_at(self, at: tuple[float, float]) -> int:
        """Entry row of the mark under the pointer, or -1."""
        marks = self._scene.mark_node
        if not len(marks) or len(self._screen) <= marks.max(initial=-1):
            return -1
        k = nearest(self._screen[marks], at, np.maximum(REACH, self._scene.mark_radius + 3.0))
        if k < 0:
            return -1
        node, n = int(marks[k]), self._scene.n_entries
        return node if node < n else self._scene.heads[node - n].row

    def _id_at(self, at: tuple[float, float]) -> str:
        row = self._row_at(at)
        return self._tables.entries[row].id if 0 <= row < len(self._tables.entries) else ""

    def _hover(self, at: tuple[float, float] | None) -> None:
        self._pointer = at
        found = self._id_at(at) if at is not None else ""
        if found != self._selection.hovered:
            self._card_due = False
            self._card_clock.stop()
            if found:
                self._card_clock.start()
            self._overlay.setCursor(
                Qt.CursorShape.PointingHandCursor if found else Qt.CursorShape.ArrowCursor
            )
            self._selection.hovered = found

    def _click(self, at: tuple[float, float]) -> None:
        self._selection.selected = self._id_at(at)

    def _leave(self) -> None:
        self._hover(None)

    def _key(self, event: object) -> None:
        self._gestures.key(event, self)

    def _card_time(self) -> None:
        self._card_due = True
        self._wake()

    def _card(self) -> tuple[Sprite, ...]:
        asked = self._selection.hovered
        if not asked or not self._card_due or not self._pointer or self._gestures.dragging:
            return ()
        row = self._row_at(self._pointer)
        if row < 0 or self._ids[row] != asked:
            return ()
        size, ratio = (self.width(), self.height()), self._cache.ratio
        key = (asked, self._details, self._pointer, size, self._tokens.name, ratio, self._tables)
        if key != self._card_made[0]:
            model = self._card_model(row)
            made = card(model, self._pointer, size, self._tokens, self._palette, ratio)
            self._card_made = (key, made)
        return self._card_made[1]

    def _card_model(self, row: int) -> CardModel:
        entry = self._tables.entries[row]
        found = dict(zip(self._tracks.runs, self._tracks.marks, strict=True))
        owner, neighbours = self._details
        own = found[entry.run or entry.label]
        pairs = None
        if owner == entry.id and neighbours is not None:
            pairs = tuple((n, found.get(n.run or n.label, own)) for n in neighbours)
        bits = self._tables.bits_per_byte
        value = float(bits[row]) if row < len(bits) else float("nan")
        return CardModel(entry, own, value, pairs)

    # ------------------------------------------------------------------ tools

    def _set_labels(self, shown: bool) -> None:
        self._show_labels = shown
        self._wake()

    def _ask_picture(self) -> None:
        self.command.emit("map.picture", None)


_CENTRE = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
