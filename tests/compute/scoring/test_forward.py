"""One batch: what is computed does not depend on how it is cut up, and memory is bounded."""

import numpy as np
import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from compute.scoring.bench.memory import own_pages, peak_extra
from compute.scoring.forward import Way, score_batch
from compute.scoring.heads import Network, can_cut
from compute.scoring.planning import Device, ModelShape, chunk
from compute.scoring.reference import plain_loop
from compute.scoring.windows import n_windows

CPU = torch.device("cpu")


def network(vocab=320, context=64, hidden=32, seed=0, dtype=torch.float32):
    """A GPT-2, whose learned positions end with its context, with weights that matter."""
    torch.manual_seed(seed)
    sizes = {"n_embd": hidden, "n_layer": 1, "n_head": 2, "n_positions": context}
    config = AutoConfig.for_model("gpt2", vocab_size=vocab, **sizes)
    module = AutoModelForCausalLM.from_config(config).eval()
    with torch.no_grad():
        for p in module.parameters():
            p.mul_(5 if p.ndim > 1 else 1)
    module = module.to(dtype)
    return Network(module, CPU, module.base_model, module.get_output_embeddings())


def ids_of(*lengths, vocab=320, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.integers(0, vocab, n) for n in lengths]


@pytest.fixture(scope="module")
def net():
    return network()


@pytest.mark.parametrize("columns", [0, 1, 7, 100, 320, 1000])
@pytest.mark.parametrize("rows", [1, 13, 1000])
def test_that_parts_of_the_vocabulary_give_what_the_whole_gives(net, rows, columns):
    ids = ids_of(64, 30, 2, 1)
    found = score_batch(net, ids, Way(chunk_rows=rows, chunk_columns=columns))
    assert np.abs(found.values - plain_loop(net.module, ids)).max() < 1e-3


def test_that_an_output_layer_that_does_more_is_not_cut(net):
    ids = ids_of(40, 12)
    whole = score_batch(net, ids, Way(chunk_columns=100)).values
    with_hook = network()
    handle = with_hook.head.register_forward_hook(lambda head, given, made: made - made[:, :1])
    assert can_cut(net)
    assert not can_cut(with_hook)
    again = score_batch(with_hook, ids, Way(chunk_columns=100)).values
    handle.remove()
    assert np.abs(whole - again).max() < 1e-3


@pytest.mark.parametrize("first", [1, 2])
def test_that_values_of_tokens_sum_to_the_value_of_the_text(net, first):
    ids = ids_of(50, 3, 2, 1, 0)
    found = score_batch(net, ids, Way(first=first, chunk_rows=16, chunk_columns=100))
    for own, tokens, value in zip(ids, found.tokens, found.values, strict=True):
        assert tokens.dtype == np.float32
        assert np.isnan(tokens).tolist() == [k < first for k in range(len(own))]
        assert np.nansum(tokens, dtype=np.float64) == pytest.approx(value, abs=1e-9)
    assert (found.values[:3] < 0).tolist() == [True, True, first == 1]
    assert found.values[3:].tolist() == [0.0, 0.0]


def one_token_at_a_time(net, own, context):
    """(n,) float64 nats of each token after what its window shows of the text before it."""
    stride, found = context // 2, [np.nan]
    for k in range(1, len(own)):
        start = 0 if k < context else ((k - context) // stride + 1) * stride
        given = torch.from_numpy(own[start:k])[None]
        with torch.inference_mode():
            last = net.module(input_ids=given).logits[0, -1].double()
        found.append(float(torch.log_softmax(last, -1)[own[k]]))
    return np.array(found)


@pytest.mark.parametrize("budget", [0, 1, 200])
@pytest.mark.parametrize("context", [64, 33])
def test_that_windows_score_each_token_after_half_a_context_or_more(net, context, budget):
    ids = ids_of(230, 40, context, context + 1, 1)
    way = Way(chunk_rows=50, chunk_columns=100, window=context, budget=budget)
    found = score_batch(net, ids, way)
    for own, tokens, value in zip(ids, found.tokens, found.values, strict=True):
        slow = one_token_at_a_time(net, own, context)
        assert np.abs(tokens[1:] - slow[1:]).max(initial=0) < 1e-4
        assert value == pytest.approx(np.nansum(slow), abs=1e-3)


def test_that_windows_of_a_long_text_are_run_a_few_at_a_time(net, monkeypatch):
    seen = []

    def count(module, args, given):
        seen.append(tuple(given["input_ids"].shape))

    handle = net.body.register_forward_pre_hook(count, with_kwargs=True)
    score_batch(net, ids_of(640), Way(window=64, budget=4 * 64))
    handle.remove()
    assert sum(n for n, _ in seen) == n_windows(640, 64) == 19
    assert max(n for n, _ in seen) == 4
    assert max(width for _, width in seen) == 64


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("columns", [0, 100])
def test_that_logits_that_are_not_numbers_are_told(value, columns):
    net = network()
    ids = ids_of(20)
    token = int(ids[0][7])
    head = torch.nn.Linear(32, 320, bias=True)
    with torch.no_grad():
        head.bias.zero_()
        head.bias[token] = value
    poisoned = Network(net.module, CPU, net.body, head)
    found = score_batch(poisoned, ids, Way(chunk_columns=columns)).values
    assert not np.isfinite(found).any()


def test_that_tokens_that_can_never_come_do_no_harm():
    net = network()
    head = torch.nn.Linear(32, 320, bias=True)
    with torch.no_grad():
        head.bias.zero_()
        head.bias[200:] = -np.inf
    ids = ids_of(40, vocab=200)
    whole = score_batch(Network(net.module, CPU, net.body, head), ids, Way()).values
    parts = score_batch(Network(net.module, CPU, net.body, head), ids, Way(chunk_columns=50)).values
    assert np.isfinite(whole).all()
    assert np.abs(whole - parts).max() < 1e-3


def test_that_bfloat16_sums_probabilities_in_float32():
    """What is lost is the rounding of states and logits, not of sums over the vocabulary."""
    half, ids = network(dtype=torch.bfloat16), ids_of(60, 60)
    found = score_batch(half, ids, Way(chunk_rows=32, chunk_columns=100)).values
    with torch.inference_mode():
        batch = torch.from_numpy(np.stack(ids))
        made = half.module(input_ids=batch).logits[:, :-1].double()
        log_p = torch.log_softmax(made, -1).gather(-1, batch[:, 1:, None])[..., 0]
    assert np.abs(found - log_p.sum(1).numpy()).max() < 1e-3 * np.abs(found).max()


@pytest.mark.skipif(own_pages() < 0, reason="this system does not say how much memory is in use")
@pytest.mark.parametrize(("cut", "n_texts"), [(True, 8), (False, 2)])
def test_that_a_vocabulary_of_256_000_needs_little_memory(cut, n_texts):
    net = network(vocab=256_000, context=512, hidden=16)
    handle = None if cut else net.head.register_forward_hook(lambda *_: None)
    shape = ModelShape(4_500_000, 16, 1, 2, 64, 256_000, 512)
    rows, columns = chunk(shape, Device("cpu", 8 << 30), cut=cut)
    ids = ids_of(*[512] * n_texts, vocab=256_000)
    way = Way(chunk_rows=rows, chunk_columns=columns)
    found = []
    extra = peak_extra(lambda: found.append(score_batch(net, ids, way)), CPU)
    if handle:
        handle.remove()
    assert np.isfinite(found[0].values).all()
    assert extra < 256 << 20
