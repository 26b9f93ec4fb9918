"""The logit lens of every architecture: batches give what a plain loop over layers gives."""

import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "compute" / "scoring"))

import zoo

NATS = 1e-3
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
MEMBERS = [name for name in zoo.MEMBERS if name not in NOT_A_STACK]


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
    import torch
    from transformers import CONFIG_MAPPING

    from compute.scoring.probing import network

    if zoo.MEMBERS[name].kind not in CONFIG_MAPPING:
        pytest.skip("this version of transformers does not have it yet")
    ids = zoo.texts()
    return network(zoo.build(name), torch.device("cpu"), ids[4]), ids


def looked_at(name):
    import torch

    from compute.scoring.lens import find_lens

    net, ids = opened(name)
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


@pytest.mark.parametrize("name", MEMBERS)
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
