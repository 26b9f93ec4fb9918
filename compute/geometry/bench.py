"""The KL matrix measured beside plain matrix products, as ratios within one run."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping

import numpy as np

from compute.geometry.distances import squared_distances
from compute.geometry.prepared import double_centred
from compute.geometry.tiles import errors_between

WAYS = {
    "kl": "KL matrix of centred rows",
    "whole": "centring and KL matrix, from the log-likelihoods",
    "se": "standard errors of all pairs",
    "gram": "product of the rows with themselves, float64",
}
"""What is measured beside the plain product of two tables of that shape."""

LIMIT = 2.0
"""The KL matrix may take this many times the plain product."""


def measure(
    n_rows: int, n_texts: int, rounds: int, say: Callable[[str], None]
) -> Mapping[str, object]:
    """Seconds and ratios of medians; rounds are interleaved, the first does not count.

    Processor time hardly depends on what else runs on the machine.

    Parameters
    ----------
    n_rows, n_texts : int
        1,018 x 10,000 is the set of the paper.
    say : function
        Gets a line for each round.
    """
    rng = np.random.default_rng(0)
    raw = (-700 + 80 * rng.standard_normal((n_rows, n_texts), np.float32)).astype(np.float32)
    rows = double_centred(raw, -900.0)
    other = rows[::-1].copy()
    ways: dict[str, Callable[[], object]] = {
        "product": lambda: rows @ other.T,
        "gram": lambda: rows @ rows.T,
        "kl": lambda: squared_distances(rows),
        "whole": lambda: squared_distances(double_centred(raw, -900.0)),
        "se": lambda: errors_between(rows, rows),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    processor: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(rounds + 1):
        for name in list(ways) if turn % 2 else reversed(list(ways)):
            began = time.perf_counter(), time.process_time()
            ways[name]()
            seconds[name].append(time.perf_counter() - began[0])
            processor[name].append(time.process_time() - began[1])
        say(f"round {turn} of {rounds}")
    return {
        "entries": n_rows,
        "texts": n_texts,
        "rounds": rounds,
        "plain product of that shape, float64, s": _rounded(
            statistics.median(seconds["product"][1:])
        ),
        "times the product": _ratios(seconds),
        "times the product, by processor time of all threads": _ratios(processor),
    }


def _ratios(taken: Mapping[str, list[float]]) -> dict[str, dict[str, float]]:
    return {words: _ratio(taken[name][1:], taken["product"][1:]) for name, words in WAYS.items()}


def _ratio(ours: list[float], plain: list[float]) -> dict[str, float]:
    each = [a / b for a, b in zip(ours, plain, strict=True)]
    middle = statistics.median(ours) / statistics.median(plain)
    return {
        "ratio": _rounded(middle), "lowest": _rounded(min(each)), "highest": _rounded(max(each)),
    }  # fmt: skip


def _rounded(value: float) -> float:
    return float(f"{value:.3g}")
