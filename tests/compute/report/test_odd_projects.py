"""Projects that have little or nothing: every item is made or says what it lacks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from compute import store
from compute.core.control import Control
from compute.core.specs import ReportSpec
from compute.core.tables import Entry, TextSet
from compute.jobs import report as job

Rows = dict[str, NDArray[np.float32]]


def _models(n: int) -> tuple[list[Entry], Rows]:
    rows = np.random.default_rng(0).normal(-90, 5, size=(n, 40)).astype(np.float32)
    return [Entry(f"m{k}", label="<b>same</b>") for k in range(n)], {
        f"m{k}": row for k, row in enumerate(rows)
    }


def _equal(_n: int) -> tuple[list[Entry], Rows]:
    entries = [Entry(f"r/{t}", run="r", step=10 * t) for t in range(30)]
    row = np.random.default_rng(0).normal(-90, 5, size=40).astype(np.float32)
    return entries, {entry.id: row for entry in entries}


@pytest.mark.parametrize(
    ("made", "n"), [(_models, 0), (_models, 1), (_models, 2), (_equal, 30)],
    ids=["nothing", "one model", "two models", "equal rows"],
)  # fmt: skip
def test_that_nothing_fails_where_there_is_nothing(tmp_path: Path, made: object, n: int) -> None:
    entries, rows = made(n)  # type: ignore[operator]
    project = tmp_path / "p.h5"
    names, words = tuple(f"t{k}" for k in range(40)), tuple("x" * (k + 30) for k in range(40))
    store.create(project, TextSet(names, words, ("",) * 40))
    if entries:
        done = [e.with_(status="done", n_scored=40, n_prefix=40) for e in entries]
        store.commit(project, store.PutEntries(done), store.PutRows(rows))
    spec = ReportSpec(str(project), str(tmp_path / "out"), bootstrap=5, dpi=50, n_processes=1)
    summary = job.report(spec, lambda _event: None, Control())
    assert [(i["id"], i["reason"]) for i in summary["items"] if i["status"] == "failed"] == []
    assert all(i["reason"] for i in summary["items"] if i["status"] == "missing")
