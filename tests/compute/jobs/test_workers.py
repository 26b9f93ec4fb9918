"""The contract of every scorer, in this process and in one of its own; and how workers end."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import tiny_models

from compute import store
from compute.core.control import Exit
from compute.core.errors import ScoringError, UsageError
from compute.core.events import Failed, Reply
from compute.core.tables import Checkpoint, TextSet
from compute.executors import LocalExecutor, child_environment
from compute.jobs import remote as remote_scorer
from compute.jobs.remote import AHEAD, RemoteScorer
from compute.jobs.score_worker import WORKER
from compute.scoring import OutOfMemory, Settings, WorkerLost, open_scorer

SETTINGS = Settings(device="cpu", n_threads=1, batch_tokens=1500)
TEXTS = tiny_models.texts(40)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a project and two random models."""
    folder = tmp_path_factory.mktemp("workers")
    store.ensure_texts(folder / "p.h5", TEXTS)
    for seed in (0, 1):
        tiny_models.save_model(folder / "run" / f"step{seed}", seed)
    return folder


def checkpoint(place, name="step0"):
    return Checkpoint(str(place / "run" / name), name, run="run", step=0, digest="known")


class Started:
    """``LocalExecutor().start``, with what it started and what was heard."""

    def __init__(self):
        self.handles, self.replies = [], []

    def __call__(self, spec, on_event, on_exit):
        def hear(event):
            if isinstance(event, Reply):
                self.replies.append(event)
            on_event(event)

        self.handles.append(LocalExecutor().start(spec, hear, on_exit))
        return self.handles[-1]


@pytest.fixture
def remote(place, monkeypatch):
    """``remote(name)``: a scorer of this name in a process of its own, and what was started."""
    made = []

    def make(name="stand-in", settings=SETTINGS):
        monkeypatch.setenv(WORKER, name)
        started = Started()
        made.append(RemoteScorer(started, settings, str(place / "p.h5")))
        return made[-1], started

    yield make
    for each in made:
        each.close()


@pytest.fixture(params=["stand-in", "torch", "stand-in elsewhere", "torch elsewhere"])
def scorers(request, remote):
    """(the scorer under test, one of the same kind in this process)."""
    name, _, elsewhere = request.param.partition(" ")
    here = open_scorer(name, SETTINGS)
    other = remote(name)[0] if elsewhere else open_scorer(name, SETTINGS)
    yield other, here
    for each in (other, here):
        each.close()


def row_of(model, plan=None, batches=None):
    """(N,) float32 nats, NaN = in no batch; a text that comes twice fails."""
    plan = plan or model.plan()
    row = np.full(len(TEXTS), np.nan, dtype=np.float32)
    for scored in model.score(plan, plan.batches if batches is None else batches):
        assert np.isnan(row[list(scored.batch.texts)]).all()
        row[list(scored.batch.texts)] = scored.values
    return row


def test_that_a_scorer_keeps_the_contract(scorers, place):
    scorer = scorers[0]
    assert scorer.devices() == ("cpu",)
    assert scorer.dtype_of(checkpoint(place)) == "float32"
    with pytest.raises(ScoringError):
        scorer.open(checkpoint(place, "broken"), TEXTS)
    model, same = (s.open(checkpoint(place), TEXTS) for s in scorers)
    assert model.facts == same.facts
    assert model.n_tokens.tolist() == same.n_tokens.tolist()
    assert model.plan() == same.plan()
    _scores_like(model, same)
    scorer.prefetch(checkpoint(place, "step1"), TEXTS)
    _scores_like(*(s.open(checkpoint(place, "step1"), TEXTS) for s in scorers))


def _scores_like(model, same):
    """The bits of ``same``: whole, stopped half-way, and backwards."""
    plan = model.plan()
    assert len(plan.batches) > 2
    row = row_of(model)
    assert np.isfinite(row).all()
    assert row.tobytes() == row_of(same).tobytes()
    with closing(model.score(plan, plan.batches)) as some:
        taken = [next(some).batch.number for _ in range(2)]
    assert len(set(taken)) == 2
    assert row_of(model, plan, plan.batches[::-1]).tobytes() == row.tobytes()
    assert 0 <= model.noise_floor(row) < 1e-6


