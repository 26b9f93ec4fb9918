"""How quickly the view of diffusion follows a drag, beside an empty canvas in the same window.

Every step is a mouse event on the window of the fits: all runs are fitted anew, lines, marks, words
and the read-out drawn, composed and swapped. The empty canvas is of the same size, has the same
overlay without words, and is only cleared. The bootstrap is measured on its own: it follows when
the window rests.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget

from compute.core.numbers import count
from compute.core.tables import WeightDistances, frozen
from explorer.bench.map import _application, _until
from explorer.bench.synthetic import freeze, synthetic_project
from explorer.bridge import questions
from explorer.bridge.display import display
from explorer.bridge.plots import source_of
from explorer.plots.contract import Request
from explorer.plots.diffusion import ask
from explorer.plots.diffusion.answers import Answer
from explorer.plots.diffusion.board import Board
from explorer.plots.diffusion.refits import refit
from explorer.plots.diffusion.spec import KIND, USUAL_POINTS, USUAL_START
from explorer.plots.diffusion.view import Diffusion
from explorer.plots.source import Source
from explorer.plots.widget import Parts
from explorer.state.app import AppState

RUNS, STEPS, SIZES = 20, 154, (1_000, 10_000)
WINDOW, SIDE, FRAMES, LIMIT_MS = (1280, 800), 320, 40, 50.0
WHOLE = "dragging the window: refit and whole frame, ms"
EDGE = "dragging its end: refit, all curves and whole frame, ms"
EMPTY = "empty canvas of the same size: whole frame, ms"


def measure(repeats: int = 3, sizes: Sequence[int] = SIZES) -> Mapping[str, Any]:
    """Figures by number of texts, and what does not hold."""
    found: dict[str, Any] = {}
    with (
        display(f"{WINDOW[0]}x{WINDOW[1]}"),
        _application() as qt,
        tempfile.TemporaryDirectory() as folder,
    ):
        for n in sizes:
            found[str(n)] = _measured(qt, _source(Path(folder) / f"{n}.h5", n), repeats)
    broken = [
        f"{name} at {count(int(n))} texts: {figures[name]:g}, must be less than {LIMIT_MS:g}"
        for n, figures in found.items()
        for name in (WHOLE, EDGE)
        if not figures[name] < LIMIT_MS
    ]
    load = round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else -1.0
    return {"runs": RUNS, "checkpoints": STEPS, "texts": found, "load": load, "broken": broken}


def table(figures: Mapping[str, Any]) -> Iterator[str]:
    """Lines for people."""
    columns = figures["texts"]
    yield f"{figures['runs']} runs of {figures['checkpoints']} checkpoints, window {WINDOW[0]} x {WINDOW[1]}"  # noqa: E501
    yield f"{'texts':<60}" + "".join(f"{count(int(n)):>12}" for n in columns)
    for label in next(iter(columns.values())):
        yield f"{label:<60}" + "".join(f"{c[label]:>12g}" for c in columns.values())
    if figures["load"] >= 0:
        yield f"Processes that wanted a core: {figures['load']:g}."
    yield from (f"Does not hold: {sentence}." for sentence in figures["broken"])


def _source(path: Path, n_texts: int) -> Source:
    """Random walks, with distances of weights that grow a little slower than Brownian motion."""
    synthetic_project(path, n_runs=RUNS, n_steps=STEPS, n_texts=n_texts)
    freeze(path)
    found = source_of(questions.load(path, "clip2", frozenset()))
    assert found is not None
    steps = np.arange(STEPS, dtype=np.int64) * 10
    squared = np.abs(np.subtract.outer(steps, steps)).astype(np.float64) ** 0.9
    weights = {
        f"run{r:02d}": WeightDistances(f"run{r:02d}", frozen(steps), frozen(squared * (r + 1)))
        for r in range(RUNS)
    }
    return replace(found, weights=weights)


def _measured(qt: QApplication, source: Source, repeats: int) -> dict[str, float]:
    request = Request(KIND.asked(KIND.usual()))
    begun = time.perf_counter()
    answer = ask.answer(source, request)
    answered = time.perf_counter() - begun
    assert isinstance(answer, Answer)
    window = QWidget()
    window.resize(*WINDOW)
    view = Diffusion(_parts(source))
    row = QHBoxLayout(window)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(0)
    row.addWidget(view, 1)
    side = view.side()
    side.setFixedWidth(SIDE)
    row.addWidget(side)
    for field in view.bar():
        field.setParent(window)
        field.hide()
    window.show()
    _until(qt, lambda: window.windowHandle().isExposed())
    view.show_answer(answer)
    view._rest.stop()
    try:
        figures = _dragged(window, view, repeats)
    finally:
        view.close()
        window.close()
        window.deleteLater()
    one, rest = _booted(source, answer)
    return {
        **figures,
        "answer of the view, ms": _short(1000 * answered),
        "bootstrap of the run in detail, ms": _short(1000 * one),
        f"bootstrap of all {RUNS} runs, ms": _short(1000 * rest),
    }


def _parts(source: Source) -> Parts:
    s = AppState(plots={KIND.id: KIND.state()})
    s.library.entries = source.snapshot.entries
    s.shell.mean_bytes, s.shell.n_texts = source.prepared.mean_bytes, source.prepared.n_texts
    return Parts(KIND, s.plots[KIND.id], lambda *_args: None, s.shell, s.views, s.library,
                 s.selection, s.filter, s.timeline, s.map)  # fmt: skip


def _dragged(window: QWidget, view: Diffusion, repeats: int) -> dict[str, float]:
    frames: dict[str, list[float]] = {WHOLE: [], EDGE: [], EMPTY: []}
    fits: list[float] = []
    board = view.board
    empty = Empty(board)
    _frame(window, board.layer.native)
    for _ in range(repeats + 1):  # the first round warms up
        empty.native.setVisible(False)
        whole, edge = _drag(window, board, "window"), _drag(window, board, "end")
        fits += _fitted(view)
        empty.native.setVisible(True)
        empty.native.raise_()
        _frame(window, empty.native)
        cleared = [_timed(partial(_frame, window, empty.native)) for _ in range(FRAMES)]
        for name, seconds in ((WHOLE, whole), (EDGE, edge), (EMPTY, cleared)):
            frames[name].append(statistics.median(seconds))
    empty.close()
    out = {name: _short(1000 * statistics.median(v[1:])) for name, v in frames.items()}
    return {
        **out,
        "times an empty canvas": _short(out[WHOLE] / out[EMPTY]),
        "slowest round of dragging, ms": _short(1000 * max(frames[WHOLE][1:])),
        f"of it: refit of {RUNS} runs in both spaces, ms": _short(1000 * statistics.median(fits)),
    }


def _fitted(view: Diffusion) -> list[float]:
    """Seconds of fits alone, from starts over the whole run."""
    fitting = view._fitting
    assert fitting is not None
    steps = np.linspace(0, 10 * STEPS, FRAMES).astype(int).tolist()
    return [_timed(partial(refit, fitting.answer, fitting.plan, s)) for s in steps]


def _drag(window: QWidget, board: Board, part: str) -> list[float]:
    """Seconds of every step of a drag to the left, by a checkpoint and more each."""
    shown = board.picture.window
    assert shown is not None
    x = (shown.left + shown.right) / 2 if part == "window" else shown.right
    y = shown.rect.top + 0.8 * shown.rect.height
    _mouse(board, QEvent.Type.MouseButtonPress, x, y)
    seconds = []
    for k in range(1, FRAMES + 1):
        far = 12.0 * k if part == "window" else -60.0 * (k % 2) + 4 * (k % 7)
        begun = time.perf_counter()
        _mouse(board, QEvent.Type.MouseMove, x - far, y)
        _frame(window, board.layer.native)
        seconds.append(time.perf_counter() - begun)
    _mouse(board, QEvent.Type.MouseButtonRelease, x - far, y)
    view = board.parent()
    assert isinstance(view, Diffusion)
    view.choose_option(start=USUAL_START, points=USUAL_POINTS)
    view._rest.stop()
    _frame(window, board.layer.native)
    return seconds


def _mouse(board: Board, what: QEvent.Type, x: float, y: float) -> None:
    left, at = Qt.MouseButton.LeftButton, QPointF(x, y)
    held = Qt.MouseButton.NoButton if what == QEvent.Type.MouseButtonRelease else left
    event = QMouseEvent(what, at, board.mapToGlobal(at), left, held,
                        Qt.KeyboardModifier.NoModifier)  # fmt: skip
    QApplication.sendEvent(board, event)


def _frame(window: QWidget, native: QWidget) -> None:
    """What waits is painted, composed, swapped, finished: all of it when the window is asked."""
    from vispy.gloo import gl

    native.update()
    QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
    QApplication.sendEvent(window, QEvent(QEvent.Type.UpdateRequest))
    native.makeCurrent()  # type: ignore[attr-defined]
    gl.glFinish()


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


class Empty:
    """A vispy canvas over the board that is only cleared."""

    def __init__(self, board: Board) -> None:
        from vispy import gloo

        from explorer.canvas.gl import Canvas

        self._canvas = Canvas(board, lambda: gloo.clear(color=(1.0, 1.0, 1.0, 1.0)))
        self.native: QWidget = self._canvas.native
        self.native.setGeometry(board.rect())

    def close(self) -> None:
        self._canvas.close()
        self.native.setParent(None)
        self.native.deleteLater()


def _booted(source: Source, answer: Answer) -> tuple[float, float]:
    """Seconds of the bootstrap of the first run, draws of texts and all, and of all runs."""
    names = answer.names
    one = _timed(partial(ask.bootstrap, names[:1], USUAL_START, USUAL_POINTS, source))
    return one, one + _timed(partial(ask.bootstrap, names[1:], USUAL_START, USUAL_POINTS, source))


def _short(value: float) -> float:
    return float(f"{value:.3g}")
