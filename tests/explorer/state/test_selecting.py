"""Selection: what is shown is always among what is selected."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from explorer.state.map import Named, SelectionState
from explorer.state.selection import WAYS, choose, clear, forget, remember, select

IDS = st.lists(st.sampled_from("abcdef"), max_size=5)


@given(st.lists(st.tuples(IDS, st.sampled_from(WAYS)), max_size=6))
def test_that_what_is_shown_is_selected(gestures) -> None:
    state = SelectionState()
    for ids, how in gestures:
        choose(state, ids, how)
        assert (state.selected in state.chosen) if state.chosen else state.selected == ""


def test_that_ways_are_those_of_sets() -> None:
    state = SelectionState()
    choose(state, "ab")
    choose(state, "bc", "toggle")
    assert state.chosen == {"a", "c"}
    choose(state, "d", "add")
    choose(state, "a", "remove")
    assert state.chosen == {"c", "d"}
    assert state.selected == "c"


def test_that_the_one_shown_stays_while_it_is_selected() -> None:
    state = SelectionState()
    select(state, "c")
    choose(state, "ab", "add")
    assert state.selected == "c"
    clear(state)
    assert (state.selected, state.chosen) == ("", frozenset())


def test_that_a_selection_is_remembered_under_one_name() -> None:
    state = SelectionState()
    choose(state, "ba")
    remember(state, "mine")
    choose(state, "c")
    remember(state, "mine")
    assert state.named == (Named("mine", ("c",)),)
    forget(state, "mine")
    assert state.named == ()
