"""Layers in the window: the numbers of the analysis layer, drawn, compared and linked."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QLabel

from compute.analysis.layers import layer_matrix, levels, profile
from compute.analysis.projections import components
from compute.geometry import kl_to
from compute.report.settings import layered
from explorer.plots.contract import Nothing, Request
from explorer.plots.layers import ask
from explorer.plots.layers.spec import KIND, as_map, cells, chosen_pair, distinct, named
from explorer.state.map import Colour
from explorer.theme.tokens import LIGHT
from tests.explorer.plots.conftest import source


@pytest.fixture(scope="module")
def of():
    """The example as it is first opened: layers are set aside for the map's sake."""
    whole = source()
    return source(hidden=frozenset(e.id for e in whole.snapshot.entries if e.layer >= 0))


@pytest.fixture
def opened(open_view, of):
    made = open_view("layers", of)
    made.view.resize(1010, 800)
    made.view.show()
    return made


def texts_of(widget) -> str:
    return " ".join(each.text() for each in widget.findChildren(QLabel))


def test_that_layers_that_are_set_aside_for_the_map_are_shown_here(opened) -> None:
    found = opened.answer()
    assert len(found.models) == 8
    assert not {e.id for e in opened.source.entries} & {e.id for e in found.entries}
    assert all(0 not in m.layers for m in found.models)


def test_that_the_numbers_are_those_of_the_analysis_layer(opened) -> None:
    found = opened.choose(embedding=True)
    rows, stacks = layered(opened.source.study)
    assert [m.model for m in found.models] == [s.model for s in stacks]
    columns = {c.title: k for k, c in enumerate(opened.view.table().columns)}
    shown = {ids[0]: row for ids, row in
             zip(opened.view.table().ids, opened.view.table().rows, strict=True)}  # fmt: skip
    for stack in stacks:
        level, steps = levels(rows, stack.ids), profile(rows, stack)
        for t, i in enumerate(stack.ids):
            assert shown[i][columns["Mean"]] == level.bits_per_byte[t]
            assert shown[i][columns["Mean log-likelihood"]] == level.loglik[t]
        for p, layer in enumerate(steps.layers.tolist()):
            i = stack.ids[stack.layers.tolist().index(layer)]
            assert shown[i][columns["KL to the next layer"]] == steps.kl[p]
            assert shown[i][columns["SE"]] == steps.se[p]


def test_that_trajectories_are_the_components_of_the_layers_shown(opened) -> None:
    found = opened.answer()
    rows = opened.source.rows(tuple(e.id for e in found.entries),
                              layered(opened.source.study)[0].recipe)  # fmt: skip
    theirs = components(rows, 3)
    at = {i: k for k, i in enumerate(theirs.ids)}
    for model in found.models:
        np.testing.assert_array_equal(model.coords, theirs.coords[[at[i] for i in model.ids]])
    assert found.shares == pytest.approx(tuple(theirs.shares))
    tables = opened.view.map._tables
    assert [e.id for e in tables.entries] == [e.id for e in found.entries]
    assert len(tables.links.rows) == sum(len(m.ids) - 1 for m in found.models)
    first = found.models[0]
    assert tables.links.kl[: len(first.kl)] == pytest.approx(first.kl)
    assert tables.bits_per_byte[: len(first.ids)] == pytest.approx(first.bits)
    assert opened.view._map.colour == Colour("bits")


def test_that_in_space_there_is_a_third_component_and_3_toggles_it(opened, qtbot) -> None:
    opened.view.map.setFocus()
    opened.view._flip()
    assert opened.view.option["dims"] == "3"
    assert opened.view.map._tables.coords.shape[1] == 3
    opened.choose(colour="model")
    assert opened.view._map.colour == Colour("run")
    opened.view._flip()
    assert opened.view.map._tables.coords.shape[1] == 2


def test_that_two_models_are_compared_layer_by_layer(opened) -> None:
    found = opened.answer()
    a, b = found.models[1], found.models[4]
    opened.choose(a=a.model, b=b.model)
    shown = opened.view._against
    rows, stacks = layered(opened.source.study)
    by = {s.model: s for s in stacks}
    whole = layer_matrix(rows, by[a.model], by[b.model])
    np.testing.assert_array_equal(shown.kl, whole[1:, 1:])
    kl, se = kl_to(rows, a.ids[2])
    at = rows.row_of[b.ids[3]]
    assert (shown.kl[2, 3], shown.se[2, 3]) == pytest.approx((kl[at], se[at]), rel=1e-9)
    opened.choose(b=a.model)
    assert (np.diag(opened.view._against.kl) == 0).all()


def test_that_what_is_selected_is_compared_and_listed(opened) -> None:
    found = opened.answer()
    a, b = found.models[2], found.models[5]
    opened.view.select((a.ids[0], b.ids[-1]))
    shown = opened.view._against
    assert {shown.a.model, shown.b.model} == {a.model, b.model}
    names = distinct(found.models)
    assert names[opened.view._answer.with_layer(opened.state.selection.selected).model] in texts_of(
        opened.view.side()
    )
    assert chosen_pair(found, b.model, "", ())[0] is b
    now = (b.model, a.model)
    assert chosen_pair(found, "", "", (a.ids[0], b.ids[0]), now) == (b, a)
    assert chosen_pair(found, "", "", (a.ids[0],), now)[0] is a
    assert chosen_pair(found, "", "", (), now) == (b, a)


