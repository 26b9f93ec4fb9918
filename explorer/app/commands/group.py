"""What every group of commands offers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeAlias

Handler: TypeAlias = Callable[[Any], Any]
"""Takes the argument of the command, or None; what it returns is not looked at."""


class Group(Protocol):
    """Commands that belong together."""

    def table(self) -> Mapping[str, Handler]:
        """Id -> what it does."""
        ...

    def close(self) -> None:
        """Stop listening to the state; called once, when the window closes."""
        ...
