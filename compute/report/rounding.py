"""Numbers of a table as people read them (look.md, section 11)."""

from __future__ import annotations

import math
from typing import Any

from compute.core.numbers import count, minus, plain, with_se
from compute.report.contract import DataTable

NOTHING = "–"
_THREE = ("R²", "R^2", "Pearson", "cosine")


def shown(table: DataTable) -> tuple[tuple[str, ...], ...]:
    """Every cell as text, in the order of the table.

    A column whose name begins with "SE" belongs to the one before it: the SE has two digits, the
    value is cut to the same place. R², correlations and cosines have three places, other numbers
    two significant digits.
    """
    return tuple(_row(table, row) for row in table.rows)


def is_number(table: DataTable, column: int) -> bool:
    """Whether a column holds numbers, or nothing, and so is set to the right."""
    values = [row[column] for row in table.rows if row[column] is not None]
    return all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)


def _row(table: DataTable, row: tuple[Any, ...]) -> tuple[str, ...]:
    names = [name for name, _ in table.columns]
    out = [_cell(name, value) for name, value in zip(names, row, strict=True)]
    for j in range(1, len(names)):
        if names[j].startswith("SE") and all(_is_float(v) for v in row[j - 1 : j + 1]):
            value, se = with_se(float(row[j - 1]), float(row[j]))
            out[j - 1], out[j] = value, se or NOTHING
    return tuple(out)


def _is_float(value: Any) -> bool:
    return isinstance(value, float) and math.isfinite(value)


def _cell(name: str, value: Any) -> str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return count(value) if name != "seed" else str(value)
    if isinstance(value, float):
        return _float(name, value)
    return str(value)


def _float(name: str, value: float) -> str:
    if any(word in name for word in _THREE):
        return minus(f"{value:.3f}")
    if abs(value) >= 1000:
        return count(round(value))
    return plain(value)
