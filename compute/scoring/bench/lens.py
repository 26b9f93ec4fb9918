"""``klscope bench lens``: all layers in one pass, beside the parts that such a pass is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from transformers.utils import logging as transformers_logging

from compute.scoring import devices
from compute.scoring.bench.material import material, random_model
from compute.scoring.bench.matrix import Yardstick, synchronize, threads
from compute.scoring.bench.memory import peak_extra
from compute.scoring.bench.numbers import Figures, ratio, rounded
from compute.scoring.bench.rounds import Rounds, interleaved, timed
from compute.scoring.bench.shapes import Ask, Shape, chosen
from compute.scoring.bench.speed import rounds_word
from compute.scoring.bench.subjects import Place, Subject, in_memory, place
from compute.scoring.forward import Way, log_p, score_batch
from compute.scoring.heads import Network, run_body
from compute.scoring.lens import Lens, find_lens
from compute.scoring.probing import network

DEEP = 32
"""Layers of the model whose memory is measured."""
_TEXTS = 24
_MIB = 1 << 20
_ALL, _BODY, _HEAD = "all layers", "forward", "one unembedding"

Say = Callable[[str], None]


def measure(ask: Ask, say: Say) -> Figures:
    """Time of each shape asked for, then memory at 32 layers."""
    transformers_logging.disable_progress_bar()
    where = place(ask.device, ask.dtype, ask.n_threads)
    found: dict[str, object] = {"device": str(where.device), "dtype": where.dtype}
    for shape in chosen(ask.shapes, where.device.type):
        say(f"{shape.name}: {ask.rounds} rounds")
        found[shape.name] = _with(shape, where, ask, lambda looked: _time(looked, ask.rounds))
    deep = replace(chosen(("460k",), "cpu")[0], layers=DEEP)
    say(f"memory at {DEEP} layers")
    found[f"memory at {DEEP} layers"] = _with(deep, where, ask, _memory)
    return found


class _Looked:
    """A model, its lens and the batches of a block."""

    def __init__(self, subject: Subject, net: Network, lens: Lens, shape: Shape) -> None:
        self.subject, self.net, self.lens, self.shape = subject, net, lens, shape
        plan = subject.plan
        self.batches = [[subject.ids[t] for t in batch.texts] for batch in plan.batches]
        self.way = Way(chunk_rows=plan.chunk_rows, chunk_columns=plan.chunk_columns)

    def score(self, layers: tuple[int, ...] = ()) -> None:
        """Every batch, with some layers beside the model."""
        way = replace(self.way, layers=layers, lens=self.lens if layers else None)
        for ids in self.batches:
            score_batch(self.net, ids, way)
        synchronize(self.subject.device)

    def body(self) -> None:
        """The forward passes alone."""
        with torch.inference_mode():
            for ids in self._padded():
                run_body(self.net, ids)
        synchronize(self.subject.device)

    def head(self) -> None:
        """Final norm and unembedding of as many states, once."""
        with torch.inference_mode():
            for ids, own in zip(self.batches, self._states(), strict=True):
                targets = torch.from_numpy(np.concatenate([one[1:] for one in ids]))
                log_p(self.net, self.lens.states(-1, own), targets, self.way)
        synchronize(self.subject.device)

    def _padded(self) -> Iterator[torch.Tensor]:
        for ids in self.batches:
            rows = np.zeros((len(ids), max(map(len, ids))), np.int64)
            for row, own in zip(rows, ids, strict=True):
                row[: len(own)] = own
            yield torch.from_numpy(rows).to(self.net.device)

    def _states(self) -> Iterator[torch.Tensor]:
        dtype = next(self.net.head.parameters()).dtype
        for ids in self.batches:
            n = sum(len(own) - 1 for own in ids)
            yield torch.zeros(n, self.shape.hidden, dtype=dtype, device=self.net.device)

    @property
    def every(self) -> tuple[int, ...]:
        return tuple(range(self.lens.n_layers + 1))


def _with(shape: Shape, where: Place, ask: Ask, work: Callable[[_Looked], Figures]) -> Figures:
    made = material(shape.pieces)
    texts = made.texts(ask.texts or _TEXTS)
    devices.be_repeatable(where.device)
    module = random_model(shape, devices.DTYPES[where.dtype], where.device)
    ids: Sequence[NDArray[np.int64]] = made.ids(texts)
    with in_memory(module, ids, texts, where) as subject, threads(where.n_threads):
        net = network(module, where.device, ids[0])
        lens = find_lens(net, torch.from_numpy(ids[0][:16])[None].to(where.device))
        return work(_Looked(subject, net, lens, shape))


def _time(looked: _Looked, rounds: int) -> Figures:
    """All layers against forward + (layers + 1) unembeddings, in interleaved blocks."""
    ways = {
        _ALL: timed(lambda: looked.score(looked.every)),
        _BODY: timed(looked.body),
        _HEAD: timed(looked.head),
    }
    like = torch.empty(0, dtype=next(looked.net.head.parameters()).dtype, device=looked.net.device)
    rows = looked.subject.batch_rows()
    yardstick = Yardstick(
        looked.shape, like, rows=rows, head_rows=rows, n_threads=looked.subject.n_threads
    )
    found = interleaved(ways, yardstick, rounds=rounds)
    return {
        "layers": len(looked.every),
        **{f"{name}, s": rounded(found.median(name)) for name in ways},
        "all layers over forward + one unembedding per layer": ratio(_over_parts(looked, found)),
        "rounds": rounds_word(found),
    }


def _over_parts(looked: _Looked, found: Rounds) -> tuple[float, float, float]:
    n = len(looked.every)
    each = [r.seconds[_ALL] / (r.seconds[_BODY] + n * r.seconds[_HEAD]) for r in found.rounds]
    parts = found.median(_BODY) + n * found.median(_HEAD)
    return found.median(_ALL) / parts, min(each), max(each)


def _memory(looked: _Looked) -> Figures:
    """Peak beyond what was there, with one layer and with all."""
    device = looked.net.device
    looked.score(looked.every)  # what is made once is there now
    one = peak_extra(lambda: looked.score((1,)), device)
    every = peak_extra(lambda: looked.score(looked.every), device)
    return {
        "one layer, MiB": round(one / _MIB, 1),
        "all layers, MiB": round(every / _MIB, 1),
        "all over one": rounded(every / max(one, 1)),
    }
