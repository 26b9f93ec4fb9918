"""What scoring would cost: what is still lacking, by what was measured."""

from __future__ import annotations

import pytest

from compute.core.tables import Checkpoint
from explorer.panels.newjob.spec import cost_tip, cost_words
from explorer.state.cost import BYTES_PER_TOKEN, KEPT, Given, cost, learned, rate
from explorer.state.jobs import Speed
from explorer.state.library import Leaf

GIVEN = Given(n_texts=1000, n_bytes=350_000)


def leaf(n_params: int = 10**6, n_bytes: int = 2 * 2**20, fraction: float = 0.0) -> Leaf:
    c = Checkpoint("/r/a", "a", n_params=n_params, n_bytes=n_bytes)
    return Leaf("path:/r/a", "a", "a", -1, "not scored", fraction=fraction, checkpoint=c)


def test_that_what_is_scored_already_costs_nothing() -> None:
    whole, half = cost([leaf()], GIVEN), cost([leaf(fraction=0.5)], GIVEN)
    assert (whole.n_tokens, half.n_tokens) == (100_000, 50_000)
    assert cost([leaf(), leaf()], GIVEN).n_tokens == 200_000


def test_that_weights_are_read_in_every_round() -> None:
    twice = Given(1000, 350_000, n_visits=2)
    assert cost([leaf()], twice).n_bytes == 2 * cost([leaf()], GIVEN).n_bytes == 4 * 2**20
    assert cost([leaf(), leaf(n_bytes=-1)], GIVEN).n_bytes == -1


def test_that_the_tokens_of_the_project_are_used_where_they_are_known() -> None:
    found = cost([leaf()], Given(1000, 350_000, bytes_per_token=2.0))
    assert (found.n_tokens, found.tokens_known) == (175_000, True)
    assert BYTES_PER_TOKEN == 3.5
    assert "project's own tokenizers" in cost_tip(found)


def test_that_time_goes_by_what_was_measured_with_these_settings() -> None:
    speeds = (Speed(10**6, 5000.0), Speed(10**8, 100.0), Speed(10**6, 9.0, device="cuda"))
    guess, known = cost([leaf()], GIVEN), cost([leaf()], GIVEN, speeds)
    assert known.seconds == pytest.approx(100_000 / 5000)
    assert (guess.measured, known.measured) == (False, True)
    assert "roughly" in cost_words(guess)
    assert "about 20 s" in cost_words(known)
    assert "no job has been measured" in cost_tip(guess)


def test_that_speed_falls_with_size_and_never_rises_above_what_was_measured() -> None:
    known = (Speed(10**7, 1000.0),)
    assert rate(10**8, known) == pytest.approx(100.0)
    assert rate(10**6, known) == 1000.0
    assert rate(-1, known) == 1000.0


def test_that_the_newest_speed_of_a_size_is_kept_and_not_too_many() -> None:
    speeds: tuple[Speed, ...] = ()
    for k in range(KEPT + 5):
        speeds = learned(speeds, Speed(2.0 ** (k + 1), 1.0))
    assert len(speeds) == KEPT
    newer = learned(speeds, Speed(speeds[-1].n_params * 1.1, 7.0))
    assert len(newer) == KEPT
    assert newer[-1].tokens_per_s == 7.0


def test_that_each_quantized_way_is_read_and_scored_once_more():
    one, three = Given(1000, 350_000), Given(1000, 350_000, n_ways=3, layers=True)
    plain, more = cost([leaf()], one), cost([leaf()], three)
    assert more.n_tokens == 3 * plain.n_tokens
    assert more.n_bytes == 3 * plain.n_bytes
    assert (more.n_each, more.with_layers) == (3, True)
    assert (plain.n_each, plain.with_layers) == (1, False)


def test_that_the_panel_says_in_how_many_ways_and_that_layers_come_on_top():
    from explorer.panels.newjob.spec import cost_tip, cost_words

    found = cost([leaf()], Given(1000, 350_000, n_ways=4, layers=True))
    assert cost_words(found).startswith("1 × 4 ways × 1,000 texts")
    assert "Layers take longer than that." in cost_tip(found)
    assert "ways" not in cost_words(cost([leaf()], Given(1000, 350_000)))
