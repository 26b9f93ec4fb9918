"""Locks belong to living processes."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from compute import store
from compute.core.errors import BusyError, StoreError
from compute.core.tables import Entry
from compute.store import files, locks

HOLD = """
import sys
from compute.store import locks
with getattr(locks, sys.argv[2])(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""
COUNT = """
import sys
from compute import store
from compute.core.tables import Entry
for k in range(15):
    store.commit(sys.argv[1], store.PutEntries((Entry(f"{sys.argv[2]}{k}"),)))
"""
Start = Callable[..., "subprocess.Popen[str]"]


@contextmanager
def _held(start: Start, project: Path, name: str) -> Iterator[subprocess.Popen[str]]:
    with start(HOLD, project, name) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield holder
        holder.kill()


def test_that_a_second_job_is_refused_with_the_owner_named(
    project: Path, start_script: Start
) -> None:
    with _held(start_script, project, "job_lock") as holder:
        owner = f"process {holder.pid} on {os.uname().nodename}"
        assert store.job_lock_owner(project) == owner
        with pytest.raises(BusyError, match=owner), store.job_lock(project):
            pass
        store.commit(project, store.PutEntries((Entry("edit"),)))
    assert store.job_lock_owner(project) is None
    with store.job_lock(project):
        assert store.job_lock_owner(project) == f"process {os.getpid()} on {os.uname().nodename}"
    assert not store.parts_folder(project).exists()


def test_that_a_second_job_in_one_process_is_refused(project: Path) -> None:
    with (
        store.job_lock(project),
        pytest.raises(BusyError, match=str(os.getpid())),
        store.job_lock(project),
    ):
        pass


def test_that_the_job_lock_leaves_batches_in_place(project: Path) -> None:
    with store.job_lock(project):
        store.Parts(project).write_plan("e", {})
    assert store.Parts(project).plan("e") == {}


def test_that_a_commit_waits_then_names_the_owner(
    project: Path, start_script: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "COMMIT_PATIENCE_S", 0.1)
    change = store.PutEntries((Entry("edit"),))
    with _held(start_script, project, "commit_lock") as holder:
        with pytest.raises(BusyError, match=f"process {holder.pid} "):
            store.commit(project, change)
        assert len(store.read(project).entries) == 1
    store.commit(project, change)
    assert len(store.read(project).entries) == 2
    assert os.listdir(project.parent) == [project.name]


def test_that_no_commit_of_two_writers_is_lost(project: Path, start_script: Start) -> None:
    with start_script(COUNT, project, "a") as a, start_script(COUNT, project, "b") as b:
        assert (a.wait(60), b.wait(60)) == (0, 0)
    ids = {entry.id for entry in store.read(project).entries}
    assert ids == {"kept", *(f"{w}{k}" for w in "ab" for k in range(15))}
    assert os.listdir(project.parent) == [project.name]


def test_that_a_file_system_without_locks_is_read_only_unless_allowed(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(fd: int, *, shared: bool) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(locks, "_os_lock", no_locks)
    change = store.PutEntries((Entry("edit"),))
    with pytest.raises(StoreError, match="has no locks"):
        store.commit(project, change)
    with pytest.raises(StoreError, match="has no locks"), store.job_lock(project):
        pass
    assert len(store.read(project).entries) == 1
    assert os.listdir(project.parent) == [project.name]
    monkeypatch.setenv(locks.WITHOUT_LOCKS, "1")
    store.commit(project, change)
    assert len(store.read(project).entries) == 2


def test_that_a_link_meets_the_same_locks(project: Path) -> None:
    link = project.with_name("link.h5")
    link.symlink_to(project.name)
    assert files.commit_lock_file(link) == files.commit_lock_file(project)
    assert store.parts_folder(link) == store.parts_folder(project)
