"""Pickles read without unpickling: arrays, numbers, strings, bytes, lists, tuples, dicts, None.

A pickle is a program for a small stack machine; ``pickle.load`` lets it call anything that can be
imported. This is another machine for the same language. It has the operations that build plain data
and no others, it never imports, looks up, calls or constructs anything by a name from the file, and
the few names that numpy needs are compared as text and answered by functions of our own
(:mod:`compute.exchange.pickled`). It uses neither ``pickle`` nor ``copyreg``.

It also bounds what a file can cost: lengths are checked against the bytes that are there before
anything is allocated, a container is closed once it is part of another (so nothing can contain
itself), depth is limited, and so is the size of everything written out in full (so repeated
references cannot make a small file a huge value).
"""

from __future__ import annotations

import os
import stat
import struct
from pathlib import Path
from typing import Any, BinaryIO

from compute.core.errors import InputError
from compute.core.files import read_problem
from compute.core.numbers import count
from compute.exchange.pickle_machine import Damaged, Machine
from compute.exchange.pickle_operations import run
from compute.exchange.pickled import Refused

_MAGIC = {
    b"\x1f\x8b": "is compressed (gzip)",
    b"BZ": "is compressed (bzip2)",
    b"\xfd7": "is compressed (xz)",
    b"PK": "is a zip archive",
    b"\x93N": "is a NumPy array file (.npy)",
    b"ve": "is text, perhaps a pointer of Git LFS in place of the file (git lfs pull fetches it)",
}
_ADVICE = {
    "pandas": "Save the table as CSV or Parquet and import that",
    "torch": "Save the numbers as NumPy arrays (tensor.numpy()) and import that",
}


class RefusedPickle(InputError):  # noqa: N818 - reads as what it says
    """The file asks for something that is no plain data. Nothing of it was executed."""


def read_pickle(path: Path) -> Any:
    """The value that a pickle file holds.

    Dicts, lists and tuples of None, bool, int, float, str, bytes and read-only numpy arrays of
    booleans, numbers or strings. numpy's own numbers become plain ones.

    Raises
    ------
    RefusedPickle
        If it asks for anything else; names it and its place.
    InputError
        If the file is cut short, damaged, no pickle, or cannot be read.
    """
    tried = f"Reading {path}"
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise InputError("it is no regular file", tried=tried)
        with open(path, "rb") as file:
            return _read(file, os.fstat(file.fileno()).st_size, path.name)
    except OSError as e:
        raise read_problem(e, tried) from e


def _read(file: BinaryIO, size: int, name: str) -> Any:
    start = file.read(2)
    file.seek(0)
    if start in _MAGIC:
        raise InputError(f"{name} {_MAGIC[start]}, and no pickle")
    machine = Machine(file, size)
    try:
        return run(machine)
    except Refused as refused:
        raise _refusal(refused, machine.at, name) from None
    except (Damaged, UnicodeError, struct.error, OverflowError, MemoryError) as e:
        words = str(e) if isinstance(e, Damaged) else "is cut short or damaged"
        raise InputError(f"{name} {words} (at byte {count(machine.at)})") from None


def _refusal(refused: Refused, at: int, name: str) -> RefusedPickle:
    called = f" ({_shown(refused.name)})" if refused.name else ""
    package = refused.name.partition(".")[0].partition(" ")[0]
    return RefusedPickle(
        f"{name} holds {refused.what}{called} at byte {count(at)}, which is no plain data; "
        f"nothing of it was executed",
        advice=_ADVICE.get(
            package, "Only arrays, numbers, strings, lists, tuples, dicts and None are read"
        ),
    )


def _shown(name: str) -> str:
    """A name from the file as it can be printed: no control characters, not too long."""
    plain = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in name[:120])
    return plain + ("…" if len(name) > 120 else "")
