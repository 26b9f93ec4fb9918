"""Layers in the window: the numbers of the analysis layer, drawn, compared and linked."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QLabel

from compute.analysis.layers import layer_matrix, levels, profile
from compute.analysis.projections import components
from compute.core.numbers import with_se
from compute.geometry import kl_to
from compute.report.settings import layered
from explorer.panels.parts import dress
from explorer.panels.shell.layout import INSPECTOR
from explorer.plots.contract import Nothing, Request
from explorer.plots.layers import ask
from explorer.plots.layers.matrix import Matrix
from explorer.plots.layers.places import apart, cells, named
from explorer.plots.layers.profiles import Shown
from explorer.plots.layers.spec import (
    KIND,
    Against,
    Family,
    ModelLayers,
    as_map,
    chosen_pair,
    distinct,
    lowest,
)
from explorer.state.map import Colour
from explorer.state.views import Unit
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
    assert opened.view.look.colour == Colour("bits")


def test_that_in_space_there_is_a_third_component(opened) -> None:
    opened.view.flip()
    assert opened.view.option["dims"] == "3"
    assert opened.view.map._tables.coords.shape[1] == 3
    opened.choose(colour="model")
    assert opened.view.look.colour == Colour("run")
    opened.view.flip()
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


def deep(name: str, n: int, family: str = "f") -> ModelLayers:
    """A model of ``n`` layers whose KL falls to small values."""
    layers = np.arange(1, n + 1)
    kl = np.geomspace(7.0, 0.00555, n - 1)
    return ModelLayers(name, name, family, name, tuple(f"{name}/{k}" for k in layers), layers,
                       np.linspace(3.5, 0.9, n), -layers.astype(float), np.zeros((n, 3)),
                       layers[:-1], kl, kl * 0.0378)  # fmt: skip


@pytest.mark.parametrize("size", [(308, 250), (340, 300), (460, 330)])
@pytest.mark.parametrize("unit", [Unit("bits/byte"), Unit("nats/text", 670.0)])
def test_that_a_matrix_without_written_values_has_a_colour_scale(qapp, size, unit) -> None:
    a, b = deep("base-llama-1/llama-7b", 24), deep("base-mistral/Mistral-7b-v0.1", 32)
    kl = np.abs(np.subtract.outer(np.arange(24.0), np.arange(32.0)))
    matrix = Matrix()
    dress(matrix, LIGHT)
    matrix.resize(*size)
    matrix.show_against(Against(a, b, kl, kl * 0.1), (a.label, b.label), unit)
    c = matrix.place
    assert not c.written
    assert c.x + 32 * c.wide < c.bar < size[0] - 20
    rects = matrix.label_rects()
    ticks = [words for rect, words in rects if rect.left() > c.bar]
    assert len(ticks) >= 5
    assert ticks[0] == "0"
    for (one, _), (two, _) in itertools.combinations(rects, 2):
        assert not one.intersects(two)
    for rect, words in rects:
        assert matrix.rect().contains(rect.toAlignedRect()), words
    picture = matrix.grab().toImage()
    ratio = picture.devicePixelRatio()
    ends = [picture.pixelColor(round((c.bar + 5) * ratio), round(y * ratio)).lightness()
            for y in (c.y + 2, c.y + 24 * c.high - 3)]  # fmt: skip
    assert ends[0] > ends[1] + 100, "far is light, near is dark"
    matrix.show_against(Against(deep("a", 3), deep("b", 4), kl[:3, :4], kl[:3, :4]), ("a", "b"),
                        unit)  # fmt: skip
    assert matrix.place.written
    matrix.deleteLater()


def test_that_the_read_out_of_a_deep_model_is_as_wide_as_the_inspector(opened) -> None:
    one, found = deep("base-mistral/Mistral-7b-v0.1", 33), opened.answer()
    side = opened.view.side()
    kl = np.full((33, 33), 0.00555)
    pair = Against(one, one, kl, kl * 0.0378)
    side.show_model(found, one, pair, {one.model: one.label}, opened.view.unit, LIGHT)
    assert "0.00555" in texts_of(side)
    assert side.minimumSizeHint().width() <= INSPECTOR[0]


def test_that_more_models_than_have_names_are_told_by_their_families(opened) -> None:
    models = tuple(deep(f"m{k}", 12, "f" if k % 2 else "g") for k in range(12))
    families = tuple(Family(n, 6, {"share": np.array([0.1, 0.5])}, {"share": np.array([2.0, v])})
                     for n, v in (("f", 0.5), ("g", 1.0)))  # fmt: skip
    names = {m.model: m.label for m in models}
    all_of = frozenset(names)
    plot, unit = opened.view.profiles, opened.view.unit

    def shown(lit):
        plot.show_models(Shown(models, families, lit, names, {}, "share", unit), LIGHT)
        return [words for _, words in plot.label_rects()]

    assert shown(all_of) == ["f (6)", "g (6)"]
    assert set(plot._curves) >= all_of
    assert sum(isinstance(i, pg.PlotCurveItem) for i in plot._item.items) == 1 + len(families)
    assert shown(frozenset({"m3"})) == ["m3"]


def test_that_layers_pointed_at_in_any_view_are_ringed_and_said(opened) -> None:
    found = opened.answer()
    model, plot = found.models[3], opened.view.profiles
    opened.state.selection.hovered = model.ids[1]
    assert plot._rings == ((model.model, 1),)
    opened.state.selection.hovered = ""
    opened.view.select(model.ids[:2])
    assert plot._rings == ((model.model, 0),)
    assert model.pairs_of(frozenset({model.ids[-1]})) == (len(model.lower) - 1,)
    plot.pointed.emit(model.model, 0)
    assert opened.state.selection.hovered == model.ids[0]
    value, error = with_se(float(model.kl[0]), float(model.se[0]))
    assert f"layer 1 to 2: {value}" in plot._subtitle.text()
    assert error in plot._subtitle.text()
    plot.pointed.emit("", -1)
    assert plot._subtitle.text().startswith("KL to the next layer")


def test_that_the_axis_of_profiles_begins_below_all_of_them(opened) -> None:
    models = opened.answer().models
    least = min(m.kl.min() for m in models)
    assert 0.3 * least < lowest(models) < least
    assert lowest([deep("a", 24)]) == 0.0
    assert lowest([]) == 0.0
    assert apart([0.0, 5.0, 16.0, 20.0, 31.0]) == (0, 2, 4)


def test_that_more_models_than_can_be_drawn_are_said(of, monkeypatch) -> None:
    monkeypatch.setattr(ask, "MOST_DRAWN", 3)
    found = ask.answer(of, Request({o.name: o.usual for o in KIND.options if o.asks}))
    assert isinstance(found, Nothing)
    assert found.sentence.startswith("8 models with layers are ticked.")
    assert found.act.command == "library.find"


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
        assert max(c.x + columns * c.wide, c.bar + 12) <= 320
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
