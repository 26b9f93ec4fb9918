"""One contract for every causal architecture: batches give what the plain loop gives.

The members are in ``tests/compute/scoring/zoo.py``. Values are nats per text, float32 on the CPU.
What transformers loads as a causal model without it being one is named in ``zoo.NOT_CAUSAL``, what
it runs in float32 alone in ``FLOAT32_ALONE``, whose layers cannot be read in ``NOT_A_STACK``.
"""

import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "compute" / "scoring"))

import zoo

NATS = 1e-3
ENDLESS = {
    "BLOOM",
    "Falcon Mamba",
    "Falcon, ALiBi",
    "Mamba",
    "Mamba 2",
    "RecurrentGemma",
    "xLSTM",
}
"""Members without a longest text: recurrent, or with linear biases that are made as needed."""

FLOAT32_ALONE = {"xLSTM": "its kernels multiply float32 states by weights of another dtype"}
"""Members that transformers cannot run in half precision, and why."""

NOT_A_STACK = {
    "BERT as a decoder": "a layer of its own before the output",
    "DeepSeek V4": "several states for each position",
    "Gemma 3n": "several streams of states",
    "LongCat": "its norm follows a layer that is no block",
    "ModernBERT as a decoder": "a layer of its own before the output",
}
"""Members whose layers cannot be read, and why."""
OTHER_STATES = {"Mamba", "Mamba 2", "Falcon Mamba", "RWKV"}
"""Members whose ``hidden_states`` are not what goes into their blocks."""


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    import torch
    from transformers.utils import logging

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    logging.set_verbosity_error()
    yield
    torch.set_num_threads(before)
    opened.cache_clear()
    zoo.build.cache_clear()


@cache
def opened(name):
    """The network of a member, its texts, and what the plain loop gives for them."""
    import torch
    from transformers import CONFIG_MAPPING

    from compute.scoring.probing import network
    from compute.scoring.reference import plain_loop

    if zoo.MEMBERS[name].kind not in CONFIG_MAPPING:
        pytest.skip("this version of transformers does not have it yet")
    ids = zoo.texts()
    net = network(zoo.build(name), torch.device("cpu"), ids[4])
    return net, ids, plain_loop(net.module, ids)


def scored(net, ids, first=1):
    from compute.scoring.forward import Way, score_batch

    return score_batch(net, ids, Way(first=first, chunk_rows=50))


every_member = pytest.mark.parametrize("name", list(zoo.MEMBERS))


@every_member
def test_that_a_batch_of_any_composition_gives_what_the_plain_loop_gives(name):
    net, ids, alone = opened(name)
    n = len(ids)
    order = np.random.default_rng(len(name)).permutation(n).tolist()
    for some in (range(n), (n - 1, 1), order[:3], order[3:], *([k] for k in range(0, n, 2))):
        row = scored(net, [ids[k] for k in some]).values
        assert np.abs(row - alone[list(some)]).max() < NATS


@every_member
def test_that_neighbours_and_padding_never_change_a_text(name):
    net, ids, _ = opened(name)
    own, short = ids[4], ids[1]
    beside = [ids[7], ids[2]], [ids[5][::-1].copy()], [ids[6], ids[3], ids[0]]
    found = [
        log_p_of_all(net, [others[0], own, short, *others[1:]], pad=7 * k)
        for k, others in enumerate(beside)
    ]
    assert max(float((one - found[0]).abs().max()) for one in found[1:]) < NATS


def log_p_of_all(net, batch, pad):
    """(m, vocab) log-probabilities after each token of the second and third text of a batch."""
    import torch

    from compute.scoring.heads import hidden, logits

    lengths = torch.tensor([len(one) for one in batch])
    padded = torch.full((len(batch), int(lengths.max())), pad)
    for row, one in zip(padded, batch, strict=True):
        row[: len(one)] = torch.from_numpy(one)
    keep = torch.arange(padded.shape[1]) < lengths[:, None]
    keep[0] = keep[3:] = False
    with torch.inference_mode():
        parts = [(where, logits(net, s)) for where, s in hidden(net, padded, lengths, keep)]
        order = torch.cat([where for where, _ in parts]).argsort()
        return torch.cat([made for _, made in parts])[order].log_softmax(-1)


@every_member
def test_that_values_of_tokens_sum_to_the_value_of_their_text(name):
    net, ids, alone = opened(name)
    found = scored(net, ids)
    for own, tokens, value in zip(ids, found.tokens, alone, strict=True):
        assert np.isnan(tokens).tolist() == [k == 0 for k in range(len(own))]
        assert abs(float(np.nansum(tokens, dtype=np.float64)) - value) < NATS


@every_member
def test_that_what_came_before_matters_so_that_a_leak_would_show(name):
    net, ids, _ = opened(name)
    gaps = []
    for own in ids[4:]:
        other = own.copy()
        other[-4] = (own[-4] + 9) % zoo.VOCAB
        gaps.append(abs(np.diff(scored(net, [own, other], first=len(own) - 1).values)[0]))
    assert max(gaps) > 10 * NATS


