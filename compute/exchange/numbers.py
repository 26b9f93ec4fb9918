"""Cells of text as numbers, with the cell named that is none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from compute.exchange.lines import Lines

NOTHING = frozenset(("", "na", "n/a", "nan", "null", "none", "-", "#n/a"))
"""Cells, in small letters, that say that there is no value."""


def parsed(
    cells: Sequence[str], columns: Sequence[str], lines: Lines, *, comma: bool = False
) -> NDArray[np.float64]:
    """(n,) float64; NaN where a cell says that there is nothing.

    Parameters
    ----------
    columns : sequence of str, (n,)
        Their names, for the error.
    comma : bool
        Numbers have a decimal comma.

    Raises
    ------
    InputError
        Names the line and the column of the first cell that is no number.
    """
    if comma:
        cells = [cell.replace(",", ".") for cell in cells]
    try:
        found = np.fromiter(map(float, cells), dtype=np.float64, count=len(cells))
    except ValueError:
        pass
    else:
        if "_" not in "".join(cells):  # Python takes 1_000 for a number
            return found
    each = (_one(c, n, lines, comma) for c, n in zip(cells, columns, strict=True))
    return np.fromiter(each, dtype=np.float64, count=len(cells))


def _one(cell: str, column: str, lines: Lines, comma: bool) -> float:
    if cell.strip().lower() in NOTHING:
        return float("nan")
    try:
        return float(cell if "_" not in cell else "")
    except ValueError:
        shown = cell.replace(".", ",") if comma else cell
        raise lines.problem(
            f"has {shown[:60]!r} in the column {column[:60]!r}, which is no number",
            "A text that has no score has an empty cell",
        ) from None


def whole(cell: str, column: str, lines: Lines) -> int:
    """A length in bytes.

    Raises
    ------
    InputError
        If it is no whole number.
    """
    try:
        value = float(cell)
        if value == int(value):
            return int(value)
    except (ValueError, OverflowError):
        pass
    raise lines.problem(f"has {cell[:60]!r} in the column {column!r}, which is no whole number")
