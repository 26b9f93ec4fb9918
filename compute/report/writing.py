"""Tables as files: CSV with every digit, Markdown as people read it."""

from __future__ import annotations

import csv
import io
import math
import re
from typing import Any

from compute.report.contract import DataTable
from compute.report.rounding import is_number, shown


def heading(column: tuple[str, str]) -> str:
    """``KL (bits/byte)``, or the name alone where there is no unit."""
    name, unit = column
    return f"{name} ({unit})" if unit else name


def csv_text(table: DataTable) -> str:
    """Full precision: ``float(cell)`` gives the number back; NaN and None are empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([heading(c) for c in table.columns])
    writer.writerows([[_full(v) for v in row] for row in table.rows])
    return out.getvalue()


def _full(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return repr(float(value)) if isinstance(value, float) else str(value)


def markdown_text(table: DataTable) -> str:
    """Title, the table with rounded numbers to the right, and its notes."""
    numbers = [is_number(table, j) for j in range(len(table.columns))]
    head = [_line([heading(c) for c in table.columns])]
    head.append(_line(["---:" if n else "---" for n in numbers], escape=False))
    body = [_line(row) for row in shown(table)]
    notes = ["", _inline(table.notes)] if table.notes else []
    return "\n".join([f"## {_inline(table.title)}", "", *head, *body, *notes, ""])


def _line(cells: Any, *, escape: bool = True) -> str:
    return "| " + " | ".join(_inline(c) if escape else c for c in cells) + " |"


def _inline(text: str) -> str:
    """Text as it stands: no mark-up, no second line, no second column."""
    return re.sub(r"([\\|`*_<\[\]])", r"\\\1", " ".join(text.split()))


def slug(text: str) -> str:
    """Text as a part of a file name: letters, digits, ``-``, ``_`` and ``.``."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", text).strip("-.")[:60]
