"""What has happened that somebody should know: cards now, a list later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from psygnal import SignalGroupDescriptor

LEVELS = ("info", "ok", "warn", "danger")
LIMIT = 100


@dataclass(frozen=True, slots=True)
class Act:
    """What can be done about it: the words of a button, and the command it runs."""

    words: str
    command: str
    argument: object = None


@dataclass(frozen=True, slots=True)
class Notice:
    """One sentence. ``level`` is one of :data:`LEVELS`; ``when`` is the time of day in words."""

    message: str
    level: str = "info"
    act: Act | None = None
    when: str = ""


@dataclass
class NoticesState:
    """``items`` oldest first; ``unseen`` of them came after somebody last looked at the list.

    ``cards`` of them stand in the window now.
    """

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    items: tuple[Notice, ...] = ()
    unseen: int = 0
    cards: int = 0


def add(state: NoticesState, notice: Notice) -> None:
    """Keep it. Only what went wrong counts as unseen: the rest was said by its card."""
    state.items = (*state.items, notice)[-LIMIT:]
    if notice.level in ("warn", "danger"):
        state.unseen = min(state.unseen + 1, LIMIT)


def look(state: NoticesState) -> None:
    """Somebody looks at the list."""
    state.unseen = 0


def clear(state: NoticesState) -> None:
    state.items = ()
    state.unseen = 0
