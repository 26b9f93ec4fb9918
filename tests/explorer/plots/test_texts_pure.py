"""Why two models differ, without a window: stretches, lines, words, the draft."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from compute.core.tables import TextSet
from explorer.plots.texts import curve, lines, spec
from explorer.plots.texts.stretches import Stretch, Tokens, stretches, telling, words_of

TEXT = "def größe(x):\n    return x"


def tokens(*lengths: int, values: tuple[float, ...] = ()) -> Tokens:
    given = values or tuple(-float(k) for k in range(len(lengths)))
    return Tokens(np.array(given), np.array(lengths, np.int64))


def pieces(text: str, found: tuple[Stretch, ...]) -> list[str]:
    return [text[s.start : s.end] for s in found]


def test_that_equal_tokens_are_a_stretch_each() -> None:
    a = tokens(3, 1, 7, values=(math.nan, -1.0, -2.0))
    b = tokens(3, 1, 7, values=(math.nan, -4.0, -1.0))
    found = stretches("def größe", a, b)
    assert pieces("def größe", found) == ["def", " ", "größe"]
    assert math.isnan(found[0].difference)
    assert [s.difference for s in found[1:]] == [3.0, -1.0]


def test_that_different_tokens_meet_where_both_have_a_boundary() -> None:
    found = stretches("abcdefgh", tokens(2, 2, 4), tokens(3, 1, 2, 2))
    assert pieces("abcdefgh", found) == ["abcd", "efgh"]
    assert [(s.n_a, s.n_b) for s in found] == [(2, 2), (1, 2)]
    assert [s.a for s in found] == [-1.0, -2.0]
    assert [s.b for s in found] == [-1.0, -5.0]


def test_that_a_token_that_ends_within_a_character_is_taken_with_the_next() -> None:
    found = stretches("aöb", tokens(1, 1, 1, 1), tokens(1, 1, 1, 1))
    assert pieces("aöb", found) == ["a", "ö", "b"]
    assert found[1].n_a == 2


def test_that_tokens_of_no_length_belong_to_the_character_before() -> None:
    found = stretches("a日b", tokens(1, 3, 0, 0, 1), tokens(1, 3, 0, 0, 1))
    assert pieces("a日b", found) == ["a", "日", "b"]
    assert found[1].a == -1.0 - 2.0 - 3.0


def test_that_what_stands_around_a_text_is_no_part_of_it() -> None:
    a = tokens(-1, 2, 2, -1, values=(math.nan, -1.0, -2.0, -0.5))
    found = stretches("abcd", a, a)
    assert pieces("abcd", found) == ["ab", "cd", ""]
    assert (found[-1].a, found[-1].start) == (-0.5, 4)


def test_that_blanks_that_no_token_stands_for_go_to_the_end() -> None:
    found = stretches("ab  ", tokens(1, 1), tokens(1, 1))
    assert pieces("ab  ", found) == ["a", "b  "]
    apart = stretches("ab  ", tokens(1, 1), tokens(1, 3))
    assert pieces("ab  ", apart) == ["a", "b  "]


@pytest.mark.parametrize("text", [TEXT, "", "x", "🙂 日本"])
def test_that_stretches_make_up_the_text_and_the_sums(text: str) -> None:
    n = len(text.encode())
    a = tokens(*([1] * n), values=tuple(-0.5 for _ in range(n)))
    b = tokens(*([2] * (n // 2)), *([1] * (n % 2)), values=tuple(-1.0 for _ in range((n + 1) // 2)))
    found = stretches(text, a, b)
    assert "".join(pieces(text, found)) == text
    assert sum(s.a for s in found) == pytest.approx(-0.5 * n)
    assert sum(s.b for s in found) == pytest.approx(-1.0 * ((n + 1) // 2))


def test_that_words_of_an_unknown_text_make_it_up() -> None:
    assert "".join(pieces(TEXT, words_of(TEXT))) == TEXT
    assert words_of("") == ()


def test_that_equal_words_are_taken_together_where_a_gain_comes_from() -> None:
    found = (Stretch(0, 2, -1.0, -3.0), Stretch(2, 4, -1.0, -2.0), Stretch(4, 5, -9.0, -8.0))
    assert telling("abab?", found) == (("ab", 3.0),)


# ---------------------------------------------------------------- lines


def page_of(text: str, room: float) -> lines.Page:
    return lines.page(text, words_of(text), room, lambda words: 8.0 * len(words))


@pytest.mark.parametrize("room", [80.0, 200.0, 1000.0])
def test_that_no_cell_overlaps_another_or_leaves_the_page(room: float) -> None:
    text = TEXT + "\n" + "word " * 40 + "\tlong" + "x" * 60
    found = page_of(text, room)
    for row in range(found.n_rows):
        cells = sorted((c for c in found.cells if c.row == row), key=lambda c: c.x)
        for one, other in itertools.pairwise(cells):
            assert one.x + one.width <= other.x + 1e-6
        assert all(c.mark or c.x + c.width <= room + 1e-6 for c in cells)
    shown = "".join(c.words for c in found.cells if not c.mark)
    assert shown == text.replace("\n", "").replace("\t", lines.TAB)


def test_that_a_place_finds_its_cell() -> None:
    found = page_of("ab cd\nef", 400.0)
    assert found.cell_at(1.0, 0).words == "ab "
    assert found.cell_at(1.0, 1).words == "ef"
    assert found.cell_at(399.0, 0) is None


def test_that_control_characters_are_seen() -> None:
    assert [c.words for c in page_of("a\x00b\x7f", 400.0).cells] == ["a␀b␡"]


# ---------------------------------------------------------------- words and the draft


@pytest.mark.parametrize(
    ("nats", "words"),
    [
        (-5.56, "0.38\u2009%"),
        (-10.06, "0.0043\u2009%"),
        (-0.13, "88\u2009%"),
        (-17.0, "< 0.0001\u2009%"),
    ],
)
def test_that_chances_are_said_without_exponents(nats: float, words: str) -> None:
    assert spec.chance_words(nats) == words


def test_that_numbers_have_a_true_minus_and_no_negative_zero() -> None:
    assert spec.nats_words(-2388.7) == "−2,388.7"
    assert spec.nats_words(-0.001, 2, sign=True) == "0.00"
    assert spec.nats_words(4.5, 2, sign=True) == "+4.50"


def test_that_the_colour_is_the_first_models_side_where_it_is_ahead() -> None:
    assert spec.colour_at(9.0) == (0.0, spec.LEAST + 1 / spec.SLOPE)
    assert spec.colour_at(-3.0)[0] == 1.0
    assert spec.colour_at(0.0) == (0.5, spec.LEAST)


def texts() -> TextSet:
    return TextSet(("t0", "t1", "t2", "t3"), ("a", "b", "c", "d"), ("x", "x", "y", "x"))


def usual(**changes: object) -> dict[str, object]:
    return {**spec.KIND.usual(), **changes}


def test_that_texts_and_domains_make_one_draft() -> None:
    assert spec.gone(usual(), texts()) == frozenset()
    assert spec.gone(usual(dropped=("t2",), domains=("x",)), texts()) == {0, 1, 2, 3}


def test_that_a_text_kept_out_of_a_dropped_domain_leaves_the_others_dropped() -> None:
    options = usual(domains=("x",))
    options.update(spec.with_text(options, texts(), 1, kept=True))
    assert spec.gone(options, texts()) == {0, 3}
    options.update(spec.with_domain(options, texts(), "x", kept=False))
    assert (options["dropped"], options["domains"]) == ((), ("x",))
    options.update(spec.with_domain(options, texts(), "x", kept=True))
    assert spec.gone(options, texts()) == frozenset()


def test_that_every_preview_has_a_name_of_its_own() -> None:
    first = spec.preview_name("clip2", 12, ("raw", "clip2"))
    assert first == "clip2 without 12 texts"
    assert spec.preview_name("clip2", 12, (first,)) == f"{first} 2"


def test_that_damaged_choices_are_refused() -> None:
    state = spec.KIND.state()
    state.take({"dropped": ["a", "a", "b"], "rank": "nonsense", "domains": 3, "swapped": True})
    assert state.options["dropped"] == ("a", "b")
    assert (state.options["rank"], state.options["domains"]) == ("share", ())
    assert state.options["swapped"] is True


@pytest.mark.parametrize("width", [200, 272, 442])
@pytest.mark.parametrize("n", [1, 10, 10_000])
def test_that_the_words_at_the_mark_stay_inside_the_plot(width: int, n: int) -> None:
    at = curve.area(width)
    for part in (0.0, 0.3, 1.0):
        x, y, wide, tall = curve.label(at.x(part), at.y(1 - part), 110, at)
        assert at.left <= x
        assert x + wide <= at.right + 4 + max(0, 116 - at.width)
        assert at.top <= y <= y + tall <= at.bottom
    xs = [x for x, _, _ in curve.ticks(n, at)]
    assert xs == sorted(xs)
