"""The drawing kit: the scale of KL, places of names, looks of runs, bytes that repeat."""

from __future__ import annotations

import math
import subprocess
import sys
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute.analysis.runs import Run
from compute.core.colours import RUNS_LIGHT
from compute.report import kit
from compute.report.kit.labels import free_place, overlap

KL = st.floats(0, 1e4)


@given(KL, KL)
def test_that_the_axis_of_kl_keeps_the_order(a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert kit.position(low) <= kit.position(high)


@given(KL, st.sampled_from([0.25, 0.3]), st.sampled_from([10.0, 50.0]))
def test_that_values_come_back_from_their_place(kl: float, share: float, top: float) -> None:
    back = float(kit.value_at(kit.position(kl, share, top), share, top))
    assert back == pytest.approx(kl, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(("share", "top"), [(0.3, 50.0), (0.25, 10.0)])
def test_that_the_axis_is_linear_to_a_tenth_and_logarithmic_above(share: float, top: float) -> None:
    place = kit.position([0, 0.05, 0.1, top], share, top)
    np.testing.assert_allclose(place, [0, share / 2, share, 1], atol=1e-15)
    geometric = kit.position([0.1, math.sqrt(0.1 * top), top], share, top)
    assert geometric[1] == pytest.approx((geometric[0] + geometric[2]) / 2)


def test_that_matplotlib_places_values_on_the_axis_as_defined() -> None:
    with kit.style():
        fig, (ax,) = kit.figure()
        kit.kl_axis(ax)
        fig.draw_without_rendering()
        box = ax.get_window_extent()
        values = [0, 0.02, 0.1, 0.7, 50]
        pixels = ax.transData.transform([(0, v) for v in values])[:, 1]
        np.testing.assert_allclose((pixels - box.y0) / box.height, kit.position(values), atol=1e-9)
        words = [t.get_text() for t in ax.get_yticklabels()]
    assert words == ["0", "0.04", "0.1", "0.2", "0.5", "1", "2", "5", "10", "50"]


def test_that_values_beyond_the_axis_are_marked_at_its_edge() -> None:
    with kit.style():
        _, (ax,) = kit.figure()
        kit.kl_axis(ax)
        assert kit.clip_marks(ax, [1.0, 2.0, 3.0], [10.0, 60.0, 70.0], "#123456") == 2
        at = ax.collections[-1].get_offsets()
    np.testing.assert_array_equal(at, [[2, 50], [3, 50]])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=15))
def test_that_spread_names_keep_their_order_and_distance(wanted: list[float]) -> None:
    height = 0.05
    out = kit.spread(wanted, height, 0.0, 1.0)
    order = np.argsort(wanted, kind="stable")
    assert (np.diff(out[order]) >= height - 1e-9).all()
    assert out.min() >= -1e-9
    assert out.max() <= 1 + 1e-9


def test_that_names_with_room_stay_where_they_are() -> None:
    np.testing.assert_allclose(kit.spread([0.9, 0.1, 0.5], 0.1, 0, 1), [0.9, 0.1, 0.5])


@given(st.lists(st.tuples(st.floats(0, 300), st.floats(0, 300)), max_size=30))
def test_that_no_name_lies_upon_another(points: list[tuple[float, float]]) -> None:
    boxes: list[tuple[float, float, float, float]] = []
    for at in points:
        box = free_place(at, (60.0, 12.0), boxes, (0.0, 0.0, 300.0, 300.0), 5.0)
        boxes += [] if box is None else [box]
    assert not any(overlap(a, b) for a, b in combinations(boxes, 2))
    assert all(b[0] >= 0 and b[2] <= 300 and b[1] >= 0 and b[3] <= 300 for b in boxes)


