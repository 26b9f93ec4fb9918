"""What people type to find entries."""

from __future__ import annotations

import numpy as np
import pytest

from compute.core.tables import Entry
from explorer.state.filter import FilterState, isolate, show_all, sight
from explorer.state.query import Term, TooSlow, mask, matches, parse, text_of

ENTRIES = (
    Entry("a", "step 100", family="mini", run="s-seed0", step=100, n_params=460_000, seed=0),
    Entry("b", "step 1000", family="mini", run="s-seed1", step=1000, n_params=460_000, seed=1),
    Entry("c", "llama 7B", family="llama", n_params=7_000_000_000, tags=("good one", "base")),
    Entry("d", "llama 7B 8-bit", family="llama", relation="quantized-from", n_params=7_000_000_000),
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "abcd"),
        ("seed0", "a"),
        ("mini step", "ab"),
        ("MINI", "ab"),
        ('"step 1000"', "b"),
        ("step<=1,000", "ab"),
        ("step ≤ 100", "a"),
        ("step >= 101", "b"),
        ("step:50..500", "a"),
        ("size>1M", "cd"),
        ("size = 460k", "ab"),
        ("family:llama,mini", "abcd"),
        ("family != llama", "ab"),
        ("kind:quantized", "d"),
        ("kind:checkpoint,model", "abc"),
        ('tag:"good one"', "c"),
        ("run:s-seed1 step>1", "b"),
        ("/seed[01] step 10+$/", "ab"),
        ("/7b$/", "c"),
        ("nowhere", ""),
        ("step<=100 seed1", ""),
        ("not:afield", ""),
    ],
)
def test_that_a_query_finds(text: str, found: str) -> None:
    query = parse(text)
    assert not query.problem
    assert "".join(e.id for e in ENTRIES if matches(query, e)) == found
    assert "".join(e.id for e, on in zip(ENTRIES, mask(query, ENTRIES), strict=True) if on) == found


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("/seed[/", "unterminated"),
        ("/a{99999999999}/", "too large"),
        (f"/{'(' * 240}{')' * 240}{'x' * 99}/", "longer"),
        ("step<abc", "number"),
        ("run>x", "order"),
    ],
)
def test_that_nonsense_is_named_and_leaves_the_rest_alone(text: str, word: str) -> None:
    query = parse(text + " mini")
    assert word in query.problem
    assert [e.id for e in ENTRIES if matches(query, e)] == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sted>100", "Is it step?"),
        ("famly:llama", "Is it family?"),
        ("loss<2", "Those with a number: step, tokens"),
        ("lr=0.1", ""),
    ],
)
def test_that_a_slip_in_a_facet_is_named(text: str, words: str) -> None:
    query = parse(text)
    assert words in query.problem
    assert bool(words) == bool(query.problem)
    assert query.words == (text,)


@pytest.mark.parametrize(
    "text",
    [
        "(a+)+$", "(a|a)*$", "(a?){30}a{30}", "a?" * 30, "(a|a)" * 30, "(a*b?)*$", "((a{9}){9}){9}",
        "(){65535}", "a*a*a*a*a*$", "(?x)(a+#)\n)+$", "(?:(?:a{1,9})?b?){2,}", "([]()a*)+",
    ],
)  # fmt: skip
def test_that_an_expression_that_could_take_for_ever_is_refused(text: str) -> None:
    query = parse(f"/{text}/")
    assert not query.patterns
    assert query.problem


@pytest.mark.parametrize(
    "text", ["a.*b.*c", "(seed)?[01]+ step", "^(mini|llama).*1{2,4}$", r"\(a+\)+", "[(+]+", "x{}y+"]
)
def test_that_usual_expressions_are_taken(text: str) -> None:
    query = parse(f"/{text}/")
    assert [p.pattern for p in query.patterns] == [text]


def test_that_a_slash_can_be_searched_for() -> None:
    assert matches(parse(r"/a\//"), Entry("x", "a/"))


def test_that_a_slow_search_ends_and_says_so() -> None:
    entries = tuple(Entry(str(k), "a" * 200) for k in range(2_000))
    with pytest.raises(TooSlow):
        mask(parse("/a*a*a*b/"), entries)


def test_that_a_number_beyond_all_bounds_has_a_chip() -> None:
    assert text_of(Term("step", "<=", "9" * 400)).startswith("step ≤ 9")


@pytest.mark.parametrize(
    "text", ["step <= 1200", "size > 1M", "family:llama,mini", 'tag:"good one"']
)
def test_that_a_chip_says_what_can_be_typed(text: str) -> None:
    (term,) = parse(text).terms
    (again,) = parse(text_of(term)).terms
    query, same = parse(text), parse(text_of(term))
    assert (again.field, again.op) == (term.field, term.op)
    np.testing.assert_array_equal(mask(query, ENTRIES), mask(same, ENTRIES))
    assert text_of(Term("step", "<=", "1200")) == "step ≤ 1,200"


def test_that_facets_grey_or_hide_and_hidden_entries_stay_hidden() -> None:
    state = FilterState(terms=parse("step<=100").terms, hidden=frozenset("a"))
    seen = sight(ENTRIES, state, "grey")
    assert seen.hidden.tolist() == [True, False, False, False]
    assert seen.greyed.tolist() == [False, True, True, True]
    assert sight(ENTRIES, state, "hide").all_hidden


def test_that_isolating_hides_all_others_and_can_be_ended() -> None:
    state = FilterState()
    isolate(state, frozenset("b"), frozenset("abcd"))
    assert sight(ENTRIES, state, "grey").hidden.tolist() == [True, False, True, True]
    show_all(state)
    assert not sight(ENTRIES, state, "grey").hidden.any()
