"""A release of our own making, and the project that it is imported into, once for all tests."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from compute.cli import build_app, main_guard

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "fixtures")]

import release  # noqa: E402

N_TEXTS = 300


@pytest.fixture(scope="session")
def released(tmp_path_factory):
    """The folder of a release of 300 texts, and its project."""
    place = tmp_path_factory.mktemp("release")
    folder = release.write(release.make(N_TEXTS, seed=7), place)
    project = place / "release.h5"
    words = ["import", "release", str(folder), "-o", str(project)]
    assert main_guard(build_app(), words) == 0
    return folder, project
