"""The whole job over real worker processes: what it finds, and what it outlives."""

import os
import signal
import threading
import time

import numpy as np
import pytest

from compute import store
from compute.core.control import Control
from compute.core.events import CancelledEvent, Finished, Notice, Partial
from compute.executors import LocalExecutor
from compute.jobs import crew
from compute.jobs.score import SCORER
from compute.jobs.score_worker import WORKER


@pytest.fixture
def elsewhere(monkeypatch, run_here, spec):
    """``elsewhere(spec)``: the events of a job whose workers are processes of their own, and these.

    Asks for ``spec`` so that its choice of a scorer in this process comes before.
    """
    monkeypatch.delenv(SCORER)
    monkeypatch.setenv(WORKER, "stand-in")

    def run_it(job, also=lambda event, handles, control: None):
        handles, control = [], Control()

        def start(*args):
            handles.append(LocalExecutor().start(*args))
            return handles[-1]

        control.start = start
        events = run_here(job, control, lambda event: also(event, handles, control))
        assert all(handle.wait(5) is not None for handle in handles)
        return events, handles

    return run_it


def expected(spec, run_here, monkeypatch, *names):
    """(K, N) float32 of the same checkpoints scored in this process."""
    with monkeypatch.context() as patch:
        patch.setenv(SCORER, "stand-in")
        run_here(spec(*names, project_name="here.h5"))
    return store.read(spec(project_name="here.h5").project).loglik


@pytest.fixture
def spec(spec, tmp_path):
    def make(*names, project_name="p.h5", **options):
        from dataclasses import replace

        return replace(spec(*names, **options), project=str(tmp_path / project_name))

    return make


def test_that_two_processes_find_what_one_scorer_here_finds(spec, elsewhere, run_here, monkeypatch):
    names = [f"c{k}" for k in range(6)]
    events, handles = elsewhere(spec(*names, device="cpu,cpu"))
    assert isinstance(events[-1], Finished)
    assert len(handles) == 3  # one is asked for the devices first
    found = store.read(spec().project).loglik
    assert np.isfinite(found).all()
    assert found.tobytes() == expected(spec, run_here, monkeypatch, *names).tobytes()


def test_that_faults_cost_their_checkpoint_and_nothing_else(spec, elsewhere, monkeypatch):
    monkeypatch.setattr(crew, "TICK_S", 0.1)
    names = ("a", "crash", "b", "lost", "c", "hang", "d", "nan", "broken", "huge")
    events, _ = elsewhere(spec(*names, patience_s=1.5))
    assert isinstance(events[-1], Finished)
    entries = {e.label.split()[1]: e for e in store.read(spec().project).entries}
    failed = {name: e.error for name, e in entries.items() if e.status == "failed"}
    assert set(failed) == {"crash", "lost", "hang", "nan", "broken"}
    assert "signal 11" in failed["crash"]
    assert "unspecified launch failure" in failed["lost"]
    assert "did not answer" in failed["hang"]
    assert "not numbers" in failed["nan"]
    assert "cut short" in failed["broken"]
    assert all(entries[name].status == "done" for name in ("a", "b", "c", "d", "huge"))


def test_that_killed_workers_are_replaced_and_no_value_is_lost(
    spec, elsewhere, run_here, monkeypatch
):
    monkeypatch.setenv("KLSCOPE_STAND_IN_PAUSE", "0.02")
    killed, done = [], []

    def kill_sometimes(event, handles, control):
        """Far enough apart that no checkpoint loses two workers: that would be its end."""
        if isinstance(event, Partial) and event.status == "done":
            done.append(event)
            if len(done) in (1, 4):
                killed.append(handles[-1].pid)
                os.kill(killed[-1], signal.SIGKILL)

    names = [f"c{k}" for k in range(8)]
    events, handles = elsewhere(spec(*names, batch_tokens=300, commit_every_s=0.0), kill_sometimes)
    assert isinstance(events[-1], Finished)
    assert len(handles) > len(set(killed)) >= 1
    lost = [e for e in events if isinstance(e, Notice) and "signal 9" in e.message]
    assert lost
    found = store.read(spec().project).loglik
    assert found.tobytes() == expected(spec, run_here, monkeypatch, *names).tobytes()


def test_that_a_cancelled_job_leaves_no_process_and_ends_soon(spec, elsewhere, monkeypatch):
    monkeypatch.setenv("KLSCOPE_STAND_IN_PAUSE", "0.1")
    asked = []

    def cancel_once(event, handles, control):
        if isinstance(event, Partial) and not asked:
            asked.append(time.monotonic())
            threading.Thread(target=control.cancel).start()

    events, _ = elsewhere(spec("a", "b", "c", batch_tokens=300, commit_every_s=0.0), cancel_once)
    assert isinstance(events[-1], CancelledEvent)
    assert time.monotonic() - asked[0] < 8


def test_that_a_dtype_without_hardware_is_told_before_scoring(spec, run_here, monkeypatch):
    from compute.scoring import processor

    monkeypatch.setattr(processor, "flags", frozenset)
    events = run_here(spec("a", dtype="bfloat16"))
    said = [e.message for e in events if isinstance(e, Notice)]
    assert any("bfloat16" in words and "slower" in words for words in said)
    assert isinstance(events[-1], Finished)
