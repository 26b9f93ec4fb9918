"""The way along an axis: scale, stepping, and the read-out."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute.core.tables import Entry
from explorer.state import axes
from explorer.state.course import Course, ReadOut, Scale, course_of, moved, read_out

STEPS = tuple(range(0, 1201, 50))
ENTRIES = tuple(
    Entry(f"{r}/{s}", run=r, step=s, tokens_seen=2048 * s, status="done")
    for r in "ab"
    for s in STEPS
)
BITS = np.array([8.0 / (1 + e.step / 200) + (0.5 if e.run == "b" else 0) for e in ENTRIES])
names = st.sampled_from(list(axes.TITLES))


def along(axis: str) -> Course:
    return course_of(axis, ENTRIES, BITS)


@given(names, st.floats(0, 0.999), st.floats(1, 1e6))
def test_that_a_place_and_its_share_agree(axis: str, share: float, last: float) -> None:
    scale = Scale(axis, *((last, 0.0) if axis == "loss" else (0.0, last)), 20, 980)
    assert scale.share(scale.place(share)) == pytest.approx(share, abs=1e-9)
    assert scale.x(scale.place_at(321.0)) == pytest.approx(321.0)
    assert scale.place(1.0) == math.inf
    assert scale.share(math.inf) == 1.0


def test_that_stepping_visits_every_checkpoint_and_holds_at_the_ends() -> None:
    entries = tuple(Entry(f"a/{s}", run="a", step=s) for s in (0, 10, 20))
    here = course_of("log", entries, np.array([3.0, 2.0, 1.0]))
    wanted = [moved(here, at, n) for at, n in ((5, 1), (5, -1), (0, -10), (math.inf, -1))]
    assert wanted == [10, 0, 0, 10]
    assert moved(here, 10, 1) == moved(here, math.inf, 1) == math.inf
    assert moved(Course(), 7, 1) == 7
    down = course_of("loss", entries, np.array([3.0, 2.0, 1.0]))
    assert [moved(down, 3, 1), moved(down, 2.5, -1), moved(down, 2, 1)] == [
        2, 3, math.inf,
    ]  # fmt: skip


def test_that_the_read_out_has_the_words_of_its_axis() -> None:
    thin = "\u2009"
    assert read_out(along("log"), 850) == ReadOut(
        "Step 850", f"1.74{thin}M tokens · 2 runs in step"
    )
    assert read_out(along("step"), 849.6) == ReadOut("Step 850", "between 800 and 850")
    assert read_out(along("tokens"), 850 * 2048) == ReadOut(
        f"1.74{thin}M tokens", "step 850 · 2 runs here"
    )
    assert read_out(along("tokens"), 1_700_000) == ReadOut(
        f"1.7{thin}M tokens", f"between 1.64{thin}M and 1.74{thin}M"
    )
    assert read_out(along("loss"), 4.0) == ReadOut(
        "4.000 bits/byte", "reached by 2 of 2 runs, steps 200 – 300"
    )
    assert read_out(along("loss"), math.inf).rest == "reached by 1 of 2 runs, step 1,200"
    assert read_out(Course(), 1.0) == ReadOut("No steps", "")
