"""Opening a project file for a short read: without HDF5's own locks, closed on leaving."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import h5py

from compute.core.errors import StoreError
from compute.store import nodes, schema
from compute.store.files import identity
from compute.store.nodes import Node

T = TypeVar("T")


def reading(path: Path, take: Callable[[Node], T]) -> T:
    """``take(open file)``; once more if the file was replaced under a failing read."""
    before = identity(path)
    try:
        with opened(path) as file:
            return take(file)
    except StoreError:
        if identity(path) == before:
            raise
    with opened(path) as file:
        return take(file)


@contextmanager
def opened(path: Path) -> Iterator[Node]:
    """A project file of a format this version knows, closed on leaving.

    Raises
    ------
    StoreError
        If it is not there or not such a file.
    """
    with hdf5(path, "Choose a klscope project (.h5)") as file:
        _check_format(file, f"Opening {path}")
        yield file


@contextmanager
def hdf5(path: Path, advice: str) -> Iterator[Node]:
    """Any HDF5 file; ``advice`` is for whoever chose a file that is none.

    Raises
    ------
    StoreError
        If it is not there or not such a file.
    """
    tried = f"Opening {path}"
    _check_signature(path, tried, advice)
    try:
        file = h5py.File(path, "r", locking=False)
    except (OSError, RuntimeError, ValueError) as error:
        raise StoreError(
            "the file is damaged or was cut short",
            tried=tried,
            advice="Take another copy; this one was not changed",
        ) from error
    with file:
        yield file


def _check_signature(path: Path, tried: str, advice: str) -> None:
    try:
        if path.is_dir():
            raise StoreError("it is a folder, not a project file", tried=tried)
        with open(path, "rb") as raw:
            empty = not raw.read(1)
    except FileNotFoundError:
        raise StoreError("there is no such file", tried=tried, advice="Check the name") from None
    except OSError as error:
        raise StoreError(f"the system answered {error.strerror!r}", tried=tried) from error
    if empty or not h5py.is_hdf5(path):
        what = "the file is empty" if empty else "this is not an HDF5 file"
        raise StoreError(what, tried=tried, advice=advice)


def _check_format(file: Node, tried: str) -> None:
    if file.attrs.get("format") != schema.FORMAT:
        raise StoreError(
            "this is an HDF5 file, but not a klscope project "
            f"(root attribute 'format' is not {schema.FORMAT!r})",
            tried=tried,
            advice="Choose a klscope project (.h5)",
        )
    version = format_version(file)
    if version > schema.FORMAT_VERSION:
        raise StoreError(
            f"it was written by a newer klscope (format_version {version}; this one reads up to "
            f"{schema.FORMAT_VERSION})",
            tried=tried,
            advice="Update klscope",
        )
    if version < 1:
        raise nodes.bad(file, "/ attribute 'format_version'", f"is {version}")


def format_version(file: Node) -> int:
    """The version of the format that a file says it is written in."""
    return int(nodes.attribute(file, "format_version", int))
