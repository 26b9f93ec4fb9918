"""The underlined letters of menus: each entry is reached by Alt, or a letter while its menu is
open. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def lettered(titles: Sequence[str]) -> tuple[str, ...]:
    """Titles with Qt's "&" before a letter: its own where there is one left, the start of a word
    rather than its middle. Where a menu has more entries than its titles have letters, two share
    one, and pressing it goes from one to the other.
    """
    used: set[str] = set()
    return tuple(_lettered(title, used) for title in titles)


def _lettered(title: str, used: set[str]) -> str:
    places = [*_starts(title), *(i for i, c in enumerate(title) if c.isalnum())]
    at = next((i for i in places if title[i].lower() not in used), places[0])
    used.add(title[at].lower())
    return f"{title[:at]}&{title[at:]}"


def _starts(title: str) -> Iterable[int]:
    """Where words begin."""
    return (i for i, c in enumerate(title) if c.isalnum() and (i == 0 or title[i - 1] == " "))
