"""A scored checkpoint: detail of tokens, long texts, noise floor, trial, want of memory."""

import numpy as np
import pytest
import tiny_models
import torch

from compute.core.errors import ScoringError
from compute.core.tables import TextSet
from compute.scoring import OutOfMemory, torch_model
from compute.scoring.noise import noise_floor, some_texts
from compute.scoring.planning import ModelShape, halve
from compute.scoring.reference import reference
from compute.scoring.tokens import TokenizedTexts
from compute.scoring.trial import grown, sample


def all_of(model, plan=None, batches=None):
    plan = plan or model.plan()
    return list(model.score(plan, plan.batches if batches is None else batches))


def row_of(scored, n):
    row = np.full(n, np.nan, dtype=np.float32)
    for one in scored:
        row[list(one.batch.texts)] = one.values
    return row


def test_that_token_detail_is_given_when_asked_for_and_changes_no_value(saved, texts, scorer):
    plain = all_of(scorer().open(tiny_models.checkpoint(saved()), texts))
    model = scorer(tokens=True).open(tiny_models.checkpoint(saved()), texts)
    detailed = all_of(model)
    assert all(one.tokens == () for one in plain)
    assert row_of(plain, len(texts)).tobytes() == row_of(detailed, len(texts)).tobytes()
    for one in detailed:
        for text, tokens, value in zip(one.batch.texts, one.tokens, one.values, strict=True):
            assert len(tokens) == model.n_tokens[text]
            assert np.isnan(tokens).tolist() == [k == 0 for k in range(len(tokens))]
            assert np.nansum(tokens, dtype=np.float64) == pytest.approx(value, rel=1e-6)


def test_that_long_texts_are_scored_in_windows_when_asked_for(saved, scorer):
    words = tiny_models.texts(6).texts
    long = TextSet(tuple("abcd"), (words[0], "x y" * 800, words[1], "z" * 1101), ("",) * 4)
    skipping = scorer().open(tiny_models.checkpoint(saved()), long)
    model = scorer(long_texts="window").open(tiny_models.checkpoint(saved()), long)
    skipped, row = row_of(all_of(skipping), 4), row_of(all_of(model), 4)
    assert (skipping.plan().window, model.plan().window) == (0, 1100)
    assert np.isnan(skipped).tolist() == [False, True, False, True]
    assert np.isfinite(row).all()
    assert np.allclose(row[::2], skipped[::2], rtol=1e-6)
    assert 0 <= model.noise_floor(row) < 1e-9


@pytest.fixture
def cramped(monkeypatch):
    """Batches of more than two texts find no memory; counts those that are run."""
    real, run = torch_model.score_batch, []

    def score(net, ids, way):
        run.append(len(ids))
        if len(ids) > 2:
            raise torch.OutOfMemoryError("out of memory")
        return real(net, ids, way)

    def start():
        monkeypatch.setattr(torch_model, "score_batch", score)
        return run

    return start


def test_that_halving_changes_no_result_that_is_there(saved, texts, scorer, cramped):
    model = scorer(n_threads=2).open(tiny_models.checkpoint(saved()), texts)
    plan = model.plan()
    roomy = {one.batch.number: one.values for one in all_of(model, plan)}
    cramped()
    found = {}
    while len(found) < len(plan.batches):
        todo = [b for b in plan.batches if b.number not in found]
        try:
            for one in model.score(plan, todo):
                found[one.batch.number] = one
        except OutOfMemory:
            plan = halve(plan, [b.number for b in todo if b.number not in found])
    assert plan.halved
    again = {one.batch.number: one for one in all_of(model, plan, plan.batches[::-1])}
    assert {n: one.values.tobytes() for n, one in found.items()} == {
        n: one.values.tobytes() for n, one in again.items()
    }
    whole = {b.number for b in model.plan().batches if len(b.texts) <= 2} - {
        number for pair in plan.halved for number in pair
    }
    assert all(found[n].values.tobytes() == roomy[n].tobytes() for n in whole)
    row = row_of(found.values(), len(texts))
    assert np.abs(row - reference(saved(), texts.texts)).max() < 1e-3


def test_that_a_noise_floor_without_memory_is_unknown(saved, texts, scorer, monkeypatch):
    model = scorer().open(tiny_models.checkpoint(saved()), texts)
    row = row_of(all_of(model), len(texts))

    def full(*args, **kwargs):
        raise torch.OutOfMemoryError("out of memory")

    monkeypatch.setattr(torch_model, "noise_floor", full)
    assert np.isnan(model.noise_floor(row))


SHAPE = ModelShape(1000, 8, 1, 1, 32, 256, context=400)


def tokenized(lengths):
    return TokenizedTexts("d", tuple(np.zeros(n, dtype=np.int64) for n in lengths), 1)


def test_that_the_noise_floor_takes_a_few_of_the_shorter_scored_texts():
    lengths = np.arange(400)
    row = np.where(lengths % 2, -1.0, np.nan).astype(np.float32)
    few = some_texts(row, tokenized(lengths), SHAPE)
    assert few.tolist() == [101, 103, 105]  # from the lower quartile of 3, 5, ..., 399 on
    assert few.sum() < 0.03 * lengths[np.isfinite(row)].sum()


