"""What a command is to people: its name, its place, its keys, and when it can be used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from explorer.state.app import AppState


class Scope(Enum):
    """Where a key works. Plain keys of ``MAP`` work only while map or timeline has the focus."""

    WINDOW = "window"
    MAP = "map"


@dataclass(frozen=True, slots=True)
class Rule:
    """When a command can be used, and the sentence that says why it cannot be."""

    holds: Callable[[AppState], bool]
    why_not: str


@dataclass(frozen=True, slots=True)
class Action:
    """One command. ``keys`` are Qt's portable names, the first one is shown.

    ``larger`` is a second key with the argument it sends: the same command in bigger steps.
    ``group`` separates the entries of a menu; entries of a group stay in the order of the table.
    ``inside`` "" or the title of the menu in the menu that holds it.
    """

    id: str
    title: str
    icon: str = ""
    keys: tuple[str, ...] = ()
    group: int = 0
    scope: Scope = Scope.WINDOW
    larger: tuple[str, int] | None = None
    rule: Rule | None = None
    hint: str = ""
    inside: str = ""


def enabled(action: Action, state: AppState) -> bool:
    """Whether the command can be used now."""
    return action.rule is None or action.rule.holds(state)
