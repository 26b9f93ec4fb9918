"""What a person prefers, whatever project is open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from psygnal import SignalGroupDescriptor

SCALES = (80, 90, 100, 110, 125, 150, 175, 200)
"""UI scales on offer, in percent."""


@dataclass
class PreferencesState:
    """``scale`` is the size of everything, in percent; it is taken up at the next start.

    ``still``: nothing moves by itself. ``restore``: a project is found again as it was left.
    ``reopen``: the last project is opened at the start instead of the welcome page. ``device`` is
    where new jobs run unless told otherwise. ``toured``: the guided tour has been seen or skipped.
    """

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    scale: int = 100
    still: bool = False
    restore: bool = True
    reopen: bool = False
    device: str = "auto"
    toured: bool = False


def dump(state: PreferencesState) -> dict[str, Any]:
    """As JSON can hold it."""
    return {
        "scale": state.scale, "still": state.still, "restore": state.restore,
        "reopen": state.reopen, "device": state.device, "toured": state.toured,
    }  # fmt: skip


def apply(saved: Mapping[str, Any], state: PreferencesState) -> None:
    """Take up what :func:`dump` gave. What makes no sense is left as it is."""
    if saved.get("scale") in SCALES:
        state.scale = saved["scale"]
    for name in ("still", "restore", "reopen", "toured"):
        if isinstance(saved.get(name), bool):
            setattr(state, name, saved[name])
    if isinstance(saved.get("device"), str) and saved["device"]:
        state.device = saved["device"]
