"""Tables of the paper in the window: the report's numbers, as they are read and copied."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton, QTableView

from compute.report.tables import table2a, table3
from explorer.plots.contract import Nothing
from explorer.plots.statistics.spec import TABLES, as_latex, escaped


@pytest.fixture
def opened(open_view, example_source):
    return open_view("statistics", example_source)


def test_that_the_numbers_are_those_of_the_report(opened) -> None:
    study = opened.source.study
    for name, module in (("table2a", table2a), ("table3", table3)):
        found = opened.choose(table=name)
        made = module.make(study)
        assert [t.title for t in found.tables] == [t.title for t in made.tables]
        for ours, theirs in zip(found.tables, made.tables, strict=True):
            for a, b in zip(ours.rows, theirs.rows, strict=True):
                for x, y in zip(a, b, strict=True):
                    same = x == y or ((y is None or y != y) and np.isnan(x))
                    assert same, (x, y)


def test_that_every_table_is_there_or_says_what_it_lacks(opened) -> None:
    for name in TABLES:
        found = opened.choose(table=name)
        if isinstance(found, Nothing):
            assert len(found.sentence) > 20
        else:
            assert all(len(sheet.cells) == len(sheet.table.rows) for sheet in found.sheets)
            assert found.caption.endswith(".")


def test_that_a_press_on_a_row_about_a_run_selects_its_checkpoints(opened) -> None:
    found = opened.choose(table="table1")
    (row, ids) = next((r, ids) for r, ids in enumerate(found.tables[0].ids) if ids)
    rows = opened.view.findChildren(QTableView)[0]
    rows.clicked.emit(rows.model().index(row, 0))
    assert opened.state.selection.chosen == frozenset(ids)


def test_that_a_table_is_copied_as_it_reads_in_full_and_for_a_paper(opened) -> None:
    found = opened.choose(table="table2a")
    sheet = found.sheets[0]
    taken = []
    for button in opened.view.findChildren(QPushButton)[:3]:
        button.click()
        taken.append(QGuiApplication.clipboard().text())
    assert taken == [sheet.markdown, sheet.csv, as_latex(sheet)]
    assert taken[2].count(r"\\") == len(sheet.cells) + 1
    assert taken[2].count("&") == (len(sheet.cells) + 1) * (len(sheet.heads) - 1)


def test_that_words_are_escaped_for_latex() -> None:
    assert escaped("a_b & 3 % ± R² −1") == r"a\_b \& 3 \% $\pm$ R$^2$ $-$1"
