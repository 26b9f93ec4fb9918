"""One contract for every causal architecture: batches give what the plain loop gives.

The members are in ``tests/compute/scoring/zoo.py``. Values are nats per text, float32 on the CPU.
"""

import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "compute" / "scoring"))

import zoo

NATS = 1e-3
CHUNK = 50

CANNOT_RUN = {
    "Kimi Linear": (
        "kimi_linear",
        {**zoo._ANY, "num_hidden_layers": 2},
        "asks its cache for the length of a layer that has none",
    ),
}


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

    from compute.scoring.probing import network
    from compute.scoring.reference import plain_loop

    ids = zoo.texts()
    net = network(zoo.build(name), torch.device("cpu"), ids[4])
    return net, ids, plain_loop(net.module, ids)


def scored(net, ids):
    from compute.scoring.forward import score_batch

    return score_batch(net, ids, first=1, chunk_rows=CHUNK)


every_member = pytest.mark.parametrize("name", list(zoo.MEMBERS))


@every_member
def test_that_a_batch_of_any_composition_gives_what_the_plain_loop_gives(name):
    net, ids, alone = opened(name)
    n = len(ids)
    order = np.random.default_rng(len(name)).permutation(n).tolist()
    together = [range(n), (n - 1, 1), order[:3], order[3:]]
    for some in (*together, *([k] for k in range(n))):
        row = scored(net, [ids[k] for k in some])
        assert np.abs(row - alone[list(some)]).max() < NATS


@every_member
def test_that_neighbours_and_padding_never_change_a_text(name):
    import torch

    from compute.scoring.heads import hidden, logits

    net, ids, _ = opened(name)
    own, short = ids[4], ids[1]
    others = [ids[7], ids[2]], [ids[5][::-1].copy()], [ids[6], ids[3], ids[0]]
    found = []
    for pad, beside in enumerate(others):
        batch = [beside[0], own, short, *beside[1:]]
        width = max(map(len, batch))
        padded = torch.full((len(batch), width), 7 * pad)
        for row, one in zip(padded, batch, strict=True):
            row[: len(one)] = torch.from_numpy(one)
        keep = torch.zeros(padded.shape, dtype=torch.bool)
        keep[1, : len(own)] = keep[2, : len(short)] = True
        with torch.inference_mode():
            lengths = torch.tensor([len(one) for one in batch])
            parts = [(w, logits(net, s)) for w, s in hidden(net, padded, lengths, keep)]
        where = torch.cat([w for w, _ in parts]).argsort()
        found.append(torch.cat([made for _, made in parts])[where].log_softmax(-1))
    assert max(float((one - found[0]).abs().max()) for one in found[1:]) < NATS


@every_member
def test_that_what_came_before_matters_so_that_a_leak_would_show(name):
    from compute.scoring.forward import score_batch

    net, ids, _ = opened(name)
    gaps = []
    for own in ids[4:]:
        other = own.copy()
        other[-4] = (own[-4] + 9) % zoo.VOCAB
        last = {"first": len(own) - 1, "chunk_rows": CHUNK}
        gaps.append(abs(np.diff(score_batch(net, [own, other], **last))[0]))
    assert max(gaps) > 10 * NATS
