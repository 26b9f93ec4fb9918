"""How many bytes of a text each of its tokens stands for. Pure functions; no torch."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

NO_TEXT = -1
"""What stands for no bytes of the text: BOS, EOS and whatever else is put around it."""
_MOST = int(np.iinfo(np.int16).max)


def by_pieces(
    pieces: Sequence[str], special: Sequence[bool], text: str
) -> NDArray[np.int16] | None:
    """Lengths of the tokens of a byte-level vocabulary (GPT-2, Pythia, Llama 3, ...), exact.

    There a piece is spelled in an alphabet of 256 characters, one for each byte; a token may end
    within a character. None = the pieces are not spelled so, or do not make up the text.

    Parameters
    ----------
    pieces : sequence of str, (n_tokens,)
        As the vocabulary has them.
    special : sequence of bool, (n_tokens,)
        Which of them stand for no text.
    text : str
    """
    alphabet = _alphabet()
    made: list[int] = []
    lengths = np.empty(len(pieces), dtype=np.int64)
    for k, (piece, is_special) in enumerate(zip(pieces, special, strict=True)):
        if is_special:
            lengths[k] = NO_TEXT
            continue
        try:
            made += [alphabet[c] for c in piece]
        except KeyError:
            return None
        lengths[k] = len(piece)
    return _small(lengths) if bytes(made) == text.encode() else None


def by_spans(spans: Sequence[tuple[int, int]], text: str) -> NDArray[np.int16] | None:
    """Lengths from the characters (start, end) that a tokenizer says its tokens stand for.

    What no token stands for, such as spaces a tokenizer passes over, goes to the token behind it.
    Of several tokens of one character the first has its bytes and the others 0. None = a token is
    too long to be stored.

    Parameters
    ----------
    spans : sequence of (int, int), (n_tokens,)
        (0, 0) = it stands for no text.
    text : str
    """
    if not spans:
        return np.zeros(0, dtype=np.int16)
    ends = np.array([end for _, end in spans], dtype=np.int64)
    reached = np.maximum.accumulate(_bytes_before(text)[np.clip(ends, 0, len(text))])
    lengths = np.diff(reached, prepend=0)
    lengths[ends <= 0] = NO_TEXT
    return _small(lengths)


def _small(lengths: NDArray[np.int64]) -> NDArray[np.int16] | None:
    return None if len(lengths) and lengths.max() > _MOST else lengths.astype(np.int16)


def _bytes_before(text: str) -> NDArray[np.int64]:
    """(n characters + 1,): UTF-8 bytes in front of each character, and of the whole."""
    codes = np.frombuffer(text.encode("utf-32-le"), dtype="<u4")
    widths = 1 + (codes >= 0x80) + (codes >= 0x800) + (codes >= 0x10000)
    return np.concatenate([[0], np.cumsum(widths)])


@cache
def _alphabet() -> dict[str, int]:
    """The characters that byte-level vocabularies write bytes with: GPT-2's table."""
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    rest = [byte for byte in range(256) if byte not in set(plain)]
    shifted = {chr(0x100 + k): byte for k, byte in enumerate(rest)}
    return {chr(byte): byte for byte in plain} | shifted
