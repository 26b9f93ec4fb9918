"""How fast the map is drawn and answers, beside vispy's own visuals in the same window."""

from __future__ import annotations

import importlib.util
import os
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QTimer
from PySide6.QtGui import QImage, QSurfaceFormat
from PySide6.QtWidgets import QApplication, QWidget

from compute.core.errors import KlscopeError
from compute.core.numbers import count
from explorer.bench.answers import answers
from explorer.bench.points import SIZE, Cloud, Drawer, Napari, Ours, Vispy, cloud
from explorer.bridge.display import display

SIZES = (1_000, 10_000, 100_000)
DIFFERENCE = 0.02
POINTS_A_ROUND, MOST_TURNS = 400_000, 8
OURS, VISPY, NAPARI = "klscope", "vispy", "napari"
TURN = 5
RATIO = "times as fast as vispy"


@dataclass(frozen=True, slots=True)
class Budget:
    """A figure that must hold at ``n`` points: at most or at least ``limit``."""

    figure: str
    n: int
    limit: float
    least: bool = False

    def broken(self, found: Mapping[str, Any]) -> str:
        """A sentence, or "" if it holds."""
        value = found[self.figure]["ratio"] if self.least else found[self.figure]
        if value >= self.limit if self.least else value < self.limit:
            return ""
        wanted = "at least" if self.least else "less than"
        return (
            f"{self.figure} at {count(self.n)} points: {value:g}, must be {wanted} {self.limit:g}"
        )


BUDGETS = (
    Budget(RATIO, 1_000, 1.0, least=True),
    Budget(RATIO, 10_000, 1.0, least=True),
    Budget(RATIO, 100_000, 1.7, least=True),
    Budget("hover, ms", 10_000, 16.0),
    Budget("lasso, ms", 100_000, 50.0),
    Budget("recolour, ms", 100_000, 50.0),
    Budget("filter, ms", 100_000, 50.0),
)


@dataclass(frozen=True, slots=True)
class Rounds:
    """Seconds by way, one for each round.

    ``frames``: median of a frame. ``uploads``: a frame with everything new, and making it.
    ``busy``: processor time of a frame, of all threads.
    """

    frames: dict[str, list[float]]
    uploads: dict[str, list[float]]
    busy: dict[str, list[float]]


def measure(repeats: int = 5, sizes: Sequence[int] = SIZES) -> Mapping[str, Any]:
    """Figures by number of points, and what does not hold.

    Every frame moves the camera by a pixel and is taken from asking for it to the end of swapping
    and ``glFinish``. The ways take turns; a figure is the median of ``repeats`` rounds.
    """
    found: dict[str, Any] = {}
    before = os.getloadavg()[0] if hasattr(os, "getloadavg") else -1.0
    with display(f"{SIZE[0]}x{SIZE[1]}"), _application() as qt:
        for n in sizes:
            points = cloud(n)
            found[str(n)] = {**_drawn(qt, points, repeats), **answers(n, repeats)}
    broken = (b.broken(found[str(b.n)]) for b in BUDGETS if str(b.n) in found)
    load = [round(v, 2) for v in (before, os.getloadavg()[0])] if before >= 0 else []
    return {"points": found, "load": load, "broken": [sentence for sentence in broken if sentence]}


def table(figures: Mapping[str, Any]) -> Iterator[str]:
    """Lines for people: one row a figure, one column a number of points."""
    columns = figures["points"]
    labels = list(dict.fromkeys(label for column in columns.values() for label in column))
    yield f"{'points':<44}" + "".join(f"{count(int(n)):>22}" for n in columns)
    for label in labels:
        yield f"{label:<44}" + "".join(f"{_word(c.get(label)):>22}" for c in columns.values())
    if figures["load"]:
        first, last = figures["load"]
        yield f"Processes that wanted a core, before and at the end: {first:g}, {last:g}."
    yield from (f"Does not hold: {sentence}." for sentence in figures["broken"])