@every_member
def test_that_a_body_and_an_output_layer_are_used_where_there_are_such(name):
    net, _, _ = opened(name)
    assert (net.body is None) == bool(zoo.MEMBERS[name].own_logits)
    assert net.together.value == "any"


@every_member
def test_that_a_shape_is_read_from_whatever_a_config_calls_it(name):
    from compute.scoring.models import shape_of

    net, _, _ = opened(name)
    shape = shape_of(net.module)
    assert (shape.vocab, shape.context) == (zoo.VOCAB, -1 if name in ENDLESS else zoo.CONTEXT)
    assert (shape.hidden in (32, 128), shape.layers in (2, 3, 4)) == (True, True)
    assert shape.heads in ((0, 4) if name in ENDLESS or name == "RWKV" else (4,))
    assert shape.intermediate >= shape.hidden


@pytest.mark.parametrize("name", sorted(ENDLESS))
def test_that_a_model_without_a_longest_text_reads_one_beyond_its_context(name):
    from compute.scoring.reference import plain_loop

    net, _, _ = opened(name)
    long = np.random.default_rng(0).integers(0, zoo.VOCAB, 2 * zoo.CONTEXT)
    alone = plain_loop(net.module, [long, long[:20]])
    assert np.abs(scored(net, [long, long[:20]]).values - alone).max() < NATS


@pytest.mark.parametrize("name", list(zoo.NOT_CAUSAL))
def test_that_a_model_whose_predictions_depend_on_later_tokens_is_refused(name):
    import torch

    from compute.core.errors import ScoringError
    from compute.scoring.probing import network

    member = zoo.NOT_CAUSAL[name]
    module = zoo.built(member.kind, member.config)
    with pytest.raises(ScoringError, match="depends on later tokens"):
        network(module, torch.device("cpu"), zoo.texts()[4])


@pytest.mark.parametrize("name", list(FLOAT32_ALONE))
def test_that_what_runs_in_float32_alone_says_so_in_half_precision(name):
    import torch

    from compute.core.errors import ScoringError
    from compute.scoring.probing import network

    member = zoo.MEMBERS[name]
    module = zoo.built(member.kind, member.config).to(torch.bfloat16)
    with pytest.raises(ScoringError, match=r"it cannot be run .*dtype"):
        network(module, torch.device("cpu"), zoo.texts()[4])


# ---------------------------------------------------------------- layers


def looked_at(name):
    import torch

    from compute.scoring.lens import find_lens

    net, ids, _ = opened(name)
    return net, ids, find_lens(net, torch.from_numpy(ids[4])[None])


def plain(net, lens, ids, layers):
    """(L, n) nats, one text at a time from ``output_hidden_states``, the final norm, the head."""
    import torch

    from compute.scoring.heads import logits

    out = np.zeros((len(layers), len(ids)))
    with torch.inference_mode():
        for s, own in enumerate(ids):
            if len(own) < 2:
                continue
            tokens = torch.from_numpy(own)
            run = net.module(input_ids=tokens[None], use_cache=False, output_hidden_states=True)
            assert len(run.hidden_states) == lens.n_layers + 1
            for k, layer in enumerate(layers):
                made = run.logits[0]
                if layer < lens.n_layers:
                    states = run.hidden_states[layer]
                    for module in lens.after:
                        states = module(states)
                    made = logits(net, states[0])
                log_p = made[:-1].float().log_softmax(-1)
                out[k, s] = float(log_p.gather(1, tokens[1:, None]).double().sum())
    return out


@pytest.mark.parametrize("name", [name for name in zoo.MEMBERS if name not in NOT_A_STACK])
def test_that_layers_of_a_batch_are_those_of_a_plain_loop(name):
    from compute.scoring.forward import Way, score_batch

    net, ids, lens = looked_at(name)
    layers = tuple(range(lens.n_layers + 1))
    found = score_batch(net, ids, Way(chunk_rows=50, layers=layers, lens=lens))
    without = score_batch(net, ids, Way(chunk_rows=50))
    assert np.array_equal(found.values, without.values)
    assert np.array_equal(found.layers[-1], found.values)
    one_by_one = np.concatenate(
        [score_batch(net, [own], Way(layers=layers, lens=lens)).layers for own in ids], axis=1
    )
    assert np.abs(found.layers - one_by_one).max() < NATS
    if name not in OTHER_STATES:
        assert np.abs(found.layers - plain(net, lens, ids, layers)).max() < NATS


@pytest.mark.parametrize("name", list(NOT_A_STACK))
def test_that_a_model_that_is_no_stack_says_so(name):
    from compute.core.errors import ScoringError

    with pytest.raises(ScoringError, match="its layers cannot be read"):
        looked_at(name)
