"""Batches in flight survive anything that happens to the file's tail."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compute import store
from compute.core.errors import StoreError
from compute.core.tables import Entry, TextSet
from compute.store import files, frames, logs, plans
from compute.store.plans import AMENDMENTS

PLAN = {"batches": [[0, 1], [2, 3], [4, 5]], "n_threads": 1}
ID = "entry/with: odd ☃ name"


@pytest.fixture
def parts(project: Path) -> store.Parts:
    parts = store.Parts(project)
    parts.write_plan(ID, PLAN)
    for number, texts in enumerate(PLAN["batches"][:2]):
        parts.append(ID, number, texts, np.float32([-10 - t for t in texts]))
    return parts


def _frames_file(parts: store.Parts) -> Path:
    (path,) = parts.folder.glob("*.frames")
    return path


def test_that_a_plan_comes_back(parts: store.Parts) -> None:
    assert parts.plan(ID) == PLAN
    assert parts.plan("other") is None


def test_that_finished_batches_and_the_row_come_back(parts: store.Parts) -> None:
    assert sorted(parts.finished(ID)) == [0, 1]
    np.testing.assert_array_equal(parts.finished(ID)[1].texts, [2, 3])
    np.testing.assert_array_equal(
        parts.row(ID, 6), np.float32([-10, -11, -12, -13, np.nan, np.nan])
    )


def test_that_a_batch_needs_a_plan(project: Path) -> None:
    with pytest.raises(StoreError, match="no stored plan"):
        store.Parts(project).append(ID, 0, [0], [0.0])


@pytest.mark.parametrize("cut", [1, 4, 15, 31])
def test_that_a_torn_tail_is_ignored_then_cut_off(parts: store.Parts, cut: int) -> None:
    path = _frames_file(parts)
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])
    assert sorted(parts.finished(ID)) == [0]
    parts.append(ID, 1, [2, 3], np.float32([-12, -13]))
    assert path.read_bytes() == whole


def test_that_a_torn_header_starts_the_file_over(parts: store.Parts) -> None:
    path = _frames_file(parts)
    path.write_bytes(path.read_bytes()[:20])
    assert parts.finished(ID) == {}
    parts.append(ID, 0, [0, 1], np.float32([-10, -11]))
    assert sorted(parts.finished(ID)) == [0]


@settings(max_examples=60, deadline=None)
@given(at=st.integers(0, 200), flip=st.integers(1, 255))
def test_that_a_changed_byte_costs_its_frame_and_the_later_ones(at: int, flip: int) -> None:
    batches = [([0, 1], [-1.0, -2.0]), ([2], [-3.0]), ([3, 4, 5], [-4.0, -5.0, -6.0])]
    head = frames.header(frames.SCORES.magic, "e", "ab" * 32)
    raw = bytearray(head + b"".join(frames.frame(k, *b) for k, b in enumerate(batches)))
    at %= len(raw)
    raw[at] ^= flip
    found = frames.parse(bytes(raw), frames.SCORES)
    if at < len(head):
        assert found is None
    else:
        assert found is not None
        assert found.valid <= at
        for k, batch in enumerate(found.batches):
            assert (batch.texts.tolist(), batch.values.tolist()) == batches[k]


def test_that_batches_of_another_plan_are_not_used(parts: store.Parts) -> None:
    parts.write_plan(ID, {**PLAN, "n_threads": 2})
    assert parts.finished(ID) == {}
    parts.append(ID, 2, [4, 5], np.float32([-1, -2]))
    assert sorted(parts.finished(ID)) == [2]


def test_that_an_amendment_keeps_the_finished_batches(parts: store.Parts) -> None:
    parts.write_plan(ID, {**PLAN, AMENDMENTS: {"halved": [2]}})
    assert sorted(parts.finished(ID)) == [0, 1]


def test_that_parts_of_one_entry_do_not_touch_another(parts: store.Parts) -> None:
    parts.write_plan("other", PLAN)
    parts.append("other", 0, [0, 1], np.float32([-1, -2]))
    parts.discard("other")
    assert sorted(parts.finished(ID)) == [0, 1]
    parts.discard(ID)
    assert not parts.folder.exists()


def test_that_a_snapshot_shows_batches_in_flight(project: Path, parts: store.Parts) -> None:
    store.commit(project, store.PutEntries((Entry(ID),)))
    snapshot = store.read(project)
    assert (snapshot.entries[1].status, snapshot.entries[1].n_scored) == ("partial", 4)
    np.testing.assert_array_equal(snapshot.loglik[1, :4], np.float32([-10, -11, -12, -13]))
    bare = store.read(project, parts=False)
    assert (bare.entries[1].status, bare.entries[1].n_scored) == ("planned", 0)
    assert np.isnan(bare.loglik[1]).all()


def test_that_a_committed_row_wins_over_its_parts(project: Path, parts: store.Parts) -> None:
    row = np.full(8, -99, dtype=np.float32)
    done = Entry(ID, status="done", n_scored=8, n_prefix=8)
    store.commit(project, store.PutEntries((done,)), store.PutRows({ID: row}))
    snapshot = store.read(project)
    assert snapshot.entries[1] == done
    np.testing.assert_array_equal(snapshot.loglik[1], row)


def test_that_indices_outside_the_axis_are_left_out(parts: store.Parts) -> None:
    parts.append(ID, 2, [-1, 4, 4000], np.float32([1, 2, 3]))
    row = parts.row(ID, 6)
    assert row[4] == 2
    assert np.isnan(row[5])


def test_that_settled_texts_have_no_score_and_are_in_no_batch(
    project: Path, parts: store.Parts
) -> None:
    store.commit(project, store.PutEntries((Entry(ID),)))
    parts.settle(ID, [6, 7])
    before = _frames_file(parts).read_bytes()
    parts.settle(ID, [7, 6])
    assert _frames_file(parts).read_bytes() == before
    assert sorted(parts.finished(ID)) == [0, 1]
    assert np.isnan(parts.row(ID, 8)[[4, 5, 6, 7]]).all()
    assert store.read(project).entries[1].n_scored == 4


def test_that_the_prefix_counts_scored_and_settled_texts(project: Path, texts: TextSet) -> None:
    parts, order = store.Parts(project), texts.order
    store.commit(project, store.PutEntries((Entry(ID),)))
    parts.write_plan(ID, PLAN)

    def found() -> int:
        return store.read(project).entries[1].n_prefix

    parts.append(ID, 0, order[1:3], np.float32([-1, -2]))
    assert found() == 0
    parts.settle(ID, order[[0, 5]])
    assert found() == 3
    parts.append(ID, 1, order[3:5], np.float32([-3, -4]))
    assert found() == 6
    parts.append(ID, 2, order[6:], np.float32([-5, -6]))
    assert found() == 8


def test_that_a_stored_prefix_is_gone_on_from(project: Path, texts: TextSet) -> None:
    parts, order = store.Parts(project), texts.order
    row = np.full(8, np.nan, np.float32)
    row[order[1:3]] = -1
    entry = Entry(ID, status="partial", n_scored=2, n_prefix=3)
    store.commit(project, store.PutEntries((entry,)), store.PutRows({ID: row}))
    parts.write_plan(ID, PLAN)
    assert store.read(project).entries[1].n_prefix == 3
    parts.append(ID, 0, order[3:5], np.float32([-3, -4]))
    assert store.read(project).entries[1].n_prefix == 5


def _commit_partial(project: Path, parts: store.Parts) -> None:
    row = parts.row(ID, 8)
    entry = Entry(ID, status="partial", n_scored=int(np.isfinite(row).sum()))
    store.commit(project, store.PutEntries((entry,)), store.PutRows({ID: row}))
    parts.committed(entry, row)


def test_that_readers_pass_by_what_is_committed_and_a_resume_finds_it(
    project: Path, parts: store.Parts
) -> None:
    before = parts.finished(ID)
    _commit_partial(project, parts)
    assert list(parts.entries()) == []
    assert store.read(project).entries[1].n_scored == 4
    assert parts.row(ID, 8)[:4].tolist() == [-10, -11, -12, -13]
    again = store.Parts(project)
    assert again.plan(ID) == PLAN
    assert sorted(again.finished(ID)) == sorted(before)
    again.append(ID, 2, [4, 5], np.float32([-14, -15]))
    assert store.read(project).entries[1].n_scored == 6
    assert sorted(again.finished(ID)) == [0, 1, 2]


def test_that_a_batch_that_came_after_the_committed_row_stays_visible(
    project: Path, parts: store.Parts
) -> None:
    row = parts.row(ID, 8)
    parts.append(ID, 2, [4, 5], np.float32([-14, -15]))
    entry = Entry(ID, status="partial", n_scored=4)
    store.commit(project, store.PutEntries((entry,)), store.PutRows({ID: row}))
    parts.committed(entry, row)
    assert store.read(project).entries[1].n_scored == 6


@pytest.mark.parametrize("status", ["done", "failed"])
def test_that_nothing_is_left_of_a_committed_end(
    project: Path, parts: store.Parts, status: str
) -> None:
    parts.append(ID, 2, [4], [-1.0], tokens=[np.float32([np.nan, -1])])
    _commit_partial(project, parts)
    parts.committed(Entry(ID, status=status))
    assert not parts.folder.exists()


def test_that_another_plan_ends_every_file_of_the_old_one(
    project: Path, parts: store.Parts
) -> None:
    parts.append(ID, 2, [4], [-1.0], tokens=[np.float32([np.nan, -1])])
    _commit_partial(project, parts)
    parts.write_plan(ID, {**PLAN, "n_threads": 2})
    assert [path.suffix for path in parts.folder.iterdir()] == [".json"]


def test_that_a_plan_that_cannot_be_stored_leaves_the_batches(
    parts: store.Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files, "sync", full)
    with pytest.raises(StoreError, match="no room left"):
        parts.write_plan(ID, {**PLAN, "n_threads": 2})
    assert parts.plan(ID) == PLAN
    assert sorted(parts.finished(ID)) == [0, 1]


def test_that_only_the_first_batch_of_a_process_reads_what_is_there(
    project: Path, parts: store.Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    again, reads = store.Parts(project), []
    monkeypatch.setattr(logs.frames, "parse", _counting(frames.parse, reads))
    monkeypatch.setattr(plans.json, "loads", _counting(json.loads, reads))
    for number in range(2, 6):
        again.append(ID, number, [number], [-1.0])
    assert len(reads) == 2
    assert sorted(again.finished(ID)) == [0, 1, 2, 3, 4, 5]


def _counting(function: Callable[..., Any], calls: list[int]) -> Callable[..., Any]:
    def counted(*args: Any) -> Any:
        calls.append(1)
        return function(*args)

    return counted


MEDDLING = {
    "gone": lambda path: path.unlink(),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-5]),
    "longer": lambda path: path.write_bytes(path.read_bytes() + b"rest"),
    "empty": lambda path: path.write_bytes(b""),
    "another": lambda path: os.replace(_copied(path), path),
}


def _copied(path: Path) -> Path:
    return Path(shutil.copyfile(path, path.with_suffix(".copy")))


@pytest.mark.parametrize("what", MEDDLING)
def test_that_a_file_that_changed_under_the_writer_is_looked_at_again(
    parts: store.Parts, what: str
) -> None:
    left = {"gone": [], "cut": [0], "longer": [0, 1], "empty": [], "another": [0, 1]}
    MEDDLING[what](_frames_file(parts))
    parts.append(ID, 2, [4, 5], np.float32([-14, -15]))
    assert sorted(parts.finished(ID)) == [*left[what], 2]


def test_that_a_plan_of_another_writer_is_noticed(project: Path, parts: store.Parts) -> None:
    store.Parts(project).write_plan(ID, {**PLAN, "n_threads": 2})
    parts.append(ID, 2, [4, 5], np.float32([-14, -15]))
    assert sorted(store.Parts(project).finished(ID)) == [2]


def test_that_several_entries_in_flight_keep_apart(project: Path) -> None:
    parts, ids = store.Parts(project), [f"e{k}" for k in range(5)]
    for name in ids:
        parts.write_plan(name, PLAN)
    for number in range(3):
        for k, name in enumerate(ids):
            parts.append(name, number, [number], [-k - number / 4])
    found = dict(parts.entries())
    assert sorted(found) == ids
    for k, name in enumerate(ids):
        assert parts.row(name, 3).tolist() == [-k, -k - 0.25, -k - 0.5]
