"""How long the GUI thread is blocked while a job, a live t-SNE and the timeline run."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from compute import sources
from compute.core.specs import ScoreSpec
from compute.executors.local import LocalExecutor
from explorer.bench.synthetic import synthetic_project
from explorer.bench.together import suite
from explorer.bridge.display import display

SECONDS, SETTLE_S = 60.0, 5.0
SIZE = (1600, 1000)


@dataclass
class Stopwatch:
    """Gaps of a 0-ms timer without the paint time in them, and the paints, in milliseconds."""

    gaps: list[float] = field(default_factory=list)
    paints: list[float] = field(default_factory=list)


class Watch(QObject):
    """Times every paint of a window and every gap between two turns of the event loop.

    Qt paints a window when its UpdateRequest is handled (all widgets and the composition of the GL
    texture); the filter handles that event itself and takes the time.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__()
        self.found = Stopwatch()
        self._window, self._inside, self._painted = window, False, 0.0
        self._last = time.perf_counter()
        window.installEventFilter(self)
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.UpdateRequest or self._inside:
            return False
        self._inside = True
        t0 = time.perf_counter()
        watched.event(event)
        seconds = time.perf_counter() - t0
        self._inside = False
        self._painted += seconds
        self.found.paints.append(1000 * seconds)
        return True

    def _tick(self) -> None:
        now = time.perf_counter()
        self.found.gaps.append(1000 * (now - self._last - self._painted))
        self._last, self._painted = now, 0.0

    def start(self) -> None:
        """Forget what came before."""
        self.found = Stopwatch()
        self._last, self._painted = time.perf_counter(), 0.0

    def stop(self) -> Stopwatch:
        self._timer.stop()
        self._window.removeEventFilter(self)
        return self.found


def measure(repeats: int = 1, folder: Path = Path(".")) -> Mapping[str, Any]:
    """Longest gap outside painting and longest paint of klscope; the longest paint of bare vispy.

    2,000 entries, a window of 1600 x 1000, at least 60 s each, a real scoring job into the shown
    project, a t-SNE that starts again whenever it is done, and a timeline that plays in a loop.
    """
    del repeats
    out, text_file = suite(folder)
    with display("1600x1000"):
        qt = QApplication.instance() or QApplication(["klscope"])
        assert isinstance(qt, QApplication)
        bare = _bare_vispy(qt, folder, out, text_file)
        ours = _klscope(qt, folder, out)
        qt.shutdown()
    return _figures(ours, bare)


def _figures(ours: Stopwatch, bare: Stopwatch) -> Mapping[str, Any]:
    ratio = max(ours.paints) / max(bare.paints)
    return {
        "klscope: longest gap outside painting, ms": round(max(ours.gaps), 1),
        "klscope: 99.9 % of gaps below, ms": round(float(np.quantile(ours.gaps, 0.999)), 1),
        "klscope: paints": len(ours.paints),
        "klscope: longest paint, ms": round(max(ours.paints), 1),
        "klscope: 99.9 % of paints below, ms": round(float(np.quantile(ours.paints, 0.999)), 1),
        "klscope: median paint, ms": round(float(np.median(ours.paints)), 1),
        "bare vispy: paints": len(bare.paints),
        "bare vispy: longest paint, ms": round(max(bare.paints), 1),
        "bare vispy: 99.9 % of paints below, ms": round(float(np.quantile(bare.paints, 0.999)), 1),
        "bare vispy: median paint, ms": round(float(np.median(bare.paints)), 1),
        "longest paint, ratio to bare vispy": round(ratio, 2),
        "median paint, ratio to bare vispy": round(
            float(np.median(ours.paints) / np.median(bare.paints)), 2
        ),
    }


def _klscope(qt: QApplication, folder: Path, out: Path) -> Stopwatch:
    from explorer.app.build import GIL_S, App, spare_the_collector
    from explorer.bridge.settings import Settings

    sys.setswitchinterval(GIL_S)
    project = _fresh_project(folder / "window.h5")
    app = App(qt, Settings(folder / "bench-settings.json"), project, None)
    spare_the_collector(app)
    app.shell.resize(*SIZE)
    app.shell.show()
    _wait(qt, lambda: app.map is not None and len(app.session.current.entries) > 1000, 60)
    app.work.score(project, "", sources.resolve(str(out)).checkpoints)
    again = QTimer(interval=500)
    again.timeout.connect(lambda: _again(app))
    again.start()
    app.state.timeline.loop = app.state.timeline.playing = True
    watch = Watch(app.shell)
    _wait(qt, lambda: False, SETTLE_S)
    watch.start()
    _wait(qt, lambda: False, SECONDS)
    found = watch.stop()
    again.stop()
    app.shell.close()
    return found


def _again(app: Any) -> None:
    """Keep a t-SNE running: ask for another perplexity when the last one is done."""
    if not app.state.map.live:
        app.state.map.perplexity = 20.0 + (app.state.map.perplexity - 19.0) % 20.0


def _fresh_project(path: Path) -> Path:
    path.unlink(missing_ok=True)
    synthetic_project(path, n_runs=20, n_steps=100, n_texts=512)
    return path


def _bare_vispy(qt: QApplication, folder: Path, out: Path, text_file: Path) -> Stopwatch:
    """The same number of points and lines, drawn by vispy alone, beside the same job."""
    import vispy.app
    from vispy import scene

    vispy.app.use_app("pyside6")
    target = folder / "bare.h5"
    target.unlink(missing_ok=True)
    spec = ScoreSpec(str(target), sources.resolve(str(out)).checkpoints, texts=str(text_file))
    handle = LocalExecutor().start(spec, lambda _event: None, lambda _exit: None)
    canvas = scene.SceneCanvas(size=SIZE, show=False)
    view = canvas.central_widget.add_view(camera="panzoom")
    rng = np.random.default_rng(0)
    walks = np.cumsum(rng.standard_normal((20, 100, 2)), axis=1).astype(np.float32)
    points = walks.reshape(-1, 2)
    line = scene.Line(points, connect=_run_ends(20, 100), width=2, parent=view.scene)
    marks = scene.Markers(parent=view.scene)
    marks.set_data(points, size=6)
    view.camera.set_range()
    window = QWidget()
    canvas.native.setParent(window)
    window.resize(*SIZE)
    canvas.native.resize(*SIZE)
    window.show()
    watch = Watch(window)
    tick = QTimer(interval=50)
    tick.timeout.connect(canvas.update)
    tick.start()
    _wait(qt, lambda: False, 3)
    watch.start()
    _wait(qt, lambda: False, SECONDS)
    found = watch.stop()
    tick.stop()
    handle.cancel(1.0)
    handle.wait(20)
    del line
    canvas.close()
    window.deleteLater()
    return found


def _run_ends(n_runs: int, n_steps: int) -> np.ndarray:
    connect = np.ones((n_runs, n_steps), dtype=bool)
    connect[:, -1] = False
    return connect.ravel()


def _wait(qt: QApplication, done: Callable[[], bool], seconds: float) -> None:
    """Run the event loop until ``done`` or for ``seconds``."""
    timer = QTimer(interval=20)
    end = time.perf_counter() + seconds

    def look() -> None:
        if done() or time.perf_counter() > end:
            qt.exit()

    timer.timeout.connect(look)
    timer.start()
    qt.exec()
    timer.stop()
