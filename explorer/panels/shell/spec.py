"""Words of the frame around the views. Pure."""

from __future__ import annotations

from explorer.state.query import Term, text_of


def unseen(terms: tuple[Term, ...]) -> str:
    """Why nothing is on the map, and what to do."""
    if not terms:
        return "Every entry is hidden. Show them again."
    said = ", ".join(f"'{text_of(term)}'" for term in terms)
    return f"No entry is left by {said}. Clear the filter."
