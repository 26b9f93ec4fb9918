"""The tables of the report, of what is studied."""

from __future__ import annotations

import math
from importlib import import_module
from typing import Any

from compute.report.contract import DataTable, Missing, Piece
from compute.report.items import ITEMS
from compute.report.rounding import is_number, shown
from compute.report.writing import csv_text, heading, markdown_text
from explorer.plots.contract import Column, Nothing, Request, Table
from explorer.plots.source import Source
from explorer.plots.statistics.spec import Answer, Sheet
from explorer.state.notices import Act


def answer(source: Source, request: Request) -> Answer | Nothing:
    """One table of the paper; the sentence of what the project lacks for it."""
    item = next(item for item in ITEMS if item.id == request.options["table"])
    module, _, name = item.make.partition(":")
    make = getattr(import_module(module), name)
    try:
        piece: Piece = source.once(("report", item.id), lambda: make(source.study))
    except Missing as missing:
        return Nothing(f"{item.number}: {missing.message}", Act("Add models...", "library.add"))
    runs = {run.name: tuple(run.ids) for run in source.study.every_run}
    sheets = tuple(_sheet(table, runs) for table in piece.tables)
    return Answer(item.number, item.title, sheets, piece.caption, piece.remarks)


def _sheet(given: DataTable, runs: dict[str, tuple[str, ...]]) -> Sheet:
    numbers = tuple(is_number(given, j) for j in range(len(given.columns)))
    columns = tuple(
        Column(title, unit, digits)
        for (title, unit), digits in zip(given.columns, numbers, strict=True)
    )
    rows = tuple(tuple(map(_plain, row)) for row in given.rows)
    ids = tuple(next((runs[v] for v in row if v in runs), ()) for row in given.rows)
    table = Table(columns, rows, ids, given.title)
    heads = tuple(map(heading, given.columns))
    return Sheet(
        table, shown(given), heads, numbers, markdown_text(given), csv_text(given), given.notes
    )


def _plain(value: Any) -> Any:
    if value is None:
        return math.nan
    return value.item() if hasattr(value, "item") else value
