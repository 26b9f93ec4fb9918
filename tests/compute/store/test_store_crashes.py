"""kill -9 at every step: the file opens, no committed row changes, a resume ends the same."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from compute import store
from compute.core.tables import Entry
from compute.store import hooks

ROOT = Path(__file__).resolve().parents[3]
Script = Callable[..., "subprocess.CompletedProcess[str]"]

# One writer, as the scoring job works: two rounds, each with plan, batches and commit; the tokens
# and the end of the batches with the second one. Text 7 is too long. argv: project.
WORK = """
import sys
from pathlib import Path
import numpy as np
from compute import store
from compute.core.tables import Entry, TextSet
path, n, long = Path(sys.argv[1]), 8, 7
texts = TextSet(tuple(map(str, range(n))), tuple(f"text {k}" for k in range(n)), ("",) * n)
n_tokens = np.arange(n) % 3 + 1
order = [int(t) for t in texts.order if t != long]
PLAN = {"batches": [[0, 0, order[:2]], [1, 0, order[2:3]], [2, 1, order[3:5]], [3, 1, order[5:]]]}


def value(name, text):
    return np.float32(-len(name) - text / 7)


def tokens(name, text):
    return np.full(n_tokens[text], value(name, text) / n_tokens[text], np.float32)


def standing(parts, name, status):
    row = parts.row(name, n)
    settled = ~np.isnan(row[texts.order]) | (texts.order == long)
    n_prefix = n if settled.all() else int(settled.argmin())
    n_scored = int(np.isfinite(row).sum())
    entry = Entry(name, status=status, n_scored=n_scored, n_prefix=n_prefix, tokenization="f0")
    if status == "done":
        store.write_tokens(path, entry, parts.tokens(name, n_tokens))
        deep, own = parts.layers(name, 2, n), parts.row(name, n)
        assert (np.isnan(own) | ((deep[0] == own) & (deep[1] == 2 * own))).all(), name
    return entry, row


def score(parts, name, turn):
    if parts.plan(name) is None:
        parts.write_plan(name, PLAN)
    parts.settle(name, [long])
    for number, which, batch in parts.plan(name)["batches"]:
        if which <= turn and number not in parts.finished(name, tokens=True, layers=True):
            values = np.float32([value(name, t) for t in batch])
            detail, deep = [tokens(name, t) for t in batch], np.stack([values, 2 * values])
            parts.append(name, number, batch, values, tokens=detail, layers=deep)


def work():
    store.ensure_texts(path, texts)
    parts = store.Parts(path)
    with store.job_lock(path):
        for turn, status in enumerate(("partial", "done")):
            known = {e.id: e.status for e in store.read(path, parts=False).entries}
            left = [name for name in ("one", "two") if known.get(name) != "done"]
            for name in {"one", "two"} - {*left}:
                parts.discard(name)
            for name in left:
                score(parts, name, turn)
            found = [standing(parts, name, status) for name in left]
            entries = store.PutEntries(tuple(e for e, _ in found))
            rows = store.PutRows({e.id: row for e, row in found})
            store.commit(path, entries, rows, store.PutTokenization("f0", n_tokens))
            for entry, row in found:
                parts.committed(entry, row)


"""
# Kill a forked writer at each crash point in turn, then look, then let a whole one resume.
EVERY_POINT = (
    WORK
    + """
import os, shutil, signal
from compute.store import hooks


def forked(order):
    pid = os.fork()
    if pid == 0:
        hooks._crash = hooks._Crash(order)
        work()
        os._exit(0)
    return os.waitpid(pid, 0)[1]


def check(name):
    if not path.exists():
        assert name.startswith("create:"), name
        return
    snapshot = store.read(path)
    for entry, row in zip(snapshot.entries, snapshot.loglik):
        expected = np.float32([value(entry.id, t) for t in range(n)])
        scored = ~np.isnan(row)
        assert (row[scored] == expected[scored]).all(), name
        assert scored.sum() == entry.n_scored, name
        assert scored[texts.order[: entry.n_prefix]].sum() >= entry.n_prefix - 1, name
        if entry.status == "done":
            assert entry.n_scored == n - 1 and entry.n_prefix == n, name
            detail = store.read_tokens(path, entry.id)
            for text in range(n):
                whole = np.float16(tokens(entry.id, text))
                assert (detail.of(text) == whole).all() != (text == long), name


for name in sorted({*hooks.NAMES} - {*hooks.MIGRATE}):
    for count in (1, 2) if name.startswith(("parts:", "commit:")) else (1,):
        folder = path.parent
        assert os.listdir(folder) == []
        assert forked(f"{name}:{count}") == signal.SIGKILL, name
        check(name)
        assert forked("") == 0, name
        check(name)
        ids = [e.id for e in store.read(path).entries if e.status == "done"]
        assert ids == ["one", "two"], (name, ids)
        store.commit(path)  # takes over the lock file of a killed owner
        tokens_folder = store.tokens_folder(path)
        assert sorted(os.listdir(folder)) == [path.name, tokens_folder.name], name
        assert len(os.listdir(tokens_folder)) == 2, (name, os.listdir(tokens_folder))
        path.unlink()
        shutil.rmtree(tokens_folder)
