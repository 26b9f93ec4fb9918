"""Items one by one: make it, write its tables, draw its pictures; no failure stops the rest."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from compute.core.errors import Cancelled, InputError, KlscopeError, MissingPart
from compute.report import kit
from compute.report.contract import DataTable, Drawing, Item, MapRequest, Missing, Piece
from compute.report.study import Study
from compute.report.writing import csv_text, markdown_text, slug

T = TypeVar("T")
FIGURES, TABLES = "figures", "tables"
MADE, MISSING, FAILED = "made", "missing", "failed"


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing as written; paths are relative to the folder of the report, width in inches."""

    name: str
    svg: str
    png: str
    inches: float


@dataclass(frozen=True, slots=True)
class Written:
    """A table as written."""

    table: DataTable
    csv: str
    markdown: str


@dataclass(frozen=True, slots=True)
class Made:
    """What became of an item. ``status`` is MADE, MISSING or FAILED; then ``reason`` says why."""

    item: Item
    status: str
    reason: str = ""
    caption: str = ""
    remarks: tuple[str, ...] = ()
    tables: tuple[Written, ...] = ()
    pictures: tuple[Picture, ...] = ()
    seconds: float = 0.0

    @property
    def files(self) -> tuple[str, ...]:
        """Every file of it, relative to the folder of the report."""
        tables = [path for t in self.tables for path in (t.csv, t.markdown)]
        return (*tables, *(path for p in self.pictures for path in (p.svg, p.png)))


def requests_of(study: Study, item: Item) -> tuple[MapRequest, ...] | Made:
    """The maps an item draws, or why it cannot be made."""
    if not item.maps:
        return ()

    def asked() -> tuple[MapRequest, ...]:
        return tuple(_load(item.maps)(study))

    return _guarded(item, asked)


def make(study: Study, item: Item, folder: Path, dpi: int = 300) -> Made:
    """Make one item and write its files below ``folder``.

    What goes wrong within the item becomes its reason; only :class:`Cancelled` and a disk that
    cannot be written are raised.

    Raises
    ------
    OSError
        If a file cannot be written.
    """
    began = time.perf_counter()
    made = _guarded(item, lambda: _made(study, item, folder, dpi))
    return replace(made, seconds=time.perf_counter() - began)


def _load(path: str) -> Callable[[Study], Any]:
    module, _, name = path.partition(":")
    found: Callable[[Study], Any] = getattr(import_module(module), name)
    return found


def _guarded(item: Item, action: Callable[[], T]) -> T | Made:
    """The border of an item: a surprise in it is a sentence, the other items go on."""
    try:
        return action()
    except (Missing, InputError, MissingPart) as error:
        return Made(item, MISSING, _reason(error))
    except KlscopeError as error:
        return Made(item, FAILED, error.message)
    except (Cancelled, OSError):
        raise
    except Exception as error:  # border
        traceback.print_exception(error, file=sys.stderr)
        what = " ".join(str(error).split())[:300] or "no further word"
        kind = type(error).__name__
        return Made(item, FAILED, f"Something unexpected happened ({kind}: {what}).")


def _reason(error: KlscopeError) -> str:
    """What is missing and how to add it; what was being done the item says itself."""
    said = KlscopeError(error.happened, advice=error.advice).message
    return said[:1].upper() + said[1:]


def _made(study: Study, item: Item, folder: Path, dpi: int) -> Made:
    piece: Piece = _load(item.make)(study)
    pictures = tuple(_drawn(d, name, folder, dpi) for d, name in _names(item, piece.drawings))
    tables = tuple(_written(t, name, folder) for t, name in _names(item, piece.tables))
    return Made(
        item, MADE, caption=piece.caption, remarks=piece.remarks, tables=tables, pictures=pictures
    )


def _names(item: Item, parts: Sequence[Any]) -> list[tuple[Any, str]]:
    """Each part with the stem of its file: the id of the item, and its own name where needed."""
    out: list[tuple[Any, str]] = []
    taken: set[str] = set()
    for part in parts:
        own = slug(part.name)
        stem = own if own.startswith(item.id) else f"{item.id}-{own}" if own else item.id
        stem = item.id if len(parts) == 1 else stem
        free, n = stem, 2
        while free in taken:
            free, n = f"{stem}-{n}", n + 1
        taken.add(free)
        out.append((part, free))
    return out


def _drawn(drawing: Drawing, stem: str, folder: Path, dpi: int) -> Picture:
    """Drawn twice over from one figure: SVG first, so that its bytes never depend on the dpi."""
    with kit.style():
        figure = drawing.draw()
        svg, png = kit.svg(figure), kit.png(figure, dpi)
        inches = float(figure.get_figwidth())
    picture = Picture(drawing.name, f"{FIGURES}/{stem}.svg", f"{FIGURES}/{stem}.png", inches)
    _write(folder / picture.svg, svg)
    _write(folder / picture.png, png)
    return picture


def _written(given: DataTable, stem: str, folder: Path) -> Written:
    table = replace(given, rows=tuple(tuple(map(_python, row)) for row in given.rows))
    written = Written(table, f"{TABLES}/{stem}.csv", f"{TABLES}/{stem}.md")
    _write(folder / written.csv, csv_text(table).encode())
    _write(folder / written.markdown, markdown_text(table).encode())
    return written


def _python(value: Any) -> Any:
    """A cell without numpy."""
    return value.item() if isinstance(value, np.generic) else value


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
