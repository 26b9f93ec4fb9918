"""``klscope bench budget``: the constants of the token budget, fitted to what this device does."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import numpy as np

from compute.core.tables import TextSet
from compute.scoring import devices
from compute.scoring.bench.material import random_model
from compute.scoring.bench.memory import peak_extra
from compute.scoring.bench.numbers import Figures, rounded
from compute.scoring.bench.shapes import Ask, Shape
from compute.scoring.bench.subjects import Place, Subject, in_memory, place

LENGTH = 256
"""Tokens of each text here."""
_VOCAB, _LAYERS, _HIDDEN = 512, 2, 512
_FEW, _MANY = 4, 20  # texts of a batch; what they differ in is what a token takes
_NARROW, _WIDE, _WIDER = 512, 4096, 8192
_HEADS = (8, 16)

Say = Callable[[str], None]


def measure(ask: Ask, say: Say) -> Figures:
    """Bytes of activations by width, and operations per second, on this device."""
    where = place(ask.device, ask.dtype, ask.n_threads)
    size = devices.DTYPES[where.dtype].itemsize
    say("memory of wide and narrow layers")
    hidden, intermediate = _by_width(where, size)
    say("memory of attention weights")
    attention = _by_heads(where, size)
    say("speed")
    flops = _flops(where)
    constants = {
        "hidden": rounded(hidden),
        "intermediate": rounded(intermediate),
        "attention": rounded(attention),
        "flops": rounded(flops, 2),
    }
    return {
        "device": where.device.type,
        "dtype": where.dtype,
        "bytes of a token, in units of the dtype": {
            "per hidden unit": constants["hidden"],
            "per intermediate unit": constants["intermediate"],
            "per head and earlier token, where attention weights are made": constants["attention"],
        },
        "operations per second": constants["flops"],
        "to record": f"{where.device.type!r}: {constants}",
    }


def _by_width(where: Place, size: int) -> tuple[float, float]:
    """Values of a token that exist at once, per hidden and per intermediate unit.

    The most is needed either in the attention or in the wide part, so the sum of both is enough.
    """
    narrow, wide, wider = (
        _per_token(_shape(width, 8), where, "sdpa") / size for width in (_NARROW, _WIDE, _WIDER)
    )
    return narrow / _HIDDEN, (wider - wide) / (_WIDER - _WIDE)


def _by_heads(where: Place, size: int) -> float:
    """Values of a token that exist at once, per head and token that it attends to."""
    few, many = (_per_token(_shape(_NARROW, heads), where, "eager") / size for heads in _HEADS)
    return (many - few) / (_HEADS[1] - _HEADS[0]) / LENGTH


def _per_token(shape: Shape, where: Place, attention: str) -> float:
    """Bytes that one more token in a batch takes."""
    module = random_model(shape, devices.DTYPES[where.dtype], where.device, attention)
    few, many = (_peak(module, n, where) for n in (_FEW, _MANY))
    return (many - few) / (_MANY - _FEW) / LENGTH


def _peak(module: Any, n_texts: int, where: Place) -> int:
    with _one_batch(module, n_texts, where) as subject:
        return peak_extra(subject.score, where.device)


def _flops(where: Place) -> float:
    """Operations per second, two for each weight and token, in a batch of a middling model."""
    shape = Shape("speed", 1024, 4, 16, 4096, 50_304, 0, 0)
    module = random_model(shape, devices.DTYPES[where.dtype], where.device)
    with _one_batch(module, _FEW, where) as subject:
        subject.score()
        began = time.perf_counter()
        subject.score()
        seconds = time.perf_counter() - began
    n_params = sum(p.numel() for p in module.parameters())
    return float(2 * n_params * _FEW * LENGTH / seconds)


def _one_batch(module: Any, n_texts: int, where: Place) -> AbstractContextManager[Subject]:
    """``n_texts`` random texts of :data:`LENGTH` tokens in one batch."""
    rng = np.random.default_rng(0)
    ids = [rng.integers(0, _VOCAB, LENGTH) for _ in range(n_texts)]
    names = tuple(map(str, range(n_texts)))
    whole = replace(where, batch_tokens=n_texts * LENGTH)
    return in_memory(module, ids, TextSet(names, names, ("",) * n_texts), whole)


def _shape(intermediate: int, heads: int) -> Shape:
    return Shape("memory", _HIDDEN, _LAYERS, heads, intermediate, _VOCAB, 0, 0)
