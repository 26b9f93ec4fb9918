"""The scene as a function of tracks, choices and palette."""

from __future__ import annotations

from time import perf_counter

import numpy as np
import pytest

from compute.core.tables import Entry
from explorer.state.dress import (
    ARROW,
    DOTTED,
    FUTURE_MIX,
    FUTURE_WIDTH,
    GREY_MIX,
    SHAPES,
    Look,
    Material,
    Palette,
    Tracks,
    ages,
    dress,
    tracks,
)
from explorer.state.filter import FilterState, Sight, hide, sight
from explorer.state.map import Colour, Faith, Links, RunMark
from explorer.state.scene import Choices, Scene, resolve, ties

PALETTE = Palette((0.0, 0.0, 0.0), (1.0, 1.0, 1.0), (0.5, 0.5, 0.5), ((1.0, 0.0, 0.0),) * 8)
PLAIN = Look()
STEPS = (0, 1, 10, 100, 1000)


def _entries(n_runs: int = 2, steps: tuple[int, ...] = STEPS) -> tuple[Entry, ...]:
    return tuple(
        Entry(f"r{r}@{s}", f"step {s}", run=f"r{r}", step=s, n_params=100 * (r + 1))
        for r in range(n_runs)
        for s in steps
    )


def _resolved(of: Tracks, choices: Choices, look: Look = PLAIN, **more: object) -> Scene:
    return resolve(dress(Material(of, **more), look, PALETTE), choices)


def _scene(at: float = float("inf"), axis: str = "log", **kwargs) -> Scene:
    return _resolved(tracks(_entries(**kwargs)), Choices(at, axis))


def test_that_age_runs_from_a_quarter_to_one() -> None:
    made = ages(np.array([0.0, 99.0, 999.0, np.nan]), 999.0, "log")
    assert made[0] == pytest.approx(0.25)
    assert made[1] == pytest.approx(0.25 + 0.75 * (2 / 3) ** 3, abs=1e-3)
    assert made[2] == pytest.approx(1.0)
    assert made[3] == 1.0


def test_that_no_entries_make_an_empty_scene() -> None:
    assert _resolved(tracks(()), Choices()).n_entries == 0


def test_that_at_the_end_every_run_is_drawn_in_full_and_its_last_entry_is_the_head() -> None:
    scene = _scene()
    assert len(scene.segments) == 8
    assert [h.detail for h in scene.heads] == ["step 1,000", "step 1,000"]
    assert [h.row for h in scene.heads] == [4, 9]
    assert not (scene.segment_width == FUTURE_WIDTH).all(axis=1).any()
    assert len(scene.mark_node) == 10


def test_that_the_head_lies_between_checkpoints_at_the_playhead() -> None:
    scene = _scene(at=31.0)
    coords = np.zeros((10, 3), np.float32)
    coords[:, 0] = np.log1p([*STEPS, *STEPS])
    heads = scene.nodes(coords)[10:]
    np.testing.assert_allclose(heads[:, 0], np.log1p(31.0), rtol=1e-5)
    assert scene.heads[0].detail == "step 31"
    assert scene.heads[0].row == 2


def test_that_the_future_is_thin_faint_and_drawn_first() -> None:
    scene = _scene(at=31.0)
    future = (scene.segment_width == FUTURE_WIDTH).all(axis=1)
    assert future.sum() == 4
    assert future[:4].all()
    np.testing.assert_allclose(scene.segment_colour[0], [[FUTURE_MIX, 0, 0]] * 2, atol=1e-6)
    late = [int(k) for k in scene.mark_node[:4]]
    assert sorted(late) == [3, 4, 8, 9]
    np.testing.assert_allclose(scene.mark_colour[:4, 0], FUTURE_MIX, atol=1e-6)


def test_that_past_and_future_meet_at_the_head_without_a_gap() -> None:
    scene = _scene(at=31.0, n_runs=1)
    pairs = {tuple(int(v) for v in pair) for pair in scene.segments}
    assert {(2, 5), (5, 3)} <= pairs
    assert (2, 3) not in pairs


def test_that_a_run_shorter_than_the_playhead_keeps_its_last_point() -> None:
    entries = (*_entries(1), *_entries(2, (0, 1, 10))[3:])
    scene = _resolved(tracks(entries), Choices(500.0))
    assert [h.detail for h in scene.heads] == ["step 500", "step 10"]
    assert scene.heads[1].row == 7


def test_that_a_run_that_begins_after_the_playhead_has_no_head() -> None:
    scene = _resolved(tracks(_entries(1, (100, 1000))), Choices(5.0))
    assert len(scene.heads) == 0
    assert len(scene.segments) == 1


def test_that_entries_without_a_step_are_heads_with_their_own_name() -> None:
    entries = (Entry("a", "gpt2"), Entry("b", "opt"), Entry("c", "8-bit", run="q"))
    scene = _resolved(tracks(entries), Choices(3.0))
    assert [h.name for h in scene.heads] == ["gpt2", "opt", "8-bit"]
    assert len(scene.segments) == 0
    np.testing.assert_array_equal(scene.mark_node, [3, 4, 5])