def test_that_pointing_and_pressing_reach_the_shared_selection(opened, qtbot) -> None:
    found = opened.answer()
    shown, matrix = opened.view._against, opened.view.matrix
    opened.view.board.grab()
    c = matrix.place
    at = QPoint(int(c.x + 1.5 * c.wide), int(c.y + 0.5 * c.high))
    qtbot.mouseMove(matrix, at)
    matrix.pointed.emit(0, 1)
    assert opened.state.selection.hovered == shown.a.ids[0]
    assert f"Layer {shown.a.layers[0]} against layer {shown.b.layers[1]}" in (
        matrix.accessibleDescription()
    )
    qtbot.mouseClick(matrix, Qt.MouseButton.LeftButton, pos=at)
    assert opened.state.selection.chosen == {shown.a.ids[0], shown.b.ids[1]}
    assert opened.view._against.a.model == shown.a.model
    model = found.models[3]
    opened.view.profiles.pressed.emit(model.model, 1)
    assert opened.state.selection.chosen == set(model.ids[1:3])
    qtbot.keyClick(matrix, Qt.Key.Key_Right)
    qtbot.keyClick(matrix, Qt.Key.Key_Down)
    qtbot.keyClick(matrix, Qt.Key.Key_Return)
    assert len(opened.state.selection.chosen) == 2


def test_that_the_unit_and_a_filter_are_followed(opened) -> None:
    found = opened.answer()
    before = texts_of(opened.view.side())
    opened.state.views.unit = "nats"
    assert "nats/text" in texts_of(opened.view.board)
    assert texts_of(opened.view.side()) != before
    gone = found.models[0]
    opened.state.filter.hidden = frozenset(gone.ids)
    assert gone.model not in opened.view.profiles._curves
    assert found.models[1].model in opened.view.profiles._curves
    opened.state.filter.hidden = frozenset()
    assert gone.model in opened.view.profiles._curves


@pytest.mark.parametrize("size", [(690, 640), (1010, 800), (1560, 900)])
@pytest.mark.parametrize("embedding", [False, True])
def test_that_no_label_lies_on_another_or_is_cut(open_view, of, qapp, size, embedding) -> None:
    made = open_view("layers", of, LIGHT)
    made.view.resize(*size)
    made.view.show()
    made.choose(embedding=embedding)
    qapp.processEvents()
    for widget in (made.view.matrix, made.view.profiles):
        rects = widget.label_rects()
        assert len(rects) >= 3
        for (a, one), (b, two) in itertools.combinations(rects, 2):
            assert not a.intersects(b), (one, two)
        for rect, one in rects:
            assert widget.rect().contains(rect.toAlignedRect()), one


def test_that_an_export_holds_all_three_parts(opened) -> None:
    picture = opened.view.picture()
    image = QImage(picture.size(), QImage.Format.Format_RGB32)
    painter = QPainter(image)
    picture.render(painter, QPoint(0, 0))
    painter.end()
    c, corner = opened.view.matrix.place, opened.view.matrix.mapTo(picture, QPoint(0, 0))
    at = QPointF(corner) + QPointF(c.x + 3, c.y + 3)
    assert image.pixelColor(at.toPoint()).name() != opened.view.tokens.canvas


def test_that_without_layers_it_says_how_to_get_them(of) -> None:
    options = {o.name: o.usual for o in KIND.options if o.asks}
    none = SimpleNamespace(
        snapshot=SimpleNamespace(entries=[e for e in of.snapshot.entries if e.layer < 0]),
        study=source(hidden=frozenset(e.id for e in of.snapshot.entries)
                     - {of.entries[0].id, of.entries[1].id}).study,
    )  # fmt: skip
    found = ask.answer(none, Request(options))
    assert isinstance(found, Nothing)
    assert found.sentence == ask.NO_LAYERS
    assert found.act.command == "job.new"
    none.snapshot = of.snapshot
    assert ask.answer(none, Request(options)).sentence == ask.PARTIAL


def test_that_names_are_told_apart_and_cells_fit() -> None:
    def model(name, run, label):
        return SimpleNamespace(model=name, run=run, label=label)

    found = distinct([model("a/1", "a", "a step 1"), model("a/2", "a", "a step 2"),
                      model("b/1", "b", "b")])  # fmt: skip
    assert found == {"a/1": "a step 1", "a/2": "a step 2", "b/1": "b"}
    for rows, columns in ((3, 8), (33, 33), (2, 80)):
        c = cells(320, 260, rows, columns)
        assert c.x + columns * c.wide <= 320
        assert c.y + rows * c.high <= 260
        assert c.at(c.x + 0.5 * c.wide, c.y + 1.5 * c.high, rows, columns) == (1, 0)
        assert c.at(c.x - 1, c.y, rows, columns) == (-1, -1)
        assert named(rows, c.high)[-1] == rows - 1


def test_that_a_map_of_layers_keeps_ids_and_has_layers_for_steps(of) -> None:
    options = {o.name: o.usual for o in KIND.options if o.asks}
    found = ask.answer(of, Request(options))
    tables = as_map(found, 2)
    assert tables.coords.shape == (len(found.entries), 2)
    for entry, own in zip(tables.entries, found.entries, strict=True):
        assert entry.id == own.id
        assert entry.step == entry.layer == own.layer
