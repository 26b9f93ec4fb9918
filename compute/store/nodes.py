"""Single datasets, groups and attributes of an open file; every failure names file and key.

Reading trusts nothing: kinds and shapes are checked, links and data that live outside the file
are refused, objects are never unpickled (only numbers and UTF-8 text are read).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import h5py
import numpy as np
from numpy.typing import NDArray

from compute.core.errors import StoreError

Node: TypeAlias = Any
"""An open h5py file, group or dataset (h5py has no types)."""

TEXT = h5py.string_dtype("utf-8")
_KINDS = {"text": "text", "int64": "whole numbers"}
_READ_BYTES = 4 << 20
_READ_STRINGS = 2000


def bad(node: Node, key: str, happened: str) -> StoreError:
    return StoreError(
        f"{key} {happened}",
        tried=f"Reading {node.file.filename}",
        advice="The file is damaged or was changed by another program; use a copy of it",
    )


@contextmanager
def _named(node: Node, key: str) -> Iterator[None]:
    """HDF5 answers damage with almost any built-in error."""
    try:
        yield
    except (OSError, KeyError, RuntimeError, ValueError, TypeError) as error:
        raise bad(node, key, "cannot be read") from error


def group(parent: Node, name: str) -> Node:
    """A complete group.

    Raises
    ------
    StoreError
        If it is missing, is no group, lies in another file, or was never finished.
    """
    found = optional_group(parent, name)
    if found is None:
        raise bad(parent, _path(parent, name), "is missing")
    return found


def optional_group(parent: Node, name: str) -> Node | None:
    """As :func:`group`, but None when there is nothing of that name."""
    key = _path(parent, name)
    with _named(parent, key):
        found = own(parent, name)
    if found is None:
        return None
    if not isinstance(found, h5py.Group):
        raise bad(parent, key, "is not a group")
    if not is_complete(found):
        raise bad(parent, key, "was never finished (its completion mark is missing)")
    return found


def dataset(parent: Node, name: str, dtype: str, shape: tuple[int | None, ...]) -> Node:
    """A dataset of this kind and shape (None = any length).

    Raises
    ------
    StoreError
        If it is missing or anything else.
    """
    key = _path(parent, name)
    with _named(parent, key):
        found = own(parent, name)
    if found is None:
        raise bad(parent, key, "is missing")
    if not isinstance(found, h5py.Dataset):
        raise bad(parent, key, "is not a dataset")
    with _named(parent, key):
        outside = found.is_virtual or found.external
        kind_fits = _fits(found.dtype, dtype)
        lengths: tuple[int, ...] | None = found.shape
    if outside:
        raise bad(parent, key, "points at data outside the file")
    if not kind_fits:
        raise bad(parent, key, f"does not hold {_KINDS.get(dtype, 'numbers')}")
    if lengths is None or not _matches(lengths, shape):
        raise bad(parent, key, f"has shape {lengths}, expected {shape}")
    return found


def _matches(lengths: tuple[int, ...], shape: tuple[int | None, ...]) -> bool:
    pairs = zip(lengths, shape, strict=False)
    return len(lengths) == len(shape) and all(b in (None, a) for a, b in pairs)


def is_group(node: Node) -> bool:
    return isinstance(node, h5py.Group)


def own(parent: Node, name: str) -> Node | None:
    """The node behind a hard link; links that lead elsewhere are refused."""
    link = parent.get(name, getlink=True)
    if link is None:
        return None
    if not isinstance(link, h5py.HardLink):
        raise ValueError("a link to another place")
    return parent[name]


def _fits(dtype: Any, kind: str) -> bool:
    if kind == "text":
        return h5py.check_string_dtype(dtype) is not None
    return bool(dtype.kind in ("iu" if kind.startswith("int") else "f"))


def _path(parent: Node, name: str) -> str:
    return f"{parent.name.rstrip('/')}/{name}"


def strings(parent: Node, name: str, n: int | None = None) -> tuple[str, ...]:
    """(n,) text."""
    found = dataset(parent, name, "text", (n,))
    with _named(parent, found.name):
        values: list[str] = []
        for start in range(0, len(found), _READ_STRINGS):
            values += found.asstr()[start : start + _READ_STRINGS].tolist()
        return tuple(values)


def string(parent: Node, name: str) -> str:
    """One text."""
    found = dataset(parent, name, "text", ())
    with _named(parent, found.name):
        return str(found.asstr()[()])


def numbers(parent: Node, name: str, dtype: str, n: int | None = None) -> NDArray[Any]:
    """(n,) of this dtype."""
    found = dataset(parent, name, dtype, (n,))
    with _named(parent, found.name):
        return np.asarray(found[...], dtype=dtype)


def matrix(
    parent: Node, name: str, shape: tuple[int | None, int | None], dtype: str = "float32"
) -> NDArray[Any]:
    """Two axes, read some rows at a time so that other threads get their turn in between."""
    found = dataset(parent, name, dtype, shape)
    with _named(parent, found.name):
        n_rows, n_columns = found.shape
        out = np.empty((n_rows, n_columns), dtype=dtype)
        step = max(1, _READ_BYTES // max(1, 4 * n_columns))
        for start in range(0, n_rows, step):
            block = np.s_[start : start + step]
            if n_columns:
                found.read_direct(out, block, block)
    return out


def attribute(node: Node, name: str, kind: type[Any]) -> Any:
    """One attribute as ``str``, ``int`` or ``float``.

    Raises
    ------
    StoreError
        If it is missing or of another kind.
    """
    key = f"{node.name} attribute {name!r}"
    with _named(node, key):
        value = node.attrs.get(name)
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, int) and kind is float:
        value = float(value)
    if not isinstance(value, kind):
        raise bad(node, key, "is missing or of the wrong kind")
    return value


def parsed(node: Node, key: str, text: str, kind: type[Any]) -> Any:
    """JSON text as a ``dict`` or ``list``.

    Raises
    ------
    StoreError
        If it is not.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, kind):
        raise bad(node, key, "does not hold the JSON it should")
    return value


def is_complete(node: Node) -> bool:
    """True once the completion mark, which is written last, is there."""
    return bool(node.attrs.get("complete", False) == True)  # noqa: E712 - foreign values, arrays


def finished_names(parent: Node) -> tuple[str, ...]:
    """Names of the complete groups below ``parent``, sorted."""
    with _named(parent, parent.name):
        return tuple(name for name in sorted(parent) if is_complete(own(parent, name)))


@contextmanager
def unfinished(node: Node) -> Iterator[None]:
    """Take the completion mark off while a group is written."""
    node.attrs["complete"] = False
    yield
    node.attrs["complete"] = True