def test_that_entries_may_come_in_any_order() -> None:
    entries = _entries()
    back = _resolved(tracks(entries[::-1]), Choices())
    pairs = {frozenset((9 - int(a), 9 - int(b))) for a, b in back.segments}
    assert pairs == {frozenset(map(int, pair)) for pair in _scene().segments}


def test_that_marks_of_the_project_win_over_those_of_what_is_shown() -> None:
    made = tracks(_entries(1), {"r0": RunMark("r0", 5, "star")})
    scene = _resolved(made, Choices())
    assert scene.heads[0].mark.colour == 5
    assert scene.mark_shape[-1] == SHAPES.index("star")


def test_that_more_than_eight_runs_are_counted_as_others() -> None:
    scene = _scene(n_runs=11)
    assert len(scene.legend) == 8
    assert scene.n_others == 3


def test_that_the_common_first_step_and_powers_of_two_are_named() -> None:
    steps = (0, 1, 2, 4, 8, 16, 32, 64, 128, 256)
    scene = _resolved(tracks(_entries(2, steps)), Choices())
    assert scene.first_step == 0
    assert [text for _, text in scene.ticks] == ["64", "128", "256"]


def test_that_a_playhead_without_steps_shows_everything() -> None:
    assert len(_scene(at=float("nan")).heads) == 2


def test_that_two_thousand_entries_resolve_within_a_frame() -> None:
    made = tracks(_entries(50, tuple(range(40))))
    times = []
    for _ in range(5):
        start = perf_counter()
        _resolved(made, Choices(20.5))
        times.append(perf_counter() - start)
    assert np.median(times) < 0.016


def test_that_partly_scored_entries_have_a_hole_where_a_mark_covers_them() -> None:
    entries = tuple(e.with_(status="partial" if e.run == "r1" else "done") for e in _entries())
    made = tracks(entries)
    scene = _resolved(made, Choices())
    assert scene.n_partial == 5
    names = [scene.heads[n - 10].run if n >= 10 else entries[n].run for n in scene.mark_node]
    assert scene.mark_hole.tolist() == [name == "r1" for name in names]
    between = _resolved(made, Choices(20.0))
    assert not between.mark_hole[-len(between.heads) :].any()


def _sight(n: int, hidden: tuple[int, ...] = (), greyed: tuple[int, ...] = ()) -> Sight:
    out = np.zeros((2, n), bool)
    out[0, list(hidden)] = True
    out[1, list(greyed)] = True
    return Sight(*out)


def test_that_hidden_entries_have_no_mark_no_segment_and_are_not_bridged() -> None:
    scene = _resolved(tracks(_entries(1)), Choices(), sight=_sight(5, hidden=(2, 4)))
    assert {tuple(map(int, pair)) for pair in scene.segments} == {(0, 1)}
    assert 2 not in scene.mark_node
    assert [h.row for h in scene.heads] == [3]


def test_that_the_head_of_a_run_does_not_glide_over_a_gap() -> None:
    scene = _resolved(tracks(_entries(1)), Choices(31.0), sight=_sight(5, hidden=(3,)))
    assert scene.head_t.tolist() == [0.0]
    assert [h.row for h in scene.heads] == [2]


def test_that_greyed_entries_are_faint_and_say_so() -> None:
    scene = _resolved(tracks(_entries()), Choices(), sight=_sight(10, greyed=tuple(range(5))))
    faint = {int(n) for n, c in zip(scene.mark_node, scene.mark_colour, strict=True)
             if c[0] == pytest.approx(GREY_MIX)}  # fmt: skip
    assert faint == {0, 1, 2, 3, 10}
    assert [h.greyed for h in scene.heads] == [True, False]
    of_first = (scene.segments < 5).all(axis=1)
    assert scene.segment_colour[of_first].max() <= GREY_MIX + 1e-6


def test_that_everything_may_be_hidden() -> None:
    entries = _entries()
    state = FilterState()
    hide(state, frozenset(e.id for e in entries))
    scene = _resolved(tracks(entries), Choices(), sight=sight(entries, state, "grey"))
    assert len(scene.mark_node) == len(scene.segments) == len(scene.heads) == 0


def test_that_a_playhead_on_tokens_and_on_loss_finds_its_place() -> None:
    made = tracks(_entries(1))
    tokens = np.array([0.0, 10, 100, 1000, 10_000])
    scene = _resolved(made, Choices(55.0, "tokens", tokens))
    assert scene.head_t[0] == pytest.approx(0.5)
    assert scene.heads[0].detail == "step 6"
    loss = np.array([8.0, 6, 4, 3, 2])
    scene = _resolved(made, Choices(5.0, "loss", loss))
    assert (scene.heads[0].row, float(scene.head_t[0])) == (1, pytest.approx(0.5))
    assert scene.heads[0].detail == "step 6"


