"""Jobs drawer, new-job panel, view bar, status bar."""

from __future__ import annotations

from dataclasses import fields
from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from compute.core.specs import ScoreSpec
from compute.core.tables import BOS_RULES
from explorer.bridge.jobs import JobQueue
from explorer.panels.jobs import Drawer, spec
from explorer.panels.newjob import NewJob
from explorer.panels.newjob import spec as new_spec
from explorer.panels.parts import dress
from explorer.panels.shell.status import StatusBar
from explorer.panels.viewbar import ViewBar
from explorer.panels.viewbar import spec as bar_spec
from explorer.state.app import ShellState
from explorer.state.jobs import (
    JOB_STATUSES,
    Cost,
    JobRow,
    JobsState,
    NewJobState,
    ScoreOptions,
    moved,
    put,
)
from explorer.state.library import LibraryState
from explorer.state.map import MapState
from explorer.state.notices import NoticesState
from explorer.theme.tokens import LIGHT

RUNNING = JobRow("j", "Score a", "59 checkpoints", "running", 0.36, 21, 59, 31_400.0, eta_s=420.0)


def shown(qtbot, widget):
    host = QWidget()
    QVBoxLayout(host).addWidget(widget)
    qtbot.addWidget(host, before_close_func=lambda _: widget.close())
    dress(widget, LIGHT)
    host.resize(1000, 300)
    host.show()
    widget.host = host
    return widget


def collect(widget) -> list[tuple[str, object]]:
    asked: list[tuple[str, object]] = []
    widget.command.connect(lambda c, a: asked.append((c, a)))
    return asked


# ---------------------------------------------------------------- jobs


def test_that_every_status_has_its_look_and_its_buttons() -> None:
    offers = {s: [b.words for b in spec.buttons(RUNNING.with_(status=s))] for s in JOB_STATUSES}
    assert offers == {
        "running": ["Pause", "Cancel"],
        "paused": ["Continue", "Cancel"],
        "waiting": ["Cancel"],
        "stopping": [],
        "done": [],
        "failed": ["Try again", "Log"],
        "cancelled": [],
    }
    assert set(spec.KINDS) == set(JOB_STATUSES)
    stopped = RUNNING.with_(status="failed", resumable=True)
    assert [b.words for b in spec.buttons(stopped)] == ["Resume", "Log"]


def test_that_a_running_job_says_speed_and_time_left() -> None:
    view = spec.view(RUNNING)
    assert view.rest == "7 min left · 31.4\u2009k tokens/s"
    assert (view.percent, view.subtitle) == ("36\u2009%", "21 of 59 done")
    failed = spec.view(RUNNING.with_(status="failed", message="Out of memory."))
    assert (failed.subtitle, failed.kind.token) == ("Out of memory.", "danger")


def test_that_a_job_says_what_it_waits_for_and_when_it_ended() -> None:
    rows = (RUNNING, JobRow("k", "Score b"), JobRow("l", "Score c"))
    said = [view.subtitle for view in spec.views(rows)]
    assert said == ["21 of 59 done", "waits for Score a", "waits for Score b"]
    alone = (RUNNING.with_(status="failed", message="No.", ended="14:02"), rows[1])
    assert [v.subtitle for v in spec.views(alone)] == ["No.", "starts next"]
    assert spec.view(alone[0]).rest == "stopped 14:02"
    assert "1.1 GiB" in spec.view(RUNNING.with_(memory_bytes=1_181_116_006)).rest


