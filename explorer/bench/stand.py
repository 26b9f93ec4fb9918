"""One view in a window of its own, with the real pool behind it; and an empty canvas beside it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QTimer
from PySide6.QtGui import QSurfaceFormat
from PySide6.QtWidgets import QApplication, QWidget

from explorer.bridge.desk import Desk
from explorer.panels.parts import dress
from explorer.plots import KINDS
from explorer.plots.contract import Nothing, Request
from explorer.plots.source import Source
from explorer.plots.widget import Parts, PlotView
from explorer.state.app import AppState
from explorer.theme.tokens import DARK

SIZE = (1010, 860)
"""Of a view in a window of 1600 x 1000 between both docks."""
MIB = 1 << 20


def _loaded(path: str) -> Any:
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)


class Stand:
    """A view of ``source``; choices are made before it asks."""

    def __init__(self, kind: str, source: Source, options: Mapping[str, Any]) -> None:
        self.kind = next(k for k in KINDS if k.id == kind)
        self._source, self._desk = source, Desk()
        self.answer: Any = None
        self.state = s = AppState(plots={kind: self.kind.state()})
        s.library.entries = source.snapshot.entries
        s.shell.mean_bytes = source.prepared.mean_bytes
        s.plots[kind].choose(**options)
        parts = Parts(self.kind, s.plots[kind], self.ask, s.shell, s.views, s.library,
                      s.selection, s.filter, s.timeline, s.map)  # fmt: skip
        self.window = QWidget()
        self.window.resize(*SIZE)
        self.view: PlotView = _loaded(self.kind.view)(parts)
        self.view.setParent(self.window)
        self.view.resize(*SIZE)
        dress(self.view, DARK)
        self.window.show()

    def ask(
        self,
        topic: str,
        work: Callable[[Source], Any],
        then: Callable[[Any], None],
        on_error: Callable[[str], None] | None = None,
    ) -> None:
        self._desk.ask(topic, partial(work, self._source), then, on_error)

    def open(self) -> None:
        """Ask for the answer, and show it when it is there."""
        request = Request(self.kind.asked(self.view.option))
        answer = _loaded(self.kind.ask)
        self.ask("answer", lambda source: answer(source, request), self._show)

    def _show(self, answer: Any) -> None:
        assert not isinstance(answer, Nothing), answer.sentence
        self.answer = answer
        self.view.show_answer(answer)

    def close(self) -> None:
        self._desk.close()
        apart = (self.view.side(), *self.view.bar())
        self.view.close()
        for widget in (*apart, self.window):
            if widget is not None:
                widget.deleteLater()


class Empty:
    """A vispy canvas that only clears."""

    def __init__(self, parent: QWidget) -> None:
        import vispy.app
        from vispy import gloo

        vispy.app.use_app("pyside6")
        self._canvas = vispy.app.Canvas(size=SIZE, show=False, autoswap=False, dpi=96.0,
                                        config={"samples": 0})  # fmt: skip
        self._canvas.events.draw.connect(lambda _event: gloo.clear(color=(0, 0, 0, 1)))
        self.native: QWidget = self._canvas.native
        self.native.setParent(parent)
        self.native.resize(*SIZE)

    def close(self) -> None:
        self._canvas.close()


def frame(window: QWidget, surface: QWidget, change: Callable[[], None]) -> float:
    """Seconds of a whole frame of a window: changed, drawn, composed, swapped, finished."""
    from vispy.gloo import gl

    start = time.perf_counter()
    change()
    surface.update()
    QApplication.sendEvent(window, QEvent(QEvent.Type.UpdateRequest))
    surface.makeCurrent()  # type: ignore[attr-defined]
    gl.glFinish()
    return time.perf_counter() - start


def application() -> QApplication:
    """Qt that does not wait for the screen's own rate."""
    had = QApplication.instance()
    if had is None:
        free = QSurfaceFormat.defaultFormat()
        free.setSwapInterval(0)
        QSurfaceFormat.setDefaultFormat(free)
    made = had or QApplication(["klscope"])
    assert isinstance(made, QApplication)
    return made


def until(qt: QApplication, done: Callable[[], bool], seconds: float = 60.0) -> None:
    """Run the event loop until ``done``, or for so long."""
    end = time.perf_counter() + seconds
    timer = QTimer(interval=5)
    timer.timeout.connect(lambda: qt.exit() if done() or time.perf_counter() > end else None)
    timer.start()
    qt.exec()
    timer.stop()


def peak_mib(*, forget: bool = False) -> float:
    """The most memory of this process, of what was ``forgotten`` since; NaN where unknown."""
    status = Path("/proc/self/status")
    if not status.exists():
        return float("nan")
    if forget:
        Path("/proc/self/clear_refs").write_text("5")
    line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
    return int(line.split()[1]) * 1024 / MIB
