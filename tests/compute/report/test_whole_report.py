"""The whole report, once, of a small project that has something for every item."""

from __future__ import annotations

import json
from pathlib import Path

from compute import store
from compute.core.control import Control
from compute.core.specs import ReportSpec
from compute.jobs import report as job
from compute.report import ITEMS
from compute.report.trial import trial

NOT_OF_TEXTS = {"fig10", "fig11", "folding"}
"""Items about weights, and an illustration: their captions name no number of texts."""


def test_that_every_item_is_made_of_a_project_that_has_everything(tmp_path: Path) -> None:
    made = trial(350, 250)
    project, out = tmp_path / "p.h5", tmp_path / "report"
    rows = {entry.id: row for entry, row in zip(made.entries, made.rows, strict=True)}
    store.create(project, made.texts)
    store.commit(
        project,
        store.PutEntries(made.entries),
        store.PutRows(rows),
        *(store.PutWeights(w) for w in made.weights),
        store.PutBenchmarks(made.benchmarks),
    )
    spec = ReportSpec(str(project), str(out), bootstrap=20, dpi=50)
    summary = job.report(spec, lambda _event: None, Control())
    assert [(i["id"], i["reason"]) for i in summary["items"] if i["status"] != "made"] == []
    record = json.loads((out / "report.json").read_text())
    assert [i["id"] for i in record["items"]] == [item.id for item in ITEMS]
    without = [i["id"] for i in record["items"] if "N = " not in i["caption"]]
    assert set(without) <= NOT_OF_TEXTS
    for item in record["items"]:
        assert item["tables"], f"{item['id']} has no data"