def test_that_a_name_spares_lines_and_stands_beside_its_own_point() -> None:
    frame = (0.0, 0.0, 300.0, 300.0)
    line = np.stack([np.linspace(155, 220, 30), np.full(30, 150.0)], axis=1)
    right = free_place((150, 150), (40, 10), [], frame, 5.0)
    assert right == (155.0, 145.0, 195.0, 155.0)
    left = free_place((150, 150), (40, 10), [], frame, 5.0, line)
    assert left == (105.0, 145.0, 145.0, 155.0)
    other = np.array([[100.0, 150.0]])
    kept = free_place((150, 150), (46, 10), [], frame, 5.0, line, other)
    assert kept is not None
    assert kept[0] > 130


def test_that_names_drawn_on_a_map_do_not_touch() -> None:
    rng = np.random.default_rng(0)
    with kit.style():
        fig, (ax,) = kit.figure(kit.SINGLE, 3.0)
        points = rng.normal(size=(25, 2))
        kit.scatter(ax, points, colours=kit.colour(0))
        kit.bare(ax)
        left_out = kit.map_labels(ax, [kit.Name(x, y, f"run {k}") for k, (x, y) in
                                       enumerate(points)])  # fmt: skip
        fig.draw_without_rendering()
        names = [t for t in ax.texts if t.get_text() and not t.get_path_effects()]
        boxes = [t.get_window_extent() for t in names]
    assert len(boxes) + len(left_out) == 25
    assert len(boxes) >= 15
    assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))


def _runs(n: int) -> list[Run]:
    return [Run(f"r{k}", (), np.array([0, 1]), n_params=10 ** (3 + k % 3)) for k in range(n)]


def test_that_runs_have_eight_colours_and_then_grey() -> None:
    styles = kit.run_style(_runs(10))
    colours = [s.colour for s in styles.values()]
    assert tuple(colours[:8]) == RUNS_LIGHT
    assert set(colours[8:]) == {kit.LIGHT.text3}


def test_that_the_shape_is_the_rank_of_the_size() -> None:
    styles = kit.run_style(_runs(4))
    assert [s.shape for s in styles.values()] == ["triangle", "circle", "diamond", "triangle"]


def test_that_ages_go_from_pale_to_full() -> None:
    ages = kit.ages(np.array([0, 1, 10, 100]))
    assert ages[0] == 0.25
    assert ages[-1] == 1.0
    assert (np.diff(ages) > 0).all()


def _picture() -> bytes:
    with kit.style():
        fig, (left, right) = kit.figure(panels=(1, 2))
        xy = np.cumsum(np.random.default_rng(1).normal(size=(30, 2)), axis=0)
        looks = kit.run_style(_runs(2))["r0"]
        kit.run_lines(left, xy, np.arange(30), looks)
        kit.map_labels(left, [kit.Name(*xy[-1], "r0", looks)])
        values = np.random.default_rng(2).lognormal(size=40)
        kit.violins(right, [kit.Group("Seed", values, kit.colour(0), (0.12, 0.13))])
        kit.title(right, "How far?", "KL divergence, bits/byte")
        return kit.svg(fig)


def test_that_the_same_figure_has_the_same_bytes_and_text_as_text() -> None:
    first = _picture()
    assert first == _picture()
    assert b">How far?</text>" in first
    assert b"Inter" in first
    assert b"<dc:date>" not in first


def test_that_few_pairs_are_points_without_a_violin() -> None:
    with kit.style():
        _, (few, many) = kit.figure(panels=(1, 2))
        kit.violins(few, [kit.Group("a", np.linspace(0.1, 1, 11), kit.colour(0))])
        kit.violins(many, [kit.Group("a", np.linspace(0.1, 1, 12), kit.colour(0))])
        polygons = [sum(type(c).__name__.startswith("Fill") for c in ax.collections)
                    for ax in (few, many)]  # fmt: skip
    assert polygons == [0, 1]


def test_that_the_kit_imports_without_matplotlib() -> None:
    code = (
        "import sys; sys.modules['matplotlib'] = None; sys.modules['cmap'] = None\n"
        "from compute.report import kit\n"
        "from compute.core.errors import MissingPart\n"
        "try:\n    kit.figure()\n"
        "except MissingPart as e:\n    print(e)\n"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "klscope[report]" in out.stdout
