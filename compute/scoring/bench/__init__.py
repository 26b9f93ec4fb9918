"""``klscope bench scoring`` and ``bench budget``: scoring measured, as ratios within one run.

``shapes`` (the table), ``rounds`` (blocks interleaved, disturbed rounds repeated) and ``numbers``
(what is printed) need no torch; the rest does, and is imported when it is asked for.

To add a shape, add a row to ``shapes.SHAPES``.

Decided:

- The yardstick of time is the model's own products with its weights, alone, of the sizes of a
  batch, measured beside every block. It serves twice: as the matrix rate, and as the sign that
  something else disturbed a round.
- A ratio is that of the medians over all rounds; its range is that of the single rounds.
- Random weights and texts cut from the Python standard library: they cost what real ones cost, and
  are on every machine.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from compute.scoring.bench.numbers import Figures
from compute.scoring.bench.shapes import SHAPES, Ask, Shape


def measure(ask: Ask, say: Callable[[str], None]) -> Figures:
    """All figures of the shapes asked for; ``say`` gets a line now and then.

    Raises
    ------
    UsageError
        If a shape or the device is not known here.
    """
    found: Figures = import_module("compute.scoring.bench.scoring").measure(ask, say)
    return found


def budget(ask: Ask, say: Callable[[str], None]) -> Figures:
    """The constants of the token budget, measured on this device.

    Raises
    ------
    UsageError
        If the device is not known here.
    """
    found: Figures = import_module("compute.scoring.bench.fitting").measure(ask, say)
    return found


def lens(ask: Ask, say: Callable[[str], None]) -> Figures:
    """All layers in one pass beside its parts, and the memory that takes.

    Raises
    ------
    UsageError
        If a shape or the device is not known here.
    """
    found: Figures = import_module("compute.scoring.bench.lens").measure(ask, say)
    return found


__all__ = ["SHAPES", "Ask", "Figures", "Shape", "budget", "lens", "measure"]
