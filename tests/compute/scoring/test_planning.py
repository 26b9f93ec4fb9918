"""Plans: which texts are scored together."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute.scoring.planning import (
    Batch,
    Device,
    ModelShape,
    Work,
    chunk,
    from_stored,
    halve,
    halvings,
    plan,
    stored,
    token_budget,
    with_budget,
    with_halvings,
)

SHAPE = ModelShape(460_000, 64, 4, 4, 256, 2048, context=1100)
CPU, GPU = Device("cpu", 16 << 30), Device("cuda", 80 << 30)


@given(st.lists(st.integers(0, 1500), max_size=80), st.integers(1, 5000))
def test_that_every_text_within_the_context_is_in_exactly_one_batch(lengths, budget):
    made = with_budget(Work(np.array(lengths, dtype=np.int64)), SHAPE, CPU, 2, budget)
    found = sorted(k for batch in made.batches for k in batch.texts)
    assert found == [k for k, n in enumerate(lengths) if n <= 1100]


@given(st.lists(st.integers(1, 1100), min_size=1, max_size=80))
def test_that_a_batch_stays_within_its_budget_unless_it_is_one_text(lengths):
    made = with_budget(Work(np.array(lengths, dtype=np.int64)), SHAPE, CPU, 2, 1000)
    for batch in made.batches:
        padded = len(batch.texts) * max(lengths[k] for k in batch.texts)
        assert padded <= 1000 or len(batch.texts) == 1


def test_that_thread_counts_do_not_change_the_batches():
    work = Work(np.arange(1, 900, dtype=np.int64))
    one, eight = (plan(work, SHAPE, "float32", CPU, n) for n in (1, 8))
    assert one.batches == eight.batches
    assert (one.n_threads, eight.n_threads) == (1, 8)


def test_that_larger_models_get_smaller_batches_and_never_none():
    sizes = [10**k for k in range(5, 13)]
    for device in (CPU, GPU):
        budgets = [
            token_budget(ModelShape(n, 4096, 32, 32, 16384, 50_000), "bfloat16", device)
            for n in sizes
        ]
        assert budgets == sorted(budgets, reverse=True)
        assert budgets[-1] >= 1


@pytest.mark.parametrize("times", [1, 2, 3])
def test_that_halving_keeps_every_text_and_what_is_finished(times):
    original = made = with_budget(Work(np.full(40, 100, dtype=np.int64)), SHAPE, CPU, 2, 1000)
    finished = original.batches[0]
    for _ in range(times):
        made = halve(made, [b.number for b in made.batches if b.number != finished.number])
    assert made.batches[0] == finished
    assert sorted(k for b in made.batches for k in b.texts) == list(range(40))
    assert max(len(b.texts) for b in made.batches[1:]) == -(-10 // 2**times)
    assert len({b.number for b in made.batches}) == len(made.batches)


def test_that_a_stored_plan_comes_back_with_its_halvings():
    original = with_budget(Work(np.full(40, 100, dtype=np.int64)), SHAPE, CPU, 2, 1000)
    made = halve(original, [1, 2])
    data = json.loads(json.dumps(stored(original, made.halved, {"digest": "d"})))
    assert with_halvings(from_stored(data), halvings(data)) == made


@given(
    st.lists(st.integers(0, 5000), max_size=60),
    st.integers(1, 5000),
    st.sampled_from(["skip", "window"]),
    st.randoms(use_true_random=False),
)
def test_that_the_first_round_comes_first_and_holds_its_texts(lengths, budget, long_texts, random):
    first = np.array(random.sample(range(len(lengths)), len(lengths) // 3), dtype=np.int64)
    work = Work(np.array(lengths, dtype=np.int64), first, long_texts)
    made = with_budget(work, SHAPE, CPU, 2, budget)
    rounds = [batch.round for batch in made.batches]
    assert rounds == sorted(rounds)
    assert [batch.number for batch in made.batches] == list(range(len(made.batches)))
    scored = {k for k, n in enumerate(lengths) if n <= 1100 or long_texts == "window"}
    for number, texts in ((0, set(first)), (1, set(range(len(lengths))) - set(first))):
        found = [k for batch in made.batches if batch.round == number for k in batch.texts]
        assert sorted(found) == sorted(texts & scored)
        longest_first = [min(lengths[k], 5000) for k in found]
        assert longest_first == sorted(longest_first, reverse=True)


def test_that_halving_keeps_the_round():
    first = np.arange(10)
    original = with_budget(Work(np.full(40, 100), first), SHAPE, CPU, 2, 1000)
    made = halve(halve(original, [0, 1]), [0, 1, 2])
    for batch in made.batches:
        assert {text < 10 for text in batch.texts} == {batch.round == 0}


def test_that_plans_from_before_there_were_rounds_are_read():
    data = {"batches": [[0, [2, 1]], [1, [0]]], "chunk_rows": 512, "lanes": True, "n_threads": 2}
    made = from_stored(data)
    assert made.batches == (Batch(0, (2, 1)), Batch(1, (0,)))
    assert (made.budget, made.window, made.chunk_columns) == (0, 0, 0)


def test_that_a_plan_counts_the_windows_of_long_texts():
    lengths = np.array([1100, 1101, 3300, 50], dtype=np.int64)
    made = with_budget(Work(lengths, long_texts="window"), SHAPE, CPU, 2, 4 * 1100)
    assert [b.texts for b in made.batches] == [(2,), (1, 0, 3)]  # 5 windows, then 2 + 1 + 1
    assert (made.window, made.budget) == (1100, 4400)


@pytest.mark.parametrize(("longest", "long_texts"), [(1100, "window"), (1200, "skip")])
def test_that_a_plan_without_windows_says_so(longest, long_texts):
    work = Work(np.array([5, longest], dtype=np.int64), long_texts=long_texts)
    assert with_budget(work, SHAPE, CPU, 2, 1000).window == 0


@given(st.integers(1, 10**6), st.booleans(), st.sampled_from([CPU, GPU]))
def test_that_logits_that_exist_at_once_take_little_memory(vocab, cut, device):
    for n_params in (10**5, 10**9):
        shape = replace(SHAPE, n_params=n_params, vocab=vocab)
        rows, columns = chunk(shape, device, cut=cut)
        assert rows >= 1
        assert 4 * rows * (columns or vocab) <= max(1 << 28, 4 * 256 * vocab)
        assert cut or not columns


def test_that_a_part_of_a_large_vocabulary_is_unembedded_for_many_positions():
    small, large = (replace(SHAPE, n_params=n, vocab=256_000) for n in (10**6, 10**9))
    assert [chunk(shape, CPU) for shape in (small, large)] == [(256, 1024), (1024, 1024)]
    assert chunk(large, CPU, cut=False) == (64, 0)
    assert chunk(SHAPE, CPU) == (128, 0)


def test_that_wide_models_get_smaller_batches_on_a_cpu():
    budgets = [
        token_budget(replace(SHAPE, n_params=n, intermediate=wide), "float32", CPU)
        for n, wide in ((460_000, 256), (10**7, 2048), (70 * 10**6, 2048), (410 * 10**6, 4096))
    ]
    assert budgets == [2048, 512, 2048, 609]


def test_that_single_texts_cannot_be_halved():
    made = with_budget(Work(np.full(3, 100, dtype=np.int64)), SHAPE, CPU, 2, 10)
    assert halve(made, [0, 1, 2]).halved == made.halved
