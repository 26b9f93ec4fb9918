"""What is left out of the pictures, and what is only greyed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from psygnal import SignalGroupDescriptor

from compute.core.tables import Entry
from explorer.state.query import Query, Term, mask


@dataclass
class FilterState:
    """``query`` is the text of the search field: it finds, it hides nothing.

    Entries that do not match all of ``terms`` (the facet chips) are set aside, as
    ``MapState.aside`` says. ``hidden`` and ``greyed`` hold entry ids.
    """

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    query: str = ""
    terms: tuple[Term, ...] = ()
    hidden: frozenset[str] = frozenset()
    greyed: frozenset[str] = frozenset()


@dataclass(frozen=True, eq=False)
class Sight:
    """How entries are seen. ``hidden`` and ``greyed`` are (K,) bool; nothing is both."""

    hidden: NDArray[np.bool_]
    greyed: NDArray[np.bool_]

    @property
    def all_hidden(self) -> bool:
        return bool(len(self.hidden)) and bool(self.hidden.all())


def sight(entries: tuple[Entry, ...], state: FilterState, aside: str) -> Sight:
    """How each entry is seen: ``aside`` "grey" or "hide" is for those that facets leave out."""
    out = ~mask(Query(terms=state.terms), entries)
    hidden, greyed = _among(entries, state.hidden), _among(entries, state.greyed)
    if aside == "hide":
        hidden |= out
    else:
        greyed |= out
    return Sight(hidden, greyed & ~hidden)


def _among(entries: tuple[Entry, ...], ids: frozenset[str]) -> NDArray[np.bool_]:
    if not ids:
        return np.zeros(len(entries), bool)
    return np.fromiter((e.id in ids for e in entries), bool, len(entries))


def hide(state: FilterState, ids: frozenset[str]) -> None:
    """Hide these too."""
    state.hidden = state.hidden | ids


def grey_others(state: FilterState, ids: frozenset[str], everything: frozenset[str]) -> None:
    """Grey all but these; where they are greyed already, nothing is."""
    others = everything - ids
    state.greyed = frozenset() if state.greyed == others else others


def isolate(state: FilterState, ids: frozenset[str], everything: frozenset[str]) -> None:
    """Hide all but these; where they are hidden already, nothing is."""
    others = everything - ids
    state.hidden = frozenset() if state.hidden == others else others


def show_all(state: FilterState) -> None:
    """Nothing hidden, nothing greyed, no facets."""
    state.hidden = frozenset()
    state.greyed = frozenset()
    state.terms = ()
