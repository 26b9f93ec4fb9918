"""Tokens of two models as stretches of one text. Pure; numpy only."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Stretch:
    """Characters ``start`` to ``end`` of a text, and what each model gives them.

    ``a`` and ``b`` are log-probabilities in nats, NaN = not scored; of ``n_a`` and ``n_b`` tokens.
    An empty stretch stands for the end of the text, where tokenizers put an EOS there.
    """

    start: int
    end: int
    a: float
    b: float
    n_a: int = 1
    n_b: int = 1

    @property
    def difference(self) -> float:
        """``a - b``, nats: positive where the first model finds it easier; NaN = unknown."""
        return self.a - self.b


@dataclass(frozen=True, eq=False, slots=True)
class Tokens:
    """One model's tokens of one text.

    ``values`` (n,) nats, NaN = not scored; ``lengths`` (n,) bytes as
    :class:`~compute.core.tables.TokenDetail` has them.
    """

    values: NDArray[np.float64]
    lengths: NDArray[np.int64]

    @property
    def ends(self) -> NDArray[np.int64]:
        """(n,) bytes of the text up to the end of each token."""
        return np.cumsum(np.maximum(self.lengths, 0))

    @property
    def inside(self) -> NDArray[np.bool_]:
        """(n,): not put in front of the text or behind it."""
        own = np.flatnonzero(self.lengths > 0)
        found = np.zeros(len(self.lengths), bool)
        if len(own):
            found[own[0] : own[-1] + 1] = True
            found[own[-1] + 1 :] = self.lengths[own[-1] + 1 :] == 0  # shares the last character
        return found

    @property
    def behind(self) -> NDArray[np.bool_]:
        """(n,): put behind the text, such as an EOS."""
        own = np.flatnonzero(self.lengths > 0)
        last = own[-1] if len(own) else -1
        return (np.arange(len(self.lengths)) > last) & (self.lengths < 0)


def stretches(text: str, a: Tokens, b: Tokens) -> tuple[Stretch, ...]:
    """The shortest stretches of ``text`` at whose ends both models have a boundary.

    Equal tokens give one stretch each. Tokens that end within a character are taken together with
    those that complete it.
    """
    starts = _bytes_before(text)
    total = int(starts[-1])
    cuts = np.intersect1d(a.ends[a.inside], b.ends[b.inside])
    cuts = np.intersect1d(cuts[cuts > 0], starts)
    if total and (not len(cuts) or cuts[-1] != total):
        cuts = np.append(cuts[:-1] if len(cuts) and _ends_early(cuts, a, b) else cuts, total)
    sums = [_sums(tokens, cuts) for tokens in (a, b)]
    at = np.searchsorted(starts, cuts)
    begins = np.concatenate([[0], at[:-1]]) if len(at) else at
    found = [
        Stretch(int(x), int(y), float(sums[0][0][k]), float(sums[1][0][k]),
                int(sums[0][1][k]), int(sums[1][1][k]))
        for k, (x, y) in enumerate(zip(begins, at, strict=True))
    ]  # fmt: skip
    end_a, end_b = (tokens.values[tokens.behind] for tokens in (a, b))
    if np.isfinite(end_a).any() or np.isfinite(end_b).any():
        n = len(text)
        ends = (float(end_a.sum()), float(end_b.sum()))
        found.append(Stretch(n, n, ends[0], ends[1], len(end_a), len(end_b)))
    return tuple(found)


def _ends_early(cuts: NDArray[np.int64], a: Tokens, b: Tokens) -> bool:
    """Whether no token lies behind the last cut: what is left of the text goes to it."""
    return all(int(tokens.ends[-1]) == int(cuts[-1]) for tokens in (a, b) if len(tokens.ends))


def _sums(tokens: Tokens, cuts: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Nats and number of tokens in each stretch; NaN where one of them is not scored."""
    inside = tokens.inside
    values, ends = tokens.values[inside], tokens.ends[inside]
    at = np.minimum(np.searchsorted(cuts, ends), max(len(cuts) - 1, 0))
    nats, n = np.zeros(len(cuts)), np.zeros(len(cuts), np.int64)
    if len(cuts):
        np.add.at(nats, at, values)
        np.add.at(n, at, 1)
    nats[n == 0] = np.nan
    return nats, n


def words_of(text: str) -> tuple[Stretch, ...]:
    """The words of a text of which nothing is known, each with the blanks behind it."""
    cuts = [found.end() for found in re.finditer(r"\S+\s*|\s+", text)]
    return tuple(Stretch(a, b, math.nan, math.nan) for a, b in zip([0, *cuts], cuts, strict=False))


def _bytes_before(text: str) -> NDArray[np.int64]:
    """(n characters + 1,): UTF-8 bytes in front of each character, and of the whole."""
    codes = np.frombuffer(text.encode("utf-32-le"), dtype="<u4")
    widths = 1 + (codes >= 0x80).astype(np.int64) + (codes >= 0x800) + (codes >= 0x10000)
    return np.concatenate([[0], np.cumsum(widths)])


def telling(text: str, found: tuple[Stretch, ...], n: int = 4) -> tuple[tuple[str, float], ...]:
    """The ``n`` words that the difference of the whole comes from most: (words, nats).

    Equal words are taken together; only those that go the way of the whole count.
    """
    sums: dict[str, float] = {}
    for one in found:
        if np.isfinite(one.difference):
            key = text[one.start : one.end].strip() or text[one.start : one.end]
            sums[key] = sums.get(key, 0.0) + one.difference
    way = 1.0 if sum(sums.values()) >= 0 else -1.0
    ranked = sorted(sums.items(), key=lambda item: -way * item[1])
    return tuple((words, nats) for words, nats in ranked[:n] if way * nats > 0)
