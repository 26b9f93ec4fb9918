"""The contract of every executor, run against a job that needs nothing but core."""

import os
import signal
import subprocess
import sys
import threading
import time
from importlib import import_module

import pytest

from compute.core.events import CancelledEvent, Failed, Finished, Notice, Progress, Started
from compute.core.specs import GrowSpec, to_json
from compute.executors import EXECUTORS, child_environment

JOB = """
import os, time
from compute.core.errors import InputError
from compute.core.events import Notice, Progress, Started

def job(spec, emit, control):
    emit(Started("a test job", spec.steps))
    print("a library prints")
    os.system("echo a child of ours prints")
    control.on_request = lambda r: emit(Notice("asked " + r["request"]))
    if spec.out == "bad":
        raise InputError("this cannot be read", advice="Try another")
    if spec.out == "surprise":
        raise ZeroDivisionError("by zero")
    if spec.out == "stuck":
        emit(Notice("stuck"))
        time.sleep(60)
    for step in range(spec.steps):
        control.checkpoint()
        emit(Progress(step / spec.steps, step, spec.steps))
        time.sleep(0.01)
    return {"steps": spec.steps}
"""


class Heard:
    """Everything an executor told us, in order."""

    def __init__(self):
        self.events, self.exits = [], []
        self.changed = threading.Condition()

    def on_event(self, event):
        with self.changed:
            self.events.append(event)
            self.changed.notify_all()

    def of(self, kind):
        return [e for e in self.events if isinstance(e, kind)]

    def until(self, kind, timeout=20):
        with self.changed:
            assert self.changed.wait_for(lambda: self.of(kind), timeout)


@pytest.fixture(params=EXECUTORS.values())
def start(request, tmp_path, monkeypatch):
    (tmp_path / "sitecustomize.py").write_text(
        "import compute.jobs.runner as r; r.JOBS['grow'] = 'job_for_tests:job'\n"
    )
    (tmp_path / "job_for_tests.py").write_text(JOB)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    module, _, name = request.param.partition(":")
    executor = getattr(import_module(module), name)()
    handles = []

    def begin(out="", steps=3):
        heard = Heard()
        spec = GrowSpec(out=out, steps=steps)
        handle = executor.start(spec, heard.on_event, heard.exits.append)
        handles.append(handle)
        return handle, heard

    yield begin
    for handle in handles:
        handle.kill()
        handle.wait()


def test_that_a_job_sends_started_first_and_finished_once_and_last(start):
    handle, heard = start()
    assert handle.wait(20) == heard.exits[0]
    assert isinstance(heard.events[0], Started)
    assert isinstance(heard.events[-1], Finished)
    assert len(heard.of(Finished)) == len(heard.exits) == 1
    assert heard.events[-1].summary == {"steps": 3}
    assert heard.exits[0].code == 0


def test_that_what_a_library_prints_goes_to_the_log_and_not_into_the_protocol(start):
    handle, heard = start()
    handle.wait(20)
    assert {type(e) for e in heard.events} == {Started, Progress, Finished}
    assert "a library prints" in handle.log_tail()
    assert "a child of ours prints" in handle.log_tail()


def test_that_cancel_stops_a_job_between_two_batches(start):
    handle, heard = start(steps=100_000)
    heard.until(Progress)
    handle.cancel()
    assert isinstance(handle.wait(20).last, CancelledEvent)
    assert handle.wait().code == 0


def test_that_cancel_kills_a_job_that_does_not_listen(start):
    handle, heard = start("stuck")
    heard.until(Notice)
    began = time.monotonic()
    handle.cancel(grace_s=0.2)
    assert time.monotonic() - began < 0.1
    assert isinstance(handle.wait(20).last, CancelledEvent)
    assert handle.wait().code < 0


def test_that_a_killed_job_ends_with_one_failed_event_that_offers_to_resume(start):
    handle, heard = start(steps=100_000)
    heard.until(Progress)
    os.kill(handle.pid, signal.SIGKILL)
    last = handle.wait(20).last
    assert isinstance(last, Failed)
    assert last.resumable
    assert "signal 9" in last.message
    assert heard.of(Failed) == [last]


def test_that_a_known_error_becomes_its_sentence(start):
    handle, _ = start("bad")
    assert handle.wait(20).last == Failed("this cannot be read. Try another.")
    assert handle.wait().code == 1


def test_that_a_surprise_becomes_one_sentence_with_the_details_in_the_log(start):
    handle, _ = start("surprise")
    ended = handle.wait(20)
    assert "ZeroDivisionError" in ended.last.message
    assert "Traceback" not in ended.last.message
    assert "Traceback" in ended.log_tail


def test_that_a_paused_job_waits_and_goes_on(start):
    handle, heard = start(steps=40)
    heard.until(Progress)
    handle.pause()
    time.sleep(0.3)
    seen = len(heard.events)
    time.sleep(0.3)
    assert len(heard.events) == seen
    handle.resume()
    assert isinstance(handle.wait(20).last, Finished)


def test_that_other_requests_reach_the_job(start):
    handle, heard = start(steps=100_000)
    heard.until(Progress)
    handle.request({"request": "stop"})
    heard.until(Notice)
    assert heard.of(Notice) == [Notice("asked stop")]
    handle.cancel()
    handle.wait(20)


def test_that_the_end_of_stdin_cancels_a_job(start):
    line = to_json(GrowSpec(out="", steps=100_000)) + "\n"
    child = subprocess.run(
        [sys.executable, "-m", "compute"],
        input=line.encode(),
        capture_output=True,
        env=child_environment(),
        timeout=20,
        check=True,
    )
    assert child.stdout.splitlines()[-1].startswith(b'{"event": "cancelled"')


def test_that_a_line_that_is_no_spec_fails_with_a_sentence(start):
    child = subprocess.run(
        [sys.executable, "-m", "compute"],
        input=b'{"job": "knit"}\n',
        capture_output=True,
        env=child_environment(),
        timeout=20,
        check=False,
    )
    assert child.returncode == 1
    assert child.stdout.count(b"\n") == 1
    assert b'"event": "failed"' in child.stdout


def test_that_a_child_waits_passively_with_a_stated_thread_count():
    env = child_environment(3)
    assert (env["OMP_WAIT_POLICY"], env["OMP_NUM_THREADS"]) == ("passive", "3")


def test_that_a_child_adds_on_a_gpu_in_a_fixed_order_unless_told_otherwise(monkeypatch):
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    assert child_environment()["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":16:8")
    assert child_environment()["CUBLAS_WORKSPACE_CONFIG"] == ":16:8"
