"""Variants in the window: pointed at, selected everywhere, drawn longer, exported, taken back."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage

from tests.journeys.at_work import LONG, example, shown

pytestmark = pytest.mark.gl


@pytest.fixture
def app(qapp, qtbot, tmp_path):
    yield from example(qapp, qtbot, tmp_path)


def test_that_a_variant_is_selected_everywhere_shifts_grow_and_all_is_taken_back(
    app, qtbot, tmp_path
) -> None:
    host = shown(app, qtbot, "variants")
    view, found = host.view, host.answer
    far = max((m for m in found.made if m.kind == "4-bit"), key=lambda m: m.kl)
    view.pareto.pressed.emit(far.id, 0)
    two = {far.base, far.id}
    assert app.state.selection.chosen == two
    texts = shown(app, qtbot, "texts")
    qtbot.waitUntil(lambda: {texts.answer.a.id, texts.answer.b.id} == two, timeout=LONG)

    app.commander.execute("show.variants")
    app.undo.seal()
    app.state.plots["variants"].choose(factor="30")
    qtbot.waitUntil(lambda: "30 times" in view.board.subtitle.text(), timeout=LONG)
    app.undo.seal()
    app.commander.execute("history.undo")
    qtbot.waitUntil(lambda: "30 times" not in view.board.subtitle.text(), timeout=LONG)
    app.state.plots["variants"].choose(shown="tuned")
    qtbot.waitUntil(lambda: {m.kind for m in host.answer.made} == {"fine-tune"}, timeout=LONG)
    app.undo.seal()
    app.commander.execute("history.undo")
    qtbot.waitUntil(lambda: host.answer is found, timeout=LONG)

    for suffix in ("png", "svg", "pdf", "csv"):
        app.commander.execute("views.export", str(tmp_path / f"variants.{suffix}"))
    assert json.loads(QImage(str(tmp_path / "variants.png")).text("klscope"))["view"] == "variants"
    drawn = (tmp_path / "variants.svg").read_text()
    for words in ("From model to variant</text>", "What does a smaller file cost?</text>",
                  f"{far.parent}</text>"):  # fmt: skip
        assert words in drawn
    rows = (tmp_path / "variants.csv").read_text().splitlines()
    assert len(rows) == 1 + len(found.made)

    assert drawn.count(f"{far.parent}</text>") >= 2, "the label on the map is text too"
    app.commander.execute("show.map")
    for suffix in ("png", "svg", "pdf", "csv"):
        app.commander.execute("map.picture", str(tmp_path / f"map.{suffix}"))
    stamp = json.loads(QImage(str(tmp_path / "map.png")).text("klscope"))
    assert (stamp["view"], stamp["options"]["method"]) == ("map", app.state.map.method)
    labels = (tmp_path / "map.svg").read_text()
    assert f"{far.parent}</text>" in labels
    rows = (tmp_path / "map.csv").read_text().splitlines()
    assert len(rows) == 1 + len(app.session.current.entries)
    assert (tmp_path / "map.pdf").read_bytes().startswith(b"%PDF")
    before = len(app.map._scene.segments)
    app.commander.execute("map.relations")
    qtbot.waitUntil(lambda: len(app.map._scene.segments) > before, timeout=LONG)
    app.undo.seal()
    app.commander.execute("history.undo")
    qtbot.waitUntil(lambda: len(app.map._scene.segments) == before, timeout=LONG)


def test_that_shifts_from_one_origin_are_pressed_filtered_and_written(app, qtbot, tmp_path) -> None:
    host = shown(app, qtbot, "variants")
    view, plots = host.view, app.state.plots["variants"]
    plots.choose(dims="origin")
    qtbot.waitUntil(lambda: view.stack.currentWidget() is view.arrows, timeout=LONG)
    fan = view.arrows.fan
    k = max(range(len(fan.made)), key=lambda k: sum(v * v for v in fan.tips[k]))
    far = fan.made[k]
    at = QPoint(*(round(v) for v in view.arrows.place.at(fan.tips[k])))
    qtbot.mouseClick(view.arrows, Qt.MouseButton.LeftButton, pos=at)
    assert app.state.selection.chosen == {far.base, far.id}
    texts = shown(app, qtbot, "texts")
    qtbot.waitUntil(lambda: far.id in {texts.answer.a.id, texts.answer.b.id}, timeout=LONG)
    app.commander.execute("show.variants")

    app.commander.execute("views.export", str(tmp_path / "shifts.svg"))
    drawn = (tmp_path / "shifts.svg").read_text()
    for words in ("Shifts from one origin</text>", f"{far.parent} {far.what}</text>",
                  "below the noise floor</text>", "family | random</text>"):  # fmt: skip
        assert words in drawn

    app.commander.execute("selection.exclude", (far.id,))
    qtbot.waitUntil(lambda: far.id not in {m.id for m in view.arrows.fan.made}, timeout=LONG)
    assert far.id not in {ids[1] for ids in view.table().ids}, "left out on purpose"
    app.undo.seal()
    app.commander.execute("history.undo")
    qtbot.waitUntil(lambda: far.id in {m.id for m in view.arrows.fan.made}, timeout=LONG)
    app.state.views.unit = "nats"
    qtbot.waitUntil(lambda: "nats/text" in view.board.subtitle.text(), timeout=LONG)
