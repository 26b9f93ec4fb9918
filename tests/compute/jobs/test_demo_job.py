"""The live demo job: grows and scores run by run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from compute import store
from compute.core.control import Control
from compute.core.errors import Cancelled
from compute.core.events import Partial, Progress, Started
from compute.core.specs import DemoSpec, GrowSpec
from compute.jobs import demo as module
from compute.jobs.grow import grow
from compute.texts import read_texts

TINY = GrowSpec("", sizes=("xxs",), seeds=(0,), steps=2, n_threads=1, n_texts=12)


@pytest.fixture
def project(tmp_path, monkeypatch):
    grow(replace(TINY, out=str(tmp_path / "first")), lambda _event: None, Control())
    monkeypatch.setitem(module.PRESETS, "demo", TINY)
    path = tmp_path / "live.h5"
    store.create(path, read_texts(tmp_path / "first" / "texts.jsonl"))
    return path


def test_that_the_grown_runs_join_the_project_under_names_of_their_own(project, tmp_path) -> None:
    events: list[object] = []
    spec = DemoSpec(str(project), str(tmp_path / "suite"), n_threads=1)
    summary = module.demo(spec, events.append, Control())
    entries = store.read(project).entries
    assert {e.run for e in entries} == {"xxs-seed2", "xxs-seed3"}
    assert {e.status for e in entries} == {"done"}
    assert summary["n_scored"] == len(entries) == 6
    assert sum(isinstance(e, Started) for e in events) == 1
    fractions = [e.fraction for e in events if isinstance(e, Progress)]
    assert fractions == sorted(fractions)
    assert fractions[-1] == pytest.approx(1.0)
    first = next(k for k, e in enumerate(events) if isinstance(e, Partial))
    assert any(isinstance(e, Progress) and "loss" in e.message for e in events[first:])


def test_that_a_cancelled_demo_leaves_a_project_that_opens(project, tmp_path) -> None:
    control = Control()
    control.cancel()
    spec = DemoSpec(str(project), str(tmp_path / "suite"), n_threads=1)
    with pytest.raises(Cancelled):
        module.demo(spec, lambda _event: None, control)
    assert store.read(project).entries == ()