def test_that_a_waiting_job_is_moved_by_key_and_by_drag(qtbot) -> None:
    rows = (RUNNING, *(JobRow(name, f"Score {name}") for name in "klm"))
    jobs = JobsState(rows=rows, open=True)
    drawer = shown(qtbot, Drawer(jobs))

    def obey(command: str, asked: tuple[str, int]) -> None:
        assert command == "job.move"
        jobs.rows = moved(jobs.rows, *asked)

    drawer.command.connect(obey)
    lines = drawer.lines()
    assert lines["j"].focusPolicy() == Qt.FocusPolicy.NoFocus
    qtbot.keyClick(lines["m"], Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert [r.id for r in jobs.rows] == ["j", "k", "m", "l"]
    qtbot.keyClick(lines["k"], Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)  # is first already
    assert [r.id for r in jobs.rows] == ["j", "k", "m", "l"]
    qtbot.mousePress(lines["k"], Qt.MouseButton.LeftButton, pos=QPoint(200, 20))
    qtbot.mouseMove(lines["k"], QPoint(200, 20 + 44))
    qtbot.mouseRelease(lines["k"], Qt.MouseButton.LeftButton, pos=QPoint(200, 20))
    assert [r.id for r in jobs.rows] == ["j", "m", "k", "l"]
    drawer.refresh()
    order = [drawer._column().itemAt(i).widget() for i in range(4)]
    assert order == [lines[name] for name in "jmkl"]


def test_that_the_queue_follows_the_order_of_the_rows(qapp) -> None:
    queue = JobQueue()
    specs = {queue.submit(ScoreSpec("/p.h5", ())): k for k in range(3)}
    first, second, third = specs
    queue.order([third, first])
    assert [job for job, _ in queue._waiting] == [third, first, second]
    queue.close()


def test_that_the_drawer_follows_the_rows(qtbot) -> None:
    jobs = JobsState()
    drawer = shown(qtbot, Drawer(jobs))
    assert drawer.isHidden()
    jobs.open = True
    put(jobs, RUNNING)
    put(jobs, JobRow("k", "Score b"))
    drawer.refresh()
    lines = drawer.lines()
    assert not drawer.isHidden()
    assert list(lines) == ["j", "k"]
    put(jobs, RUNNING.with_(fraction=0.5))
    drawer.refresh()
    assert drawer.lines()["j"] is lines["j"]
    jobs.rows = jobs.rows[:1]
    drawer.refresh()
    assert list(drawer.lines()) == ["j"]


def test_that_the_buttons_of_a_job_send_its_id(qtbot) -> None:
    jobs = JobsState(rows=(RUNNING,), open=True)
    drawer = shown(qtbot, Drawer(jobs))
    asked = collect(drawer)
    for button in drawer.lines()["j"].findChildren(QPushButton):
        button.click()
    assert asked == [("job.pause", "j"), ("job.cancel", "j")]
    put(jobs, RUNNING.with_(status="failed", resumable=True))
    drawer.refresh()
    place = drawer.lines()["j"]._place
    words = [place.itemAt(i).widget().text() for i in range(place.count())]
    assert words == ["Resume", "Log"]


def test_that_the_status_bar_shows_the_job_that_runs(qtbot) -> None:
    shell, jobs = ShellState(page="project", project="/x.h5", n_entries=270), JobsState()
    bar = shown(qtbot, StatusBar(shell, jobs, NoticesState()))
    assert bar._idle.text() == "No jobs running"
    jobs.rows = (JobRow("w", "Wait"), RUNNING, JobRow("f", "Failed", status="failed"))
    bar.refresh()
    assert bar._title.whole == "Score a"
    assert bar._problems.text() == "1 failed"
    assert bar._counts.text().startswith("270 entries")
    asked = collect(bar)
    bar._pause.click()
    put(jobs, RUNNING.with_(status="paused"))
    bar.refresh()
    bar._pause.click()
    bar._problems.click()
    assert asked == [("job.pause", "j"), ("job.continue", "j"), ("jobs.toggle", None)]


# ---------------------------------------------------------------- new job


@pytest.fixture
def new_job() -> NewJobState:
    cost = Cost(59, 1000, 15_400_000, -1, 430.0)
    return NewJobState(visible=True, texts_label="t.jsonl, 1,000 texts", cost=cost)


def test_that_the_cost_is_said_before_the_start(qtbot, new_job) -> None:
    panel = shown(qtbot, NewJob(new_job))
    words = "59 × 1,000 texts · 15.4\u2009M tokens · roughly 7 min"
    assert panel._cost.whole == words
    assert panel._title.text() == "Score 59 checkpoints"
    assert panel._start.isEnabled()
    asked = collect(panel)
    panel._start.click()
    panel._texts.click()
    assert asked == [("job.start", None), ("texts.choose", None)]


def test_that_a_start_that_is_off_says_why(qtbot, new_job) -> None:
    panel = shown(qtbot, NewJob(new_job))
    new_job.problem = "Choose a text set first."
    assert not panel._start.isEnabled()
    assert panel._start.toolTip() == "Choose a text set first."
    new_job.problem = ""
    new_job.cost = Cost()
    assert "Nothing to score" in panel._start.toolTip()
    assert new_spec.why_not(NewJobState(cost=Cost(1, 1))) == "Choose a text set first."


def test_that_choices_set_the_state_and_the_cross_hides_it(qtbot, new_job) -> None:
    panel = shown(qtbot, NewJob(new_job))
    panel._dtype.chosen.emit("bfloat16")
    panel._device.chosen.emit("cpu")
    assert (new_job.dtype, new_job.device) == ("bfloat16", "cpu")
    assert panel._dtype.text() == "bfloat16"
    panel._close.click()
    assert not new_job.visible
    assert panel.isHidden()


def test_that_texts_of_a_project_cannot_be_changed(qtbot, new_job) -> None:
    panel = shown(qtbot, NewJob(new_job))
    new_job.texts_fixed = True
    assert panel._texts.isHidden()
    assert panel._fixed.text() == new_job.texts_label


def test_that_options_are_folded_away_and_say_what_each_means(qtbot, new_job) -> None:
    panel = shown(qtbot, NewJob(new_job))
    assert panel._options.isHidden()
    assert panel._more.text() == "Options"
    panel._more.click()
    assert not panel._options.isHidden()
    chosen = {"bos": "prepend", "long_texts": "window", "one_visit": "True",
              "batch_tokens": "-1", "tokens": "True", "layers": "(-1,)",
              "quantize": "('8bit', 'nf4', 'fp4')"}  # fmt: skip
    for n, (field, key) in enumerate(chosen.items(), start=1):
        panel._options.choice(field).chosen.emit(key)
        assert panel._more.text() == f"Options, {n} changed"
    every = ScoreOptions(
        "prepend", "window", True, -1, True, layers=(-1,), quantize=("8bit", "nf4", "fp4")
    )
    assert new_job.options == every
    assert "map comes late" in panel._options.choice("one_visit").toolTip()
    new_job.options = ScoreOptions()
    assert panel._options.choice("bos").text() == "By tokenizer"


def test_that_every_option_is_a_field_of_the_scoring_job_with_its_default() -> None:
    spec = {f.name: f.default for f in fields(ScoreSpec)}
    for option in new_spec.OPTIONS:
        assert option.way(ScoreOptions()) is option.ways[0]
        assert option.ways[0].value == spec[option.field]
    assert {f.name for f in fields(ScoreOptions)} == {o.field for o in new_spec.OPTIONS}
    assert [w.value for w in new_spec.OPTIONS[0].ways] == list(BOS_RULES)


def test_that_another_bos_rule_than_the_projects_is_said_before_the_start(qtbot, new_job) -> None:
    panel = shown(qtbot, NewJob(new_job))
    new_job.project_rule, new_job.n_of_rule = "tokenizer", 42
    assert panel._mixing.isHidden()
    new_job.options = ScoreOptions(bos="prepend")
    assert not panel._mixing.isHidden()
    assert "42 entries with the BOS rule tokenizer" in panel._mixing_words.text()
    assert panel._start.isEnabled()
    new_job.n_of_rule = 0
    assert panel._mixing.isHidden()


# ---------------------------------------------------------------- view bar


def test_that_the_view_bar_shows_and_sets_the_map(qtbot) -> None:
    state = MapState()
    bar = shown(qtbot, ViewBar(state, LibraryState()))
    bar._method.button("pca").click()
    bar._dims.button("3").click()
    bar.display._fade.chosen.emit("linear")
    assert (state.method, state.dims, state.fade) == ("pca", 3, "linear")
    assert bar.perplexity.isHidden()
    state.method, state.dims = "tsne", 2
    assert bar._dims.button("2").isChecked()
    assert not bar.perplexity.isHidden()
    state.live = True
    assert not bar._live.isHidden()


def test_that_every_move_of_the_slider_changes_the_perplexity(qtbot) -> None:
    state = MapState(perplexity=2.0)
    bar = shown(qtbot, ViewBar(state, LibraryState()))
    found = [state.perplexity]
    for _ in range(60):
        bar.perplexity.slider.triggerAction(bar.perplexity.slider.SliderAction.SliderSingleStepAdd)
        found.append(state.perplexity)
    assert found[:4] == [2.0, 3.0, 4.0, 5.0]
    assert found[-1] == bar_spec.MOST
    assert all(b > a or a == bar_spec.MOST for a, b in pairwise(found))


def test_that_each_method_shows_its_own_choices(qtbot) -> None:
    state = MapState()
    bar = shown(qtbot, ViewBar(state, LibraryState()))
    bar.resize(1200, 44)
    assert not bar.exaggeration.isHidden()
    bar._method.button("mds").click()
    assert (state.method, bar._scaling.isHidden(), bar._components.isHidden()) == (
        "mds", False, True,
    )  # fmt: skip
    bar._scaling.chosen.emit("smacof")
    bar._method.button("mds").click()
    assert state.method == "smacof"
    assert bar._method.button("mds").isChecked()
    bar._method.button("pca").click()
    bar._components.chosen.emit("2,3")
    assert state.components == (2, 3, 1)
    assert bar._components.text() == "PC 2, 3"
    state.dims = 3
    assert bar._components.text() == "PC 2, 3, 1"
    assert "axes and far distances mean nothing" in bar._method.button("tsne").toolTip()


def test_that_a_dragged_handle_holds_the_picture_and_a_key_does_not(qtbot) -> None:
    state = MapState()
    bar = shown(qtbot, ViewBar(state, LibraryState()))
    held: list[bool] = []
    state.events.held.connect(held.append)
    slider = bar.exaggeration.slider
    slider.triggerAction(slider.SliderAction.SliderSingleStepAdd)
    assert (state.exaggeration, held) == (1.1, [])
    slider.setSliderDown(True)
    slider.setSliderPosition(20)
    assert (state.exaggeration, held) == (3.0, [True])
    slider.setSliderDown(False)
    assert held == [True, False]
    slider.setSliderDown(True)
    state.method = "pca"
    assert not state.held


def test_that_a_live_map_can_be_paused_and_a_placed_one_optimised_again(qtbot) -> None:
    state = MapState()
    bar = shown(qtbot, ViewBar(state, LibraryState()))
    asked: list[str] = []
    bar.command.connect(lambda name, _argument: asked.append(name))
    assert bar._pause.isHidden()
    assert bar._again.isHidden()
    state.live, state.base = True, "12 entries placed into the map of 210"
    bar._pause.click()
    bar._again.click()
    assert asked == ["map.halt", "map.reoptimise"]
    assert "12 entries placed into the map of 210" in bar._again.toolTip()
    state.halted = True
    assert bar._pause.accessibleName() == "Go on with the optimisation"
    state.preview = True
    assert bar._chip_words.text() == "preview"
    assert bar._pause.isHidden()


def test_that_a_narrow_bar_leaves_words_out(qtbot) -> None:
    bar = shown(qtbot, ViewBar(MapState(), LibraryState()))
    assert not bar._seed.isHidden()
    bar.resize(bar_spec.HIDE_WORDS_BELOW - 1, 44)
    assert bar._seed.isHidden()
    assert bar.perplexity.words.isHidden()
    assert not bar.perplexity.isHidden()
