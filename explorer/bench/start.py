"""From process start to the first paint, with the real panels, beside an empty PySide6 window."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from explorer.bridge.display import display

EMPTY = """
import sys
from PySide6.QtWidgets import QApplication, QWidget
class W(QWidget):
    def paintEvent(self, event):
        print("painted", flush=True)
app = QApplication(sys.argv[:1]); w = W(); w.resize(1600, 1000); w.show(); app.exec()
"""
KLSCOPE = """
import sys
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication
from explorer.app.build import App
from explorer.bridge.settings import Settings
from pathlib import Path
class Eye(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            print("painted", flush=True)
            watched.removeEventFilter(self)
        return False
qt = QApplication(sys.argv[:1])
app = App(qt, Settings(Path(sys.argv[1])), Path(sys.argv[2]) if sys.argv[2:] else None, None)
eye = Eye(); panel = app.shell.{panel}; panel.installEventFilter(eye)
app.shell.resize(1600, 1000); app.shell.show(); qt.exec()
"""


def measure(repeats: int = 5, folder: Path = Path(".")) -> Mapping[str, Any]:
    """Medians in seconds of ``repeats`` starts each, interleaved, after one warm-up of each."""
    from compute.core.assets import asset

    settings = str(folder / "bench-settings.json")
    programs = {
        "empty PySide6 window": [EMPTY],
        "klscope, welcome page": [KLSCOPE.replace("{panel}", "welcome"), settings],
        "klscope, a project": [
            KLSCOPE.replace("{panel}", "inspector"), settings, str(asset("example.h5")),
        ],
    }  # fmt: skip
    times: dict[str, list[float]] = {name: [] for name in programs}
    with display():
        for turn in range(repeats + 1):
            for name, program in programs.items():
                seconds = _first_paint(program)
                if turn:
                    times[name].append(seconds)
    return {name: round(statistics.median(values), 3) for name, values in times.items()}


def _first_paint(program: list[str]) -> float:
    """Seconds from starting the process to its first painted panel."""
    t0 = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", *program],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_WAIT_POLICY": "passive"},
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    seconds = time.perf_counter() - t0
    process.kill()
    process.wait()
    process.stdout.close()
    if line.strip() != "painted":
        raise RuntimeError("the window ended before its first paint")
    return seconds
