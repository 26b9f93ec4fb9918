"""The picture of a project: arrivals, previews, registration, and what is said about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QObject, Signal

from compute import store
from compute.core.control import Control
from compute.core.events import Event, Frame
from compute.core.specs import EmbedSpec
from compute.core.tables import Entry, Recipe, TextSet
from compute.embedding.register import turn_onto
from compute.jobs.embed import Projects, draw, preview
from explorer.bridge import questions
from explorer.bridge.desk import Desk
from explorer.bridge.pictures import Pictures
from explorer.state.app import AppState
from explorer.state.map import MapTables

N_TEXTS = 40
FROZEN = Recipe("clip2", clip_quantile=0.02, tau=-900.0)


class Worker(QObject):
    """The embedding worker without its process: answers when it is told to."""

    frame = Signal(object)
    problem = Signal(int, str)

    def __init__(self) -> None:
        super().__init__()
        self.asked: tuple[int, EmbedSpec, Any] | None = None
        self.said: list[str] = []
        self._projects = Projects()

    def request(self, generation: int, spec: EmbedSpec, start: Any = None) -> None:
        self.asked = (generation, replace(spec, generation=generation), start)

    def stop(self) -> None:
        self.asked = None

    def pause(self) -> None:
        self.said.append("pause")

    def resume(self) -> None:
        self.said.append("resume")

    def answer(self) -> list[Frame]:
        """Do what was asked last; returns its frames."""
        assert self.asked is not None
        (_, spec, start), self.asked = self.asked, None
        events: list[Event] = []
        rows = self._projects.prepared(spec)
        if start is None:
            draw(rows, spec, events.append, Control())
        else:
            preview(rows, spec, start, events.append, Control())
        frames = [e for e in events if isinstance(e, Frame)]
        for frame in frames:
            self.frame.emit(frame)
        return frames


class Scene:
    """A project of a run of 30 checkpoints and its picture."""

    def __init__(self, path: Path, qtbot) -> None:
        self.path, self.qtbot = path, qtbot
        names = tuple(f"t{i}" for i in range(N_TEXTS))
        store.create(path, TextSet(names, ("x" * 300,) * N_TEXTS, ("",) * N_TEXTS))
        rng = np.random.default_rng(0)
        self.walk = rng.normal(-600, 60, N_TEXTS) + np.cumsum(
            rng.normal(0, 9, (60, N_TEXTS)), axis=0
        )
        self.put(range(30))
        store.commit(path, store.PutRecipe(FROZEN))
        self.state = AppState()
        self.state.map.perplexity = 5.0
        self.desk, self.worker, self.parent = Desk(), Worker(), QObject()
        self.pictures = Pictures(self.state, self.desk, self.worker, self.parent)
        self.problems: list[str] = []
        self.pictures.problem.connect(self.problems.append)
        self.pictures.let_go(path)

    def put(self, steps) -> None:
        entries = [
            Entry(f"e{i}", f"run@{i}", run="run", step=i, status="done", n_scored=N_TEXTS)
            for i in steps
        ]
        rows = {e.id: self.walk[e.step].astype(np.float32) for e in entries}
        store.commit(self.path, store.PutEntries(tuple(entries)), store.PutRows(rows))

    def read(self) -> None:
        hidden = self.state.library.unticked
        self.pictures.renew(questions.load(self.path, "clip2", hidden))

    def until(self, what) -> MapTables:
        self.qtbot.waitUntil(what, timeout=20_000)
        return self.pictures.current

    def until_asked(self) -> None:
        self.until(lambda: self.worker.asked is not None)

    def until_settled(self) -> MapTables:
        return self.until(lambda: self.pictures.current.faith is not None)

    def first(self) -> MapTables:
        """The first t-SNE, computed."""
        self.read()
        self.until_asked()
        self.worker.answer()
        return self.until_settled()


@pytest.fixture
def scene(tmp_path: Path, qtbot) -> Iterator[Scene]:
    made = Scene(tmp_path / "p.h5", qtbot)
    yield made
    made.pictures.close()
    made.desk.close()
    assert made.problems == []


def place_of(tables: MapTables) -> dict[str, list[float]]:
    return {e.id: row.tolist() for e, row in zip(tables.entries, tables.coords, strict=True)}


def test_that_pca_comes_first_and_a_finished_tsne_says_how_true_it_is(scene: Scene) -> None:
    scene.read()
    scene.until_asked()
    assert scene.pictures.current.params["method"] == "pca"
    assert scene.state.map.live
    scene.worker.answer()
    tables = scene.until_settled()
    assert not scene.state.map.live
    assert tables.links.rows.tolist() == [[i, i + 1] for i in range(29)]
    assert np.isfinite(tables.links.gap).all()
    assert tables.faith.trust.shape == (30,)
    assert tables.faith.neighbours.shape == (30, 5)


def test_that_entries_that_come_later_join_without_moving_an_old_point(scene: Scene) -> None:
    before = place_of(scene.first())
    scene.put(range(30, 36))
    scene.read()
    after = scene.until(lambda: len(scene.pictures.current.entries) == 36)
    now = place_of(after)
    assert {name: now[name] for name in before} == before
    assert scene.state.map.base == "6 entries placed into the map of 30"
    assert not scene.state.map.live
    (kept,) = scene.worker.answer()
    assert kept.info["placed"] == [f"e{i}" for i in range(30, 36)]
    assert scene.pictures.current.coords is after.coords
    stored = store.read_embedding(scene.path, kept.key)
    assert stored.info["base"] in store.embedding_keys(scene.path)


def test_that_a_project_opened_again_shows_the_placed_picture(scene: Scene) -> None:
    scene.first()
    scene.put(range(30, 36))
    scene.read()
    scene.until(lambda: len(scene.pictures.current.entries) == 36)
    shown = place_of(scene.pictures.current)
    scene.worker.answer()
    scene.pictures.let_go(scene.path)
    scene.read()
    assert place_of(scene.until_settled()) == shown
    assert scene.state.map.base == "6 entries placed into the map of 30"


def test_that_reoptimising_computes_all_and_is_turned_onto_what_was_shown(scene: Scene) -> None:
    scene.first()
    scene.put(range(30, 36))
    scene.read()
    before = scene.until(lambda: len(scene.pictures.current.entries) == 36)
    scene.pictures.reoptimise()
    scene.until_asked()
    scene.until(lambda: scene.state.map.live)
    while (spec := scene.worker.asked[1]).base:
        scene.qtbot.wait(10)
    assert len(spec.entries) == 36
    final = scene.worker.answer()[-1]
    after = scene.until_settled()
    assert scene.state.map.base == ""
    assert (store.read_embedding(scene.path, final.key).coords == final.coords).all()
    turn = turn_onto(final.coords, before.coords)
    np.testing.assert_allclose(after.coords, turn.of(final.coords), rtol=1e-6)


def test_that_a_held_slider_previews_and_its_release_gives_the_true_picture(scene: Scene) -> None:
    first = scene.first()
    m = scene.state.map
    m.held = True
    m.perplexity = 8.0
    scene.until_asked()
    assert m.preview
    assert scene.worker.asked[2] is first.coords
    frames = scene.worker.answer()
    shown = scene.pictures.current
    assert (shown.coords == frames[-1].coords).all()
    assert (shown.faith, m.preview) == (None, True)
    m.held = False
    scene.until_asked()
    assert scene.pictures.current is shown
    assert scene.worker.asked[2] is None
    seen: list[MapTables] = []
    scene.pictures.tables.connect(seen.append)
    final = scene.worker.answer()[-1]
    assert len(seen) == 1
    assert not m.preview
    after = scene.until_settled()
    np.testing.assert_allclose(
        after.coords, turn_onto(final.coords, shown.coords).of(final.coords), rtol=1e-6
    )
    kept = {store.read_embedding(scene.path, k).params["perplexity"]
            for k in store.embedding_keys(scene.path)}  # fmt: skip
    assert kept == {5.0, 8.0}


def test_that_a_preview_is_replaced_only_after_it_has_drawn(scene: Scene) -> None:
    scene.first()
    scene.state.map.held = True
    scene.state.map.perplexity = 7.0
    scene.until_asked()
    scene.state.map.perplexity = 8.0
    scene.qtbot.wait(100)
    assert scene.worker.asked[1].perplexity == 7.0
    scene.worker.answer()
    scene.until_asked()
    assert scene.worker.asked[1].perplexity == 8.0


def test_that_a_value_by_keyboard_is_no_preview(scene: Scene) -> None:
    scene.first()
    scene.state.map.exaggeration = 2.0
    scene.until_asked()
    assert not scene.state.map.preview
    assert (scene.worker.asked[1].exaggeration, scene.worker.asked[2]) == (2.0, None)


def test_that_a_pause_reaches_the_worker_and_another_picture_ends_it(scene: Scene) -> None:
    scene.read()
    scene.until_asked()
    scene.state.map.halted = True
    assert scene.worker.said[-1] == "pause"
    scene.state.map.perplexity = 6.0
    scene.until(lambda: scene.worker.asked[1].perplexity == 6.0)
    assert not scene.state.map.halted
    assert scene.worker.said[-1] == "resume"


def test_that_changed_rows_are_computed_anew_and_turned_onto_the_map(scene: Scene) -> None:
    before = scene.first()
    store.commit(scene.path, store.PutRecipe(replace(FROZEN, tau=-640.0)))
    scene.read()
    scene.until_asked()
    assert scene.pictures.current is before
    final = scene.worker.answer()[-1]
    after = scene.until_settled()
    turn = turn_onto(final.coords, before.coords)
    np.testing.assert_allclose(after.coords, turn.of(final.coords), rtol=1e-6)
    assert scene.state.map.base == ""


def test_that_ticks_give_the_map_of_what_is_ticked_and_ticking_again_the_old_one(
    scene: Scene,
) -> None:
    first = scene.first()
    scene.pictures.expect_choice()
    scene.state.library.unticked = frozenset(f"e{i}" for i in range(20, 30))
    scene.read()
    scene.until_asked()
    assert scene.worker.asked[1].part
    scene.worker.answer()
    scene.until(lambda: len(scene.pictures.current.entries) == 20)
    scene.pictures.expect_choice()
    scene.state.library.unticked = frozenset()
    scene.read()
    again = scene.until(lambda: len(scene.pictures.current.entries) == 30)
    assert scene.state.map.base == ""
    turn = turn_onto(again.coords, first.coords)
    np.testing.assert_allclose(turn.of(again.coords), first.coords, atol=1e-4)


def test_that_metric_scaling_shows_its_states_and_its_own_coordinates(scene: Scene) -> None:
    scene.first()
    scene.state.map.method = "smacof"
    scene.until_asked()
    final = scene.worker.answer()[-1]
    assert (scene.until_settled().coords == final.coords).all()
    assert scene.pictures.current.info["stress"] > 0


def test_that_an_edited_label_leaves_what_is_said_about_the_picture(scene: Scene) -> None:
    first = scene.first()
    loaded = questions.load(scene.path, "clip2", frozenset())
    scene.pictures.renew(loaded)
    scene.pictures.renew(questions.with_edits(loaded, {"e3": {"label": "best"}}))
    now = scene.pictures.current
    assert now.entries[3].label == "best"
    np.testing.assert_array_equal(now.links.gap, first.links.gap)
    scene.pictures.renew(questions.with_edits(loaded, {"e4": {"label": "worst"}}))
    assert scene.until_settled().entries[3].label == "run@3"


def test_that_edited_steps_are_judged_again(scene: Scene) -> None:
    scene.first()
    entry = replace(questions.load(scene.path, "clip2", frozenset()).entries[3], step=29)
    store.commit(scene.path, store.PutEntries((entry,)))
    scene.read()
    assert not np.isfinite(scene.pictures.current.links.gap).any()
    scene.until(lambda: bool(np.isfinite(scene.pictures.current.links.gap).all()))
    assert [28, 3] in scene.pictures.current.links.rows.tolist()


def test_that_a_preview_stays_one_when_the_worker_dies_and_its_release_is_drawn(
    scene: Scene,
) -> None:
    scene.first()
    m = scene.state.map
    m.held = True
    m.perplexity = 8.0
    scene.until_asked()
    scene.worker.answer()
    scene.worker.problem.emit(-1, "It ended.")
    assert (m.preview, m.live) == (True, False)
    assert scene.problems.pop() == "It ended."
    m.held = False
    scene.until_asked()
    scene.worker.answer()
    assert not m.preview


def test_that_nothing_is_computed_for_a_map_that_has_nothing_to_show(scene: Scene) -> None:
    scene.read()
    scene.until_asked()
    scene.state.library.unticked = frozenset(f"e{i}" for i in range(30))
    scene.pictures.expect_choice()
    scene.pictures.show_none(questions.load(scene.path, "clip2", scene.state.library.unticked))
    assert scene.worker.asked is None
    assert not scene.state.map.live
    assert scene.pictures.current.entries == ()


def test_that_ticks_do_not_wait_for_a_map_that_is_paused(scene: Scene) -> None:
    scene.read()
    scene.until_asked()
    scene.state.map.halted = True
    scene.pictures.expect_choice()
    scene.state.library.unticked = frozenset(f"e{i}" for i in range(20, 30))
    scene.read()
    scene.until(lambda: len(scene.worker.asked[1].entries) == 20)
    assert not scene.state.map.halted


def test_that_models_that_are_not_scored_are_no_part_left_out(scene: Scene) -> None:
    scene.state.library.unticked = frozenset({"path:/somewhere"})
    scene.read()
    scene.until_asked()
    assert not scene.worker.asked[1].part


def test_that_what_came_meanwhile_is_drawn_when_the_worker_failed(scene: Scene) -> None:
    scene.read()
    scene.until_asked()
    scene.put(range(30, 36))
    scene.read()
    assert len(scene.worker.asked[1].entries) == 30
    scene.worker.problem.emit(scene.worker.asked[0], "It ended.")
    assert scene.problems.pop() == "It ended."
    scene.until(lambda: len(scene.worker.asked[1].entries) == 36)


def test_that_a_picture_that_could_not_be_made_is_made_when_the_file_is_back(scene: Scene) -> None:
    scene.first()
    away = scene.path.rename(scene.path.with_suffix(".away"))
    scene.state.map.dims = 3
    scene.until(lambda: bool(scene.problems))
    assert "no such file" in scene.problems.pop()
    assert scene.pictures.current.coords.shape[1] == 2
    away.rename(scene.path)
    scene.read()
    scene.until_asked()
    assert scene.pictures.current.coords.shape[1] == 3
