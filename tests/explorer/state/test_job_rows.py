"""Job rows after events."""

from __future__ import annotations

from compute.core import events as ev
from explorer.state.jobs import JobRow, JobsState, applied, put


def test_that_progress_fills_the_row() -> None:
    row = applied(JobRow("score-1", "Score a"), ev.Progress(0.25, 3, 12, rate=900.0, eta_s=60.0))
    assert (row.status, row.fraction, row.done, row.total) == ("running", 0.25, 3, 12)
    assert (row.rate, row.eta_s) == (900.0, 60.0)


def test_that_progress_does_not_wake_a_paused_row() -> None:
    paused = JobRow("score-1", "Score a", status="paused")
    assert applied(paused, ev.Progress(0.5)).status == "paused"


def test_that_the_last_event_ends_the_row() -> None:
    row = JobRow("score-1", "Score a", status="running")
    assert applied(row, ev.Finished()).status == "done"
    assert applied(row, ev.CancelledEvent()).resumable
    failed = applied(row, ev.Failed("Out of memory.", resumable=True))
    assert (failed.status, failed.message, failed.resumable) == ("failed", "Out of memory.", True)


def test_that_putting_a_row_replaces_the_one_of_its_id() -> None:
    state = JobsState()
    put(state, JobRow("a", "first"))
    put(state, JobRow("b", "second"))
    put(state, JobRow("a", "first", fraction=0.5))
    assert [(r.id, r.fraction) for r in state.rows] == [("a", 0.5), ("b", 0.0)]