def test_that_tokens_come_with_their_batch(remote, place):
    settings = Settings(device="cpu", batch_tokens=1500, tokens=True)
    scorer, _ = remote(settings=settings)
    model = scorer.open(checkpoint(place), TEXTS)
    plan = model.plan()
    for scored in model.score(plan, plan.batches):
        assert [len(row) for row in scored.tokens] == model.n_tokens[
            list(scored.batch.texts)
        ].tolist()
        sums = [np.nansum(row) for row in scored.tokens]
        assert np.allclose(sums, scored.values, rtol=1e-5)
    assert len(model.lengths) == model.n_tokens.sum()
    assert int(np.maximum(model.lengths, 0).sum()) == int(TEXTS.n_bytes.sum())


def test_that_a_worker_reports_the_memory_of_its_own_process(remote, place):
    scorer, _ = remote()
    model = scorer.open(checkpoint(place), TEXTS)
    assert 1e7 < model.memory_bytes() < 1e9


def test_that_the_system_ends_a_worker_before_its_job_for_want_of_memory(remote):
    scorer, started = remote()
    scorer.devices()
    worker = int(Path(f"/proc/{started.handles[0].pid}/oom_score_adj").read_text())
    assert worker > int(Path("/proc/self/oom_score_adj").read_text())


def test_that_a_worker_that_does_not_start_is_given_up(remote, monkeypatch):
    monkeypatch.setattr(remote_scorer, "PATIENCE_S", 0.01)
    scorer, started = remote()
    with pytest.raises(WorkerLost, match="did not answer"):
        scorer.devices()
    assert started.handles[0].wait(5).code == -signal.SIGKILL


def test_that_a_worker_stays_a_few_batches_ahead_of_who_takes_them(remote, place):
    scorer, started = remote(settings=Settings(device="cpu", n_threads=1, batch_tokens=1))
    model = scorer.open(checkpoint(place), TEXTS)
    plan = model.plan()
    assert len(plan.batches) == len(TEXTS)
    with closing(model.score(plan, plan.batches)) as results:
        next(results)
        before = _settled(started.replies)
        next(results)
        assert _settled(started.replies) == before + 1
    items = [r for r in started.replies if r.data["kind"] == "item"]
    assert AHEAD <= len(items) <= AHEAD + 2


def _settled(replies):
    """How many there are once no more come."""
    n = -1
    while n != len(replies):
        n = len(replies)
        time.sleep(0.4)
    return n


def test_that_a_scorer_that_was_never_used_starts_no_process(remote):
    scorer, started = remote()
    scorer.close()
    assert not started.handles
    with pytest.raises(WorkerLost, match="closed"):
        scorer.devices()


def test_that_the_worker_refuses_texts_that_are_not_the_project_s(remote, place):
    scorer, _ = remote()
    with pytest.raises(UsageError, match="texts"):
        scorer.open(checkpoint(place), TextSet(("a",), ("other",), ("",)))


def test_that_a_device_that_is_not_there_is_named(remote, place):
    scorer, _ = remote("torch", Settings(device="cuda:7"))
    with pytest.raises(UsageError, match="cuda:7"):
        scorer.devices()


def test_that_no_room_for_a_batch_is_told_and_the_worker_goes_on(remote, place):
    scorer, _ = remote()
    model = scorer.open(checkpoint(place, "huge"), TEXTS)
    plan = model.plan()
    with pytest.raises(OutOfMemory):
        row_of(model, plan)
    few = [b for b in plan.batches if len(b.texts) <= 2]
    assert np.isfinite(row_of(model, plan, few)).sum() == sum(len(b.texts) for b in few)


def _lost_while_scoring(scorer, place, name="slow", then=lambda: None):
    """Why the worker was lost, and how many seconds passed until it was known."""
    model = scorer.open(checkpoint(place, name), TEXTS)
    plan = model.plan()
    results = model.score(plan, plan.batches)
    if name == "slow":
        next(results)
    then()
    began = time.monotonic()
    with pytest.raises(WorkerLost) as lost:
        list(results)
    with pytest.raises(WorkerLost):
        scorer.open(checkpoint(place), TEXTS)
    return str(lost.value), time.monotonic() - began


