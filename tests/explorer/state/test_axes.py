"""The axes of time: order, inverse, ends, conversion, ticks."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute.core.tables import Entry
from explorer.state import axes

NAMES = st.sampled_from(list(axes.TITLES))
LOSSES = st.lists(st.floats(0.5, 12, width=32), min_size=2, max_size=20)


def run(name: str, steps: list[int], tokens_per_step: int = 2048) -> tuple[Entry, ...]:
    return tuple(Entry(f"{name}/{s}", run=name, step=s, tokens_seen=tokens_per_step * s)
                 for s in steps)  # fmt: skip


def falling(entries: tuple[Entry, ...]) -> np.ndarray:
    return np.array([10.0 / (1 + e.step / 100) for e in entries])


@given(NAMES, st.lists(st.floats(0, 1e6), min_size=1, max_size=20))
def test_that_scaling_has_an_inverse(axis: str, values: list[float]) -> None:
    there = axes.scaled(axis, np.array(values))
    assert axes.unscaled(axis, there) == pytest.approx(np.array(values), rel=1e-9, abs=1e-9)


@given(NAMES, LOSSES)
def test_that_a_run_never_goes_back_in_time(axis: str, losses: list[float]) -> None:
    entries = run("a", list(range(0, 10 * len(losses), 10)))
    x = axes.scaled(axis, axes.positions(axis, entries, np.array(losses)))
    assert (np.diff(x) >= 0).all()


@given(LOSSES, st.randoms(use_true_random=False))
def test_that_positions_do_not_depend_on_the_order_of_entries(losses, random) -> None:
    entries, bits = run("a", list(range(len(losses)))), np.array(losses)
    mixed = list(range(len(losses)))
    random.shuffle(mixed)
    there = axes.positions("loss", [entries[k] for k in mixed], bits[mixed])
    assert (there == axes.positions("loss", entries, bits)[mixed]).all()


def test_that_loss_is_the_best_of_the_own_run_so_far() -> None:
    entries = (*run("a", [0, 10, 20, 30]), *run("b", [0, 10]))
    bits = np.array([5.0, 3.0, 4.0, math.nan, 2.0, 1.0])
    found = axes.positions("loss", entries, bits)
    assert found[[0, 1, 2, 4, 5]].tolist() == [5.0, 3.0, 3.0, 2.0, 1.0]
    assert math.isnan(found[3])


def test_that_what_is_unknown_has_no_position() -> None:
    entries = (Entry("x"), *run("a", [0, 10]))
    bits = np.ones(3)
    for axis in axes.TITLES:
        assert np.isnan(axes.positions(axis, entries, bits)).tolist() == [True, False, False]


def test_that_infinity_is_the_end_on_every_axis() -> None:
    for axis in axes.TITLES:
        assert axes.scaled(axis, math.inf) == axes.unscaled(axis, math.inf) == math.inf


def test_that_the_extent_is_in_the_order_of_play() -> None:
    assert axes.extent("step", np.array([30.0, math.nan, 10.0])) == (10, 30)
    assert axes.extent("loss", np.array([3.0, math.nan, 1.0])) == (3, 1)
    assert all(map(math.isnan, axes.extent("log", np.array([math.nan]))))


def test_that_words_carry_the_unit() -> None:
    assert axes.words("step", 1200) == axes.words("log", 1200.3) == "step 1,200"
    assert axes.words("tokens", 1_740_800) == "1.74\u2009M tokens"
    assert axes.words("loss", 1.7539) == "1.754 bits/byte"
    assert axes.words("loss", math.nan) == ""


def test_that_an_axis_nobody_has_says_why() -> None:
    steps_only = tuple(Entry(f"a/{s}", run="a", step=s) for s in (0, 10))
    found = {o.axis: o.why_not for o in axes.available(steps_only, np.full(2, math.nan))}
    assert found["step"] == found["log"] == ""
    assert "tokens" in found["tokens"]
    assert "scored" in found["loss"]
    assert all(o.why_not for o in axes.available((Entry("x"),), np.ones(1)))
    full = run("a", [0, 10])
    assert not any(o.why_not for o in axes.available(full, falling(full)))


@given(NAMES, NAMES, st.integers(0, 59))
def test_that_the_playhead_stays_at_its_checkpoint_when_the_axis_changes(
    before: str, after: str, k: int
) -> None:
    entries = (*run("short", list(range(0, 300, 20))), *run("long", list(range(0, 1200, 20))))
    bits = falling(entries)
    row = 15 + k
    at = axes.positions(before, entries, bits)[row]
    there = axes.converted(at, before, after, entries, bits)
    expected = axes.positions(after, entries, bits)[row]
    assert there == pytest.approx(expected) or (k == 59 and there in (math.inf, expected))
    assert axes.converted(math.inf, before, after, entries, bits) == math.inf


def test_that_without_a_common_run_the_playhead_goes_to_the_end() -> None:
    entries = tuple(Entry(f"a/{s}", run="a", step=s) for s in (0, 10))
    assert axes.converted(5, "step", "tokens", entries, np.ones(2)) == math.inf


@given(NAMES, st.floats(0.01, 1e6), st.floats(0.01, 1e6), st.floats(0.02, 0.4))
def test_that_tick_labels_are_apart_inside_and_end_with_the_last(
    axis: str, a: float, b: float, least: float
) -> None:
    ends = axes.extent(axis, np.array([a, b]))
    low, high = (float(axes.scaled(axis, v)) for v in ends)
    found = axes.ticks(axis, ends, least)
    x = [float(axes.scaled(axis, v)) for v, _ in found]
    assert x[-1] == high
    assert x[0] >= low
    assert all(q - p >= least * (high - low) * (1 - 1e-6) for p, q in pairwise(x))


def test_that_ticks_are_round_numbers_as_people_read_them() -> None:
    assert [w for _, w in axes.ticks("step", (0, 1200), 0.2)] == [
        "0", "500", "1,200",
    ]  # fmt: skip
    assert [w for _, w in axes.ticks("log", (0, 1200), 0.1)] == ["0", "10", "100", "1,200"]
    assert [w for _, w in axes.ticks("tokens", (0, 2.5e6), 0.3)] == [
        "0", "1\u2009M", "2.5\u2009M",
    ]  # fmt: skip
    assert [w for _, w in axes.ticks("loss", (8.0, 1.72), 0.3)] == ["8.00", "6.00", "4.00", "1.72"]
    assert axes.ticks("step", (math.nan, math.nan), 0.1) == ()
