"""Batches in flight survive anything that happens to the file's tail."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compute import store
from compute.core.errors import StoreError
from compute.core.tables import Entry
from compute.store import frames
from compute.store.parts import AMENDMENTS

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
    head = frames.header("e", "ab" * 32)
    raw = bytearray(head + b"".join(frames.frame(k, *b) for k, b in enumerate(batches)))
    at %= len(raw)
    raw[at] ^= flip
    found = frames.parse(bytes(raw))
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
