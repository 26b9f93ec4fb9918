"""Finding by a few letters: which items match what is typed, best first. Pure.

Every word has to be found. Whole pieces come before scattered letters, starts of words before
their middles, early before late, short before long. Scattered letters are only looked for where
pieces find little: they are a help against slips, not a way to search.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from heapq import nsmallest
from itertools import accumulate, chain

MOST = 60
"""Items that are shown at most."""
_FEW = 8
_SCATTERED = 1


def fold(text: str) -> str:
    """Without case, line breaks and the commas between thousands."""
    return re.sub(r"(?<=\d),(?=\d{3})", "", text.casefold()).replace("\n", " ")


def search(texts: Sequence[str], query: str, most: int = MOST) -> tuple[int, ...]:
    """Rows of the best matches in folded ``texts``; an empty query matches all in their order."""
    words = fold(query).split()
    if not words:
        return tuple(range(min(most, len(texts))))
    rows = _with_pieces(texts, words)
    found = nsmallest(most, ((_rank(texts[i], words), i) for i in rows))
    out = [i for _, i in found]
    if len(out) < min(_FEW, most):
        known = set(out)
        more = ((len(texts[i]), i) for i in _scattered(texts, words) if i not in known)
        out += [i for _, i in nsmallest(most - len(out), more)]
    return tuple(out)


def _with_pieces(texts: Sequence[str], words: list[str]) -> list[int]:
    first, *others = sorted(words, key=len, reverse=True)
    rows = [i for i, text in enumerate(texts) if first in text]
    for word in others:
        rows = [i for i in rows if word in texts[i]]
    return rows


def _rank(text: str, words: list[str]) -> tuple[int, int, int]:
    """How many words are inside others, where the first one stands, how long the text is."""
    inside = sum(1 for word in words if not _starts(text, word))
    return inside, text.find(words[0]), len(text)


def _starts(text: str, word: str) -> bool:
    """Whether ``word`` stands at the start of the text or after a space."""
    return text.startswith(word) or f" {word}" in text


def _scattered(texts: Sequence[str], words: list[str]) -> list[int]:
    """Rows that hold all letters of the query in their order, by one pass over one long text."""
    letters = "".join(words)
    if len(letters) <= _SCATTERED:
        return []
    parts = [f"[^{re.escape(c)}\\n]*{re.escape(c)}" for c in letters]
    pattern = re.compile("^" + "".join(parts), re.MULTILINE)
    ends = accumulate(len(text) + 1 for text in texts)
    row_at = dict(zip(chain((0,), ends), range(len(texts)), strict=False))
    return [row_at[m.start()] for m in pattern.finditer("\n".join(texts))]
