"""Leaves of the library, made again only where they change. Pure."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from explorer.state.library import Leaf, LibraryState, entry_of, leaves
from explorer.state.query import Query, TooSlow, mask

TO_SCORE = ("not scored", "partial", "duplicate", "failed")


class Shelf:
    """Keeps the leaves of a state; progress, which comes 20 times a second, is laid over them."""

    def __init__(self) -> None:
        self._from: tuple[object, ...] = ()
        self._about: tuple[object, ...] = ()
        self._base: tuple[Leaf, ...] = ()
        self._at: dict[str, int] = {}

    @property
    def base(self) -> tuple[Leaf, ...]:
        """The leaves of the last call without progress; the same object while they stay."""
        return self._base

    def leaves(self, state: LibraryState) -> tuple[Leaf, ...]:
        """The same as :func:`explorer.state.library.leaves`; unchanged leaves stay identical."""
        source = (state.listings, state.entries, state.queued)
        about = (state.n_texts, state.first_round, state.rule)
        same = len(self._from) == len(source) and all(map(operator.is_, self._from, source))
        if not same or about != self._about:
            self._from, self._about = source, about
            still = LibraryState(
                listings=state.listings, entries=state.entries, queued=state.queued,
                n_texts=state.n_texts, first_round=state.first_round, rule=state.rule,
            )  # fmt: skip
            self._base = leaves(still, {leaf.key: leaf for leaf in self._base})
            self._at = {leaf.key: i for i, leaf in enumerate(self._base)}
        return self._with_progress(state.progress)

    def _with_progress(self, progress: Mapping[str, float]) -> tuple[Leaf, ...]:
        moved = {self._at[key]: share for key, share in progress.items() if key in self._at}
        if not moved:
            return self._base
        found = list(self._base)
        for at, share in moved.items():
            leaf = replace(found[at], fraction=share)
            done = leaf.status == "done"
            found[at] = leaf if done else replace(leaf, status="scoring", detail="")
        return tuple(found)


class Finder:
    """Keeps which leaves are found; asked again only when the question or the leaves change.

    ``problem`` is "", or why nothing could be found out.
    """

    def __init__(self) -> None:
        self.problem = ""
        self._asked: tuple[object, ...] = ()
        self._keys: frozenset[str] = frozenset()

    def found(self, every: tuple[Leaf, ...], query: Query) -> frozenset[str] | None:
        """Keys of the leaves that match; None = nothing was asked, all are shown."""
        if query.empty:
            self.problem = ""
            return None
        asked = (query, every)
        if len(self._asked) != 2 or self._asked[0] != query or self._asked[1] is not every:
            self._asked, self.problem = asked, ""
            try:
                shown = mask(query, [entry_of(leaf) for leaf in every])
            except TooSlow as slow:
                self.problem, shown = slow.words, np.zeros(len(every), bool)
            self._keys = frozenset(every[k].key for k in np.flatnonzero(shown))
        return self._keys


def waiting(found: tuple[Leaf, ...], unticked: frozenset[str]) -> int:
    """How many leaves *Score* would score: the length of ``explorer.state.library.to_score``."""
    return sum(
        leaf.checkpoint is not None
        and leaf.key not in unticked
        and leaf.status in TO_SCORE
        and not leaf.queued
        and not leaf.checkpoint.problem
        for leaf in found
    )
