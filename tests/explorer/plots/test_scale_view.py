"""The scale in the window: Table 2a's numbers, violins, groups of one's own."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from compute import geometry
from compute.report.settings import measures
from explorer.plots.scale.editor import Editor
from explorer.plots.scale.side import compared
from explorer.plots.scale.spec import (
    AXIS,
    KIND,
    LEAST_VIOLIN,
    columns,
    density_of,
    near_point,
    shown_rows,
)
from explorer.theme.tokens import LIGHT


@pytest.fixture
def opened(open_view, example_source):
    made = open_view("scale", example_source)
    made.view.resize(1010, 860)
    made.view.show()
    return made


def test_that_the_numbers_are_those_of_the_reports_table(opened) -> None:
    found = opened.answer()
    theirs = measures(opened.source.study)
    assert [r.title for r in found.rows] == [m.group.title for m in theirs]
    for row, m in zip(found.rows, theirs, strict=True):
        np.testing.assert_array_equal(row.kl, m.kl)
        assert row.ids == m.group.pairs
        assert (row.median, row.mean) == pytest.approx(
            (m.summary.median, m.summary.mean), nan_ok=True
        )
        assert np.isnan(row.sd) == (row.n < LEAST_VIOLIN)
    table = opened.view.table()
    for row, shown in zip(found.rows, table.rows, strict=True):
        assert shown[:2] == (row.title, row.n)
        assert shown[2] == pytest.approx(row.median, nan_ok=True)


def test_that_small_groups_are_points_and_violins_reach_over_their_pairs(opened) -> None:
    for row in opened.answer().rows:
        assert bool(len(row.density)) <= (row.n >= LEAST_VIOLIN)
        if len(row.density):
            places = AXIS.places(row.kl)
            assert row.low <= places.min() < places.max() <= row.high or row.high == 1.0
            assert row.density.max() == 1.0
    assert len(density_of(np.full(40, 0.3))[0]) == 0
    rng = np.random.default_rng(1)
    density, low, high = density_of(rng.lognormal(0, 0.2, 400))
    peak = AXIS.value(low + (high - low) * int(density.argmax()) / (len(density) - 1))
    assert peak == pytest.approx(1.0, rel=0.1)


def test_that_columns_fill_the_width_and_points_are_found_again(opened) -> None:
    rows = opened.view.rows
    laid = columns(rows, 1000, 700)
    assert np.ptp(np.diff([c.x for c in laid])) < 1e-9
    column = next(c for c in laid if c.row.n > 5)
    x, y = column.points[3]
    group, pair = near_point(laid, x, y)
    assert group == column.row.id
    assert column.row.kl[pair] == column.row.kl[column.pairs[3]]
    assert near_point(laid, -50, 10) == ("", -1)


def test_that_a_pressed_point_selects_its_two_models(opened) -> None:
    row = next(r for r in opened.answer().rows if r.n)
    opened.view.violins.pressed.emit(row.id, 0)
    assert opened.state.selection.chosen == frozenset(row.ids[0])
    assert opened.view.option["shown"] == row.id
    opened.view.violins.pointed.emit(row.id, 0)
    assert opened.state.selection.hovered == row.ids[0][0]
    assert "bits/byte, " in opened.view._said.text()


def test_that_groups_are_left_out_and_taken_back(opened) -> None:
    every = opened.answer().rows
    opened.view._show_group("size", shown=False)
    assert "size" not in {r.id for r in opened.view.rows}
    opened.choose(null=False)
    assert "null" not in {r.id for r in opened.view.rows}
    opened.view._show_group("size", shown=True)
    assert shown_rows(every, [], null=True)[-1].n <= shown_rows(every, [], null=True)[0].n


def test_that_a_rule_makes_a_group_that_is_measured_under_the_recipe_in_use(opened, qtbot) -> None:
    editor = opened.view._open_editor("", "")
    assert isinstance(editor, Editor)
    editor.title.setText("near sizes")
    editor.rule.setText("size = sane")
    editor.accept_rule()
    assert "no two entries" in editor.said.text().lower()
    assert opened.view.option["own"] == []
    editor.rule.setText("size sane")
    editor.accept_rule()
    assert "no two entries" not in editor.said.text()
    rule = "run differs, step = last"
    editor.rule.setText(rule)
    qtbot.keyClick(editor.rule, Qt.Key.Key_Return)
    assert opened.view.option["own"] == [
        {"title": "near sizes", "rule": "run differs, step = last"}
    ]
    row = next(r for r in opened.answer().rows if r.own)
    kl = geometry.kl_matrix(opened.source.prepared)
    at = opened.source.row_of
    wanted = [kl[at[a], at[b]] for a, b in row.ids]
    np.testing.assert_allclose(row.kl, wanted, rtol=1e-9)
    assert KIND.options[3].read(opened.view.option["own"]) == opened.view.option["own"]
    remove = next(b for b in opened.view.side().findChildren(QPushButton) if b.text() == "Remove")
    remove.click()
    assert opened.view.option["own"] == []


def test_that_a_kept_rule_that_makes_no_sense_any_more_says_so(opened) -> None:
    found = opened.choose(own=[{"title": "odd", "rule": "colour = red"}])
    row = found.rows[-1]
    assert (row.n, row.own) == (0, True)
    assert "colour" in row.reason


def test_that_a_group_is_compared_with_the_published_one(opened) -> None:
    said = {r.id: compared(r) for r in opened.answer().rows}
    assert said["null"] == ""
    assert any("published" in words for words in said.values())


@pytest.mark.parametrize("size", [(690, 560), (1010, 830), (1560, 900)])
def test_that_no_name_or_value_lies_on_another(open_view, example_source, qapp, size) -> None:
    made = open_view("scale", example_source, LIGHT)
    made.view.resize(*size)
    made.view.show()
    qapp.processEvents()
    rects = made.view.violins.label_rects()
    for (a, one), (b, two) in itertools.combinations(rects, 2):
        assert not a.intersects(b), (one, two)
    for rect, one in rects:
        assert made.view.violins.rect().contains(rect.toRect()), one


def test_that_arrows_go_through_the_groups(opened, qtbot) -> None:
    ids = [r.id for r in opened.view.rows]
    qtbot.keyClick(opened.view.violins, Qt.Key.Key_Right)
    qtbot.keyClick(opened.view.violins, Qt.Key.Key_Right)
    assert opened.view.option["shown"] == ids[1]