def test_that_a_killed_worker_is_lost(remote, place):
    scorer, started = remote()
    why, took = _lost_while_scoring(
        scorer, place, then=lambda: os.kill(started.handles[0].pid, signal.SIGKILL)
    )
    assert "signal 9" in why
    assert "memory" in why
    assert took < 5


def test_that_a_worker_that_was_asked_to_end_is_lost(remote, place):
    scorer, started = remote()
    why, took = _lost_while_scoring(scorer, place, then=lambda: started.handles[0].cancel())
    assert "ended with code 0" in why
    assert took < 5


def test_that_a_crash_is_one_lost_worker_and_its_place_is_in_the_log(remote, place, capfd):
    scorer, _ = remote()
    why, _ = _lost_while_scoring(scorer, place, "crash")
    assert why == "the worker's process crashed (signal 11)."
    assert "stand_in.py" in capfd.readouterr().err


def test_that_a_lost_gpu_ends_its_worker(remote, place):
    scorer, started = remote()
    why, _ = _lost_while_scoring(scorer, place, "lost")
    assert why == "the GPU failed (CUDA error: unspecified launch failure)."
    assert started.handles[0].wait(5) is not None


def test_that_a_worker_that_hangs_can_be_abandoned_by_another_thread(remote, place):
    scorer, started = remote()
    timer = threading.Timer(0.5, scorer.abandon)
    why, took = _lost_while_scoring(scorer, place, "hang", then=timer.start)
    timer.join()
    assert "did not answer" in why
    assert 0.4 < took < 5
    assert started.handles[0].wait(5).code == -signal.SIGKILL


def test_that_a_scorer_abandoned_before_its_first_use_starts_no_process(remote):
    scorer, started = remote()
    scorer.abandon()
    with pytest.raises(WorkerLost):
        scorer.devices()
    assert not started.handles


@pytest.mark.parametrize(
    ("code", "log", "why"),
    [
        (
            -6,
            "terminate called\nCUDA error: unspecified launch failure\nat x.cpp",
            "launch failure)",
        ),
        (1, "RuntimeError: CUDA error: GPU is lost.", "the GPU failed (CUDA error: GPU is lost)"),
        (-9, "", "signal 9, perhaps because the machine ran out of memory"),
        (-11, "Segmentation fault", "the worker's process crashed (signal 11)"),
        (1, "", "the worker ended: It cannot start."),
        (3, "", "ended with code 3"),
    ],
)
def test_that_the_end_of_a_worker_is_told_in_plain_words(code, log, why):
    said = remote_scorer.why_it_ended(Exit(code, Failed("It cannot start."), log))
    assert why in said
    assert "\n" not in said


ORPHAN = """
import sys
from compute import store
from compute.core.tables import Checkpoint
from compute.executors import LocalExecutor
from compute.jobs.remote import RemoteScorer
from compute.scoring import Settings

project, path = sys.argv[1:]
texts = store.read_texts(__import__("pathlib").Path(project))
def start(*args):
    handle = LocalExecutor().start(*args)
    print(handle.pid, flush=True)
    return handle
scorer = RemoteScorer(start, Settings(device="cpu", n_threads=1), project)
model = scorer.open(Checkpoint(path, "m"), texts)
plan = model.plan()
print("scoring", flush=True)
while True:
    list(model.score(plan, plan.batches))
"""


@pytest.mark.parametrize(("name", "folder"), [("stand-in", "hang"), ("torch", "step0")])
def test_that_a_worker_ends_within_5_s_of_its_killed_job(name, folder, place, monkeypatch):
    monkeypatch.setenv(WORKER, name)
    command = [sys.executable, "-c", ORPHAN, str(place / "p.h5"), str(place / "run" / folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=child_environment(1)) as job:
        pid = int(job.stdout.readline())
        assert job.stdout.readline() == b"scoring\n"
        assert _alive(pid)
        job.kill()
        deadline = time.monotonic() + 5
        while _alive(pid) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not _alive(pid)


def _alive(pid):
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"
