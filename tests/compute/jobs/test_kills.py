"""Kill -9 at every step of a batch write and of a commit, then resume: nothing is ever lost.

The real runner, executor, writer and store; the scorer is the stand-in, and in three kills a tiny
model. ``tests/soak/kills.py`` does the same at random moments.
"""

import os
import random
from dataclasses import replace

import numpy as np
import pytest

from compute import store
from compute.core.events import Failed, Finished
from compute.core.specs import ScoreSpec
from compute.core.tables import TextSet
from compute.executors import LocalExecutor
from compute.store import hooks

N_KILLS, N_PROJECTS = 60, 5
NAMES = [f"c{k}" for k in range(12)]
PASSED = [name for name in hooks.NAMES if name not in hooks.MIGRATE]
"""Every crash point that a job of a new project passes; migrations are killed in the store."""


def kills():
    """(hook, passing) of 60 kills in 5 projects: every hook once or more, the first passings of
    ``create`` first, where a project can still be created.
    """
    rest = [name for name in PASSED if name not in hooks.CREATE]
    often = ("parts:half-frame", "parts:frame-written", "parts:synced", "commit:renamed")
    aims = [(name, 1) for name in rest] + [(name, 3) for name in often]
    again = [(name, 2) for name in rest]
    random.Random(1).shuffle(again)
    aims += again[: N_KILLS - len(hooks.CREATE) - len(aims)]
    random.Random(0).shuffle(aims)
    projects = [sorted(aims[k::N_PROJECTS], key=phase) for k in range(N_PROJECTS)]
    for project, name in zip(projects, hooks.CREATE, strict=False):
        project.insert(0, (name, 1))
    return projects


def phase(aim):
    """Crash points that a project passes early come first: a resumed job may not pass them."""
    name = aim[0]
    late = ("parts:shelved", "parts:taken-down", "companion", "parts:half-disc", "parts:disc")
    early = name.startswith("plan") or "header" in name
    return (not early) + next((2 + k for k, n in enumerate(late) if name.startswith(n)), 0)


@pytest.fixture
def texts():
    """Enough for two rounds, and short."""
    n = 506
    made = tuple(f"text {k} " + "x" * (7 * k % 50) for k in range(n))
    return TextSet(tuple(f"t{k}" for k in range(n)), made, ("",) * n)


@pytest.fixture
def often_committed(tmp_path, monkeypatch):
    """Children that commit after every entry; one thread, so that nothing is in the way."""
    (tmp_path / "sitecustomize.py").write_text(
        "import compute.jobs.ledger as ledger; ledger.COST_FACTOR = 0.0\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))


def run_child(spec, crash, monkeypatch):
    """Run a job in a child that kills itself at ``crash``; its exit."""
    monkeypatch.setenv("KLSCOPE_CRASH", crash)
    handle = LocalExecutor().start(spec, lambda event: None, lambda ended: None)
    ended = handle.wait(60)
    if ended is None:
        handle.kill()
        handle.wait()
    return ended


def committed(path):
    """Entry id -> (status, row) as they are in the file itself."""
    if not path.exists():
        return {}
    project = store.read(path, parts=False)
    return {e.id: (e.status, project.loglik[k]) for k, e in enumerate(project.entries)}


def assert_nothing_lost(before, after):
    for name, (status, row) in before.items():
        assert after[name][0] == status or status != "done"
        known = np.isfinite(row)
        assert row[known].tobytes() == after[name][1][known].tobytes()


def killed_and_resumed(spec, aims, path, monkeypatch):
    """Kill a job at each aim in turn and let it end; the number of kills."""
    n, before = 0, {}
    for name, count in aims:
        ended = run_child(spec, f"{name}:{count}", monkeypatch)
        assert ended is not None
        assert ended.code == -9, (name, count, ended)
        assert isinstance(ended.last, Failed)
        assert ended.last.resumable
        after = committed(path)
        assert_nothing_lost(before, after)
        if path.exists():
            store.read(path)
        n, before = n + 1, after
    assert isinstance(run_child(spec, "", monkeypatch).last, Finished)
    assert_nothing_lost(before, committed(path))
    return n


def test_that_60_aimed_kills_leave_the_result_of_an_uninterrupted_run(
    spec, often_committed, run_here, tmp_path, monkeypatch
):
    job = replace(spec(*NAMES), commit_every_s=0.0, batch_tokens=1500, tokens=True, layers=(1, 3))
    run_here(job)
    whole = store.read(tmp_path / "p.h5")
    n = 0
    for k, aims in enumerate(kills()):
        path = tmp_path / f"k{k}.h5"
        n += killed_and_resumed(replace(job, project=str(path)), aims, path, monkeypatch)
        project = store.read(path)
        assert project.loglik.tobytes() == whole.loglik.tobytes()
        assert [e.id for e in project.entries] == [e.id for e in whole.entries]
        assert project.recipes == whole.recipes
        assert not store.parts_folder(path).exists()
    assert n == N_KILLS
    assert {name for aims in kills() for name, _ in aims} == set(PASSED)


def test_that_3_kills_of_a_real_model_leave_the_result_of_an_uninterrupted_run(
    often_committed, run_here, tmp_path, monkeypatch
):
    import tiny_models

    from compute.sources import resolve
    from compute.texts import write_texts

    for seed in range(3):
        tiny_models.save_model(tmp_path / "run" / f"step{seed}", seed)
    write_texts(tiny_models.texts(12), tmp_path / "texts.jsonl")
    job = ScoreSpec(
        str(tmp_path / "whole.h5"),
        resolve(str(tmp_path / "run")).checkpoints,
        str(tmp_path / "texts.jsonl"),
        n_threads=2,
        batch_tokens=1500,
        commit_every_s=0.0,
    )
    assert isinstance(run_here(job)[-1], Finished)
    path = tmp_path / "killed.h5"
    aims = [("parts:half-frame", 2), ("parts:synced", 3), ("commit:changed", 2)]
    assert killed_and_resumed(replace(job, project=str(path)), aims, path, monkeypatch) == 3
    assert store.read(path).loglik.tobytes() == store.read(tmp_path / "whole.h5").loglik.tobytes()
    assert os.path.getsize(path) > 0
