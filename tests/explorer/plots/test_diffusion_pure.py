"""What the view of diffusion draws, without a window."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.plots.diffusion import axes as ax
from explorer.plots.diffusion.axes import Axes, Rect, layout
from explorer.plots.diffusion.ink import DASHED, Ink, dashed
from explorer.plots.diffusion.side import HEADS, rich
from explorer.plots.diffusion.spec import KIND, exponent, interval, r2, title_of
from explorer.plots.diffusion.writing import Writer, most_ends
from explorer.plots.scales import Scale
from explorer.theme.tokens import LIGHT

NAN = float("nan")


def test_that_dashes_go_on_across_corners_and_gaps_stay() -> None:
    x = np.array([0.0, 10.0, 20.0, NAN, 30.0, 45.0])
    ends = dashed(x, np.where(np.isfinite(x), 0.0, NAN), DASHED)
    np.testing.assert_allclose(ends[:3, :, 0], [[0, 5], [9, 14], [18, 20]])
    np.testing.assert_allclose(ends[3:, :, 0], [[30, 35], [39, 44]])


def test_that_ink_leaves_out_what_has_no_place_and_keeps_the_order() -> None:
    ink = Ink()
    ink.lines(np.array([[[0, 0], [1, 1]], [[0, NAN], [1, 1]]]), (1, 0, 0), [2.0, 3.0])
    ink.dots(np.array([[5.0, 5.0], [NAN, 5.0]]), (0, 1, 0), 4.0, 1)
    ink.rings(np.array([[7.0, 7.0]]), (0, 0, 1), 4.0, 2, (1, 1, 1))
    sheet = ink.sheet()
    assert (len(sheet.ends), sheet.width.tolist()) == (1, [2.0])
    assert sheet.shape.tolist() == [1, 2, 2]
    assert sheet.radius[1] > sheet.radius[2]
    assert sheet.marks[2].tolist() == [1, 1, 1]


@pytest.mark.parametrize("size", [(420, 380), (690, 560), (1010, 860), (1600, 1000)])
def test_that_plots_have_room_and_do_not_meet(size) -> None:
    place = layout(*size)
    first, second = place.upper
    assert not first.meets(second)
    assert first.right + ax.LABELS <= second.left - ax.LEFT + 1
    assert first.bottom + ax.FOOT <= place.rule + 1 <= place.lower.top - ax.HEAD + 1
    assert place.lower.bottom + ax.FOOT <= place.said.bottom
    for rect in (first, second, place.lower):
        assert rect.width > 60
        assert rect.height > 50


def test_that_places_and_values_agree() -> None:
    axes = Axes(Rect(100, 50, 300, 150), Scale("log"), Scale(), (0.0, 2.0), (0.0, 1.0))
    assert float(axes.px(10.0)) == 200.0
    assert axes.x_at(200.0) == pytest.approx(10.0)
    assert axes.py([0.0, 1.0]).tolist() == [150.0, 50.0]


def test_that_an_axis_of_exponents_holds_zero_and_one_and_leaves_out_what_is_far_off() -> None:
    assert ax.exponent_range(np.array([0.2, 0.4, NAN])) == (0.0, 1.25)
    assert ax.exponent_range(np.array([-0.1, 1.6])) == (-0.25, 1.75)
    many = np.append(np.linspace(0.1, 1.1, 400), [-5.0, 1.4])
    assert ax.exponent_range(many) == (0.0, 1.5)
    assert ax.exponent_range(np.zeros(0)) == (0.0, 1.25)


def test_that_a_log_axis_has_a_range_even_for_one_value() -> None:
    low, high = ax.log_range(np.array([5.0]))
    assert high - low > 0.3
    assert ax.log_range(np.array([NAN, 0.0])) == (-1.0, 0.0)
    low, high = ax.calm_range(np.array([0.11, 0.52]))
    assert low == pytest.approx(round(low, 1))
    assert low <= np.log10(0.11) < np.log10(0.52) <= high


def test_that_labels_at_the_ends_of_lines_keep_apart() -> None:
    writer = Writer(LIGHT, lambda words, px, _weight: 0.6 * px * len(words))
    rect = Rect(0, 0, 200, 160)
    n = most_ends(rect)
    writer.ends(rect, [80.0] * n, ["0.33"] * n, ["circle"] * n, ["#000000"] * n, ax.LABELS)
    middles = sorted((t.rect.top + t.rect.bottom) / 2 for t in writer.texts)
    assert len(middles) == n > 8
    assert min(np.diff(middles)) > 13
    assert {t.words for t in writer.texts} == {"0.33"}


def test_that_numbers_are_written_as_the_page_on_looks_says() -> None:
    assert exponent(-0.648) == "−0.65"
    assert exponent(NAN) == r2(NAN) == "–"
    assert interval(0.194, 0.3) == "0.19 – 0.30"
    assert interval(NAN, 0.3) == ""
    assert title_of(2752, "distance") == "Exponents at step 2,752"
    assert title_of(-1, "folding") == "A path and its fold"


def test_that_a_verdict_is_written_with_what_was_found_in_bold() -> None:
    words = "Too close to call. The power law wins. Do not read c_q = 0.24 as <x>."
    said = rich(words)
    assert said.count("Too close to call.</span>") == 1
    assert "c<sub>q</sub> = 0.24 as &lt;x&gt;" in said
    assert all(rich(head).count(head) == 1 for head in HEADS)


def test_that_choices_of_a_window_are_read_again() -> None:
    readers = {o.name: o.read for o in KIND.options}
    assert readers["start"](800) == 800
    assert readers["points"](25) == 25
    for name, bad in (("start", -2), ("points", 1), ("points", "10"), ("run", 5), ("alpha", 2)):
        with pytest.raises((ValueError, TypeError)):
            readers[name](bad)
