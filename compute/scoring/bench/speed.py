"""Speed and memory of one model on one block of texts, each way."""

from __future__ import annotations

import time
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.scoring.bench import harness
from compute.scoring.bench.material import Material
from compute.scoring.bench.matrix import Yardstick
from compute.scoring.bench.memory import peak_extra
from compute.scoring.bench.numbers import Figures, ratio, rounded
from compute.scoring.bench.rounds import Rounds, interleaved, timed
from compute.scoring.bench.shapes import Shape
from compute.scoring.bench.subjects import Subject

OURS, PLAIN, HARNESS = "klscope", "plain loop", "lm-evaluation-harness"
_MIB = 1 << 20

Say = Callable[[str], None]


def measure(subject: Subject, shape: Shape, made: Material, rounds: int, say: Say) -> Figures:
    """Memory first, which also warms up, then blocks of every way in turn."""
    say(f"{shape.name}: memory")
    rows: dict[str, NDArray[Any]] = {}
    memory = {
        OURS: peak_extra(lambda: rows.update(ours=subject.score()), subject.device),
        PLAIN: peak_extra(lambda: rows.update(plain=subject.plain()), subject.device),
    }
    ways = {OURS: timed(subject.score), PLAIN: timed(subject.plain)}
    notes: dict[str, Any] = {}
    if harness.is_installed():
        say(f"{shape.name}: the harness looks for its batch size")
        texts, copy = subject.texts.texts, deepcopy(made.tokenizer)
        other = harness.Harness(subject.module, copy, texts, subject.n_threads)
        ways[HARNESS] = timed(other.score)
        notes["batch size that the harness found"] = other.batch_size
    say(f"{shape.name}: {rounds} rounds")
    found = interleaved(ways, _yardstick(subject, shape), rounds=rounds)
    return {
        "texts": len(subject.ids),
        "tokens": subject.n_tokens,
        "batches": len(subject.plan.batches),
        **_speeds(found, tuple(ways), subject.n_tokens, shape),
        **notes,
        "peak extra memory, MiB": {way: _mib(n) for way, n in memory.items()},
        "largest difference from the plain loop, nats": _gap(rows["ours"], rows["plain"]),
        "noise floor, bits/byte": rounded(subject.ours.noise_floor(rows["ours"])),
        "rounds": rounds_word(found),
    }


def _yardstick(subject: Subject, shape: Shape) -> Yardstick:
    rows = subject.batch_rows()
    return Yardstick(
        shape,
        subject.module.get_input_embeddings().weight.detach(),
        rows=rows,
        head_rows=min(rows, subject.plan.chunk_rows),
        n_threads=subject.n_threads,
    )


def _speeds(found: Rounds, ways: tuple[str, ...], n_tokens: int, shape: Shape) -> Figures:
    """``found`` as tokens per second, ratios and shares of the time that the products take."""
    others = {way: ratio(found.ratio(OURS, way)) for way in ways if way != OURS}
    products_s = found.yardstick() * n_tokens
    return {
        "tokens/s": {way: rounded(n_tokens / found.median(way)) for way in ways},
        **{f"times as fast as the {way}": value for way, value in others.items()},
        "matrix rate, GFLOP/s": rounded(shape.flops_per_token / found.yardstick() / 1e9),
        "share of the matrix rate": {
            way: rounded(products_s / found.median(way), 2) for way in ways
        },
    }


def in_one_go(subject: Subject) -> Figures:
    """All texts once."""
    began = time.perf_counter()
    row = subject.score()
    seconds = time.perf_counter() - began
    return {
        "texts": len(row),
        "tokens": subject.n_tokens,
        "seconds": rounded(seconds),
        "tokens/s": rounded(subject.n_tokens / seconds),
    }


def rounds_word(found: Rounds) -> str:
    return f"{len(found.rounds)}, {found.repeated} repeated, {found.disturbed} still disturbed"


def _mib(n_bytes: int) -> float | str:
    return rounded(n_bytes / _MIB) if n_bytes >= 0 else "this system does not say"


def _gap(ours: NDArray[Any], plain: NDArray[Any]) -> float:
    both = np.isfinite(ours) & np.isfinite(plain)
    return rounded(float(np.abs(ours[both] - plain[both]).max()), 2)
