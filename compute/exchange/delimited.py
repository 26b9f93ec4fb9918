"""CSV (comma, semicolon, tab or bar between) with log-likelihoods: matrices and the long form.

Read line by line: beside the matrix itself nothing grows with the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from compute.core.errors import InputError
from compute.core.numbers import count
from compute.exchange import bundle, delimited_bundle
from compute.exchange.axis import axis_of, numbered
from compute.exchange.contract import Imported, Request
from compute.exchange.growing import Growing
from compute.exchange.layout import Layout, layout_of
from compute.exchange.lines import Lines, is_blank, record
from compute.exchange.numbers import parsed, whole
from compute.exchange.tables import Cells, imported, with_lengths

DELIMITERS = (",", ";", "\t", "|")
_SAY_EVERY, _SAY_LINES = 1 << 21, 16
_AT_ONCE = 1 << 15


def read(path: Path, request: Request) -> Imported:
    """A folder written by ``klscope export csv``, or a table of any other program.

    Raises
    ------
    InputError
        If the header does not say what the columns are, a line has another number of cells, or a
        cell is no number: names the line.
    """
    if bundle.is_bundle(path, "csv"):
        return delimited_bundle.read(path, request)
    with Lines(path) as lines:
        table = Table(lines, request)
        readers = {"long": _long, "models": _models, "texts": _texts}
        return readers[table.layout.kind](table, request, path)


def sniff(path: Path) -> bool:
    """Whether a file has a header that is read."""
    if bundle.is_bundle(path, "csv"):
        return True
    if path.suffix.lower() not in (".csv", ".tsv", ".txt"):
        return False
    try:
        with Lines(path) as lines:
            Table(lines, Request())
    except InputError:
        return False
    return True


class Table:
    """The header of an open table, and its further lines as cells."""

    def __init__(self, lines: Lines, request: Request) -> None:
        self.lines, self._request = lines, request
        first = next((line for line in lines if not is_blank(line)), "")
        self.delimiter = _delimiter(first)
        if first.strip().lower().startswith("sep="):
            self.delimiter = first.strip()[4:5]
            first = next(lines, "")
        self.header = [cell.strip() for cell in record(first, lines, self.delimiter)]
        tried = f"Reading {lines.path}"
        n_texts = len(request.texts) if request.texts is not None else -1
        self.layout: Layout = layout_of(self.header, request.rows, tried, n_texts)
        self._said = 0
        self._comma: bool | None = None if self.delimiter != "," else False

    def rows(self) -> Iterator[list[str]]:
        """The cells of each record.

        Raises
        ------
        InputError
            If one has another number of cells than the header.
        """
        for line in self.lines:
            if is_blank(line):
                continue
            number = self.lines.number
            cells = record(line, self.lines, self.delimiter)
            if len(cells) != len(self.header):
                raise self.lines.problem(
                    f"has {count(len(cells))} cells, the header has {count(len(self.header))}",
                    "Cells that hold a delimiter or a line break need quotes around them",
                    number=number,
                )
            self._say()
            yield cells

    def number(self, cell: str, column: str) -> float:
        """One cell; as :meth:`numbers`."""
        if self._comma is False and "_" not in cell:
            try:
                return float(cell)
            except ValueError:
                pass
        return float(self.numbers((cell,), (column,))[0])

    def numbers(self, cells: Sequence[str], columns: Sequence[str]) -> NDArray[np.float64]:
        """(n,) float64; whether numbers have a decimal comma is seen from the first that tell."""
        if self._comma is None:
            marks = {mark for cell in cells for mark in ".," if mark in cell}
            self._comma = marks == {","} if marks else None
        return parsed(cells, columns, self.lines, comma=bool(self._comma))

    def _say(self) -> None:
        if self.lines.number % _SAY_LINES:
            return
        done = self.lines.done
        if done - self._said >= _SAY_EVERY:
            self._said = done
            self._request.say(done, self.lines.total, f"Reading {self.lines.path.name}")


def _delimiter(line: str) -> str:
    outside = "".join(line.split('"')[::2])
    return max(DELIMITERS, key=outside.count)


def _models(table: Table, request: Request, path: Path) -> Imported:
    layout = table.layout
    names = [table.header[k] for k in layout.values]
    labels: list[str] = []
    rows = Growing(len(names))
    for cells in table.rows():
        labels.append(cells[layout.model].strip())
        rows.add(table.numbers([cells[k] for k in layout.values], names))
    tried = f"Reading {path}"
    labels, values, axis = with_lengths(labels, rows.taken(), names, request, tried)
    return imported(labels, values, axis, request, path)


def _texts(table: Table, request: Request, path: Path) -> Imported:
    layout, header = table.layout, table.header
    columns = [header[k] for k in layout.values]
    if not columns:
        raise InputError("it has no column with a model", tried=f"Reading {path}")
    names, texts, domains, lengths = [], [], [], []
    rows = Growing(len(columns))
    for cells in table.rows():
        rows.add(table.numbers([cells[k] for k in layout.values], columns))
        if layout.text_id >= 0:
            names.append(cells[layout.text_id].strip())
        if layout.text >= 0:
            texts.append(cells[layout.text])
        if layout.domain >= 0:
            domains.append(cells[layout.domain])
        if layout.n_bytes >= 0:
            lengths.append(whole(cells[layout.n_bytes], header[layout.n_bytes], table.lines))
    axis = axis_of(
        names or numbered(len(rows)),
        request,
        f"Reading {path}",
        texts=texts,
        domains=domains,
        n_bytes=np.array(lengths, dtype=np.int64) if layout.n_bytes >= 0 else None,
    )
    values = rows.taken()
    return imported(columns, np.ascontiguousarray(values.T), axis, request, path)


def _long(table: Table, request: Request, path: Path) -> Imported:
    layout, found = table.layout, Cells(f"Reading {path}")
    value = layout.values[0]
    name = layout.text_id if layout.text_id >= 0 else layout.text
    rows: list[int] = []
    columns: list[int] = []
    values: list[float] = []
    for cells in table.rows():
        rows.append(found.models.setdefault(cells[layout.model].strip(), len(found.models)))
        columns.append(found.texts.setdefault(cells[name], len(found.texts)))
        values.append(table.number(cells[value], table.header[value]))
        if columns[-1] == len(found.content):
            _new_text(cells, layout, found, table)
        elif layout.text >= 0 and found.content[columns[-1]] != cells[layout.text]:
            raise table.lines.problem(f"has another text for {cells[name][:60]!r} than before")
        if len(values) == _AT_ONCE:
            found.put(rows, columns, np.array(values))
            rows, columns, values = [], [], []
    found.put(rows, columns, np.array(values))
    axis = axis_of(
        tuple(found.texts) if layout.text_id >= 0 else numbered(len(found.texts)),
        request,
        f"Reading {path}",
        texts=found.content if layout.text >= 0 else (),
        domains=found.domains if layout.domain >= 0 else (),
        n_bytes=np.array(found.n_bytes, dtype=np.int64) if layout.n_bytes >= 0 else None,
    )
    return imported(tuple(found.models), found.matrix(), axis, request, path)


def _new_text(cells: Sequence[str], layout: Layout, found: Cells, table: Table) -> None:
    found.content.append(cells[layout.text] if layout.text >= 0 else "")
    if layout.domain >= 0:
        found.domains.append(cells[layout.domain])
    if layout.n_bytes >= 0:
        found.n_bytes.append(
            whole(cells[layout.n_bytes], table.header[layout.n_bytes], table.lines)
        )
