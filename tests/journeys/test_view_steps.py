"""Steps, Scale and Statistics in the window: look, act, see the others follow, export, undo."""

from __future__ import annotations

import json

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QPushButton

from tests.journeys.at_work import LONG, example, shown

pytestmark = pytest.mark.gl


@pytest.fixture
def app(qapp, qtbot, tmp_path):
    yield from example(qapp, qtbot, tmp_path)


def test_that_a_spike_is_found_left_out_of_every_view_and_taken_back(app, qtbot, tmp_path) -> None:
    host = shown(app, qtbot, "steps")
    spike = next(f for f in host.answer.flags if f.kind == "spike")
    assert not app.shell.centre.timeline.isVisible()
    side = host.view.side()
    assert side.isVisible()
    named = next(b for b in side.findChildren(QPushButton) if spike.run in b.text())
    named.click()
    assert app.state.selection.selected == spike.id

    app.commander.execute("views.split")
    assert app.state.views.right == "map"
    assert app.shell.centre.slot.isVisible()
    before = len(app.session.current.entries)
    exclude = [b for b in side.findChildren(QPushButton) if b.text() == "Exclude"]
    flagged = [f for f in host.answer.flags if f.kind != "gap"]
    exclude[flagged.index(spike)].click()
    assert spike.id in app.state.library.unticked
    qtbot.waitUntil(lambda: spike.id not in {i for r in host.answer.runs for i in r.ids},
                    timeout=LONG)  # fmt: skip
    qtbot.waitUntil(lambda: len(app.session.current.entries) == before - 1, timeout=LONG)
    app.commander.execute("views.join")
    app.commander.execute("show.steps")
    app.commander.execute("history.undo")
    qtbot.waitUntil(lambda: spike.id in {i for r in host.answer.runs for i in r.ids}, timeout=LONG)

    app.state.plots["steps"].choose(tab="bits")
    app.undo.seal()
    app.commander.execute("history.undo")
    assert app.state.plots["steps"].options["tab"] == "kl"
    for suffix in ("png", "svg", "pdf", "csv"):
        app.commander.execute("views.export", str(tmp_path / f"steps.{suffix}"))
    assert json.loads(QImage(str(tmp_path / "steps.png")).text("klscope"))["view"] == "steps"
    drawn = (tmp_path / "steps.svg").read_text()
    assert f"{spike.run}</text>" in drawn
    assert "KL between neighbouring checkpoints</text>" in drawn
    rows = (tmp_path / "steps.csv").read_text().splitlines()
    assert len(rows) == 1 + sum(len(r.ids) for r in host.answer.runs)


def test_that_tables_of_the_paper_are_read_and_select(app, qtbot, tmp_path) -> None:
    host = shown(app, qtbot, "statistics")
    assert not app.shell.reader.isVisible()
    app.state.plots["statistics"].choose(table="table1")
    qtbot.waitUntil(lambda: host.answer is not None and "exponents" in host.answer.title.lower(),
                    timeout=LONG)  # fmt: skip
    app.commander.execute("views.table")
    assert host.pages.currentWidget() is host._table
    app.commander.execute("views.table")
    app.commander.execute("views.export", str(tmp_path / "t.csv"))
    assert (tmp_path / "t.csv").read_text().count("\n") == 1 + len(host.answer.tables[0].rows)


def test_that_a_pair_on_the_scale_is_selected_everywhere_and_a_group_is_undone(
    app, qtbot, tmp_path
) -> None:
    host = shown(app, qtbot, "scale")
    seeds = next(row for row in host.answer.rows if row.id == "seed")
    host.view.violins.pressed.emit("seed", 0)
    assert app.state.selection.chosen == frozenset(seeds.ids[0])
    texts = shown(app, qtbot, "texts")
    qtbot.waitUntil(
        lambda: {texts.answer.a.id, texts.answer.b.id} == set(seeds.ids[0]), timeout=LONG
    )

    app.commander.execute("show.scale")
    app.undo.seal()
    app.state.plots["scale"].choose(own=[{"title": "ends", "rule": "run differs, step = last"}])
    qtbot.waitUntil(lambda: any(row.own for row in host.answer.rows), timeout=LONG)
    app.undo.seal()
    app.commander.execute("history.undo")
    qtbot.waitUntil(lambda: not any(row.own for row in host.answer.rows), timeout=LONG)
    app.commander.execute("views.export", str(tmp_path / "scale.svg"))
    drawn = (tmp_path / "scale.svg").read_text()
    assert "How far apart are two models?</text>" in drawn
    assert "Fine-tune</text>" in drawn
    app.commander.execute("views.unit")
    qtbot.waitUntil(lambda: "nats/text" in host.view._subtitle.text(), timeout=LONG)
