"""The ladder: nothing overlaps, order and truth are kept."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute.core.tables import Entry
from explorer.panels.inspector.spec import EDGE, LEFT_GAP, RIGHT_GAP, ladder
from explorer.state.ladder import HIGHEST, LOWEST, RUNGS, between, level, spread
from explorer.state.map import InspectorModel, Neighbour

HEIGHT = 286.0
ENTRY = Entry("a", run="a", step=850, status="done")
ordinates = st.lists(st.floats(0, 262), max_size=12).map(sorted)
kls = st.lists(st.tuples(st.floats(0, 60), st.floats(0, 2)), max_size=7)


def model(values: list[tuple[float, float]], floor: float = math.nan) -> InspectorModel:
    near = tuple(Neighbour(str(i), f"m{i}", "", -1, kl, se) for i, (kl, se) in enumerate(values))
    return InspectorModel(ENTRY.with_(noise_floor=floor), 1.0, 128, "clip2", False, near, near)


@given(ordinates)
def test_that_names_never_overlap_and_stay_on_the_ladder(wanted: list[float]) -> None:
    placed = spread(wanted, 14, 7, 255)
    assert len(placed) == len(wanted)
    assert all(b - a >= 14 - 1e-6 for a, b in pairwise(placed))
    assert all(7 - 1e-6 <= y <= 255 + 1e-6 for y in placed)


@given(ordinates)
def test_that_names_which_have_room_stay_where_they_are(wanted: list[float]) -> None:
    once = spread(wanted, 14, 7, 255)
    assert spread(once, 14, 7, 255) == pytest.approx(once)


@given(kls)
def test_that_every_neighbour_has_one_place_in_the_order_of_its_kl(
    values: list[tuple[float, float]],
) -> None:
    found = ladder(model(values), HEIGHT).places
    assert sorted(p.run for p in found) == sorted(f"m{i}" for i in range(len(values)))
    for a, b in pairwise(found):
        assert b.y_name - a.y_name >= LEFT_GAP - 1e-6
        assert a.kl >= b.kl
    assert all(p.y_high <= p.y <= p.y_low for p in found)
    assert all(EDGE <= p.y <= HEIGHT - EDGE for p in found)


def test_that_rungs_stand_at_their_published_values_and_their_names_do_not_touch() -> None:
    found = ladder(None, HEIGHT)
    for rung, (name, value) in zip(found.rungs, RUNGS, strict=True):
        assert (rung.name, rung.y) == (name, level(value, found.top, found.bottom))
    assert all(b.y_name - a.y_name >= RIGHT_GAP - 1e-6 for a, b in pairwise(found.rungs))


def test_that_the_spine_is_logarithmic_and_clips() -> None:
    gaps = [level(a, 0, 300) - level(10 * a, 0, 300) for a in (0.01, 0.1)]
    assert gaps[0] == pytest.approx(gaps[1])
    assert (level(LOWEST / 9, 0, 300), level(HIGHEST * 9, 0, 300)) == (300, 0)


def test_that_the_noise_floor_is_there_only_when_it_is_known() -> None:
    assert ladder(model([]), HEIGHT).floor is None
    tiny = ladder(model([], 1e-12), HEIGHT)
    assert tiny.floor is not None
    assert tiny.bottom - tiny.floor >= 12
    assert tiny.rungs[-1].y_name + 8 <= tiny.bottom


@pytest.mark.parametrize(
    ("kl", "words"),
    [
        (0.001, "below next step, late"),
        (0.2, "between another seed and fine-tune"),
        (1.0, "between same type and any two models"),
        (40.0, "above next layer"),
    ],
)
def test_that_a_kl_is_said_in_terms_of_the_rungs(kl: float, words: str) -> None:
    assert between(kl) == words
