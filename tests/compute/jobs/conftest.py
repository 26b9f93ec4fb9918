"""Projects that are scored by the stand-in, and by random tiny models."""

import sys
from pathlib import Path

import pytest

from compute.core.control import Control
from compute.core.specs import ScoreSpec
from compute.core.tables import Checkpoint, TextSet
from compute.jobs import run
from compute.texts import write_texts

sys.path.insert(0, str(Path(__file__).parents[1] / "scoring"))


@pytest.fixture
def texts():
    made = tuple(f"text {k} " + "x" * (37 * k % 900) for k in range(24))
    return TextSet(tuple(f"t{k}" for k in range(24)), made, ("",) * 24)


@pytest.fixture
def spec(tmp_path, texts, monkeypatch):
    """``spec(names)``: score checkpoints of these folder names with the stand-in."""
    monkeypatch.setenv("KLSCOPE_TEST_SCORER", "stand-in")
    write_texts(texts, tmp_path / "texts.jsonl")

    def make(*names, **options):
        found = tuple(
            Checkpoint(f"run/{name}", f"run {name}", run="run", step=k, digest=f"digest {name}")
            for k, name in enumerate(names)
        )
        options = {"n_threads": 1, "texts": str(tmp_path / "texts.jsonl"), **options}
        return ScoreSpec(str(tmp_path / "p.h5"), found, **options)

    return make


@pytest.fixture
def run_here():
    """``run_here(spec)``: the events of a job run in this process."""

    def run_it(spec, control=None, also=lambda event: None):
        events = []

        def emit(event):
            events.append(event)
            also(event)

        run(spec, emit, control or Control())
        return events

    return run_it
