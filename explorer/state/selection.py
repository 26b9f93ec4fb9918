"""How the shared selection changes: what is selected always contains the one that is shown."""

from __future__ import annotations

from collections.abc import Iterable

from explorer.state.map import Named, SelectionState

WAYS = ("replace", "add", "remove", "toggle")


def select(state: SelectionState, entry_id: str) -> None:
    """Select one entry and nothing else; "" = nothing."""
    _set(state, frozenset((entry_id,)) if entry_id else frozenset(), entry_id)


def choose(state: SelectionState, ids: Iterable[str], how: str = "replace") -> None:
    """Select many. ``how`` is one of :data:`WAYS`.

    The entry that is shown stays while it is selected; else it is the first of ``ids`` that is.
    """
    asked = tuple(ids)
    given, chosen = frozenset(asked), state.chosen
    if how == "replace":
        chosen = given
    elif how == "add":
        chosen = chosen | given
    elif how == "remove":
        chosen = chosen - given
    else:
        chosen = chosen ^ given
    shown = state.selected
    if shown not in chosen:
        first = next((i for i in asked if i in chosen), "")
        shown = first or min(chosen, default="")
    _set(state, chosen, shown)


def clear(state: SelectionState) -> None:
    """Select nothing."""
    _set(state, frozenset(), "")


def take(state: SelectionState, tool: str) -> None:
    """Take a tool in hand; the one that is there already is put away."""
    state.tool = "pan" if state.tool == tool else tool


def remember(state: SelectionState, name: str) -> None:
    """Keep what is selected under ``name``; one of that name is replaced."""
    kept = tuple(n for n in state.named if n.name != name)
    state.named = (*kept, Named(name, tuple(sorted(state.chosen))))


def forget(state: SelectionState, name: str) -> None:
    """Let go of a named selection."""
    state.named = tuple(n for n in state.named if n.name != name)


def rename(state: SelectionState, name: str, new: str) -> None:
    """Give a named selection another name, in its place; one of that name is replaced."""
    kept = tuple(n for n in state.named if n.name != new or n.name == name)
    state.named = tuple(Named(new, n.ids) if n.name == name else n for n in kept)


def _set(state: SelectionState, chosen: frozenset[str], shown: str) -> None:
    """``chosen`` first: whoever is told of ``selected`` finds it selected."""
    state.chosen = chosen
    state.selected = shown
