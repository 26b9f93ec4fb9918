"""Where everything is right now: positions on their way, the cameras, flat or deep. No Qt.

Time is handed in as seconds, so that tests and pictures decide what "now" is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from explorer.canvas import fit, motion
from explorer.canvas.camera import View2D, View3D, Viewport

FOLLOW_S = 0.085
HOME_3D = View3D()


class Stage:
    """Positions and cameras of the map.

    The cameras follow the fit of the data until the user moves one (``moved``); :meth:`reset`
    gives them back. ``still`` True makes every movement instant.
    """

    def __init__(self) -> None:
        self.ids: tuple[str, ...] = ()
        self.dims = 2
        self.moved = False
        self.still = False
        self.flat, self.orbit = View2D(), HOME_3D
        self.box = fit.Box()
        self._raw = np.zeros((0, 2), np.float32)
        self._flight = motion.Flight(_none(), _none(), 0.0, 0.0)
        self._births = motion.Births()
        self._depth = motion.Slide(np.zeros(1), np.zeros(1))
        self._port = Viewport(800, 600)
        self._last_frame = self._last_step = -1e9
        self._targets: tuple[View2D, View3D] | None = None
        self._fresh = True
        self._given: tuple[float, ...] = ()

    # ------------------------------------------------------------------ what comes in

    def set_coords(self, ids: Sequence[str], coords: NDArray[np.float32], now: float) -> None:
        """New coordinates, (K, 2) or (K, 3): everything moves there from where it is shown."""
        ids = tuple(ids)
        self.box = self._box(ids, coords)
        self._raw = coords
        target = fit.normalised(coords, self.box)
        same, first = ids == self.ids, not len(self.ids)
        turned = bool(len(coords)) and coords.shape[1] != self.dims
        interval, self._last_frame = now - self._last_frame, now
        live = same and not turned and interval < motion.FRAME_MAX_S
        start = self.positions(now)
        if not same:
            start, born = motion.carried(self.ids, start, ids, target)
            self._births = self._born(ids, born, now)
            self.ids = ids
        duration = max(interval * 1.15, motion.FRAME_MIN_S) if live else motion.MORPH_S
        if first or self.still:
            start, duration = target, 0.0
        self._flight = motion.Flight(start, target, now, duration, linear=live)
        self._targets = None
        if turned:
            self._turn(coords.shape[1], now)
        if self.still or (self._fresh and len(coords)):
            self._fresh = self._fresh and not len(coords)
            self.settle()

    def _box(self, ids: tuple[str, ...], coords: NDArray[np.float32]) -> fit.Box:
        """The box of these coordinates; the one in use where no old point has moved.

        Entries placed beside the others then move nothing on the screen either.
        """
        if coords.shape[1:] == self._raw.shape[1:] and self.box.scale > 0 and len(self.ids):
            known, new = motion.carried(self.ids, self._raw, ids, coords)
            if not new.all() and np.array_equal(known, coords, equal_nan=True):
                return self.box
        return fit.box(coords)

    def _turn(self, dims: int, now: float) -> None:
        """Flat to deep or back."""
        self.dims, self.moved, self._given = dims, False, ()
        goal = np.array([1.0 if dims == 3 else 0.0])
        duration = 0.0 if self._fresh or self.still else motion.MORPH_S
        self._depth = motion.Slide(self._depth.at(now), goal, now, duration)

    def set_port(self, port: Viewport) -> None:
        """A new size. A view that the user chose keeps its middle and grows with the window."""
        if port == self._port:
            return
        grown = min(port.free) / min(self._port.free)
        self._port, self._targets = port, None
        if self.moved and not self._given:
            self.flat = replace(self.flat, scale=self.flat.scale * grown)
        else:
            self.settle()

    def show(self, camera: tuple[float, ...]) -> None:
        """Go to a camera as :attr:`camera` gives it; one of the other dimensions is not for now."""
        if camera == self.camera:
            return
        if not camera:
            self.reset()
        elif len(camera) == (6 if self.dims == 3 else 3):
            self.moved, self._given, self._targets = True, camera, None
            if self.dims == 3:
                self._unwind(camera[4])
            if self.still:
                self.settle()

    @property
    def camera(self) -> tuple[float, ...]:
        """Where the user looks: () = everything; x, y and the world units across the shorter side
        in 2D; x, y, z, log distance, azimuth and elevation in 3D. Holds at any size of the window.
        """
        if not self.moved or self._given:
            return self._given
        if self.dims == 3:
            return tuple(float(v) for v in self.orbit.vector())
        return self.flat.x, self.flat.y, min(self._port.free) / self.flat.scale

    def reset(self) -> None:
        """Back to the view of everything, with an easing."""
        self._unwind(HOME_3D.azimuth)
        self.moved, self._given, self._targets = False, (), None
        if self.still:
            self.settle()

    # ------------------------------------------------------------------ gestures

    def pan(self, dx: float, dy: float) -> None:
        self._take()
        if self.dims == 3:
            self.orbit = self.orbit.panned(dx, dy, self._port)
        else:
            self.flat = self.flat.panned(dx, dy)

    def turn(self, dx: float, dy: float) -> None:
        self._take()
        self.orbit = self.orbit.orbited(dx, dy)

    def zoom(self, factor: float, at: tuple[float, float]) -> None:
        self._take()
        if self.dims == 3:
            self.orbit = self.orbit.zoomed(factor, at, self._port)
        else:
            self.flat = self.flat.zoomed(factor, at, self._port)

    def _unwind(self, azimuth: float) -> None:
        """Forget full turns, so that the way to ``azimuth`` is the short one."""
        turns = round((self.orbit.azimuth - azimuth) / 360)
        self.orbit = replace(self.orbit, azimuth=self.orbit.azimuth - 360 * turns)

    def _take(self) -> None:
        self.moved, self._given = True, ()

    # ------------------------------------------------------------------ what goes out

    def positions(self, now: float) -> NDArray[np.float32]:
        return self._flight.at(now)

    def grown(self, now: float) -> NDArray[np.float32] | None:
        """Share of the final size per entry, or None when all are full."""
        return None if self._births.done(now) else self._births.grown(now)

    def depth(self, now: float) -> float:
        return float(self._depth.at(now)[0])

    def matrix(self, now: float) -> NDArray[np.float64]:
        depth = self.depth(now)
        if depth <= 0:
            return self.flat.matrix(self._port)
        deep = self.orbit.matrix(self._port)
        return deep if depth >= 1 else (1 - depth) * self.flat.matrix(self._port) + depth * deep

    @property
    def home(self) -> View2D:
        """The view that shows everything in 2D."""
        return self._whole()[0]

    @property
    def zoom_level(self) -> float:
        """How much closer than the view of everything."""
        flat, orbit = self._whole()
        if self.dims == 3:
            return orbit.distance / self.orbit.distance
        return self.flat.scale / flat.scale

    @property
    def port(self) -> Viewport:
        return self._port

    def advance(self, now: float) -> None:
        """Let the cameras follow the fit."""
        dt, self._last_step = min(now - self._last_step, 0.1), now
        if self._at_rest():
            return
        share = 1.0 if self.still else 1 - np.exp(-dt / FOLLOW_S)
        flat, orbit = self._goal()
        a, b = self.flat.vector(), self.orbit.vector()
        self.flat = View2D.of(a + (flat.vector() - a) * share)
        self.orbit = View3D.of(b + (orbit.vector() - b) * share)
        if self._arrived():
            self.flat, self.orbit = flat, orbit

    def moving(self, now: float) -> bool:
        done = self._flight.done(now) and self._births.done(now) and self._depth.done(now)
        return not done or not self._at_rest()

    def settle(self) -> None:
        """End the following of the cameras at once."""
        if not self.moved or self._given:
            self.flat, self.orbit = self._goal()

    def _at_rest(self) -> bool:
        return (self.moved and not self._given) or self._arrived()

    def finish(self) -> None:
        """End every movement at once: for pictures."""
        f = self._flight
        self._flight = motion.Flight(f.b, f.b, 0.0, 0.0)
        self._births = motion.Births()
        self._depth = motion.Slide(self._depth.b, self._depth.b)
        self.settle()

    def _born(self, ids: tuple[str, ...], born: NDArray[np.bool_], now: float) -> motion.Births:
        if self.still or not len(self.ids):
            return motion.Births()
        old = dict(zip(self.ids, self._births.since, strict=False))
        since = [now if new else old.get(i, -np.inf) for i, new in zip(ids, born, strict=True)]
        return motion.Births(np.array(since))

    def _goal(self) -> tuple[View2D, View3D]:
        """The cameras to be at: those that were asked for, else those that show everything."""
        flat, orbit = self._whole()
        if not self._given:
            return flat, orbit
        if self.dims == 3:
            return flat, View3D.of(np.array(self._given))
        x, y, across = self._given
        return View2D(x, y, min(self._port.free) / across), orbit

    def _whole(self) -> tuple[View2D, View3D]:
        if self._targets is None:
            points = self._flight.b
            deep = self.orbit
            if self.dims == 3:
                floor = points.copy()
                floor[:, 2] = fit.floor_height(points)
                deep = fit.fit_3d(np.concatenate([points, floor]), self._port, HOME_3D)
            self._targets = fit.fit_2d(points, self._port), deep
        return self._targets

    def _arrived(self) -> bool:
        flat, orbit = self._goal()
        off = np.abs(flat.vector() - self.flat.vector()).max()
        deep = np.abs((orbit.vector() - self.orbit.vector()) * [1, 1, 1, 1, 0.02, 0.02]).max()
        return bool(max(off, deep if self.dims == 3 else 0.0) < 1e-3)


def _none() -> NDArray[np.float32]:
    return np.zeros((0, 3), np.float32)
