"""The scene as a function of tracks, choices and palette."""

from __future__ import annotations

from time import perf_counter

import numpy as np
import pytest

from compute.core.tables import Entry
from explorer.state.map import RunMark
from explorer.state.scene import (
    FUTURE_MIX,
    FUTURE_WIDTH,
    SHAPES,
    Choices,
    Palette,
    Scene,
    ages,
    resolve,
    tracks,
)

PALETTE = Palette((0.0, 0.0, 0.0), (1.0, 1.0, 1.0), (0.5, 0.5, 0.5), ((1.0, 0.0, 0.0),) * 8)
STEPS = (0, 1, 10, 100, 1000)


def _entries(n_runs: int = 2, steps: tuple[int, ...] = STEPS) -> tuple[Entry, ...]:
    return tuple(
        Entry(f"r{r}@{s}", f"step {s}", run=f"r{r}", step=s, n_params=100 * (r + 1))
        for r in range(n_runs)
        for s in steps
    )


def _scene(step: float = float("inf"), axis: str = "log", **kwargs: int) -> Scene:
    return resolve(tracks(_entries(**kwargs)), Choices(step, axis), PALETTE)


def test_that_age_runs_from_a_quarter_to_one() -> None:
    made = ages(np.array([0.0, 99.0, 999.0, np.nan]), 999.0, "log")
    assert made[0] == pytest.approx(0.25)
    assert made[1] == pytest.approx(0.25 + 0.75 * (2 / 3) ** 3, abs=1e-3)
    assert made[2] == pytest.approx(1.0)
    assert made[3] == 1.0


def test_that_no_entries_make_an_empty_scene() -> None:
    assert resolve(tracks(()), Choices(), PALETTE).n_entries == 0


def test_that_at_the_end_every_run_is_drawn_in_full_and_its_last_entry_is_the_head() -> None:
    scene = _scene()
    assert len(scene.segments) == 8
    assert [h.detail for h in scene.heads] == ["step 1,000", "step 1,000"]
    assert [h.row for h in scene.heads] == [4, 9]
    assert not (scene.segment_width == FUTURE_WIDTH).all(axis=1).any()
    assert len(scene.mark_node) == 10


def test_that_the_head_lies_between_checkpoints_at_the_playhead() -> None:
    scene = _scene(step=31.0)
    coords = np.zeros((10, 3), np.float32)
    coords[:, 0] = np.log1p([*STEPS, *STEPS])
    heads = scene.nodes(coords)[10:]
    np.testing.assert_allclose(heads[:, 0], np.log1p(31.0), rtol=1e-5)
    assert scene.heads[0].detail == "step 31"
    assert scene.heads[0].row == 2


def test_that_the_future_is_thin_faint_and_drawn_first() -> None:
    scene = _scene(step=31.0)
    future = (scene.segment_width == FUTURE_WIDTH).all(axis=1)
    assert future.sum() == 4
    assert future[:4].all()
    np.testing.assert_allclose(scene.segment_colour[0], [[FUTURE_MIX, 0, 0]] * 2, atol=1e-6)
    late = [int(k) for k in scene.mark_node[:4]]
    assert sorted(late) == [3, 4, 8, 9]
    np.testing.assert_allclose(scene.mark_colour[:4, 0], FUTURE_MIX, atol=1e-6)


def test_that_past_and_future_meet_at_the_head_without_a_gap() -> None:
    scene = _scene(step=31.0, n_runs=1)
    pairs = {tuple(int(v) for v in pair) for pair in scene.segments}
    assert {(2, 5), (5, 3)} <= pairs
    assert (2, 3) not in pairs


def test_that_a_run_shorter_than_the_playhead_keeps_its_last_point() -> None:
    entries = (*_entries(1), *_entries(2, (0, 1, 10))[3:])
    scene = resolve(tracks(entries), Choices(500.0), PALETTE)
    assert [h.detail for h in scene.heads] == ["step 500", "step 10"]
    assert scene.heads[1].row == 7


def test_that_a_run_that_begins_after_the_playhead_has_no_head() -> None:
    scene = resolve(tracks(_entries(1, (100, 1000))), Choices(5.0), PALETTE)
    assert scene.heads == ()
    assert len(scene.segments) == 1


def test_that_entries_without_a_step_are_heads_with_their_own_name() -> None:
    entries = (Entry("a", "gpt2"), Entry("b", "opt"), Entry("c", "8-bit", run="q"))
    scene = resolve(tracks(entries), Choices(3.0), PALETTE)
    assert [h.name for h in scene.heads] == ["gpt2", "opt", "8-bit"]
    assert len(scene.segments) == 0
    np.testing.assert_array_equal(scene.mark_node, [3, 4, 5])


def test_that_entries_may_come_in_any_order() -> None:
    entries = _entries()
    back = resolve(tracks(entries[::-1]), Choices(), PALETTE)
    pairs = {frozenset((9 - int(a), 9 - int(b))) for a, b in back.segments}
    assert pairs == {frozenset(map(int, pair)) for pair in _scene().segments}


def test_that_marks_of_the_project_win_over_those_of_what_is_shown() -> None:
    made = tracks(_entries(1), {"r0": RunMark("r0", 5, "star")})
    scene = resolve(made, Choices(), PALETTE)
    assert scene.heads[0].mark.colour == 5
    assert scene.mark_shape[-1] == SHAPES.index("star")


def test_that_more_than_eight_runs_are_counted_as_others() -> None:
    scene = _scene(n_runs=11)
    assert len(scene.legend) == 8
    assert scene.n_others == 3


def test_that_the_common_first_step_and_powers_of_two_are_named() -> None:
    steps = (0, 1, 2, 4, 8, 16, 32, 64, 128, 256)
    scene = resolve(tracks(_entries(2, steps)), Choices(), PALETTE)
    assert scene.first_step == 0
    assert [text for _, text in scene.ticks] == ["64", "128", "256"]


def test_that_a_playhead_without_steps_shows_everything() -> None:
    assert len(_scene(step=float("nan")).heads) == 2


def test_that_two_thousand_entries_resolve_within_a_frame() -> None:
    made = tracks(_entries(50, tuple(range(40))))
    times = []
    for _ in range(5):
        start = perf_counter()
        resolve(made, Choices(20.5), PALETTE)
        times.append(perf_counter() - start)
    assert np.median(times) < 0.016


def test_that_partly_scored_entries_have_a_hole_where_a_mark_covers_them() -> None:
    entries = tuple(e.with_(status="partial" if e.run == "r1" else "done") for e in _entries())
    made = tracks(entries)
    scene = resolve(made, Choices(), PALETTE)
    assert scene.n_partial == 5
    names = [scene.heads[n - 10].run if n >= 10 else entries[n].run for n in scene.mark_node]
    assert scene.mark_hole.tolist() == [name == "r1" for name in names]
    between = resolve(made, Choices(20.0), PALETTE)
    assert not between.mark_hole[-len(between.heads) :].any()
