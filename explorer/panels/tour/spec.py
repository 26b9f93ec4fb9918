"""The stops of the tour, and where the card of each one stands. Pure."""

from __future__ import annotations

from dataclasses import dataclass

GAP, EDGE = 14, 12


@dataclass(frozen=True, slots=True)
class Stop:
    """``part`` names what is pointed at; ``keys`` are worth remembering, shown as caps."""

    part: str
    title: str
    words: str
    keys: tuple[str, ...] = ()


STOPS = (
    Stop("map", "The map",
         "Every line is a training run, every dot a checkpoint, and the large mark is where it is "
         "now. Near means: these two models expect the same texts. Drag to move, turn the wheel "
         "to look closer, press 3 for depth.", ("3", "R")),
    Stop("timeline", "Time",
         "Drag the playhead or press Space, and the runs grow as they did in training. The curve "
         "is how far each checkpoint is from the one before.", ("Space", "Left", "Right")),
    Stop("inspector", "Distance",
         "Point at a mark, or select it. Here is how far its nearest models are in bits per byte, "
         "with the error, on a ladder of distances that you know: another seed, another size, "
         "any two models."),
    Stop("library", "The library",
         "Sources and their checkpoints. Tick what the map shows, type to find, and add models of "
         "your own: a folder, a training run, or your cache.", ("/", "Ctrl+N")),
    Stop("viewbar", "How it is drawn",
         "Choose the method, two or three dimensions, and what colours stand for. A card on the "
         "map says when a drawn distance is not a real one."),
    Stop("palette", "Everything by name",
         "Type a few letters of a command, a run or a step. All keys are one key away.",
         ("Ctrl+K", "F1")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels."""

    x: int
    y: int
    width: int
    height: int


def place(part: Box, card: tuple[int, int], window: tuple[int, int]) -> tuple[int, int]:
    """Where a card goes: at the side of its part that has most room, else in its lower left corner;
    always inside the window.
    """
    wide, high = card
    room = {
        "right": window[0] - part.x - part.width - wide,
        "left": part.x - wide,
        "below": window[1] - part.y - part.height - high,
        "above": part.y - high,
    }
    side = max(room, key=lambda name: room[name])
    middle = (part.x + (part.width - wide) // 2, part.y + (part.height - high) // 2)
    x, y = {
        "right": (part.x + part.width + GAP, middle[1]),
        "left": (part.x - GAP - wide, middle[1]),
        "below": (middle[0], part.y + part.height + GAP),
        "above": (middle[0], part.y - GAP - high),
    }[side]
    if room[side] < GAP + EDGE:
        x, y = part.x + GAP, part.y + part.height - GAP - high
    return _within(x, wide, window[0]), _within(y, high, window[1])


def _within(at: int, size: int, whole: int) -> int:
    return max(EDGE, min(at, whole - size - EDGE))