@pytest.mark.parametrize(("n", "texts"), [(0, 0), (5, 1), (100, 2), (149, 2), (10_000, 4)])
def test_that_few_texts_are_run_again_where_few_are_scored(n, texts):
    row = np.zeros(n, dtype=np.float32)
    assert len(some_texts(row, tokenized([9] * n), SHAPE)) == texts


def test_that_the_noise_floor_leaves_out_windows_and_texts_without_a_value():
    lengths = [401, 900, 1, 0, 399]
    assert some_texts(np.zeros(5, np.float32), tokenized(lengths), SHAPE).tolist() == [4]


def test_that_the_noise_floor_of_a_large_vocabulary_takes_short_texts():
    large = ModelShape(1000, 8, 1, 1, 32, 1_000_000)
    lengths = [*[300] * 150, *[60] * 10]
    few = some_texts(np.zeros(160, np.float32), tokenized(lengths), large)
    assert [lengths[k] for k in few] == [60, 60, 60]


def test_that_the_noise_floor_is_half_the_mean_square_in_bits_per_byte(saved, texts, scorer):
    model = scorer().open(tiny_models.checkpoint(saved()), texts)
    row = row_of(all_of(model), len(texts))
    moved = row + np.float32(0.5)
    few = some_texts(moved, model._tokens, model._shape)
    per_byte = 0.5**2 / 2 / texts.n_bytes[few].mean() / np.log(2)
    assert model.noise_floor(moved) == pytest.approx(per_byte, rel=0.01)


def test_that_own_logits_that_are_not_numbers_name_the_text(saved, texts, scorer):
    model = scorer().open(tiny_models.checkpoint(saved()), texts)
    row = row_of(all_of(model), len(texts))
    module = model._net.module
    handle = module.register_forward_hook(
        lambda module, given, made: made.__setitem__("logits", made.logits * torch.nan)
    )
    with pytest.raises(ScoringError, match=r"own logits are not numbers on text 't\d+'"):
        noise_floor(module, model._shape, model._tokens, texts, row)
    handle.remove()


@pytest.fixture
def clock(monkeypatch):
    """``clock(rates)``: a ``run`` whose batches take as long as these rates say."""
    now = [0.0]
    monkeypatch.setattr("compute.scoring.trial.time.perf_counter", lambda: now[0])

    def make(rates, n_max=10**9):
        def run(budget):
            if budget > n_max:
                raise OutOfMemory
            now[0] += budget / rates[budget]
            return budget

        run.now = now
        return run

    return make


LOTS = 10**9


@pytest.mark.parametrize(
    ("rates", "best"),
    [
        ({1: 1e3, 2: 2e3, 4: 4e3, 8: 8e3, 16: 8e3}, 8),
        ({1: 1e3, 2: 1.04e3}, 1),
        ({1: 1e3, 2: 2e3, 4: 1.9e3}, 2),
    ],
)
def test_that_a_trial_goes_on_while_batches_get_faster(rates, best, clock):
    assert grown(clock(rates), 1, LOTS, LOTS) == best


def test_that_a_trial_ends_at_the_memory_of_the_device(clock):
    rates = {2**k: 1e3 * 2**k for k in range(30)}
    assert grown(clock(rates, n_max=100), 1, LOTS, LOTS) == 64
    assert grown(clock(rates), 1, 40, LOTS) == 32


@pytest.mark.parametrize("all_tokens", [1000, 10**5, 10**8])
def test_that_a_trial_takes_little_of_the_time(all_tokens, clock):
    rates = {2**k: 100 * 1.5**k for k in range(40)}
    run = clock(rates)
    best = grown(run, 1, LOTS, all_tokens)
    took = run.now[0] - 1 / 100  # without the batch before the first
    assert best > 1
    assert took <= max(1 / 100 + 2 / 150, min(5.0, 0.05 * all_tokens / rates[best]))


def test_that_a_sample_fills_a_batch_with_ordinary_texts():
    lengths = [10, 500, 20, 30, 40]
    assert sample(range(5), lengths, 45) == (3,)
    assert sample(range(5), lengths, 90) == (3, 4)
    assert sample([7, 8], [100, 100], 1000) == (8, 7) * 5
    assert sample([7], [100], 10) == (7,)


def test_that_a_budget_found_by_trial_is_in_the_plan(saved, texts, scorer):
    model = scorer(batch_tokens=-1).open(tiny_models.checkpoint(saved()), texts)
    plan = model.plan()
    by_formula = scorer(batch_tokens=0).open(tiny_models.checkpoint(saved()), texts).plan().budget
    assert plan.budget >= by_formula // 4 > 0
    assert np.log2(plan.budget / (by_formula // 4)) % 1 == 0
    for batch in plan.batches:
        longest = max(int(model.n_tokens[text]) for text in batch.texts)
        assert len(batch.texts) == 1 or len(batch.texts) * longest <= plan.budget
    row = row_of(all_of(model, plan), len(texts))
    assert np.abs(row - reference(saved(), texts.texts)).max() < 1e-3
