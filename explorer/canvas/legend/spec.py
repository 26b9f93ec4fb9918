"""What the chips at the top left say. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from compute.core.numbers import count

JUMP_TIP = (
    "Looked at are the steps of all runs whose KL is known. A step looks too long when its rank by"
    " drawn length is far above its rank by KL; it is drawn dotted. Point at it for the numbers."
)
JUMP_MORE = (
    "Dotted segments look long here, but their KL is ordinary. Press 3 to compare with {other}."
)


PREVIEW = "Preview. Let go of the slider for the picture of these parameters."


@dataclass(frozen=True, slots=True)
class Chip:
    """A sentence on the map. ``level`` is info, warn or ok; with ``more`` it becomes a card."""

    words: str
    level: str = "info"
    tip: str = ""
    more: str = ""


def jump_chip(n_jumps: int, n_looked: int, dims: int) -> Chip | None:
    """What the jump light found; None while it does not know (``n_jumps`` -1) or is off."""
    if n_jumps < 0 or n_looked < 1:
        return None
    segments = f"{count(n_looked)} segment{'s' * (n_looked != 1)}"
    if not n_jumps:
        return Chip(f"No jump in {segments}", "ok", JUMP_TIP)
    if dims == 3:
        drawn = f"{count(n_jumps)} drawn jump{'s' * (n_jumps != 1)}"
        words = f"{drawn} {'are' if n_jumps != 1 else 'is'} not in the KL"
        return Chip(words, "warn", JUMP_TIP, JUMP_MORE.format(other="2D"))
    look = "look" if n_jumps != 1 else "looks"
    return Chip(f"{count(n_jumps)} of {segments} {look} longer than their KL", "warn", JUMP_TIP)
