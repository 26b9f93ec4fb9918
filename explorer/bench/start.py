"""From process start to the first paint and the first drawn map, beside an empty PySide6 window."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from explorer.bench.synthetic import freeze, synthetic_project
from explorer.bridge.display import display

EMPTY = """
import sys
from PySide6.QtWidgets import QApplication, QWidget
class W(QWidget):
    def paintEvent(self, event):
        print("painted", flush=True)
app = QApplication(sys.argv[:1]); w = W(); w.resize(1600, 1000); w.show(); app.exec()
"""
WELCOME, PANELS = "klscope, welcome page", "klscope, a project"
EXAMPLE, LARGE = "example drawn", "2,000 x 10,000 project open and drawn (PCA)"
BUDGETS = {WELCOME: 1.5, PANELS: 1.5, EXAMPLE: 3.0, LARGE: 2.0}
"""Seconds. The last one counts from opening the project, the others from the process start."""


def measure(repeats: int = 5, folder: Path = Path(".")) -> Mapping[str, Any]:
    """Medians in seconds of ``repeats`` starts each, interleaved, after one warm-up of each."""
    programs = _programs(folder)
    times: dict[str, list[float]] = {name: [] for name in programs}
    with display():
        environment = _environment(folder)
        for turn in range(repeats + 1):
            for name, program in programs.items():
                seconds = _seconds(program, environment)
                if turn:
                    times[name].append(seconds)
    return {name: round(statistics.median(values), 3) for name, values in times.items()}


def too_slow(figures: Mapping[str, Any]) -> tuple[str, ...]:
    """Sentences about what is over its budget."""
    return tuple(
        f"{name}: {figures[name]} s, the budget is {budget} s"
        for name, budget in BUDGETS.items()
        if figures[name] > budget
    )


def _programs(folder: Path) -> dict[str, list[str]]:
    """Name -> arguments of the interpreter. The large project was left with PCA."""
    from compute.core.assets import asset
    from explorer.bridge.settings import Settings

    settings, example, large = folder / "bench-settings.json", asset("example.h5"), folder / "l.h5"
    if not large.exists():
        synthetic_project(large, n_runs=20, n_steps=100, n_texts=10_000)
        freeze(large)
    Settings(settings).set_view(large, {"map": {"method": "pca"}})
    eye = ["-m", "explorer.bench.eye"]
    return {
        "empty PySide6 window": ["-c", EMPTY],
        WELCOME: [*eye, "welcome", str(settings)],
        PANELS: [*eye, "panels", str(settings), str(example)],
        EXAMPLE: [*eye, "drawn", str(settings), str(example)],
        LARGE: [*eye, "opened", str(settings), str(large)],
    }


def _environment(folder: Path) -> dict[str, str]:
    """As the window sets it; compiled modules are kept in ``folder``, so that every start but the
    warm-up finds them.
    """
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return {
        **kept,
        "OMP_WAIT_POLICY": "passive",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONPYCACHEPREFIX": str(folder / "compiled"),
    }


def _seconds(program: list[str], environment: dict[str, str]) -> float:
    """From starting the process to the line it prints; what it measured itself goes first."""
    t0 = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *program],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert process.stdout is not None
    line = process.stdout.readline().split()
    seconds = time.perf_counter() - t0
    process.kill()
    process.wait()
    process.stdout.close()
    if not line:
        raise RuntimeError("the window ended before it showed anything")
    return float(line[1]) if "opened" in program else seconds