print("ended")
"""
)


def test_that_a_kill_at_any_step_costs_no_committed_row(tmp_path: Path, run_script: Script) -> None:
    result = run_script(EVERY_POINT, tmp_path / "run.h5")
    assert (result.stdout, result.stderr) == ("ended\n", "")


# Kill a forked writer in the first commit to a file of format 1, then let a whole one go on.
EVERY_MIGRATION = """
import os, shutil, signal, sys
from pathlib import Path
from compute import store
from compute.core.tables import Entry
from compute.store import hooks
old, path = Path(sys.argv[1]), Path(sys.argv[2])


def forked(order):
    pid = os.fork()
    if pid == 0:
        hooks._crash = hooks._Crash(order)
        store.commit(path, store.PutEntries((Entry("new"),)))
        os._exit(0)
    return os.waitpid(pid, 0)[1]


for name in (*hooks.COMMIT[:-1], *hooks.MIGRATE):
    shutil.copyfile(old, path)
    assert forked(f"{name}:1") == signal.SIGKILL, name
    assert path.read_bytes() == old.read_bytes(), name
    assert forked("") == 0, name
    assert [e.id for e in store.read(path).entries] == ["e0", "e1", "new"], name
    assert os.listdir(path.parent) == [path.name], name
print("ended")
"""


def test_that_a_kill_in_a_migration_leaves_the_old_file(tmp_path: Path, run_script: Script) -> None:
    old = ROOT / "tests" / "fixtures" / "store" / "format-1.h5"
    result = run_script(EVERY_MIGRATION, old, tmp_path / "run.h5")
    assert (result.stdout, result.stderr) == ("ended\n", "")


def test_that_the_environment_aims_a_crash(tmp_path: Path, run_script: Script) -> None:
    result = run_script(WORK + "work()", tmp_path / "run.h5", KLSCOPE_CRASH="parts:half-frame:3")
    assert result.returncode == -9
    assert list(store.Parts(tmp_path / "run.h5").finished("one")) == [0]


def test_that_every_crash_point_is_in_the_list() -> None:
    folder = Path(hooks.__file__).parent
    source = "".join(p.read_text() for p in folder.rglob("*.py") if p.name != "hooks.py")
    stages = ("create", "commit", "plan", "companion")
    steps = ("changed", "synced", "renamed")
    expected = {f"{stage}:{step}" for stage in stages for step in steps}
    expected |= {f"{log}:{step}" for log in ("parts", "tokens", "layers") for step in hooks.LOG}
    for name in hooks.NAMES:
        assert name in expected or f'hooks.at("{name}")' in source
    assert expected <= set(hooks.NAMES)
    assert source.count('hooks.at("') == len(set(hooks.NAMES) - expected)


COMMITS = """
import sys
from compute import store
from compute.core.tables import Entry
import numpy as np
store.commit(sys.argv[1], store.PutEntries((Entry("moving"),)))
for k in range(200):
    row = np.full(8, -k, np.float32)
    store.commit(sys.argv[1], store.PutRows({"moving": row}))
"""


def test_that_a_reader_never_fails_during_200_commits(
    project: Path, start_script: Callable[..., subprocess.Popen[str]]
) -> None:
    kept = store.read(project).loglik[0]
    seen = set()
    with start_script(COMMITS, project) as writer:
        while writer.poll() is None:
            snapshot = store.read(project)
            np.testing.assert_array_equal(snapshot.loglik[0], kept)
            for row in snapshot.loglik[1:]:
                assert (row == row[0]).all() or np.isnan(row).all()
                seen.add(float(row[0]))
            time.sleep(0.01)
    assert writer.returncode == 0
    assert len(seen) > 1
    assert (store.read(project).loglik[1] == -199).all()


def test_that_a_replaced_file_is_read_once_more(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from compute.store import reader

    real, calls = reader._tables, []

    def once_broken(file: object) -> object:
        calls.append(file)
        if len(calls) == 1:
            store.commit(project, store.PutEntries((Entry("new"),)))
            raise reader.nodes.bad(file, "/loglik", "cannot be read")
        return real(file)

    monkeypatch.setattr(reader, "_tables", once_broken)
    assert len(store.read(project).entries) == 2


def test_that_reading_leaves_no_file_behind(project: Path) -> None:
    store.read(project)
    store.stamp(project)
    assert store.job_lock_owner(project) is None
    assert os.listdir(project.parent) == [project.name]
