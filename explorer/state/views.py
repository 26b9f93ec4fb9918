"""Which views are shown, in which unit, and the choices of each."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, ClassVar

from psygnal import SignalGroupDescriptor

UNITS = {"bits": "bits/byte", "nats": "nats/text"}
MAP = "map"


@dataclass
class ViewsState:
    """``left`` is the view in the centre, ``right`` the one beside it, "" = no split view.

    ``current`` is the one of them that was used last: commands, inspector and exports are about it.
    ``unit`` is a key of :data:`UNITS`.
    """

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    left: str = MAP
    right: str = ""
    current: str = MAP
    unit: str = "bits"


@dataclass
class PlotState:
    """The choices of one view, by the names of its options; replaced as a whole.

    ``usual`` are those that nobody has made yet. ``readers`` take a value from a file, or raise
    ValueError or TypeError.
    """

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    options: Mapping[str, Any] = field(default_factory=dict)
    usual: Mapping[str, Any] = field(default_factory=dict)
    readers: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)

    def choose(self, **values: Any) -> None:
        """Make some choices; the others stay."""
        if any(self.options.get(name) != value for name, value in values.items()):
            self.options = {**self.options, **values}

    def take(self, saved: Mapping[str, Any]) -> None:
        """Take up choices that were kept; what is damaged or unknown stays as it is."""
        self.choose(**dict(self._read(saved)))

    def _read(self, saved: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        for name, read in self.readers.items():
            if name in saved:
                with suppress(ValueError, TypeError, KeyError):
                    yield name, read(saved[name])

    def forget(self) -> None:
        """Another project: nobody has chosen anything yet."""
        self.options = dict(self.usual)


@dataclass(frozen=True, slots=True)
class Unit:
    """How KL is said: ``title`` "bits/byte" or "nats/text"; a value times ``factor`` is in it."""

    title: str
    factor: float = 1.0


def unit_of(unit: str, mean_bytes: float) -> Unit:
    """The unit of a key of :data:`UNITS`. ``mean_bytes`` are those of a text in use."""
    if unit == "nats":
        return Unit(UNITS["nats"], mean_bytes * math.log(2))
    return Unit(UNITS["bits"])


def show(state: ViewsState, view: str) -> None:
    """Bring a view to where one was used last; one that is shown becomes the current one."""
    if view not in (state.left, state.right):
        setattr(state, "right" if state.right and state.current == state.right else "left", view)
    state.current = view


def split(state: ViewsState, beside: str) -> None:
    """Show ``beside`` at the right of the view that is there."""
    if beside and beside != state.left:
        state.right = beside
        state.current = beside


def join(state: ViewsState) -> None:
    """One view again: the current one."""
    if state.right:
        state.left, state.right = state.current, ""
