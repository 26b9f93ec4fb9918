"""Lines and records of text files of any size: encodings, quotes, and where in the file one is."""

from __future__ import annotations

import csv
import itertools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from compute.core.errors import InputError
from compute.core.files import read_problem

MAX_LINE = 1 << 28
"""Characters of the longest line that is read."""
_HEAD = 1 << 16
_BOMS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))


def head_of(path: Path) -> bytes:
    """The first bytes of a file.

    Raises
    ------
    InputError
        If it is not there, is a folder, or cannot be read.
    """
    if path.is_dir():
        raise InputError("it is a folder", tried=f"Reading {path}", advice="Give a file in it")
    try:
        with open(path, "rb") as file:
            return file.read(_HEAD)
    except OSError as error:
        raise read_problem(error, f"Reading {path}") from error
    except ValueError as error:  # a NUL in the name
        raise InputError("this is no path", tried=f"Reading {str(path)!r}") from error


def encoding_of(path: Path) -> str:
    """UTF-8 (with or without a mark at its start) or UTF-16.

    Raises
    ------
    InputError
        If the file is empty or holds binary data.
    """
    head = head_of(path)
    if not head.strip():
        raise InputError("the file is empty", tried=f"Reading {path}")
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    if b"\0" in head:
        raise InputError("it holds binary data, no text", tried=f"Reading {path}")
    return "utf-8"


class Lines:
    """The physical lines of a text file, their number, and how far in the file they reach.

    Use it in a ``with``. Errors are :class:`~compute.core.errors.InputError`.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.number = path, 0
        self.total = 0
        self._encoding = encoding_of(path)
        self._file: IO[str] | None = None

    def __enter__(self) -> Lines:
        try:
            self._file = open(self.path, encoding=self._encoding, newline="")
            self.total = self.path.stat().st_size
        except OSError as error:
            raise read_problem(error, f"Reading {self.path}") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        assert self._file is not None
        try:
            line = self._file.readline(MAX_LINE)
        except UnicodeError as error:
            raise self.problem(
                "is no UTF-8 text", "Save the file as UTF-8", number=self._undecodable()
            ) from error
        except OSError as error:
            raise read_problem(error, f"Reading {self.path}") from error
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) == MAX_LINE and not line.endswith("\n"):
            raise self.problem(f"is longer than {MAX_LINE:,} characters")
        return line

    def _undecodable(self) -> int:
        """The first line that is no UTF-8; text is decoded in blocks, so the error is early."""
        with open(self.path, "rb") as file:
            for number, raw in enumerate(file, start=1):
                if raw.decode(errors="replace").count("\ufffd") > raw.count(b"\xef\xbf\xbd"):
                    return number
        return self.number + 1

    @property
    def done(self) -> int:
        """Bytes read so far."""
        assert self._file is not None
        return self._file.buffer.tell() if hasattr(self._file, "buffer") else 0

    def problem(self, happened: str, advice: str = "", number: int = 0) -> InputError:
        """An error about the current line."""
        return InputError(
            f"line {number or self.number:,} {happened}",
            tried=f"Reading {self.path}",
            advice=advice,
        )


def record(line: str, lines: Lines, delimiter: str) -> list[str]:
    """The cells of the record that begins with ``line``; quoted cells may reach over lines.

    Raises
    ------
    InputError
        If a quote is never closed.
    """
    if '"' not in line:
        return line.rstrip("\r\n").split(delimiter)
    csv.field_size_limit(MAX_LINE)
    number = lines.number
    try:
        whole = next(csv.reader(itertools.chain((line,), lines), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise lines.problem(f"cannot be split into cells ({error})", number=number) from error
    return whole


def is_blank(line: str) -> bool:
    return not line.strip()


def json_lines(path: Path) -> Iterator[tuple[Lines, Mapping[str, Any]]]:
    """Every object of a JSONL file; blank lines are passed over.

    Raises
    ------
    InputError
        If a line is not a JSON object.
    """
    with Lines(path) as lines:
        for line in lines:
            if is_blank(line):
                continue
            try:
                found = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise lines.problem("is no JSON", "JSONL has one object on each line") from error
            if not isinstance(found, dict):
                raise lines.problem("is no JSON object", "JSONL has one object on each line")
            yield lines, found
