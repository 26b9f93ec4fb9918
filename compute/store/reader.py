"""Reading a project: open without HDF5's own locks, read, close. Nothing is kept open."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import h5py
import numpy as np
from numpy.typing import NDArray

from compute.core.errors import StoreError
from compute.core.tables import (
    ENTRY_FIELDS,
    RELATIONS,
    STATUSES,
    Embedding,
    Entry,
    Recipe,
    Snapshot,
    TextSet,
    frozen,
)
from compute.store import nodes, schema
from compute.store.frames import Batch
from compute.store.nodes import Node
from compute.store.parts import Parts, frames_stamp, merged

T = TypeVar("T")
_NAN_TAU = Recipe("").tau
_NAN = Entry("").noise_floor  # one object, so that unchanged entries and recipes compare equal


def read(path: Path, *, parts: bool = True) -> Snapshot:
    """The whole project as it is now; its arrays are read-only.

    Parameters
    ----------
    parts : bool
        Merge the batches that a running or interrupted job has scored but not committed. Their
        entries are then ``partial``.

    Raises
    ------
    StoreError
        If the file is missing, foreign, newer, damaged or incomplete; names file and key.
    """
    path = Path(path)
    before = stamp(path)
    # Parts before the file: a row that is committed in between is then seen twice, not never.
    flying = dict(Parts(path).entries()) if parts else {}
    texts, entries, loglik, recipes = reading(path, _tables)
    entries = _merge(entries, loglik, flying)
    return Snapshot(path, texts, entries, frozen(loglik), recipes, before)


def stamp(path: Path) -> tuple[int, ...]:
    """(mtime_ns, size, inode) of the file and two numbers for its parts; () when it is not there.

    Cheap enough to poll. It changes whenever a commit or a batch reaches the disk.
    """
    try:
        stat = os.stat(path)
    except OSError:
        return ()
    return stat.st_mtime_ns, stat.st_size, stat.st_ino, *frames_stamp(Path(path))


def read_embedding(path: Path, key: str) -> Embedding | None:
    """The cached embedding of this key, None when there is none.

    Raises
    ------
    StoreError
        As :func:`read`.
    """
    return reading(Path(path), lambda file: _embedding(file, key))


def embedding_keys(path: Path) -> tuple[str, ...]:
    """Keys of all finished embeddings, sorted.

    Raises
    ------
    StoreError
        As :func:`read`.
    """
    return reading(Path(path), lambda file: _names(file, "embeddings"))


def read_tokenizations(path: Path) -> Mapping[str, NDArray[np.int64]]:
    """Tokenizer digest -> (N,) int64 tokens of each text, -1 = unknown.

    Raises
    ------
    StoreError
        As :func:`read`.
    """
    return reading(Path(path), _tokenizations)


def reading(path: Path, take: Callable[[Node], T]) -> T:
    """``take(open file)``; once more if the file was replaced under a failing read."""
    before = _identity(path)
    try:
        with opened(path) as file:
            return take(file)
    except StoreError:
        if _identity(path) == before:
            raise
    with opened(path) as file:
        return take(file)


def _identity(path: Path) -> tuple[int, ...]:
    try:
        stat = os.stat(path)
    except OSError:
        return ()
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


@contextmanager
def opened(path: Path) -> Iterator[Node]:
    """A project file of a format this version knows, closed on leaving.

    Raises
    ------
    StoreError
        If it is not there or not such a file.
    """
    tried = f"Opening {path}"
    _check_signature(path, tried)
    try:
        file = h5py.File(path, "r", locking=False)
    except (OSError, RuntimeError, ValueError) as error:
        raise StoreError(
            "the file is damaged or was cut short",
            tried=tried,
            advice="Take another copy; this one was not changed",
        ) from error
    with file:
        _check_format(file, tried)
        yield file


def _check_signature(path: Path, tried: str) -> None:
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
        raise StoreError(what, tried=tried, advice="Choose a klscope project (.h5)")


def _check_format(file: Node, tried: str) -> None:
    if file.attrs.get("format") != schema.FORMAT:
        raise StoreError(
            "this is an HDF5 file, but not a klscope project "
            f"(root attribute 'format' is not {schema.FORMAT!r})",
            tried=tried,
            advice="Choose a klscope project (.h5)",
        )
    version = nodes.attribute(file, "format_version", int)
    if version > schema.FORMAT_VERSION:
        raise StoreError(
            f"it was written by a newer klscope (format_version {version}; this one reads up to "
            f"{schema.FORMAT_VERSION})",
            tried=tried,
            advice="Update klscope",
        )
    if version < 1:
        raise nodes.bad(file, "/ attribute 'format_version'", f"is {version}")


_Tables = tuple[TextSet, tuple[Entry, ...], NDArray[np.float32], dict[str, Recipe]]


def _tables(file: Node) -> _Tables:
    texts, entries = read_texts(file), read_entries(file)
    loglik = nodes.matrix(file, "loglik", (len(entries), len(texts)))
    return texts, entries, loglik, _recipes(file)


def read_texts(file: Node) -> TextSet:
    """``/texts``, checked against its digest."""
    group = nodes.group(file, "texts")
    ids = nodes.strings(group, "id")
    parameters = nodes.attribute(group, "parameters", str)
    texts = TextSet(
        ids,
        nodes.strings(group, "text", len(ids)),
        nodes.strings(group, "domain", len(ids)),
        source=nodes.attribute(group, "source", str),
        licence=nodes.attribute(group, "licence", str),
        parameters=nodes.parsed(group, "/texts attribute 'parameters'", parameters, dict),
    )
    if nodes.attribute(group, "digest", str) != texts.digest:
        raise nodes.bad(group, "/texts/text", "does not match the stored digest of the texts")
    return texts


def read_entries(file: Node) -> tuple[Entry, ...]:
    """``/models``, in row order."""
    group = nodes.group(file, "models")
    columns: dict[str, Any] = {"id": nodes.strings(group, "id")}
    n = len(columns["id"])
    for table in schema.MODELS[1:]:
        name = table.path.rpartition("/")[2]
        columns[name] = _column(group, name, table.dtype, n)
    _check_column(group, "id", len(set(columns["id"])) == n)
    _check_column(group, "status", set(columns["status"]) <= set(STATUSES))
    _check_column(group, "relation", set(columns["relation"]) <= set(RELATIONS))
    in_order = (columns[name] for name in ENTRY_FIELDS)
    return tuple(Entry(*row) for row in zip(*in_order, strict=True))


def _column(group: Node, name: str, dtype: str, n: int) -> tuple[Any, ...]:
    if dtype == "text":
        return nodes.strings(group, name, n)
    if dtype == "json":
        texts = nodes.strings(group, name, n)
        return tuple(_tags(group, name, text) for text in texts)
    values = nodes.numbers(group, name, dtype, n).tolist()
    return tuple(_NAN if value != value else value for value in values)


def _tags(group: Node, name: str, text: str) -> tuple[str, ...]:
    if text == "[]":
        return ()
    return tuple(str(tag) for tag in nodes.parsed(group, f"/models/{name}", text, list))


def _check_column(group: Node, name: str, holds: bool) -> None:
    if not holds:
        raise nodes.bad(group, f"/models/{name}", "holds a repeated or unknown value")


def _names(file: Node, parent: str) -> tuple[str, ...]:
    """Names of the finished groups below a group that may be missing."""
    group = nodes.optional_group(file, parent)
    return () if group is None else nodes.finished_names(group)


def _recipes(file: Node) -> dict[str, Recipe]:
    return {name: _recipe(file["recipes"][name], name) for name in _names(file, "recipes")}


def _recipe(group: Node, name: str) -> Recipe:
    tau = nodes.attribute(group, "tau", float)
    return Recipe(
        name,
        clip_quantile=nodes.attribute(group, "clip_quantile", float),
        tau=_NAN_TAU if tau != tau else tau,
        excluded=nodes.strings(group, "excluded"),
        dropped_texts=nodes.strings(group, "dropped_texts"),
        version=nodes.attribute(group, "version", int),
    )


def _embedding(file: Node, key: str) -> Embedding | None:
    if key not in _names(file, "embeddings"):
        return None
    group = nodes.group(file, f"embeddings/{key}")
    ids = nodes.strings(group, "ids")
    coords = frozen(nodes.matrix(group, "coords", (len(ids), None)))
    where = f"/embeddings/{key}"
    params = nodes.parsed(group, f"{where}/params", nodes.string(group, "params"), dict)
    info = nodes.parsed(group, f"{where}/info", nodes.string(group, "info"), dict)
    return Embedding(key, ids, coords, params, info)


def _tokenizations(file: Node) -> dict[str, NDArray[np.int64]]:
    group = nodes.optional_group(file, "tokenizations")
    return {
        name: frozen(nodes.numbers(nodes.group(group, name), "n_tokens", "int64"))
        for name in _names(file, "tokenizations")
    }


def _merge(
    entries: tuple[Entry, ...],
    loglik: NDArray[np.float32],
    flying: Mapping[str, tuple[Batch, ...]],
) -> tuple[Entry, ...]:
    """Fill the gaps of unfinished rows in place; entries with their new status."""
    out = list(entries)
    for k, entry in enumerate(entries):
        if entry.id in flying and entry.status in ("planned", "partial"):
            row = merged(flying[entry.id], loglik.shape[1])
            gaps = np.isnan(loglik[k])
            loglik[k, gaps] = row[gaps]
            scored = int(np.count_nonzero(~np.isnan(loglik[k])))
            out[k] = entry.with_(status="partial", n_scored=scored)
    return tuple(out)
