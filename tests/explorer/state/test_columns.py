"""Columns of entries: read once for each tuple, never mixed up."""

from __future__ import annotations

import numpy as np

from compute.core.tables import Entry
from explorer.state import columns


def test_that_a_field_is_read_once_for_the_same_tuple_and_again_for_another() -> None:
    asked: list[str] = []

    def step(entry: Entry) -> float:
        asked.append(entry.id)
        return float(entry.step)

    one = tuple(Entry(str(i), "", step=i) for i in range(3))
    first = columns.numbers(step, one)
    assert columns.numbers(step, one) is first
    assert asked == ["0", "1", "2"]
    other = tuple(Entry(str(i), "", step=10 + i) for i in range(3))
    np.testing.assert_array_equal(columns.numbers(step, other), [10, 11, 12])
    np.testing.assert_array_equal(columns.numbers(step, list(one)), first)


def test_that_different_values_come_in_order_of_appearance() -> None:
    entries = tuple(Entry(str(i), "", family=f) for i, f in enumerate("bcba"))
    values, index = columns.sorts(lambda e: e.family, entries)
    assert values == ("b", "c", "a")
    assert index.tolist() == [0, 1, 0, 2]
    assert columns.sorts(lambda e: e.family, ())[1].shape == (0,)
