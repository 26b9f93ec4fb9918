"""What stands around the map while it is presented."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt

from compute.core.tables import Entry
from explorer.panels.parts import dress
from explorer.panels.presenter import Foot, Head, LadderSide, spec
from explorer.state.app import ShellState
from explorer.state.ladder import Median
from explorer.state.map import MapState, MapTables, TimelineState
from explorer.theme.tokens import THEMES

ENTRIES = tuple(Entry(f"{r}/{s}", run=r, step=s) for r in "ab" for s in range(0, 1001, 100))
TABLES = MapTables(ENTRIES, np.zeros((22, 2), np.float32), np.linspace(8, 2, 22))
OWN = (
    Median("our sizes", 1.1, 4, "pairs of sizes"),
    Median("our seeds", 0.99, 2, "pairs of seeds"),
)


@pytest.fixture
def shell() -> ShellState:
    return ShellState(
        page="project", project="/data/my-small_runs.h5", presenting=True, n_texts=1000
    )


@pytest.fixture
def head(qtbot, shell):
    made = Head(shell, MapState())
    qtbot.addWidget(made)
    made.set_tables(TABLES)
    made.resize(1200, 200)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.close()


@pytest.fixture
def time() -> TimelineState:
    return TimelineState(axis="step")


@pytest.fixture
def foot(qtbot, time):
    made = Foot(time)
    qtbot.addWidget(made)
    made.set_tables(TABLES)
    made.resize(1200, 128)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.close()


@given(
    st.lists(st.tuples(st.floats(0.001, 60), st.integers(1, 999)), max_size=4),
    st.floats(380, 1500),
)
def test_that_nothing_on_the_ladder_touches(values, height: float) -> None:
    found = spec.ladder([Median("m", kl, n, "pairs") for kl, n in values], height)
    assert all(b.y - a.y >= spec.RUNG_GAP for a, b in pairwise(found.rungs))
    assert all(b.y_name - a.y_name >= spec.OWN_GAP - 1e-6 for a, b in pairwise(found.own))
    assert all(found.top <= p.y <= found.bottom for p in (*found.rungs, *found.own))
    assert {r.name for r in found.rungs} >= {"any two", "another seed"}


def test_that_a_larger_median_stands_higher_and_says_how_many_pairs() -> None:
    low, high = (Median(n, kl, 1, "pairs") for n, kl in (("low", 0.02), ("high", 2.0)))
    found = spec.ladder([low, high], 600)
    assert [own.name for own in found.own] == ["high", "low"]
    assert found.own[0].y < found.own[1].y
    assert found.own[1].value == "0.020 · 1 pair"


def test_that_the_words_follow_from_the_project_until_others_are_written(head, shell) -> None:
    assert head.title.words == "My small runs"
    assert head.caption.words.startswith("2 training runs, 22 checkpoints, read on 1,000 texts.")
    shell.heading, shell.caption = "One road & out", "<b>Five</b> models"
    assert (head.title.words, head.caption.words) == ("One road & out", "<b>Five</b> models")
    assert "&lt;b&gt;" in head.caption.text()
    shell.heading = ""
    assert head.title.words == "My small runs"


def test_that_a_title_is_changed_where_it_stands_and_esc_leaves_it(head, qtbot) -> None:
    sent: list[tuple[str, object]] = []
    head.command.connect(lambda *command: sent.append(command))
    qtbot.mouseClick(head.title, Qt.MouseButton.LeftButton)
    field = head.title._field
    assert field.isVisible()
    field.setText("Another")
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert not field.isVisible()
    assert sent == []
    qtbot.keyClick(head.title, Qt.Key.Key_Return)
    field.setText("Every run for itself")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert sent == [("present.heading", "Every run for itself")]


def test_that_models_without_steps_are_not_called_runs() -> None:
    found = spec.caption((Entry("a"), Entry("b")), "64 texts", "pca")
    assert found.startswith("2 models, read on 64 texts. ")


def test_that_the_foot_shows_the_playhead_and_moves_it(foot, time, qtbot) -> None:
    assert foot._number.text() == "Step 1,000"
    time.at = 250.0
    assert foot._number.text() == "Step 250"
    bar = foot.slider
    assert bar._share == pytest.approx(0.25)
    time.playing = True
    qtbot.mousePress(bar, Qt.MouseButton.LeftButton, pos=QPoint(bar.width() // 2, 20))
    assert time.at == pytest.approx(500, abs=5)
    assert not time.playing
    qtbot.mouseMove(bar, QPoint(bar.width() + 50, 20))
    qtbot.mouseRelease(bar, Qt.MouseButton.LeftButton)
    assert time.at == math.inf
    time.axis = "loss"
    assert foot._number.text() == "2.000 bits/byte"


def test_that_without_steps_there_is_no_slider(qtbot) -> None:
    made = Foot(TimelineState())
    qtbot.addWidget(made)
    made.set_tables(MapTables((Entry("x"),), np.zeros((1, 2), np.float32), np.ones(1)))
    assert not made.slider.isVisibleTo(made)
    made.close()


def test_that_the_ladder_says_in_words_what_it_paints_in_every_theme(qtbot) -> None:
    side = LadderSide()
    qtbot.addWidget(side)
    side.resize(536, 600)
    pictures = []
    for tokens in THEMES.values():
        dress(side, tokens)
        pictures.append(side.grab().toImage())
    assert pictures[0] != pictures[1] != pictures[2]
    before = side.grab().toImage()
    side.set_medians(OWN)
    assert side.grab().toImage() != before
    assert "our seeds 0.99 (2\u2009pairs of seeds)" in side.accessibleDescription()


def test_that_closed_parts_hear_nothing_more(head, foot, shell, time) -> None:
    head.close()
    foot.close()
    shell.heading, time.at = "Later", 0.0
    assert head.title.words == "My small runs"
    assert foot._number.text() == "Step 1,000"
