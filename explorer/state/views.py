"""Which views are shown, in which unit, and the choices of each."""

from __future__ import annotations

import math
from collections.abc import Mapping
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
    """The choices of one view, by the names of its options; replaced as a whole."""

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    options: Mapping[str, Any] = field(default_factory=dict)

    def choose(self, **values: Any) -> None:
        """Make some choices; the others stay."""
        if any(self.options.get(name) != value for name, value in values.items()):
            self.options = {**self.options, **values}


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
    """Bring a view to where it was used last; one that is there already becomes the current one."""
    if view not in (state.left, state.right):
        side = "right" if state.right and state.current == state.right else "left"
        setattr(state, side, view)
    state.current = view


def split(state: ViewsState, beside: str) -> None:
    """Show ``beside`` at the right; where there are two views already, the current one is left."""
    if state.right:
        state.left, state.right = state.current, ""
    elif beside != state.left:
        state.right = beside
