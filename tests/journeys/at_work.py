"""The window on a copy of the bundled example, for journeys through its views."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from compute.core.assets import asset
from explorer.app.build import App
from explorer.bridge.settings import Settings

LONG = 60_000


def opened(qapp, qtbot, tmp_path: Path, project: Path) -> App:
    """The window with a project in it."""
    made = App(qapp, Settings(tmp_path / "settings.json"), project, tmp_path / "demo")
    with qtbot.waitSignal(made.ready, timeout=LONG):
        made.shell.show()
    qtbot.waitUntil(lambda: bool(made.session.current.entries), timeout=LONG)
    return made


def example(qapp, qtbot, tmp_path: Path) -> Iterator[App]:
    """The same with the example, closed afterwards: the body of a fixture."""
    made = opened(qapp, qtbot, tmp_path, Path(shutil.copy(asset("example.h5"), tmp_path / "s.h5")))
    yield made
    made.shell.close()
    made.dispose()


def shown(app: App, qtbot, view: str):
    """The view, when its answer is there."""
    app.commander.execute(f"show.{view}")
    qtbot.waitUntil(lambda: getattr(app.views.host(view), "answer", None) is not None, timeout=LONG)
    return app.views.host(view)
