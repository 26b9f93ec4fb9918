"""Windows over long texts."""

from hypothesis import given
from hypothesis import strategies as st

from compute.scoring.windows import n_windows, windows

CONTEXTS, LENGTHS = st.integers(2, 60), st.integers(0, 300)


@given(LENGTHS, CONTEXTS, st.integers(1, 2))
def test_that_every_token_is_scored_exactly_once(n_tokens, context, first):
    found = [k for w in windows(n_tokens, context, first) for k in range(w.scored, w.stop)]
    assert found == list(range(first, n_tokens))


@given(LENGTHS, CONTEXTS)
def test_that_a_scored_token_has_half_a_context_before_it(n_tokens, context):
    for window in windows(n_tokens, context)[1:]:
        assert 2 * (window.scored - window.start) >= context


@given(LENGTHS, CONTEXTS)
def test_that_no_window_is_longer_than_the_context_or_useless(n_tokens, context):
    made = windows(n_tokens, context)
    assert len(made) == n_windows(n_tokens, context)
    assert all(w.stop - w.start <= context for w in made)
    assert all(w.scored < w.stop for w in made[1:])


def test_that_windows_overlap_by_half():
    assert [(w.start, w.stop, w.scored) for w in windows(23, 10)] == [
        (0, 10, 1),
        (5, 15, 10),
        (10, 20, 15),
        (15, 23, 20),
    ]


def test_that_without_a_window_a_text_is_read_whole():
    assert [(w.start, w.stop, w.scored) for w in windows(5000, 0, 2)] == [(0, 5000, 2)]
    assert n_windows(5000, 0) == 1
