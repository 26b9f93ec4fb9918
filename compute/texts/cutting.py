"""The paper's cutting rule and its draw (method section 1, [P])."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator

MAX_BYTES = 1024
MIN_BYTES = 256
SEED = 42
OVERSAMPLING = 4


def cut_left(raw: bytes, limit: int) -> int:
    """The largest cut <= ``limit`` that does not split a character of the UTF-8 bytes ``raw``."""
    cut = limit
    while cut > 0 and raw[cut] & 0xC0 == 0x80:
        cut -= 1
    return cut


def pieces(blocks: Iterable[bytes], max_bytes: int = MAX_BYTES) -> Iterator[bytes]:
    """Cut one document into consecutive pieces of at most ``max_bytes`` bytes.

    Greedy and non-overlapping; a cut that would split a character moves left. Pieces may start in
    the middle of a word.

    Parameters
    ----------
    blocks : iterable of bytes
        The document's valid UTF-8 in consecutive blocks of any size, so that a document of any
        length passes through in constant memory.
    max_bytes : int
        At least 4, the longest UTF-8 character.
    """
    rest = b""
    for block in blocks:
        rest += block
        start = 0
        while len(rest) - start > max_bytes:
            cut = cut_left(rest[start : start + max_bytes + 1], max_bytes)
            yield rest[start : start + cut]
            start += cut
        rest = rest[start:]
    if rest:
        yield rest


def draw(n_pieces: int, n: int, seed: int = SEED) -> list[int]:
    """Indices of the pieces drawn, in drawing order.

    ``random.sample(range(P), min(P, 4 n))[:n]``: the same draw as the paper's
    ``random.sample(pieces, 40_000)[:10_000]``. With fewer pieces than ``n``: all of them.
    """
    rng = random.Random(seed)
    return rng.sample(range(n_pieces), min(n_pieces, OVERSAMPLING * n))[:n]
