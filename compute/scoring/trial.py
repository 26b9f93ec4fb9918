"""The token budget by trial: doubled as long as batches get faster."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

from compute.scoring.contract import OutOfMemory
from compute.scoring.planning import SECONDS

GAIN = 1.05
"""A budget twice as large has to be this much faster to be tried further."""
MOST_SECONDS, MOST_SHARE = 5.0, 0.05
"""A trial ends before it takes longer, or more than this share of the whole scoring."""

Run = Callable[[int], int]


def grown(run: Run, start: int, most: int, all_tokens: int) -> int:
    """The best of ``start``, twice ``start``, ... up to ``most`` tokens.

    Parameters
    ----------
    run : callable
        Scores a batch of about so many tokens and returns how many it scored; may raise
        :class:`~compute.scoring.contract.OutOfMemory`.
    all_tokens : int
        Tokens that will be scored in all.
    """
    best, rate, spent = start, 0.0, 0.0
    for budget in _doubling(start, most):
        try:
            if not spent:
                run(budget)  # the first batch of all is slow
            began = time.perf_counter()
            found = run(budget)
        except OutOfMemory:
            break
        seconds = max(1e-9, time.perf_counter() - began)
        spent += seconds
        if found / seconds <= GAIN * rate:
            break
        best, rate = budget, found / seconds
        limit = min(MOST_SECONDS, MOST_SHARE * all_tokens / rate)
        if spent + 2 * seconds > limit or 2 * seconds > SECONDS:
            break
    return best


def _doubling(start: int, most: int) -> Iterator[int]:
    budget = start
    while budget <= max(start, most):
        yield budget
        budget *= 2


def sample(texts: Sequence[int], lengths: Sequence[int], budget: int) -> tuple[int, ...]:
    """Texts (some again and again, if need be) that fill a batch of ``budget`` padded tokens.

    ``texts`` are numbers of texts, ``lengths`` tokens of each of them.
    """
    order = sorted(range(len(texts)), key=lambda k: lengths[k])
    some: list[int] = []
    width = 1
    for k in range(max(1, budget)):
        text = order[(len(order) // 2 + k) % len(order)]
        width = max(width, lengths[text])
        if some and (len(some) + 1) * width > budget:
            break
        some.append(texts[text])
    return tuple(some)
