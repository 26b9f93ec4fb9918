"""The heat map without a window: colours as codes, layout, trees, tiles."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from explorer.plots.heatmap.layout import (
    Rect,
    Window,
    brackets,
    card_at,
    frame,
    stretches,
    window_of,
)
from explorer.plots.heatmap.spec import (
    BELOW,
    FEW,
    SYMLOG,
    TILE,
    TOP_CODE,
    Branches,
    automatic,
    bar_layout,
    codes_of,
    histogram,
    kept,
)
from explorer.plots.heatmap.tiles import Kept, level_of, needed, reach
from explorer.plots.heatmap.tree import drawn, picked, pruned

SIZES = [(690, 600), (1010, 800), (1560, 900)]


def width(words: str) -> float:
    return 7.0 * len(words)


def test_that_codes_follow_the_scale_and_the_floor_is_its_own() -> None:
    values = np.array([[0.0, 0.05, 0.1], [1.0, 10.0, 70.0]])
    codes = codes_of(values)
    np.testing.assert_array_equal(codes, np.rint(SYMLOG.places(values) * TOP_CODE))
    assert codes[0, 2] == round(0.25 * TOP_CODE)
    assert codes[1, 1] == codes[1, 2] == TOP_CODE
    same = np.array([[True, False, False], [False] * 3])
    floored = codes_of(values, 0.06, same)
    assert floored.tolist()[0] == [0, BELOW, codes[0, 2]]
    np.testing.assert_array_equal(codes_of(values, np.nan), codes)


def test_that_the_histogram_counts_every_pair_once() -> None:
    values = np.array([[0.0, 0.05, 9.0], [0.05, 0.0, 9.0], [9.0, 9.0, 0.0]])
    shares = histogram(values)
    assert shares.max() == 1.0
    assert sorted(shares[shares > 0].tolist()) == [0.5, 1.0]


def test_that_every_nth_step_keeps_the_last_and_automatic_makes_few() -> None:
    assert kept(range(11), 5) == [0, 5, 10]
    assert kept(range(12), 5) == [0, 5, 10, 11]
    assert kept([], 5) == []
    assert automatic([20, 20], 0) == 1
    every = automatic([108] * 11, 44)
    assert sum(-(-108 // every) for _ in range(11)) + 44 <= FEW


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("tree", [True, False])
def test_that_all_parts_are_inside_and_apart(size, tree) -> None:
    rows = stretches([f"run-{k // 9}" for k in range(99)])
    place = frame(*size, rows, width, tree=tree, foot=True)
    parts = [place.cells, place.left_strip, place.top_strip]
    parts += [place.left_tree, place.top_tree] if tree else []
    whole = Rect(0, 0, *size)
    for part in parts:
        assert whole.holds(part.x, part.y)
        assert whole.holds(part.x + part.w - 1, part.y + part.h - 1)
    for one, other in itertools.combinations(parts, 2):
        assert not one.meets(other)
    assert place.cells.w == place.cells.h > 0.5 * (size[1] - 100)
    found = brackets(place, rows, Window(0, 0, 99.0), width)
    assert {b.run for b in found if b.name} == {f"run-{k}" for k in range(11)}
    for one, other in itertools.combinations([b.name for b in found if b.name], 2):
        assert not one.meets(other)
    for b in found:
        assert b.name is None or b.name.x + b.name.w <= size[0]


def test_that_names_read_upwards_where_they_all_fit() -> None:
    place = frame(1000, 800, stretches(["a"] * 5 + ["b"] * 5), width, tree=True, foot=False)
    assert place.upright
    long = stretches([f"a-very-long-name-{k // 2}" for k in range(20)])
    assert not frame(1000, 800, long, width, tree=True, foot=False).upright


def test_that_zooming_keeps_the_place_and_never_leaves_the_rows() -> None:
    window = Window(0, 0, 100.0)
    closer = window.zoomed(4.0, 0.5, 0.25, 100)
    assert (closer.span, closer.x + 0.5 * closer.span) == (25.0, 50.0)
    assert closer.y + 0.25 * closer.span == 25.0
    assert closer.zoomed(1 / 8, 0.0, 0.0, 100) == window
    assert closer.moved(1e6, -1e6, 100) == Window(75.0, 0.0, 25.0)
    assert closer.zoomed(1e9, 0.5, 0.5, 100).span == 4.0
    assert closer.showing(99, 0, 100) == Window(0.0, 75.0, 25.0)
    assert window_of(closer.shares(100), 100) == closer
    assert window_of(window.shares(100), 50) == Window(0, 0, 50.0)


def test_that_the_card_stays_inside_and_off_its_cell() -> None:
    place = frame(690, 600, stretches(["a"] * 4), width, tree=False, foot=False)
    for x, y in itertools.product((5, 300, 685), (5, 300, 595)):
        card = card_at(place, (x, y), (240, 140))
        assert card.x >= 0
        assert card.x + card.w <= 690
        assert card.y >= 0
        assert card.y + card.h <= 600
        assert not card.holds(x, y)


def test_that_rungs_keep_their_order_and_distance() -> None:
    bar = bar_layout(10.0, 380.0)
    ys = [rung.y for rung in bar.rungs]
    assert np.diff(ys).min() >= 16 - 1e-9
    assert [r.at for r in bar.rungs] == sorted(r.at for r in bar.rungs)
    assert (bar.y_of(10.0), bar.y_of(0.0)) == (10.0, 380.0)


TREE = Branches(np.array([[0, 1], [3, 4], [2, 6], [5, 7]]), np.array([1.0, 1.0, 4.0, 16.0]))
"""Over five rows: (0 1), (3 4), 2 with the latter, all."""


def test_that_branches_have_the_colour_of_a_run_while_they_are_pure() -> None:
    found = drawn(TREE, ["a", "a", "b", "c", "c"])
    assert found.runs == ("a", "c", "", "")
    assert found.top.tolist() == [0.25, 0.25, 0.5, 1.0]
    assert (found.a[2], found.b[2]) == (2.5, 4.0)
    assert list(zip(found.first, found.last, strict=True)) == [(0, 1), (3, 4), (2, 4), (0, 4)]


def test_that_the_branch_under_the_pointer_is_the_largest_joined_below_it() -> None:
    found = drawn(TREE, list("aabcc"))
    assert picked(found, 3.4, 0.1, 5) == (-1, 3, 3)
    assert picked(found, 3.4, 0.3, 5) == (1, 3, 4)
    assert picked(found, 3.4, 0.7, 5) == (2, 2, 4)
    assert picked(found, 0.2, 1.02, 5) == (3, 0, 4)


def test_that_a_pruned_tree_joins_what_is_left_at_the_same_heights() -> None:
    found = pruned(TREE, np.array([True, True, False, True, True]))
    assert found.merges.tolist() == [[0, 1], [2, 3], [4, 5]]
    assert found.heights.tolist() == [1.0, 1.0, 16.0]
    assert pruned(TREE, np.array([True, False, True, False, False])).merges.tolist() == [[0, 1]]
    assert len(pruned(TREE, np.eye(5, dtype=bool)[0]).merges) == 0
    whole = pruned(TREE, np.ones(5, bool))
    assert whole.merges.tolist() == TREE.merges.tolist()


def test_that_tiles_cover_what_is_looked_at_at_one_row_a_pixel() -> None:
    n = 10_000
    for window, pixels in ((Window(0, 0, n), 700), (Window(3000, 100, 900.5), 700)):
        level = level_of(window, pixels)
        assert pixels / 2 < window.span / 2**level <= pixels
        areas = [reach(key, n) for key in needed(window, pixels, n, 20)]
        cells = sum((x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in areas)
        assert min(a[0] for a in areas) <= window.x
        assert max(a[2] for a in areas) >= window.x + window.span
        assert cells <= (window.span + 2 * (TILE << level)) ** 2
    assert needed(Window(0, 0, 400.0), 700, 400, 1) == ()


def test_that_tiles_used_longest_ago_go_first_and_coarse_ones_wait_under() -> None:
    tiles = Kept(most=3)
    codes = np.zeros((TILE, TILE), np.uint8)
    for key in ((0, 0, 0), (0, 0, 1), (1, 0, 0)):
        tiles.put(key, codes)
    assert tiles.missing([(0, 0, 0), (0, 5, 5)]) == ((0, 5, 5),)
    tiles.put((0, 5, 5), codes)
    assert (0, 0, 1) not in tiles
    assert len(tiles) == 3
    window = Window(0, 0, 300.0)
    drawn_keys = [key for key, _ in tiles.under([(0, 0, 0), (0, 0, 1)], window, 2000)]
    assert drawn_keys == [(1, 0, 0), (0, 0, 0)]
