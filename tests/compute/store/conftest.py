"""Small projects for the store's tests."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from compute import store
from compute.core.tables import Entry, TextSet

ROOT = Path(__file__).resolve().parents[3]


def make_texts(n: int = 8) -> TextSet:
    return TextSet(
        tuple(f"t{i}" for i in range(n)),
        tuple(f"text number {i} – größer" for i in range(n)),
        tuple("abc"[i % 3] for i in range(n)),
        source="a shelf",
        licence="CC0",
        parameters={"n": n, "seed": 42},
    )


@pytest.fixture
def texts() -> TextSet:
    return make_texts()


@pytest.fixture
def project(tmp_path: Path, texts: TextSet) -> Path:
    """A project with one done entry whose row is 0, -1, -2, ..."""
    path = tmp_path / "run.h5"
    store.create(path, texts)
    row = -np.arange(len(texts), dtype=np.float32)
    kept = Entry("kept", label="kept/step1", status="done", n_scored=len(texts), tags=("a", "b"))
    store.commit(path, store.PutEntries((kept,)), store.PutRows({"kept": row}))
    return path


Script = Callable[..., "subprocess.CompletedProcess[str]"]


def _command(code: str) -> list[str]:
    return [sys.executable, "-c", textwrap.dedent(code)]


def _environment(**extra: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **extra}


@pytest.fixture
def run_script() -> Script:
    """Run Python code in a process of its own and wait for it."""

    def run(code: str, *args: object, **env: str) -> subprocess.CompletedProcess[str]:
        command = [*_command(code), *map(str, args)]
        return subprocess.run(
            command, env=_environment(**env), capture_output=True, text=True, timeout=120
        )

    return run


@pytest.fixture
def start_script() -> Callable[..., subprocess.Popen[str]]:
    """Start Python code in a process of its own."""

    def start(code: str, *args: object) -> subprocess.Popen[str]:
        command = [*_command(code), *map(str, args)]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, env=_environment(), stdin=pipe, stdout=pipe, text=True)

    return start
