"""A whole project as a folder of CSV files: ``texts.csv``, ``entries.csv``, ``loglik.csv``.

Numbers have nine significant digits, which give back every float32 exactly.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from compute.core.errors import InputError
from compute.core.tables import ENTRY_FIELDS, Entry, frozen
from compute.exchange import bundle, plain
from compute.exchange.contract import Imported, Request, Say
from compute.exchange.lines import MAX_LINE, Lines, is_blank, record
from compute.exchange.numbers import parsed

TEXTS, ENTRIES, LOGLIK = "texts.csv", "entries.csv", "loglik.csv"
_TEXT_COLUMNS = ("text_id", "text", "domain", "n_bytes")


def write(project: Imported, folder: Path, say: Say) -> None:
    """Fill ``folder``; ``loglik.csv`` has a row for each entry, called by its id."""
    texts = project.texts
    each = zip(texts.ids, texts.texts, texts.domains, texts.n_bytes.tolist(), strict=True)
    _write(folder / TEXTS, _TEXT_COLUMNS, each)
    _write(folder / ENTRIES, ENTRY_FIELDS, map(plain.entry_cells, project.entries))
    with open(folder / LOGLIK, "w", encoding="utf-8", newline="") as file:
        file.write(_line(("model", *texts.ids)))
        for k, (entry, row) in enumerate(zip(project.entries, project.loglik, strict=True)):
            file.write(f"{_quoted(entry.id)},{','.join(cells_of(row))}\n")
            say(k + 1, len(project.entries), f"Writing {LOGLIK}")
    bundle.write_head(project, "csv", folder)


def cells_of(row: NDArray[np.floating]) -> list[str]:
    """Float32 values as the shortest of nine digits, NaN as nothing."""
    cells = list(map("%.9g".__mod__, row.tolist()))
    if np.isnan(row).any():
        return ["" if cell == "nan" else cell for cell in cells]
    return cells


def _quoted(cell: str) -> str:
    plain_cell = cell and not any(mark in cell for mark in ',;"\t|\r\n') and cell == cell.strip()
    return cell if plain_cell else '"' + cell.replace('"', '""') + '"'


def _line(cells: Sequence[str]) -> str:
    return ",".join(map(_quoted, cells)) + "\n"


def _write(path: Path, header: Sequence[str], rows: Iterator[Sequence[object]]) -> None:
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(_line(header))
        file.writelines(_line([str(cell) for cell in row]) for row in rows)


def read(folder: Path, request: Request) -> Imported:
    """The inverse of :func:`write`.

    Raises
    ------
    InputError
        If a file is missing, or does not fit the others.
    """
    bundle.check_request(request, f"Reading {folder}")
    head = bundle.head_in(folder)
    columns = list(zip(*_rows(folder / TEXTS, _TEXT_COLUMNS), strict=True)) or [()] * 4
    entries = _entries(folder / ENTRIES)
    loglik = _loglik(folder / LOGLIK, entries, columns[0], request)
    ids, texts, domains = columns[:3]
    return bundle.assembled(head, (ids, texts, domains), entries, loglik, f"Reading {folder}")


def _rows(path: Path, header: Sequence[str]) -> Iterator[list[str]]:
    """The records of a file with exactly this header."""
    with Lines(path) as lines:
        csv.field_size_limit(MAX_LINE)
        found = record(next(lines), lines, ",")
        if tuple(found) != tuple(header):
            raise lines.problem(f"is not the header {','.join(header)[:80]}")
        for line in lines:
            cells = record(line, lines, ",")
            if len(cells) != len(header):
                raise lines.problem(f"has {len(cells)} cells, the header has {len(header)}")
            yield cells


def _entries(path: Path) -> tuple[Entry, ...]:
    rows = enumerate(_rows(path, ENTRY_FIELDS), start=1)
    return tuple(
        plain.entry_of_cells(ENTRY_FIELDS, cells, f"row {k} of {path.name}") for k, cells in rows
    )


def _loglik(
    path: Path, entries: Sequence[Entry], ids: Sequence[str], request: Request
) -> NDArray[np.float32]:
    out = np.full((len(entries), len(ids)), np.nan, dtype=np.float32)
    with Lines(path) as lines:
        if tuple(record(next(lines), lines, ",")) != ("model", *ids):
            raise lines.problem(f"does not name the texts of {TEXTS} in their order")
        k = -1
        for k, line in enumerate(line for line in lines if not is_blank(line)):
            cells = record(line, lines, ",")
            if k >= len(entries) or cells[0] != entries[k].id or len(cells) != len(ids) + 1:
                raise lines.problem(f"does not fit row {k + 1} of {ENTRIES}")
            with np.errstate(over="ignore"):
                out[k] = parsed(cells[1:], ids, lines)
            request.say(k + 1, len(entries), f"Reading {path.name}")
    if k + 1 != len(entries):
        raise InputError(
            f"it ends after {k + 1} of {len(entries)} entries", tried=f"Reading {path}"
        )
    return frozen(out)
