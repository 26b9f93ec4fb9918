"""The timeline: where steps stand, what drags and commands do, and when the clock runs."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QFontMetricsF, QWheelEvent
from PySide6.QtWidgets import QApplication, QLabel

from compute.core.tables import Entry
from explorer.panels.parts import Elided, Segments, dress
from explorer.panels.timeline import Timeline, spec
from explorer.panels.timeline.play import PASS_S, Player
from explorer.state import axes
from explorer.state.course import Course, course_of
from explorer.state.map import MapTables, TimelineState
from explorer.theme import fonts
from explorer.theme.tokens import THEMES

STEPS = tuple(range(0, 1201, 50))
ENTRIES = tuple(
    Entry(f"{r}/{s}", run=r, step=s, tokens_seen=2048 * s, status="done")
    for r in "ab"
    for s in STEPS
)
BITS = np.array([8.0 / (1 + e.step / 200) + (0.5 if e.run == "b" else 0) for e in ENTRIES])
names = st.sampled_from(list(axes.TITLES))


def tables(entries: tuple[Entry, ...] = ENTRIES) -> MapTables:
    bits = np.array([8.0 / (1 + max(e.step, 0) / 200) + (e.run == "b") / 2 for e in entries])
    return MapTables(entries, np.zeros((len(entries), 2), np.float32), bits)


def along(axis: str) -> Course:
    return course_of(axis, ENTRIES, BITS)


@given(st.lists(st.floats(0.001, 0.5), min_size=1, max_size=50), st.sampled_from([0.25, 1.0, 8.0]))
def test_that_playing_takes_the_time_and_not_the_number_of_frames(frames, speed) -> None:
    now = [0.0]
    player = Player(lambda: now[0])
    player.begin(0.0)
    for seconds in frames:
        now[0] += seconds
        share = player.share(speed)
    assert share == pytest.approx(sum(frames) * speed / PASS_S)


def test_that_the_silhouette_stands_where_its_entries_stand_on_the_axis() -> None:
    steps, kl = np.array([50.0, 100.0, 150.0]), np.array([1.0, math.nan, 0.1])
    by_step = spec.silhouette(along("step"), "b", steps, kl)
    by_tokens = spec.silhouette(along("tokens"), "b", steps, kl)
    assert [at for at, _ in by_step] == [50, 150]
    assert [at for at, _ in by_tokens] == [50 * 2048, 150 * 2048]
    assert by_step[0][1] > by_step[1][1] > 0


@given(st.floats(0, 50), st.floats(0, 50))
def test_that_a_larger_kl_is_never_drawn_lower(a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert spec.height(low, 50) <= spec.height(high, 50) <= 1
    assert spec.height(math.nan, 50) == 0


@pytest.fixture
def state() -> TimelineState:
    return TimelineState()


@pytest.fixture
def panel(qtbot, state):
    made = Timeline(state)
    qtbot.addWidget(made)
    dress(made, THEMES["dark"])
    made.set_tables(tables())
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
    empty = Timeline(state)
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


def test_that_the_end_is_shown_as_the_last_step_also_when_there_are_more(panel, state) -> None:
    assert "Step 1,200" in seen(panel)
    assert "2 runs in step" in seen(panel)
    state.at = 849.6
    assert "Step 850" in seen(panel)
    state.at = math.inf
    panel.set_tables(tables((*ENTRIES, ENTRIES[0].with_(id="a/1250", step=1250))))
    assert "Step 1,250" in seen(panel)


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
    state.axis = "step"
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
    qtbot.mouseClick(switch.button("step"), Qt.MouseButton.LeftButton)
    assert state.axis == "step"
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
    state.at, state.speed, state.axis = 1199.0, 4.0, "step"
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
    said = [w.whole for w in panel.findChildren(Elided)]
    assert "curve: KL between neighbouring steps, s-seed0" in said
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


def test_that_an_axis_that_nothing_stands_on_says_why_and_is_left(qtbot, state) -> None:
    state.axis = "tokens"
    made = Timeline(state)
    qtbot.addWidget(made)
    made.set_tables(tables(tuple(e.with_(tokens_seen=-1) for e in ENTRIES)))
    button = made.findChild(Segments).button("tokens")
    assert not button.isEnabled()
    assert "tokens" in button.toolTip()
    assert state.axis == "log"
    made.set_tables(tables())
    assert button.isEnabled()
    made.close()


def test_that_the_playhead_stays_at_its_moment_when_the_axis_changes(panel, state, qtbot) -> None:
    switch = panel.findChild(Segments)
    state.at = 850.0
    for axis in ("tokens", "loss", "step", "log"):
        qtbot.mouseClick(switch.button(axis), Qt.MouseButton.LeftButton)
        assert state.axis == axis
        expected = along(axis).places[STEPS.index(850)]
        assert state.at == pytest.approx(expected)
    panel.go_to_end()
    qtbot.mouseClick(switch.button("loss"), Qt.MouseButton.LeftButton)
    assert state.at == math.inf


def test_that_the_wheel_scrubs_finely(panel, state, qtbot) -> None:
    state.axis, state.at = "step", 600.0
    for angle, keys, expected in (
        (-120, Qt.KeyboardModifier.NoModifier, 606.0),
        (120, Qt.KeyboardModifier.ControlModifier, 605.4),
    ):
        QApplication.sendEvent(panel.scrub, wheel(panel.scrub, angle, keys))
        assert state.at == pytest.approx(expected)


def wheel(widget, angle: int, keys: Qt.KeyboardModifier) -> QWheelEvent:
    at = QPointF(widget.rect().center())
    button, phase = Qt.MouseButton.NoButton, Qt.ScrollPhase.NoScrollPhase
    place, turned = widget.mapToGlobal(at), QPoint(0, angle)
    return QWheelEvent(at, place, QPoint(), turned, button, keys, phase, False)


def test_that_a_pass_takes_eight_seconds_of_its_clock_whatever_the_frames(qtbot, state) -> None:
    now = [0.0]
    made = Timeline(state, lambda: now[0])
    qtbot.addWidget(made)
    made.set_tables(tables())
    made.resize(1008, 104)
    made.go_to_start()
    state.playing = True
    made._clock.stop()
    for seconds in (1.0, 0.1, 2.9):
        now[0] += seconds
        made._frame()
    assert made.scrub.scale().share(state.at) == pytest.approx(0.5)
    state.at = 0.0
    now[0] += 1.0
    made._frame()
    assert made.scrub.scale().share(state.at) == pytest.approx(0.0)
    state.speed = 4.0
    now[0] += 2.1
    made._frame()
    assert (state.at, state.playing) == (math.inf, False)
    made.close()


@pytest.mark.parametrize("axis", list(axes.TITLES))
@pytest.mark.parametrize("width", [300, 700, 1500])
def test_that_tick_labels_never_overlap(panel, state, axis, width) -> None:
    state.axis = axis
    panel.scrub.resize(width, 57)
    metrics = QFontMetricsF(fonts.font(11))
    spans = []
    for x, words in panel.scrub._ticks():
        half = metrics.horizontalAdvance(words) / 2
        spans.append((x - half, x + half))
    assert spans
    assert all(left + 4 < right for (_, left), (right, _) in pairwise(spans))


def test_that_a_screen_reader_is_told_where_the_playhead_is(panel, state) -> None:
    state.at = 850.0
    assert panel.scrub.accessibleDescription().startswith("Step 850, ")


def test_that_speed_loop_and_axis_are_changed_by_commands_too(panel, state) -> None:
    panel.toggle_loop()
    assert panel._loop.isChecked()
    seen_speeds = []
    for _ in range(4):
        panel.change_speed(1)
        seen_speeds.append(state.speed)
    assert seen_speeds == [2.0, 4.0, 8.0, 8.0]
    panel.change_speed(-9)
    assert state.speed == 0.25
    assert panel._speed.text() == "¼×"
    visited = []
    for _ in axes.TITLES:
        panel.choose_axis(panel.next_axis())
        visited.append(state.axis)
    assert visited == ["tokens", "loss", "step", "log"]


def test_that_playing_ends_where_nothing_is_left_to_play(panel, state, qtbot) -> None:
    state.loop = state.playing = True
    panel.set_tables(MapTables())
    qtbot.wait(60)
    assert not state.playing
    assert not math.isnan(state.at)
    panel.set_tables(tables())


def test_that_a_place_on_an_axis_that_is_gone_is_none_on_another(panel, state) -> None:
    panel.choose_axis("tokens")
    state.at = 2048.0 * 600
    panel.set_tables(tables(tuple(e.with_(tokens_seen=-1) for e in ENTRIES)))
    assert state.axis != "tokens"
    assert math.isinf(state.at)
