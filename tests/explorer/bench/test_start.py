"""What the benchmark of the start judges, and what it takes for a drawn map."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor, QImage, QPainter

from explorer.bench import start
from explorer.bench.eye import shows_a_run
from explorer.theme.tokens import DARK


def test_that_a_figure_over_its_budget_is_named() -> None:
    within = dict(start.BUDGETS)
    assert start.too_slow(within) == ()
    (sentence,) = start.too_slow({**within, start.EXAMPLE: 3.2})
    assert start.EXAMPLE in sentence
    assert "3.2" in sentence


@pytest.mark.parametrize("run", [0, 7])
def test_that_a_map_is_drawn_when_a_run_is_seen(qapp, run: int) -> None:
    picture = QImage(300, 200, QImage.Format.Format_RGBA8888_Premultiplied)
    picture.fill(QColor(DARK.canvas))
    assert not shows_a_run(picture)
    painter = QPainter(picture)
    painter.fillRect(100, 100, 6, 2, QColor(DARK.runs[run]))
    painter.end()
    assert shows_a_run(picture)
