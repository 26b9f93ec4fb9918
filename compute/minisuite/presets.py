"""Named arguments of `klscope grow`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from compute.core.errors import UsageError
from compute.core.specs import GrowSpec

PRESETS: dict[str, GrowSpec] = {
    "default": GrowSpec(out=""),
    "demo": GrowSpec(out="", steps=352, n_checkpoints=26, n_texts=128),
}


def preset(name: str, out: str, **changes: Any) -> GrowSpec:
    """The arguments of that name, for the folder ``out``.

    Raises
    ------
    UsageError
        If there is no such preset.
    """
    if name not in PRESETS:
        raise UsageError(f"There is no preset {name!r}", advice=f"Choose from {', '.join(PRESETS)}")
    return replace(PRESETS[name], out=out, **changes)
