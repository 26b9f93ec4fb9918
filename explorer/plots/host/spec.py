"""What a view bar shows where there is little room. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """One control of the bar: its width, that of the words before it, and whether it may go into
    the menu "More choices"."""

    width: int
    words: int = 0
    folds: bool = True


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether words stand before controls, and which of the pieces are folded away."""

    words: bool
    folded: frozenset[int] = frozenset()


def fit(pieces: Sequence[Piece], room: int, gap: int, more: int) -> Fit:
    """What fits into ``room`` px. First the words go, then pieces from the last on, into a menu
    whose button is ``more`` wide."""
    if sum(p.width + p.words + gap for p in pieces) <= room:
        return Fit(words=True)
    total = sum(p.width + gap for p in pieces)
    if total <= room:
        return Fit(words=False)
    folded, room = set(), room - more - gap
    for at in reversed(range(len(pieces))):
        if total <= room:
            break
        if pieces[at].folds:
            folded.add(at)
            total -= pieces[at].width + gap
    return Fit(words=False, folded=frozenset(folded))