def _word(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{value['ratio']:g} ({value['lowest']:g} to {value['highest']:g})"
    return "" if value is None else f"{value:g}"


@contextmanager
def _application() -> Iterator[QApplication]:
    """Qt without waiting for the screen's own rate: frames are timed, not shown to anyone."""
    had = QApplication.instance()
    if had is None:
        free = QSurfaceFormat.defaultFormat()
        free.setSwapInterval(0)
        QSurfaceFormat.setDefaultFormat(free)
    qt = had or QApplication(["klscope"])
    assert isinstance(qt, QApplication)
    yield qt
    if had is None:
        qt.shutdown()


def _drawn(qt: QApplication, points: Cloud, repeats: int) -> Mapping[str, Any]:
    """Frames and uploads of every way that is there."""
    window = QWidget()
    window.resize(*SIZE)
    ways: dict[str, Callable[[QWidget], Drawer]] = {OURS: Ours, VISPY: Vispy}
    if importlib.util.find_spec("napari") is not None:
        ways[NAPARI] = Napari
    drawers = {name: make(window) for name, make in ways.items()}
    for drawer in drawers.values():
        drawer.native.resize(*SIZE)
        drawer.show(points)
    window.show()
    _until(qt, lambda: window.windowHandle().isExposed())
    try:
        difference = _compared(window, drawers)
        rounds = _rounds(window, drawers, points, repeats)
    finally:
        for drawer in drawers.values():
            drawer.close()
        window.close()
        window.deleteLater()
    return _figures(rounds, difference)


def _until(qt: QApplication, done: Callable[[], bool]) -> None:
    """Run the event loop until ``done``, 10 s at most."""
    end = time.perf_counter() + 10
    timer = QTimer(interval=20)
    timer.timeout.connect(lambda: qt.exit() if done() or time.perf_counter() > end else None)
    timer.start()
    qt.exec()
    timer.stop()


def _figures(rounds: Rounds, difference: float) -> dict[str, Any]:
    middle = {name: statistics.median(seconds) for name, seconds in rounds.frames.items()}
    out: dict[str, Any] = {"pictures differ by, %": _short(100 * difference)}
    out |= {f"frames/s, {name}": _short(1 / seconds) for name, seconds in middle.items()}
    out[RATIO] = _ratio(rounds.frames[VISPY], rounds.frames[OURS])
    if NAPARI in rounds.frames:
        out["times as fast as napari's Points"] = _ratio(rounds.frames[NAPARI], rounds.frames[OURS])
    out["processor time of a frame, vispy / klscope"] = _ratio(
        rounds.busy[VISPY], rounds.busy[OURS]
    )
    for name, seconds in rounds.uploads.items():
        whole = 1000 * statistics.median(seconds)
        out[f"upload of everything and a frame, {name}, ms"] = _short(whole)
    return out


def _ratio(a: list[float], b: list[float]) -> dict[str, float]:
    """Of medians, with its range over the rounds."""
    each = [x / y for x, y in zip(a, b, strict=True)]
    middle = statistics.median(a) / statistics.median(b)
    return {"ratio": _short(middle), "lowest": _short(min(each)), "highest": _short(max(each))}


def _rounds(window: QWidget, drawers: Mapping[str, Drawer], points: Cloud, repeats: int) -> Rounds:
    found = Rounds(*({name: [] for name in drawers} for _ in range(3)))
    turns = int(np.clip(POINTS_A_ROUND // len(points.places) // TURN, 1, MOST_TURNS))
    for number in range(repeats + 1):
        taken = [{name: _turn(window, name, drawers) for name in drawers} for _ in range(turns)]
        for name in drawers if number else ():  # the first round warms up
            found.frames[name].append(statistics.median(t for turn in taken for t in turn[name][0]))
            found.busy[name].append(statistics.median(turn[name][1] for turn in taken))
            found.uploads[name].append(_renewed(window, name, drawers, points))
    return found


def _turn(window: QWidget, name: str, drawers: Mapping[str, Drawer]) -> tuple[list[float], float]:
    """Seconds of a few frames in a row, and processor time of one."""
    _alone(drawers[name], drawers)
    frame(window, drawers[name], 0)
    busy = time.process_time()
    with _counted(drawers[name], TURN):
        seconds = [frame(window, drawers[name], shift) for shift in range(1, TURN + 1)]
    return seconds, (time.process_time() - busy) / TURN


def _renewed(window: QWidget, name: str, drawers: Mapping[str, Drawer], points: Cloud) -> float:
    """Seconds until a frame shows new places, colours and sizes."""
    _alone(drawers[name], drawers)
    frame(window, drawers[name], 0)
    start = time.perf_counter()
    drawers[name].show(points)
    frame(window, drawers[name], 0)
    return time.perf_counter() - start


def frame(window: QWidget, drawer: Drawer, shift: int) -> float:
    """Seconds of one whole frame: the camera moved, drawn, composed, swapped, finished.

    Qt does all of it when the window's UpdateRequest is handled.
    """
    from vispy.gloo import gl

    start = time.perf_counter()
    drawer.look(shift)
    drawer.native.update()
    QApplication.sendEvent(window, QEvent(QEvent.Type.UpdateRequest))
    drawer.native.makeCurrent()  # type: ignore[attr-defined]
    gl.glFinish()
    return time.perf_counter() - start


@contextmanager
def _counted(drawer: Drawer, n: int) -> Iterator[None]:
    """Make sure that ``n`` frames reached the window.

    Raises
    ------
    KlscopeError
        If one did not: then nothing was timed.
    """
    swapped: list[None] = []
    signal = drawer.native.frameSwapped  # type: ignore[attr-defined]
    signal.connect(lambda: swapped.append(None))
    yield
    signal.disconnect()
    if len(swapped) < n:
        raise KlscopeError(
            f"the window showed {len(swapped)} of {n} frames", tried="Timing frames",
            advice="Leave the window uncovered",
        )  # fmt: skip


def _alone(shown: Drawer, drawers: Mapping[str, Drawer]) -> None:
    for drawer in drawers.values():
        drawer.native.setVisible(drawer is shown)


def _compared(window: QWidget, drawers: Mapping[str, Drawer]) -> float:
    """Mean difference of our picture from vispy's, as a share of full brightness.

    Raises
    ------
    KlscopeError
        If it is 2 % or more, or one of them is empty: then times would compare different things.
    """
    pictures = {}
    for name in (OURS, VISPY):
        _alone(drawers[name], drawers)
        frame(window, drawers[name], 0)
        pictures[name] = _pixels(drawers[name].native.grabFramebuffer())  # type: ignore[attr-defined]
    ours, vispys = pictures[OURS], pictures[VISPY]
    difference = float(np.abs(ours - vispys).mean()) / 255
    if difference >= DIFFERENCE or not ours.any() or not vispys.any():
        raise KlscopeError(
            f"they differ by {100 * difference:.1f} % on average, or one of them is empty",
            tried="Comparing the pictures that klscope and vispy draw of the same points",
            advice="Run klscope doctor; times of different pictures would mean nothing",
        )
    return difference


def _pixels(image: QImage) -> NDArray[np.int16]:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    raw = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)
    return raw[..., :3].astype(np.int16)


def _short(value: float) -> float:
    return float(f"{value:.3g}")
