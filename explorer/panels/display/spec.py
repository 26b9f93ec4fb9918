"""The rows of the popover: fields of ``MapState`` with their words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from explorer.state.colouring import Option
from explorer.state.map import (
    ASIDES,
    FADES,
    SHAPE_CODES,
    SIZE_CODES,
    TRUTHS,
    WIDTH_CODES,
    Colour,
)

HIDE_FADE_BELOW, HIDE_WORDS_BELOW = 1060, 720
TAILS = {0.0: "off", 0.05: "5 %", 0.1: "10 %", 0.25: "25 %", 0.5: "50 %"}
FADE_TIP = "What makes early checkpoints fade: the step, or its logarithm"
SCALES = {"linear": "linear", "log": "logarithmic"}


@dataclass(frozen=True, slots=True)
class Row:
    """A choice of one field; ``words`` maps values to what people read."""

    field: str
    title: str
    words: Mapping[object, str]
    tip: str


@dataclass(frozen=True, slots=True)
class Switch:
    """A field that is on or off."""

    field: str
    title: str
    tip: str


ROWS = (
    Row("fade", "Fade", FADES, FADE_TIP),
    Row("shape_by", "Shape", SHAPE_CODES, "What the shape of a mark stands for"),
    Row("size_by", "Size", SIZE_CODES, "What the size of a mark stands for"),
    Row("width_by", "Line width", WIDTH_CODES,
        "Wide where a step is long in KL, or where it is late"),
    Row("tail", "Comet tail", TAILS,
        "Only this share of the time behind the playhead stays bright"),
    Row("truth", "Faithfulness", TRUTHS,
        "Colour points by how far their neighbours can be trusted, or draw lines to the true "
        "nearest entries of the one that is selected"),
    Row("aside", "Filtered out", ASIDES, "What happens to entries that the filters leave out"),
)  # fmt: skip
SWITCHES = (
    Switch("arrows", "Arrows along runs", "Show which way a run goes"),
    Switch(
        "relations",
        "Arrows to variants",
        "From each model to what was made of it: quantized, fine-tuned, with an adapter, merged",
    ),
    Switch("jumps", "Jump light", "Dot segments that are drawn long while their KL is ordinary"),
    Switch("labels", "Labels", "Names and steps beside the marks"),
)


def chosen(options: tuple[Option, ...], colour: Colour) -> Option:
    """The option that is coloured by; one that is not offered any more keeps its name."""
    found = next((o for o in options if o.key == colour.by), None)
    return found or Option(colour.by, colour.by.removeprefix("tag:"), False)
