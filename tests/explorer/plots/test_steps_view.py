"""Steps in the window: the analysis layer's numbers, flags that can be excluded, labels apart."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QMenu, QPushButton

from compute.analysis.flags import flags_of
from compute.analysis.pretraining import bits_per_byte, consecutive
from compute.analysis.projections import components
from compute.analysis.runs import runs_of
from explorer.plots.chart.spec import nearest, stacked
from explorer.plots.contract import Nothing, Request
from explorer.plots.scales import Scale, linear_ticks, log_step, log_step_ticks, words
from explorer.plots.steps import ask
from explorer.plots.steps.charts import words_of
from explorer.plots.steps.spec import shown_runs
from explorer.theme.tokens import LIGHT


@pytest.fixture
def opened(open_view, example_source):
    made = open_view("steps", example_source)
    made.view.resize(1010, 860)
    made.view.show()
    return made


def test_that_the_numbers_are_those_of_the_analysis_layer(opened) -> None:
    source, found = opened.source, opened.answer()
    rows, bits = source.prepared, bits_per_byte(source.prepared)
    coords = components(rows, 4).coords
    runs = {r.name: r for r in runs_of(e for e in source.entries if e.is_checkpoint)}
    assert {r.name for r in found.runs} == set(runs)
    for shown in found.runs:
        pairs = consecutive(rows, runs[shown.name])
        np.testing.assert_array_equal(shown.kl, pairs.kl)
        np.testing.assert_array_equal(shown.se, pairs.se)
        at = [rows.row_of[i] for i in shown.ids]
        np.testing.assert_array_equal(shown.bits, bits[at])
        np.testing.assert_array_equal(shown.coords, coords[at])
    table = opened.view.table()
    assert len(table.rows) == sum(len(r.ids) for r in found.runs)
    first = found.runs[0]
    assert table.rows[5][2] == first.kl[4]
    assert table.ids[5] == (first.ids[5],)


def test_that_what_stands_out_is_listed_and_can_be_left_out(opened) -> None:
    found, source = opened.answer(), opened.source
    flags = flags_of(source.snapshot, source.recipe, weights=dict(source.weights))
    assert [f.id for f in found.flags] == [f.id for f in flags]
    assert {f.kind for f in flags} >= {"duplicate", "spike"}
    buttons = [b for b in opened.view.side().findChildren(QPushButton) if b.text() == "Exclude"]
    buttons[0].click()
    assert opened.commands == [("selection.exclude", found.flags[0].excludes)]
    opened.state.library.unticked = frozenset(found.flags[0].excludes)
    again = [b for b in opened.view.side().findChildren(QPushButton) if b.text() == "Include"]
    again[-1].click()
    assert opened.commands[-1] == ("selection.include", found.flags[0].excludes)


def test_that_a_flag_that_is_pressed_is_selected_and_looked_at_closely(opened) -> None:
    found = opened.answer()
    before = opened.view._plots[0]._box.viewRange()[0]
    name = next(b for b in opened.view.side().findChildren(QPushButton)
                if f"{found.flags[0].step:,}" in b.text())  # fmt: skip
    name.click()
    assert opened.state.selection.chosen == {found.flags[0].id}
    after = opened.view._plots[0]._box.viewRange()[0]
    assert after[1] - after[0] < 0.2 * (before[1] - before[0])


def test_that_pointing_and_pressing_reach_every_view_and_others_are_shown(opened) -> None:
    run = opened.answer().runs[1]
    opened.view._point(run.name, 3)
    assert opened.state.selection.hovered == run.ids[4]
    assert opened.view._said.text() == words_of(run, 3, opened.view.unit)
    opened.view._press(run.name, 3)
    assert opened.state.selection.selected == run.ids[4]
    opened.state.selection.hovered = run.ids[7]
    assert f"step {run.steps[7]:,.0f}" in opened.view._said.text()


def test_that_a_selection_puts_its_runs_in_front(opened) -> None:
    runs = opened.answer().runs
    assert shown_runs(runs, frozenset()) == (frozenset(r.name for r in runs), False)
    assert shown_runs(runs, frozenset({runs[2].ids[0]})) == (frozenset({runs[2].name}), True)
    opened.state.selection.chosen = frozenset({runs[2].ids[0]})
    assert [w for _, w in opened.view._plots[0].label_rects()] == [runs[2].name]


def test_that_the_playhead_follows_the_timeline_and_moves_it(opened) -> None:
    opened.answer()
    opened.state.timeline.at = 100.0
    line = opened.view._plots[0]._line
    assert line.value() == pytest.approx(log_step([100.0])[0])
    line.setValue(log_step([300.0])[0])
    line.sigDragged.emit(line)
    assert opened.state.timeline.at == pytest.approx(300.0)


def test_that_the_unit_is_that_of_the_window(opened) -> None:
    run = opened.answer().runs[0]
    bits = words_of(run, 50, opened.view.unit)
    opened.state.views.unit = "nats"
    assert words_of(run, 50, opened.view.unit) != bits
    assert "nats/text" in opened.view._plots[0]._subtitle.text()


@pytest.mark.parametrize("size", [(690, 560), (1010, 830), (1560, 900)])
@pytest.mark.parametrize("tab", ["kl", "bits", "components", "spiral"])
def test_that_no_label_lies_on_another_or_is_cut(
    open_view, example_source, qapp, size, tab
) -> None:
    made = open_view("steps", example_source, LIGHT)
    made.view.resize(*size)
    made.view.show()
    made.choose(tab=tab)
    made.view.grab()
    qapp.processEvents()
    assert not any(menu.isVisible() for menu in made.view.findChildren(QMenu))
    for plot in made.view._plots[: 4 if tab == "components" else 1]:
        rects = plot.label_rects()
        for (a, one), (b, two) in itertools.combinations(rects, 2):
            assert abs(a.center().y() - b.center().y()) > 9, (one, two)
        for rect, one in rects:
            assert plot.rect().contains(rect.toRect()), one


def test_that_a_project_without_runs_says_what_to_do(example_source) -> None:
    class Empty:
        entries = ()

    found = ask.answer(Empty(), None)
    assert isinstance(found, Nothing)
    assert found.act.command == "library.add"


# ---------------------------------------------------------------- the kit


def test_that_scales_place_values_and_find_them_again() -> None:
    for scale in (Scale(), Scale("log"), Scale("symlog"), Scale("symlog", 10.0, 0.25)):
        values = np.array([0.001, 0.05, 0.1, 0.7, 9.0])
        places = scale.places(values)
        assert np.all(np.diff(places) > 0)
        np.testing.assert_allclose([scale.value(p) for p in places], values, rtol=1e-9)
    symlog = Scale("symlog")
    assert (symlog.places(0.1), symlog.places(50), symlog.places(900)) == (0.3, 1.0, 1.0)


def test_that_ticks_are_round_few_and_inside() -> None:
    assert [w for _, w in linear_ticks(0, 3264, 5)] == ["0", "1,000", "2,000", "3,000"]
    assert [w for _, w in Scale("symlog").ticks(0, 1)][:4] == ["0", "0.04", "0.1", "0.2"]
    assert [w for _, w in log_step_ticks(0, float(log_step([3264])[0]), 6)] == [
        "0", "1", "10", "100", "1,000",
    ]  # fmt: skip
    assert words(-0.25) == "\u22120.25"
    assert [words(v) for v in (680.3, 6803.4, -13606.9)] == ["680", "6,800", "\u221213,600"]


def test_that_stacked_labels_keep_their_order_and_distance() -> None:
    placed = stacked([50, 51, 52, 10], 0, 200)
    assert placed[3] < placed[0] < placed[1] < placed[2]
    assert np.diff(sorted(placed)).min() >= 15 - 1e-9
    crowded = stacked([5.0] * 30, 0, 100)
    assert 0 <= min(crowded) < max(crowded) <= 100 + 1e-9
    assert stacked([], 0, 10) == []


def test_that_the_pointer_finds_the_nearest_point_within_reach() -> None:
    x, y = np.array([0.0, 50.0, np.nan]), np.array([0.0, 50.0, 1.0])
    assert nearest(x, y, (47.0, 52.0)) == 1
    assert nearest(x, y, (20.0, 20.0)) == -1
    assert nearest(np.zeros(0), np.zeros(0), (0.0, 0.0)) == -1


def test_that_a_double_click_shows_everything_again(opened, qtbot) -> None:
    opened.answer()
    plot = opened.view._plots[0]
    home = plot._box.viewRange()
    plot.show_near(500.0)
    assert plot._box.viewRange() != home
    qtbot.keyClick(opened.view, Qt.Key.Key_R)
    np.testing.assert_allclose(plot._box.viewRange(), home)
    assert plot._find(QPointF(-500, -500)) == ("", -1)


def test_that_more_runs_than_can_be_drawn_are_said(example_source, monkeypatch) -> None:
    monkeypatch.setattr(ask, "MOST_DRAWN", 3)
    found = ask.answer(example_source, Request({}))
    assert isinstance(found, Nothing)
    assert found.sentence.startswith(f"{len(example_source.runs)} training runs are ticked.")
    assert found.act.command == "library.find"
