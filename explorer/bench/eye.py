"""One start of the window, seen from inside: ``python -m explorer.bench.eye WHAT SETTINGS FILE``.

WHAT is a key of :data:`SIGHTS`. It prints one line when it sees what it waits for, and ends.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QImage
from PySide6.QtOpenGLWidgets import QOpenGLWidget
from PySide6.QtWidgets import QApplication, QWidget

from explorer.app.build import GIL_S, App
from explorer.bridge.settings import Settings
from explorer.theme.tokens import RUNS_DARK, rgb

SIZE = (1600, 1000)
SETTLE_MS = 2_500
"""How long the welcome page is left alone before a project is opened from it."""


class Painted(QObject):
    """Prints "painted" at the first paint of a panel."""

    def __init__(self, panel: QWidget) -> None:
        super().__init__()
        panel.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            say("painted")
        return False


class Drawn(QObject):
    """Prints "drawn" and the seconds since it was made, when a frame of the map holds a run."""

    def __init__(self, app: App) -> None:
        super().__init__()
        self._app, self._since = app, perf_counter()
        app.session.tables.connect(self._look)

    def _look(self) -> None:
        """The surface opens a moment after the map: until then look again."""
        found = self._app.map.findChild(QOpenGLWidget) if self._app.map is not None else None
        if found is None:
            QTimer.singleShot(5, self, self._look)
            return
        self._app.session.tables.disconnect(self._look)
        found.frameSwapped.connect(lambda: self._look_at(found.grabFramebuffer()))

    def _look_at(self, picture: QImage) -> None:
        if shows_a_run(picture):
            say(f"drawn {perf_counter() - self._since:.3f}")


def shows_a_run(picture: QImage) -> bool:
    """Whether a pixel has exactly the colour of a run."""
    made = picture.convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(made.constBits(), np.uint32) & 0xFFFFFF
    wanted = [int("".join(f"{round(255 * c):02X}" for c in rgb(run)), 16) for run in RUNS_DARK]
    return bool(np.isin(pixels, wanted).any())


def say(words: str) -> None:
    print(words, flush=True)
    sys.stdout.close()
    QApplication.exit()


def welcome(app: App, _project: Path | None) -> QObject:
    return Painted(app.shell.welcome)


def panels(app: App, _project: Path | None) -> QObject:
    return Painted(app.shell.inspector)


def drawn(app: App, _project: Path | None) -> QObject:
    """The first frame with data, of the project that the window was started on."""
    eyes: list[QObject] = []
    app.ready.connect(lambda: eyes.append(Drawn(app)))
    return Kept(eyes)


def opened(app: App, project: Path | None) -> QObject:
    """The first frame with data, counted from when a project is opened from the welcome page."""
    eyes: list[QObject] = []

    def open_it() -> None:
        assert project is not None
        eyes.append(Drawn(app))
        app.commander.open_project(project)

    app.ready.connect(lambda: QTimer.singleShot(SETTLE_MS, app, open_it))
    return Kept(eyes)


class Kept(QObject):
    """Holds eyes that are made later."""

    def __init__(self, eyes: list[QObject]) -> None:
        super().__init__()
        self.eyes = eyes


SIGHTS: dict[str, tuple[Callable[[App, Path | None], QObject], bool]] = {
    "welcome": (welcome, False),
    "panels": (panels, True),
    "drawn": (drawn, True),
    "opened": (opened, False),
}
"""What is waited for, and whether the window starts on the project."""


def main(what: str, settings: str, project: str = "") -> None:
    watch, at_start = SIGHTS[what]
    path = Path(project) if project else None
    sys.setswitchinterval(GIL_S)
    qt = QApplication.instance() or QApplication(["klscope"])
    assert isinstance(qt, QApplication)
    app = App(qt, Settings(Path(settings)), path if at_start else None, None)
    eye = watch(app, path)
    app.shell.resize(*SIZE)
    app.shell.show()
    qt.exec()
    del eye


if __name__ == "__main__":
    main(*sys.argv[1:])
