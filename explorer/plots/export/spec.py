"""File formats of views, and tables as text. Pure."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from compute.core.errors import UsageError
from compute.core.numbers import count, plain
from explorer.plots.contract import Column, Table

PICTURES = {".png": "Picture", ".svg": "Drawing, text as text", ".pdf": "Page, text as text"}
TABLES = {".csv": "Table of the numbers"}
FORMATS: Mapping[str, str] = {**PICTURES, **TABLES}
FILTER = ";;".join(f"{words} (*{suffix})" for suffix, words in FORMATS.items())
"""For a file dialog."""


@dataclass(frozen=True)
class Stamp:
    """What a picture was made from: kept in the file, so that the view can be found again."""

    view: str
    title: str
    project: str
    texts: str
    recipe: str
    unit: str
    options: Mapping[str, Any]
    about: tuple[str, ...] = ()

    def as_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)


def format_of(path: Path) -> str:
    """The suffix of a path, in lower case.

    Raises
    ------
    UsageError
        If views cannot be written in that format.
    """
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        known = ", ".join(FORMATS)
        raise UsageError(
            f"{path.name}: views are written as {known}", advice="Choose one of these endings"
        )
    return suffix


def cell(value: Any, column: Column) -> str:
    """A value as people read it."""
    if isinstance(value, (bool, str)):
        return str(value)
    if isinstance(value, int):
        return count(value) if column.digits else str(value)
    return plain(float(value)) if column.digits else str(value)


def exact(value: Any) -> str:
    """A value in full, "" for NaN; words that a spreadsheet would compute stay words."""
    if isinstance(value, float):
        return "" if math.isnan(value) else repr(value)
    return str(value)


def heads(columns: Sequence[Column]) -> list[str]:
    """ "KL, bits/byte" where there is a unit."""
    return [f"{c.title}, {c.unit}" if c.unit else c.title for c in columns]


def as_csv(table: Table, separator: str = ",") -> str:
    """Every number in full precision; KL in bits/byte, whatever the window shows."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator="\n")
    writer.writerow(heads(table.columns))
    writer.writerows([[exact(v) for v in row] for row in table.rows])
    return out.getvalue()


def as_markdown(table: Table) -> str:
    """As it is read in the window."""
    rows = [[cell(v, c) for v, c in zip(row, table.columns, strict=True)] for row in table.rows]
    rule = ["---:" if c.digits else "---" for c in table.columns]
    lines = [heads(table.columns), rule, *rows]
    return "".join(f"| {' | '.join(x.replace('|', '¦') for x in line)} |\n" for line in lines)
