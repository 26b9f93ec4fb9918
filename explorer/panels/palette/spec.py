"""What the palette lists. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from explorer.panels.palette import match


@dataclass(frozen=True, slots=True)
class Item:
    """One line: a command with its argument, in words.

    ``detail`` stands behind the title in a quieter colour; ``also`` is searched and not shown;
    ``mark`` (colour, shape) stands for ``icon`` where the item is a run or one of its entries.
    ``why_not`` "" = it can be used now.
    """

    title: str
    command: str
    argument: object = None
    detail: str = ""
    icon: str = ""
    keys: str = ""
    also: str = ""
    mark: tuple[int, str] | None = None
    why_not: str = ""


@dataclass(frozen=True, eq=False)
class Items:
    """Items with the folded text each is found by. What comes first wins between equals."""

    items: tuple[Item, ...] = ()
    texts: tuple[str, ...] = ()

    def search(self, query: str) -> tuple[Item, ...]:
        """The best matches; what can be used now goes before what cannot."""
        found = [self.items[i] for i in match.search(self.texts, query)]
        return tuple(sorted(found, key=lambda item: bool(item.why_not)))

    def __add__(self, other: Items) -> Items:
        return Items(self.items + other.items, self.texts + other.texts)


def items(found: Iterable[Item]) -> Items:
    """Prepare items for many searches."""
    kept = tuple(found)
    return Items(kept, tuple(match.fold(f"{i.title} {i.detail} {i.also}") for i in kept))


def announced(shown: Sequence[Item], at: int) -> str:
    """What a screen reader says about the list: the chosen line, and where it is."""
    if not shown:
        return "Nothing found. Type fewer letters."
    item = shown[at]
    words = " ".join(w for w in (item.title, item.detail, item.keys, item.why_not) if w)
    return f"{words}, {at + 1} of {len(shown)}"
