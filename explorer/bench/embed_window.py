"""The same t-SNE in the window: from the choice to the finished picture, every frame drawn."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from compute.core.errors import KlscopeError
from explorer.bridge.display import display

SIZE = (1600, 1000)
PATIENCE_MS = 300_000


def seconds_in_window(project: Path, folder: Path, repeats: int) -> list[float]:
    """Seconds of each of ``repeats`` maps, another seed each time; the first one is not counted."""
    with display():
        qt = QApplication.instance() or QApplication(["klscope"])
        assert isinstance(qt, QApplication)
        found = _timed(qt, project, folder, repeats)
        qt.shutdown()  # before its display goes
    return found


def _timed(qt: QApplication, project: Path, folder: Path, repeats: int) -> list[float]:
    from explorer.app.build import GIL_S, App
    from explorer.bridge.settings import Settings

    sys.setswitchinterval(GIL_S)
    app = App(qt, Settings(folder / "bench-settings.json"), project, None)
    app.shell.resize(*SIZE)
    settled: list[str] = []
    loop = QEventLoop()

    def finished(iterations: str) -> None:
        settled.append(iterations)
        loop.quit()

    app.ready.connect(lambda: app.session.settled.connect(finished))
    app.shell.show()
    found = []
    try:
        _run(loop, settled)
        for turn in range(repeats):
            settled.clear()
            started = time.perf_counter()
            app.state.map.seed = 43 + turn
            _run(loop, settled)
            found.append(time.perf_counter() - started)
    finally:
        app.shell.close()
        app.dispose()
    return found


def _run(loop: QEventLoop, settled: list[str]) -> None:
    """Run until a picture is finished."""
    limit = QTimer(singleShot=True, interval=PATIENCE_MS)
    limit.timeout.connect(loop.quit)
    limit.start()
    if not settled:
        loop.exec()
    limit.stop()
    if not settled:
        raise KlscopeError("the map in the window was not finished in five minutes")
