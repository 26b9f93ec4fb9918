"""The pure halves of labels, lines, marks and grid."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.canvas.camera import View2D, Viewport
from explorer.canvas.grid import spec as grid
from explorer.canvas.labels.spec import MOST, Placed, Wish, place
from explorer.canvas.lines import spec as lines
from explorer.canvas.marks import spec as marks
from explorer.canvas.packing import packed

NONE = np.zeros((0, 2))
SIZE = (800.0, 600.0)


def _overlap(a: tuple[Placed, Wish], b: tuple[Placed, Wish]) -> bool:
    (p, v), (q, w) = a, b
    return (
        p.x < q.x + w.width
        and q.x < p.x + v.width
        and p.y < q.y + w.height
        and q.y < p.y + v.height
    )


def test_that_labels_never_overlap_and_are_at_most_forty() -> None:
    rng = np.random.default_rng(0)
    wishes = [
        Wish(i, float(x), float(y), 90.0, 18.0)
        for i, (x, y) in enumerate(rng.uniform((50, 50), (750, 550), (120, 2)))
    ]
    for quick in (False, True):
        placed = place(wishes, NONE, SIZE, quick=quick)
        assert 10 < len(placed) <= MOST
        pairs = [(p, wishes[int(str(p.key))]) for p in placed]
        for i, a in enumerate(pairs):
            assert not any(_overlap(a, b) for b in pairs[i + 1 :])


def test_that_a_label_goes_left_when_the_right_edge_is_near() -> None:
    (right,) = place([Wish("a", 400.0, 300.0, 100.0, 18.0)], NONE, SIZE)
    (left,) = place([Wish("a", 760.0, 300.0, 100.0, 18.0)], NONE, SIZE)
    assert right.x > 400
    assert left.x + 100 < 760


def test_that_a_label_avoids_marks() -> None:
    points = np.stack([np.linspace(410, 500, 30), np.full(30, 300.0)], axis=1)
    (placed,) = place([Wish("a", 400.0, 300.0, 90.0, 18.0)], points, SIZE)
    assert placed.side != "right"


def test_that_a_label_keeps_its_side_while_that_is_about_as_good() -> None:
    wish = Wish("a", 400.0, 300.0, 90.0, 18.0)
    assert place([wish], NONE, SIZE, before={"a": "left"})[0].side == "left"
    crowd = np.stack([np.linspace(300, 390, 30), np.full(30, 300.0)], axis=1)
    assert place([wish], crowd, SIZE, before={"a": "left"})[0].side == "right"
    assert place([wish], crowd, SIZE, before={"a": "left"}, quick=True)[0].side == "left"


def test_that_a_label_is_nearest_to_the_head_that_it_names() -> None:
    heads = np.array([[400.0, 300.0], [430.0, 280.0]])
    wish = Wish("a", 400.0, 300.0, 90.0, 18.0, gap=24.0)
    assert place([wish], NONE, SIZE)[0].side == "right"
    (placed,) = place([wish], NONE, SIZE, heads=heads)
    assert placed.x + wish.width < 400.0


def test_that_labels_stay_off_what_is_taken_and_invisible_anchors_get_none() -> None:
    wishes = [Wish("a", 400.0, 300.0, 90.0, 18.0), Wish("b", np.nan, np.nan, 90.0, 18.0)]
    (placed,) = place(wishes, NONE, SIZE, taken=[(405.0, 0.0, 800.0, 600.0)])
    assert placed.side == "left"


def test_that_every_segment_becomes_two_triangles_between_its_nodes() -> None:
    nodes = np.arange(9, dtype=np.float32).reshape(3, 3)
    segments = np.array([[0, 1], [1, 2]], np.int32)
    made = lines.places(nodes, segments, np.arange(2))
    assert made.shape == (8,)
    np.testing.assert_array_equal(made["a_p0"][4:], np.repeat(nodes[1:2], 4, axis=0))
    np.testing.assert_array_equal(made["a_p1"][4:], np.repeat(nodes[2:3], 4, axis=0))
    index = lines.indices(np.array([1, 0])).reshape(2, 2, 3)
    assert [set(triangles.ravel().tolist()) for triangles in index] == [{4, 5, 6, 7}, {0, 1, 2, 3}]
    assert all(len(set(a) & set(b)) == 2 for a, b in index.tolist())


def test_that_a_segment_with_an_arrow_has_a_second_quad_after_all_lines() -> None:
    kind = np.array([lines.ARROW, lines.DOTTED, lines.DOTTED | lines.ARROW], np.uint8)
    rows = lines.rows_of(kind)
    assert rows.tolist() == [0, 1, 2, 0, 2]
    sort = (lines.corners(kind, rows)["a_corner"].reshape(5, 4) // 4).tolist()
    assert sort == [[0] * 4, [1] * 4, [1] * 4, [2] * 4, [2] * 4]


def test_that_far_segments_are_drawn_first_and_an_arrow_after_its_own() -> None:
    segments, depth = np.array([[0, 1], [1, 2]], np.int32), np.array([1.0, 2.0, 5.0])
    assert lines.back_to_front(depth, segments, np.arange(2)).tolist() == [1, 0]
    assert lines.back_to_front(depth, segments, np.array([0, 1, 1])).tolist() == [1, 2, 0]


def test_that_a_packed_colour_holds_three_levels_of_256() -> None:
    colour = np.array([[1.0, 0.0, 0.5], [0.0, 2.0, -1.0]], np.float32)
    assert packed(colour).tolist() == [0xFF0080, 0x00FF00]


def test_that_marks_carry_radius_rim_shape_and_a_quarter_for_a_hole() -> None:
    one = np.ones(2, np.float32)
    made = marks.styles(
        np.zeros((2, 3), np.float32),
        one,
        2 * one,
        np.array([0, 3], np.int32),
        np.array([False, True]),
    )
    assert made["a_size"].tolist() == [[1, 2, 0], [1, 2, 3.25]]


def test_that_grid_lines_cover_whole_physical_px() -> None:
    corners = grid.rectangles(([10.0, 90.0], [20.0]), Viewport(100, 50), 1.5).reshape(3, 6, 2)
    px = (corners * [1, -1] + 1) / 2 * [150, 75]
    low, high = px.min(axis=1), px.max(axis=1)
    np.testing.assert_allclose(low, [[15, 0], [135, 0], [0, 30]], atol=1e-4)
    np.testing.assert_allclose(high, [[17, 75], [137, 75], [150, 32]], atol=1e-4)
    assert grid.rectangles(([], []), Viewport(100, 50), 1.0).shape == (0, 2)


@pytest.mark.parametrize("zoom", [0.2, 1.0, 3.3, 40.0])
def test_that_grid_lines_are_about_eighty_px_apart(zoom: float) -> None:
    port = Viewport(1000, 700)
    lattice = grid.Lattice(grid.spacing(300.0 * zoom, 300.0))
    xs, ys = grid.grid_2d(View2D(0.3, 0.1, 300.0 * zoom), port, lattice)
    assert 56 <= np.diff(xs).mean() <= 114
    assert 0 <= ys[0] < 114
    if zoom == 1.0:
        assert np.diff(xs).mean() == pytest.approx(80, abs=0.5)
