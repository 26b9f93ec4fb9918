"""Layers in the window: compared, selected, in space, exported, taken back."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from tests.journeys.at_work import LONG, example, shown

pytestmark = pytest.mark.gl


@pytest.fixture
def app(qapp, qtbot, tmp_path):
    yield from example(qapp, qtbot, tmp_path)


def test_that_two_models_are_compared_layer_by_layer_selected_exported_and_taken_back(
    app, qapp, qtbot, tmp_path
) -> None:
    host = shown(app, qtbot, "layers")
    view, models = host.view, host.answer.models
    qtbot.waitUntil(lambda: view._against is not None, timeout=LONG)
    app.undo.seal()
    app.state.plots["layers"].choose(a=models[1].model, b=models[4].model)
    qtbot.waitUntil(lambda: view._against.b.model == models[4].model, timeout=LONG)
    view.matrix.pressed.emit(0, 2)
    two = {models[1].ids[0], models[4].ids[2]}
    assert app.state.selection.chosen == two
    assert {view._against.a.model, view._against.b.model} == {models[1].model, models[4].model}
    model = models[0].model
    app.state.plots["layers"].choose(a="", b="")
    app.commander.execute("show.map")
    app.state.selection.chosen, app.state.selection.selected = frozenset({model}), model
    app.commander.execute("show.layers")
    qtbot.waitUntil(lambda: view._against.a.model == model, timeout=LONG)
    app.undo.seal()
    app.state.plots["layers"].choose(dims="3")
    qtbot.waitUntil(lambda: view.map._tables.coords.shape[1] == 3, timeout=LONG)
    app.undo.seal()
    app.commander.execute("history.undo")
    assert app.state.plots["layers"].options["dims"] == "2"
    qtbot.waitUntil(lambda: view.map._tables.coords.shape[1] == 2, timeout=LONG)

    app.shell.activateWindow()
    qtbot.waitUntil(app.shell.isActiveWindow, timeout=LONG)
    for focus, dims in ((view.map, "3"), (view.matrix, "2")):
        focus.setFocus()
        qtbot.keyClick(qapp.focusWidget(), Qt.Key.Key_3)
        assert app.state.plots["layers"].options["dims"] == dims
    assert app.state.map.dims == 2

    for suffix in ("png", "svg", "pdf", "csv"):
        app.commander.execute("views.export", str(tmp_path / f"layers.{suffix}"))
    assert json.loads(QImage(str(tmp_path / "layers.png")).text("klscope"))["view"] == "layers"
    drawn = (tmp_path / "layers.svg").read_text()
    for words in ("Layer against layer</text>", "From layer to layer</text>",
                  f"{view._names[models[0].model]}</text>"):  # fmt: skip
        assert words in drawn
    rows = (tmp_path / "layers.csv").read_text().splitlines()
    assert len(rows) == 1 + sum(len(m.ids) for m in models)
    app.commander.execute("views.unit")
    qtbot.waitUntil(lambda: "nats/text" in view.board.said.text(), timeout=LONG)
