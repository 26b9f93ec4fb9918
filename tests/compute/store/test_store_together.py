"""Several writers, clocks that jump, files that are exchanged: nobody loses or misses anything."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from compute import store
from compute.core.errors import StoreError
from compute.core.tables import Entry, TextSet
from compute.store import files, locks

Start = Callable[..., "subprocess.Popen[str]"]
N = 100

EDIT = """
import sys
from compute import store
from compute.core.tables import Entry
for k in range(100):
    store.commit(sys.argv[1], store.PutEntries((Entry(f"edited{k}", label=f"label {k}"),)))
"""
EMBED = """
import sys
import numpy as np
from compute import store
from compute.core.tables import Embedding
for k in range(100):
    coords = np.full((1, 2), k, np.float32)
    store.commit(sys.argv[1], store.PutEmbedding(Embedding(f"map{k}", ("kept",), coords, {})))
"""
SCORE = """
import sys
import numpy as np
from compute import store
from compute.core.tables import Entry
texts = store.read_texts(sys.argv[1])
parts = store.Parts(sys.argv[1])
with store.job_lock(sys.argv[1]):
    for k in range(int(sys.argv[2])):
        name = f"scored{k}"
        parts.write_plan(name, {"batches": [[0, list(range(8))]]})
        parts.append(name, 0, range(8), np.full(8, -k, np.float32))
        entry, row = Entry(name, status="done", n_scored=8), parts.row(name, 8)
        entries = store.PutEntries((entry,), since={name: Entry(name)})
        changes = entries, store.PutRows({name: row})
        store.commit(sys.argv[1], *changes, texts=texts)
        parts.committed(entry, row)
"""


# Edits the very entries that SCORE writes, as soon as they are there.
RELABEL = """
import sys
from compute import store
left = {f"scored{k}" for k in range(int(sys.argv[2]))}
while left:
    for entry in store.read(sys.argv[1], parts=False).entries:
        if entry.id in left:
            edited = entry.with_(label=f"my {entry.id}", tags=(*entry.tags, "mine"))
            store.commit(sys.argv[1], store.PutEntries((edited,), since={entry.id: entry}))
            left.remove(entry.id)
            break
