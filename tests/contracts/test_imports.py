"""Who imports whom, and what an import must not load."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
QT = ("PySide6", "shiboken6", "vispy", "pyqtgraph", "psygnal")
HEAVY = ("torch", "transformers", "sklearn", "openTSNE", "bitsandbytes", "peft", "gguf", "yaml")


def loaded_by(statement: str) -> set[str]:
    """Top-level names of all modules that a fresh interpreter holds after ``statement``."""
    code = f"import sys; {statement}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "module",
    ["compute", "compute.cli", "compute.core.tables", "compute.store", "compute.executors"],
)
def test_that_importing_compute_loads_neither_qt_nor_torch(module: str) -> None:
    assert loaded_by(f"import {module}").isdisjoint(QT + HEAVY)


def test_that_importing_the_window_loads_nothing_that_computes() -> None:
    assert loaded_by("import explorer.app").isdisjoint(HEAVY)


def test_that_the_window_paints_before_the_heavy_drawing_libraries_are_loaded() -> None:
    assert loaded_by("import explorer.app").isdisjoint({"vispy", "pyqtgraph", "h5py"})


def test_that_the_entry_point_loads_neither_qt_nor_torch() -> None:
    assert loaded_by("import explorer.cli").isdisjoint(QT + HEAVY)


def test_that_the_import_contracts_hold() -> None:
    code = "from importlinter.cli import lint_imports_command as run; run()"
    done = subprocess.run(
        [sys.executable, "-c", code, "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[done.stdout.find("Contracts") :] + done.stderr


def test_that_every_folder_of_compute_is_under_contract() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = {c["id"]: c for c in config["tool"]["importlinter"]["contracts"]}
    beside = {f"compute.{p.parent.name}" for p in (ROOT / "compute").glob("*/__init__.py")}
    beside -= {"compute.core", "compute.jobs", "compute.cli"}
    above = {"compute.analysis", "compute.report"}
    assert beside - above == set(contracts["beside-core"]["modules"])
    assert above == set(contracts["analysis-alone"]["source_modules"])
    assert beside == set(contracts["below-jobs"]["source_modules"])
    for name, homes in {
        "torch": {"compute.scoring", "compute.minisuite"},
        "opentsne": {"compute.embedding"},
        "h5py": {"compute.store"},
        "matplotlib": {"compute.report", "compute.exchange"},
    }.items():
        assert beside - homes <= set(contracts[name]["source_modules"]), name
