"""Sizes of the window, and what gives way when there is little room. Pure."""

from __future__ import annotations

from dataclasses import dataclass

SMALLEST = (1100, 700)
USUAL = (1600, 1000)
LIBRARY = (220, 272, 420)
INSPECTOR = (280, 320, 420)
RAIL = 44
CENTRE = 520
INSPECTOR_RAIL_BELOW, LIBRARY_RAIL_BELOW = 1360, 1200
COMPACT_BELOW = 800


@dataclass(frozen=True, slots=True)
class Room:
    """Which docks are rails, and whether the timeline is compact."""

    library_rail: bool
    inspector_rail: bool
    compact: bool


def room(width: int, height: int) -> Room:
    """What a window of this size can show."""
    return Room(width < LIBRARY_RAIL_BELOW, width < INSPECTOR_RAIL_BELOW, height < COMPACT_BELOW)
