"""Named arguments of `klscope grow`."""

from __future__ import annotations

from compute.core.specs import GrowSpec

PRESETS: dict[str, GrowSpec] = {
    "default": GrowSpec(out=""),
    "demo": GrowSpec(out="", steps=352, n_checkpoints=26, n_texts=128),
}
