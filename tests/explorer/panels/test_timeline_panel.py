"""The timeline: where steps stand, what drags and commands do, and when the clock runs."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel

from compute.core.tables import Entry
from explorer.panels.parts import Segments, dress
from explorer.panels.timeline import Timeline, spec
from explorer.panels.timeline.spec import PASS_S, Scale
from explorer.state.library import LibraryState
from explorer.state.map import TimelineState
from explorer.theme.tokens import THEMES

STEPS = tuple(range(0, 1201, 50))
ENTRIES = tuple(
    Entry(f"{r}/{s}", run=r, step=s, tokens_seen=2048 * s, status="done")
    for r in "ab"
    for s in STEPS
)
axes = st.sampled_from(["linear", "log"])
lasts = st.floats(1, 1e6)


@given(axes, lasts, st.floats(0, 1))
def test_that_a_place_and_its_step_agree(axis: str, last: float, share: float) -> None:
    scale = Scale(axis, last, 20, 980)
    assert 0 <= scale.step(share) <= last * (1 + 1e-9)
    assert scale.share(scale.step(share)) == pytest.approx(share, abs=1e-6)
    assert scale.step_at(scale.x(last / 3)) == pytest.approx(last / 3, rel=1e-6)


@given(axes, st.floats(1, 1e5), st.floats(600, 1600))
def test_that_tick_labels_never_touch_and_the_last_step_has_one(
    axis: str, last: float, width: float
) -> None:
    found = spec.ticks(Scale(axis, last, 20, width - 20))
    assert found[-1][0] == pytest.approx(width - 20)
    for (a, left), (b, right) in pairwise(found):
        assert b - a >= 3.2 * (len(left) + len(right))


def test_that_steps_stop_at_every_checkpoint_and_hold_at_the_ends() -> None:
    steps = (0, 10, 20)
    assert [spec.moved(steps, at, n) for at, n in ((5, 1), (5, -1), (0, -10), (math.inf, -1))] == [
        10, 0, 0, 10,
    ]  # fmt: skip
    assert spec.moved(steps, 10, 1) == spec.moved(steps, math.inf, 1) == math.inf
    assert spec.moved((), 7, 1) == 7


@pytest.mark.parametrize("axis", ["linear", "log"])
def test_that_playing_is_even_along_the_chosen_axis(axis: str) -> None:
    scale = Scale(axis, 1200, 0, 1)
    assert scale.share(spec.played(scale, 0, PASS_S / 2, 1)) == pytest.approx(0.5)
    assert spec.played(scale, 0, PASS_S / 2, 2) == math.inf


@given(st.floats(0, 50), st.floats(0, 50))
def test_that_a_larger_kl_is_never_drawn_lower(a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert spec.height(low, 50) <= spec.height(high, 50) <= 1
    assert spec.height(math.nan, 50) == 0


@pytest.fixture
def state() -> TimelineState:
    return TimelineState()


@pytest.fixture
def library() -> LibraryState:
    return LibraryState(entries=ENTRIES)


@pytest.fixture
def panel(qtbot, state, library):
    made = Timeline(state, library)
    qtbot.addWidget(made)
    dress(made, THEMES["dark"])
    made.resize(1008, 104)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.close()


def seen(panel: Timeline) -> str:
    return " | ".join(w.text() for w in panel.findChildren(QLabel) if w.isVisible())


def running(panel: Timeline) -> bool:
    return panel._clock.isActive()


def test_that_it_says_so_when_there_are_no_steps_and_does_not_play(qtbot, state) -> None:
    empty = Timeline(state, LibraryState())
    qtbot.addWidget(empty)
    empty.show()
    empty.step(1)
    empty.go_to_start()
    state.playing = True
    assert "No steps" in seen(empty)
    assert not running(empty)
    assert not state.playing
    empty.grab()
    empty.close()


def test_that_the_end_is_shown_as_the_last_step_also_when_there_are_more(
    panel, state, library, qtbot
) -> None:
    assert "Step 1,200" in seen(panel)
    assert "2 runs in step" in seen(panel)
    state.at = 849.6
    assert "Step 850" in seen(panel)
    state.at = math.inf
    library.entries = (*ENTRIES, ENTRIES[0].with_(id="a/1250", step=1250))
    qtbot.waitUntil(lambda: "Step 1,250" in seen(panel), timeout=2000)


def test_that_commands_move_by_checkpoints(panel, state) -> None:
    panel.go_to_start()
    assert state.at == 0
    panel.step(1)
    assert state.at == 50
    panel.step(10)
    panel.step(-1)
    assert state.at == 500
    panel.go_to_end()
    assert state.at == math.inf


def test_that_a_drag_sets_the_step_and_the_far_end_is_the_end(panel, state, qtbot) -> None:
    state.axis = "linear"
    strip = panel.scrub
    middle = round(strip.width() / 2)
    qtbot.mousePress(strip, Qt.MouseButton.LeftButton, pos=QPoint(middle, 20))
    assert state.at == pytest.approx(600, abs=1.5)
    qtbot.mouseMove(strip, QPoint(middle + 17, 20))
    assert 605 < state.at < 650
    qtbot.mouseMove(strip, QPoint(strip.width() - 1, 20))
    qtbot.mouseRelease(strip, Qt.MouseButton.LeftButton)
    assert state.at == math.inf


def test_that_the_axis_switch_and_the_state_agree(panel, state, qtbot) -> None:
    switch = panel.findChild(Segments)
    qtbot.mouseClick(switch.button("linear"), Qt.MouseButton.LeftButton)
    assert state.axis == "linear"
    state.at = 300
    near = panel.scrub.scale().x(300)
    state.axis = "log"
    assert switch.button("log").isChecked()
    assert panel.scrub.scale().x(300) > near


def test_that_the_clock_runs_only_while_it_plays(panel, state, qtbot) -> None:
    assert not running(panel)
    state.playing = True
    assert running(panel)
    qtbot.waitUntil(lambda: 0 < state.at < 1200, timeout=2000)
    state.playing = False
    assert not running(panel)


def test_that_playing_stops_at_the_end_or_goes_round(panel, state, qtbot) -> None:
    state.at, state.speed, state.axis = 1199.0, 4.0, "linear"
    state.playing = True
    qtbot.waitUntil(lambda: not state.playing, timeout=2000)
    assert state.at == math.inf
    state.loop, state.at, state.playing = True, 1199.0, True
    qtbot.waitUntil(lambda: state.at < 600, timeout=2000)
    assert state.playing


def test_that_touching_the_playhead_stops_playing(panel, state) -> None:
    state.playing = True
    panel.step(1)
    assert not state.playing
    assert not running(panel)


def test_that_the_silhouette_names_its_run_and_every_theme_paints_it(panel) -> None:
    panel.set_silhouette(np.array(STEPS[1:], float), np.linspace(2, 0.1, 24), "s-seed0")
    assert "curve: KL between neighbouring steps, s-seed0" in seen(panel)
    pictures = []
    for tokens in THEMES.values():
        dress(panel, tokens)
        pictures.append(panel.grab().toImage())
    assert pictures[0] != pictures[1] != pictures[2]


def test_that_it_is_104_high_or_56_when_compact(panel) -> None:
    assert panel.height() == 104
    panel.set_compact(compact=True)
    assert panel.height() == 56
    panel.grab()
    panel.set_compact(compact=False)
    assert panel.height() == 104


def test_that_a_closed_timeline_hears_nothing_more(panel, state) -> None:
    state.playing = True
    panel.close()
    assert not running(panel)
    state.playing = False
    state.playing = True
    assert not running(panel)


def test_that_partly_scored_entries_have_steps_once_they_can_be_shown(panel, library) -> None:
    library.first_round = 3
    library.entries = tuple(
        e.with_(status="partial", n_prefix=3 if e.step < 200 else 2) for e in ENTRIES
    )
    panel._entries_changed()
    assert panel._steps == (0, 50, 100, 150)
    assert "2 runs in step" in seen(panel)
