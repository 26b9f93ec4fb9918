"""Many checkpoints through one queue while the job is killed at random moments.

The small form of ``tests/soak/endurance.py`` and ``at_once.py``: the same code, with the stand-in
scorer.
"""

import random
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from compute import store
from compute.texts import write_texts

N_CHECKPOINTS, N_KILLS = 200, 3


sys.path.insert(0, str(Path(__file__).parents[2] / "soak"))


@pytest.fixture
def endurance():
    import endurance

    return endurance


@pytest.fixture
def at_once():
    import at_once

    return at_once.at_once


def test_that_a_long_queue_survives_kills_with_the_same_result_and_steady_memory(
    endurance, spec, tmp_path
):
    job = spec(*(f"c{k}" for k in range(N_CHECKPOINTS)), batch_tokens=8000)
    write_texts(endurance.short_texts(520), tmp_path / "texts.jsonl")
    began = time.monotonic()
    session = endurance.undisturbed(replace(job, project=str(tmp_path / "whole.h5")))
    longest = (time.monotonic() - began) / (N_KILLS + 2)
    assert len(session.seen) == N_CHECKPOINTS
    assert session.job.growth <= endurance.MOST_GROWTH
    kills = endurance.disturbed(job, N_KILLS, longest, random.Random(0), ("job",))
    assert kills == {"job": N_KILLS}
    assert endurance.identical(tmp_path / "whole.h5", tmp_path / "p.h5")
    assert {e.status for e in store.read(tmp_path / "p.h5").entries} == {"done"}
    assert not store.parts_folder(tmp_path / "p.h5").exists()


def test_that_memory_counts_as_growth_only_after_the_first_checkpoints(endurance):
    memory = endurance.Memory()
    for n_seen, n_bytes in ((10, 50), (100, 70), (150, 0), (160, 75), (170, 60)):
        memory.note(n_seen, n_bytes)
    assert (memory.settled, memory.most, memory.growth) == (70, 75, 5)


def test_that_the_soak_sees_a_lost_entry_and_a_changed_score(endurance):
    import numpy as np

    before = {"a": ("done", np.array([1.0, np.nan], np.float32))}
    endurance.compare(before, {"a": ("done", np.array([1.0, 2.0], np.float32))})
    with pytest.raises(SystemExit, match="is lost"):
        endurance.compare(before, {})
    with pytest.raises(SystemExit, match="changed"):
        endurance.compare(before, {"a": ("done", np.array([1.5, 2.0], np.float32))})


def test_that_a_project_scored_embedded_and_edited_at_once_loses_no_commit(
    endurance, at_once, spec, tmp_path, monkeypatch
):
    monkeypatch.setenv("KLSCOPE_STAND_IN_PAUSE", "0.15")
    job = spec(*(f"c{k}" for k in range(24)), commit_every_s=0.0)
    count = at_once(job)
    assert count.scored == (24, 24)
    assert min(count.maps[0], count.edits[0]) >= 2
    assert count.lost == 0
