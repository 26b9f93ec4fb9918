"""A further view is one folder and one line: it is everywhere by itself."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from compute.core.assets import asset

pytestmark = pytest.mark.gl
ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import json, sys
from pathlib import Path

from explorer import plots
from ninth.view import KIND
plots.KINDS = (*plots.KINDS, KIND)  # the one line

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from explorer.actions import ACTIONS, keys
from explorer.app.build import App
from explorer.bridge.settings import Settings
from explorer.state import workspace

project, folder = map(Path, sys.argv[1:])
qt = QApplication(["klscope"])
app = App(qt, Settings(folder / "settings.json"), project, folder / "demo")
found = {}

def until(done, then):
    timer = QTimer(app, interval=50)
    def look():
        if done():
            timer.stop()
            then()
    timer.timeout.connect(look)
    timer.start()

def answered():
    host = app.views.host("trivial")
    return host is not None and host.answer is not None

def opened():
    app.commander.execute("show.trivial")
    until(answered, shown)

def shown():
    host = app.views.host("trivial")
    app.state.plots["trivial"].choose(order="size")
    found["words"] = host.view.words.text()
    found["side"] = host.view.read_out.isVisible()
    found["tab"] = "trivial" in app.shell.centre.stage._rows[0]._buttons
    found["menu"] = [a.title for a in ACTIONS if a.id == "show.trivial"]
    found["key"] = keys().get("show.trivial", "")
    found["saved"] = workspace.dump(app.state)["plots"]["trivial"]["order"]
    app.undo.seal()
    app.commander.execute("history.undo")
    found["undone"] = app.state.plots["trivial"].options["order"]
    for suffix in ("png", "svg", "pdf", "csv"):
        app.commander.execute("views.export", str(folder / f"view.{suffix}"))
    app.commander.execute("palette.open")
    found["listed"] = any(
        item.command == "show.trivial" for item in app.shell.palette_list._items.items
    )
    print(json.dumps(found), flush=True)
    app.shell.close()
    qt.quit()

app.ready.connect(lambda: until(lambda: bool(app.session.current.entries), opened))
QTimer.singleShot(90_000, qt.quit)
app.shell.show()
qt.exec()
"""


def test_that_a_further_view_is_one_folder_and_one_line(tmp_path) -> None:
    project = Path(shutil.copy(asset("example.h5"), tmp_path / "suite.h5"))
    path = os.pathsep.join((str(ROOT), str(ROOT / "tests" / "fixtures")))
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(project), str(tmp_path)], capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": path}, cwd=tmp_path, timeout=180,
    )  # fmt: skip
    assert done.stdout, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found.pop("words").endswith(" entries")
    assert found == {
        "side": True, "tab": True, "menu": ["Trivial"], "key": found["key"],
        "saved": "size", "undone": "run", "listed": True,
    }  # fmt: skip
    names = {p.name for p in tmp_path.iterdir()}
    assert {f"view.{suffix}" for suffix in ("png", "svg", "pdf", "csv")} <= names