def test_that_a_run_unknown_on_the_axis_is_shown_as_a_whole() -> None:
    made = tracks(_entries(2))
    places = np.array([*STEPS, *[np.nan] * 5], float)
    scene = _resolved(made, Choices(5.0, "tokens", places))
    assert [h.row for h in scene.heads] == [1, 9]
    future = (scene.segment_width == FUTURE_WIDTH).all(axis=1)
    assert set(scene.segments[future].ravel()) <= {1, 2, 3, 4, 10}


def test_that_a_step_is_as_wide_as_it_is_long() -> None:
    made = tracks(_entries(1))
    kl = np.array([0.001, 0.01, 0.1, 1.0])
    scene = _resolved(made, Choices(), links=Links(made.pairs, kl))
    width = scene.segment_width[np.argsort(scene.segment_link)]
    assert (np.diff(width[:, 0]) > 0.2).all()
    assert width.min() >= 1.2 - 1e-6
    assert width.max() <= 2.8 + 1e-6


def test_that_jumps_are_dotted_and_counted_and_arrows_are_on_demand() -> None:
    made = tracks(_entries(1))
    gap = np.array([0.9, 0.1, np.nan, -0.9], np.float32)
    links = Links(made.pairs, np.ones(4), gap)
    scene = _resolved(made, Choices(), Look(arrows=True), links=links)
    kinds = dict(zip(scene.segment_link.tolist(), scene.segment_kind.tolist(), strict=True))
    assert kinds == {0: DOTTED | ARROW, 1: ARROW, 2: ARROW, 3: ARROW}
    assert (scene.n_jumps, scene.n_looked) == (1, 3)
    assert not (_resolved(made, Choices(), Look(jumps=False), links=links).segment_kind).any()
    assert _scene().n_jumps == -1


def test_that_a_comet_has_a_bright_head_and_a_faint_end() -> None:
    scene = _scene(at=1000.0, n_runs=1)
    comet = _resolved(tracks(_entries(1)), Choices(1000.0, tail=0.3), Look(fade="none"))
    order = np.argsort(comet.segments[:, 0])
    bright = comet.segment_colour[order, :, 0]
    assert bright[0] == pytest.approx([FUTURE_MIX] * 2, abs=0.01)
    assert bright[-1, 1] == pytest.approx(1.0)
    assert comet.segment_width.max() > scene.segment_width.max()


@pytest.mark.parametrize("by", ["step", "size", "bits"])
def test_that_values_are_coloured_along_the_ramp(by: str) -> None:
    entries = _entries()
    bits = np.linspace(2, 1, 10)
    scene = _resolved(tracks(entries), Choices(), Look(Colour(by)), bits=bits)
    assert scene.bar is not None
    assert scene.legend == ()
    value = {"step": [e.step for e in entries], "size": [e.n_params for e in entries],
             "bits": bits}[by]  # fmt: skip
    shade = scene.entry_colour[:, 0]
    assert np.all(np.diff(shade[np.argsort(value, kind="stable")]) >= 0)
    assert (shade.min(), shade.max()) == (0.0, 1.0)


def test_that_a_tag_colours_by_name_or_by_value() -> None:
    tags = ("lr=0.1", "lr=0.2", "good")
    entries = tuple(Entry(t, t, tags=(t,)) for t in tags)
    scene = _resolved(tracks(entries), Choices(), Look(Colour("tag:good")))
    assert [row.run for row in scene.legend] == ["no good", "good"]
    scene = _resolved(tracks(entries), Choices(), Look(Colour("tag:lr")))
    assert scene.bar is not None
    assert (scene.bar.low, scene.bar.high) == (0.1, 0.2)
    np.testing.assert_allclose(scene.entry_colour[2], PALETTE.text3)


def test_that_lines_go_to_the_true_neighbours_that_are_seen() -> None:
    made = tracks(_entries(1))
    faith = Faith(np.ones(5, np.float32), np.array([[1, 2], [0, 2], [1, 3], [2, 4], [3, 2]]))
    looks = dress(Material(made, sight=_sight(5, hidden=(2,))), Look(), PALETTE)
    assert ties(looks, faith, [3]).nodes.tolist() == [[3, 4]]
    assert len(ties(looks, None, [3]).nodes) == 0


def test_that_runs_beyond_a_short_palette_have_the_colour_of_others_in_map_and_legend() -> None:
    short = Palette((0.0, 0.0, 0.0), (1.0, 1.0, 1.0), (0.5, 0.5, 0.5), ((1.0, 0.0, 0.0),) * 7)
    for by in ("run", "family"):
        entries = tuple(e.with_(family=e.run) for e in _entries(n_runs=8))
        made = dress(Material(tracks(entries)), Look(Colour(by)), short)
        assert made.legend[-1].colour == short.text3
        assert tuple(made.colour[-1].tolist()) == short.text3


def test_that_a_tail_of_runs_whose_places_are_not_known_is_drawn_without_a_warning() -> None:
    of = tracks(_entries())
    places = np.where(of.run_of == 0, of.steps, np.nan)
    made = _resolved(of, Choices(50.0, "tokens", places, tail=0.3))
    assert np.isfinite(made.mark_colour).all()
    assert len(made.heads) == 2