"""
PLANNED = """
import sys
from compute import store
from compute.core.tables import Entry
planned = tuple(Entry(f"scored{k}") for k in range(int(sys.argv[2])))
store.commit(sys.argv[1], store.PutEntries(planned))
"""


def test_that_entries_are_edited_while_they_are_scored(project: Path, start_script: Start) -> None:
    with start_script(PLANNED, project, 40) as planner:
        assert planner.wait(60) == 0
    with start_script(RELABEL, project, 40) as a, start_script(SCORE, project, 40) as b:
        assert [process.wait(300) for process in (a, b)] == [0, 0]
    snapshot = store.read(project)
    assert len(snapshot.entries) == 41
    for k, entry in enumerate(snapshot.entries[1:]):
        assert (entry.status, entry.label, entry.tags) == ("done", f"my {entry.id}", ("mine",))
        assert (snapshot.loglik[k + 1] == -k).all()


def test_that_a_project_edited_embedded_and_scored_at_once_loses_no_commit(
    project: Path, start_script: Start
) -> None:
    with (
        start_script(EDIT, project) as a,
        start_script(EMBED, project) as b,
        start_script(SCORE, project, N) as c,
    ):
        assert [process.wait(300) for process in (a, b, c)] == [0, 0, 0]
    snapshot = store.read(project)
    labels = {e.id: e.label for e in snapshot.entries if e.id.startswith("edited")}
    assert labels == {f"edited{k}": f"label {k}" for k in range(N)}
    assert set(store.embedding_keys(project)) == {f"map{k}" for k in range(N)}
    for k in range(N):
        embedding = store.read_embedding(project, f"map{k}")
        assert embedding is not None
        assert (embedding.coords == k).all()
        row = snapshot.row_of[f"scored{k}"]
        assert snapshot.entries[row].status == "done"
        assert (snapshot.loglik[row] == -k).all()
    assert len(snapshot.entries) == 2 * N + 1
    assert os.listdir(project.parent) == [project.name]


def test_that_two_writers_of_one_entry_keep_what_the_other_changed(project: Path) -> None:
    known = Entry("e", label="old", tags=("a", "b"))
    store.commit(project, store.PutEntries((known,)))
    edited = known.with_(label="new", tags=("b", "mine"))
    store.commit(project, store.PutEntries((edited,), since={"e": known}))
    scored = known.with_(status="done", n_scored=8, noise_floor=0.5, tags=("a", "b", "halved"))
    store.commit(project, store.PutEntries((scored,), since={"e": known}))
    last = scored.with_(tags=("a", "b"))
    store.commit(project, store.PutEntries((last,), since={"e": scored}))
    (_, entry) = store.read(project).entries
    assert (entry.label, entry.tags) == ("new", ("b", "mine"))
    assert (entry.status, entry.n_scored, entry.n_prefix, entry.noise_floor) == ("done", 8, 8, 0.5)


def test_that_an_entry_that_is_gone_is_written_whole(project: Path) -> None:
    known = Entry("e", label="label", step=3)
    after = known.with_(status="failed", error="no")
    store.commit(project, store.PutEntries((after,), since={"e": known}))
    assert store.read(project).entries[1] == after


def test_that_readers_miss_no_commit_when_the_clock_jumps_back(project: Path) -> None:
    ahead = time.time_ns() + 10**15
    os.utime(project, ns=(ahead, ahead))
    stamps = [store.stamp(project)]
    for k in range(10):
        store.commit(project, store.PutEntries((Entry("kept", label=f"label {k % 2}"),)))
        stamps.append(store.stamp(project))
    times = [stamp[0] for stamp in stamps]
    assert times == sorted(set(times))


def test_that_readers_miss_no_batch_when_the_clock_jumps_back(project: Path) -> None:
    parts, seen = store.Parts(project), set()
    parts.write_plan("a", {})
    parts.write_plan("b", {})
    for k in range(10):
        parts.append("ab"[k % 2], k, [k], [-1.0])
        for path in parts.folder.glob("*.frames"):
            os.utime(path, ns=(1, 1))
        seen.add(store.stamp(project))
    assert len(seen) == 10


def test_that_a_plan_is_noticed_when_the_clock_jumps_back(project: Path) -> None:
    parts, other = store.Parts(project), store.Parts(project)
    parts.write_plan("a", {"x": 1})
    (path,) = parts.folder.glob("*.plan.json")
    ahead = time.time_ns() + 10**15
    os.utime(path, ns=(ahead, ahead))
    parts.append("a", 0, [0], [-1.0])
    other.write_plan("a", {"x": 2})
    parts.append("a", 1, [1], [-1.0])
    assert list(parts.finished("a")) == [1]


def test_that_locks_of_the_dead_and_of_the_future_mean_nothing(project: Path) -> None:
    note = b'{"pid": 1, "host": "elsewhere", "since": 99999999999}'
    files.commit_lock_file(project).write_bytes(note)
    store.commit(project, store.PutEntries((Entry("new"),)))
    folder = store.parts_folder(project)
    folder.mkdir()
    (folder / "lock").write_bytes(note)
    os.utime(folder / "lock", ns=(2**62, 2**62))
    assert store.job_lock_owner(project) is None
    with store.job_lock(project):
        assert store.job_lock_owner(project) == f"process {os.getpid()} on {os.uname().nodename}"
    assert os.listdir(project.parent) == [project.name]


def test_that_waiting_for_a_lock_takes_no_notice_of_the_wall_clock(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks.time, "time", lambda: 0.0)
    store.commit(project, store.PutEntries((Entry("new"),)))
    assert len(store.read(project).entries) == 2


def _replaced(project: Path, n: int) -> TextSet:
    """Put a project with ``n`` other texts in the place of this one; the texts it had."""
    own, other = store.read_texts(project), project.with_name("other.h5")
    texts = tuple(f"another text {k}" for k in range(n))
    store.create(other, TextSet(tuple(map(str, range(n))), texts, ("",) * n))
    os.replace(other, project)
    return own


@pytest.mark.parametrize("n", [8, 5])
def test_that_a_project_exchanged_under_a_job_is_left_alone(project: Path, n: int) -> None:
    own = _replaced(project, n)
    before = project.read_bytes()
    changes = (
        store.PutEntries((Entry("new", status="done"),)),
        store.PutRows({"new": np.zeros(8, np.float32)}),
    )
    with pytest.raises(StoreError, match="replaced by a project with other texts") as caught:
        store.commit(project, *changes, texts=own)
    assert str(project) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert project.read_bytes() == before
    assert os.listdir(project.parent) == [project.name]


def test_that_an_older_copy_of_the_same_project_can_be_put_back(project: Path) -> None:
    old, own = project.with_name("old.h5"), store.read_texts(project)
    shutil.copyfile(project, old)
    store.commit(project, store.PutEntries((Entry("lost"),)))
    os.replace(old, project)
    store.commit(project, store.PutEntries((Entry("new"),)), texts=own)
    assert [e.id for e in store.read(project).entries] == ["kept", "new"]


def test_that_a_deleted_project_is_not_made_anew(project: Path) -> None:
    project.unlink()
    with pytest.raises(StoreError, match="there is no such file"):
        store.commit(project, store.PutEntries((Entry("new"),)))
    assert os.listdir(project.parent) == []
