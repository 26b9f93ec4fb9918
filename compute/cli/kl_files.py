"""Files that ``klscope kl`` writes: CSV, and matrices that are never held in memory."""

from __future__ import annotations

import csv
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
import typer
from numpy.typing import NDArray

from compute import geometry
from compute.core.errors import InputError
from compute.core.files import csv_lines, os_problem, write_atomically
from compute.core.tables import Entry
from compute.geometry import LeanPrepared


def write_csv(file: Path, lines: Iterable[Sequence[Any]]) -> None:
    """Write lines as CSV.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    write_atomically(file, csv_lines(lines))


def write_lines(handle: IO[str], lines: Iterable[Sequence[Any]]) -> None:
    """CSV lines to an open file."""
    csv.writer(handle, lineterminator="\n").writerows(lines)


def table(entries: Sequence[Entry], kl: NDArray[np.float64]) -> Iterator[list[Any]]:
    """A header of names, then a line for each entry. Labels that occur twice give way to ids."""
    times = Counter(e.label for e in entries)
    names = [e.label if e.label and times[e.label] == 1 else e.id for e in entries]
    yield ["entry", *names]
    for name, row in zip(names, kl, strict=True):
        yield [name, *map(float, row)]


@contextmanager
def matrix_file(
    rows: LeanPrepared, entries: Sequence[Entry], npy_file: Path | None, csv_file: Path | None
) -> Iterator[tuple[Path, NDArray[np.float64]]]:
    """The whole matrix in a file, and as an array that is read from it.

    Parameters
    ----------
    npy_file : path or None
        It stays there, and beside it ``<name>.entries.csv``, which names its rows; None = a file
        that is taken away again.
    csv_file : path or None
        Such a file is made where this one will be: there must be room for that anyway.
    """
    if npy_file is None:
        folder = csv_file.parent if csv_file is not None and csv_file.parent.is_dir() else None
        tried = f"Writing {csv_file}" if csv_file is not None else "Working out all pairs"
        with ExitStack() as kept:
            try:
                made = kept.enter_context(
                    tempfile.TemporaryDirectory(prefix=".klscope-", dir=folder)
                )
                found = _written(rows, Path(made) / "kl.npy")
            except OSError as error:
                raise os_problem(error, tried) from error
            except InputError as error:  # a place of ours, which says nothing to anybody
                raise InputError(error.happened, tried=tried, advice=error.advice) from error
            yield found
        return
    if npy_file.suffix != ".npy":
        npy_file = npy_file.with_name(f"{npy_file.name}.npy")
    written = _written(rows, npy_file)
    lines = [[k, e.id, e.label] for k, e in enumerate(entries)]
    write_csv(npy_file.with_name(f"{npy_file.stem}.entries.csv"), [["row", "id", "label"], *lines])
    yield written


def _written(rows: LeanPrepared, file: Path) -> tuple[Path, NDArray[np.float64]]:
    with _bar() as done:
        geometry.write_kl(rows, file, done=done)
    return file, np.load(file, mmap_mode="r")


class _Bar:
    def __init__(self, bar: Any) -> None:
        self._bar, self._shown = bar, 0

    def __call__(self, share: float) -> None:
        at = round(100 * share)
        self._bar.update(at - self._shown)
        self._shown = at


@contextmanager
def _bar() -> Iterator[Any]:
    """A bar on a terminal, else nothing."""
    if not sys.stderr.isatty():
        yield lambda share: None
        return
    with typer.progressbar(length=100, label="KL", file=sys.stderr) as bar:
        yield _Bar(bar)
