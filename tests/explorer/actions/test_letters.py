"""The underlined letters of menus."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.actions.letters import lettered


def test_that_first_letters_go_first_and_no_letter_twice() -> None:
    assert lettered(["File", "Find", "Fill", "Edit"]) == ("&File", "F&ind", "Fi&ll", "&Edit")


def test_that_the_start_of_a_word_is_better_than_its_middle() -> None:
    assert lettered(["Select all", "Select in a box"]) == ("&Select all", "Select &in a box")


TITLES = st.lists(st.text("abcde .", min_size=1).filter(lambda t: t.strip(" .")), max_size=9)


@given(TITLES)
@settings(max_examples=60, deadline=None)
def test_that_every_title_keeps_its_words_and_has_a_letter(titles: list[str]) -> None:
    found = lettered(titles)
    assert [t.replace("&", "") for t in found] == titles
    assert all(t[t.index("&") + 1].isalnum() for t in found)
