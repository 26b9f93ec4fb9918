"""Reading a project: everything is copied into frozen values. Nothing is kept open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.core.tables import (
    ENTRY_FIELDS,
    RELATIONS,
    STATUSES,
    Benchmarks,
    Embedding,
    Entry,
    Recipe,
    Snapshot,
    TextSet,
    WeightDistances,
    frozen,
)
from compute.store import nodes, schema, settled
from compute.store.files import identity
from compute.store.nodes import Node
from compute.store.opening import format_version, reading
from compute.store.parts import Parts, frames_stamp

_NAN_TAU = Recipe("").tau
_UNKNOWN = {"int64": 0, "json": ()}
"""What an older file says in a column that it does not have yet."""
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
    entries = settled.merge(entries, loglik, texts.order, flying)
    return Snapshot(path, texts, entries, frozen(loglik), recipes, before)


def stamp(path: Path) -> tuple[int, ...]:
    """(mtime_ns, size, inode) of the file and two numbers for its parts; () when it is not there.

    Cheap enough to poll. It changes whenever a commit or a batch reaches the disk.
    """
    own = identity(path)
    return (*own, *frames_stamp(Path(path))) if own else ()


def read_texts(path: Path) -> TextSet:
    """The text set alone, with its stored order; cheap beside :func:`read`.

    Raises
    ------
    StoreError
        As :func:`read`.
    """
    return reading(Path(path), texts_of)


def read_embedding(path: Path, key: str) -> Embedding | None:
    """The cached embedding of this key, None when there is none.

    Raises
    ------
    StoreError
        As :func:`read`.
    """
    return reading(Path(path), lambda file: _embedding(file, key))


def read_embeddings(path: Path) -> tuple[Embedding, ...]:
    """All finished embeddings, in the order of their keys.

    Raises
    ------
    StoreError
        If the file or one of them is damaged.
    """

    def found(file: Node) -> tuple[Embedding, ...]:
        each = (_embedding(file, key) for key in _names(file, "embeddings"))
        return tuple(e for e in each if e is not None)

    return reading(Path(path), found)


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


def read_weights(path: Path) -> Mapping[str, WeightDistances]:
    """Run -> the distances between its checkpoints in weight space; {} when there are none.

    Raises
    ------
    StoreError
        As :func:`read`.
    """
    return reading(Path(path), _weights)


def read_benchmarks(path: Path) -> Benchmarks | None:
    """The benchmark scores of the project's entries, None when it has none.

    Raises
    ------
    StoreError
        As :func:`read`.
    """
    return reading(Path(path), _benchmarks)


_Tables = tuple[TextSet, tuple[Entry, ...], NDArray[np.float32], dict[str, Recipe]]


def _tables(file: Node) -> _Tables:
    texts = texts_of(file)
    entries = _entries(file, len(texts))
    loglik = nodes.matrix(file, "loglik", (len(entries), len(texts)))
    known = format_version(file) > 1
    counted = (
        settled.counted(e, row, texts.order, known=known)
        for e, row in zip(entries, loglik, strict=True)
    )
    return texts, tuple(counted), loglik, _recipes(file)


def texts_of(file: Node) -> TextSet:
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
        kept_order=None if format_version(file) == 1 else _order(group, len(ids)),
    )
    if nodes.attribute(group, "digest", str) != texts.digest:
        raise nodes.bad(group, "/texts/text", "does not match the stored digest of the texts")
    return texts


def _order(group: Node, n: int) -> NDArray[np.int64]:
    order = nodes.numbers(group, "order", "int64", n)
    if not np.array_equal(np.sort(order), np.arange(n)):
        raise nodes.bad(group, "/texts/order", "does not hold every text once")
    return frozen(order)


def _entries(file: Node, n_texts: int) -> tuple[Entry, ...]:
    """``/models``, in row order."""
    group = nodes.group(file, "models")
    columns: dict[str, Any] = {"id": nodes.strings(group, "id")}
    n, known = len(columns["id"]), format_version(file)
    for table in schema.MODELS[1:]:
        name = table.path.rpartition("/")[2]
        missing = (_UNKNOWN.get(table.dtype),) * n
        columns[name] = _column(group, name, table.dtype, n) if table.since <= known else missing
    _check_column(group, "id", len(set(columns["id"])) == n)
    _check_column(group, "status", set(columns["status"]) <= set(STATUSES))
    _check_column(group, "relation", set(columns["relation"]) <= set(RELATIONS))
    _check_column(group, "n_prefix", all(0 <= k <= n_texts for k in columns["n_prefix"]))
    in_order = (columns[name] for name in ENTRY_FIELDS)
    return tuple(Entry(*row) for row in zip(*in_order, strict=True))


def _column(group: Node, name: str, dtype: str, n: int) -> tuple[Any, ...]:
    if dtype == "text":
        return nodes.strings(group, name, n)
    if dtype == "json":
        texts = nodes.strings(group, name, n)
        read_as = _pairs if name == "metadata" else _tags
        return tuple(read_as(group, name, text) for text in texts)
    values = nodes.numbers(group, name, dtype, n).tolist()
    return tuple(_NAN if value != value else value for value in values)


def _tags(group: Node, name: str, text: str) -> tuple[str, ...]:
    if text == "[]":
        return ()
    return tuple(str(tag) for tag in nodes.parsed(group, f"/models/{name}", text, list))


def _pairs(group: Node, name: str, text: str) -> tuple[tuple[str, str], ...]:
    if text == "[]":
        return ()
    found = nodes.parsed(group, f"/models/{name}", text, list)
    _check_column(group, name, all(isinstance(p, list) and len(p) == 2 for p in found))
    return tuple((str(key), str(value)) for key, value in found)


def _check_column(group: Node, name: str, holds: bool) -> None:
    if not holds:
        raise nodes.bad(group, f"/models/{name}", "holds a repeated or impossible value")


def _names(file: Node, parent: str) -> tuple[str, ...]:
    """Names of the finished groups below a group that may be missing."""
    group = nodes.optional_group(file, parent)
    return () if group is None else nodes.finished_names(group)


def _recipes(file: Node) -> dict[str, Recipe]:
    newer = format_version(file) > 2
    return {
        name: _recipe(file["recipes"][name], name, newer=newer) for name in _names(file, "recipes")
    }


def _recipe(group: Node, name: str, *, newer: bool) -> Recipe:
    found = _plain_recipe(group, name)
    if not newer:
        return found
    reasons = nodes.strings(group, "reasons", len(found.excluded))
    return replace(
        found,
        reasons=reasons if any(reasons) else (),
        domains=nodes.strings(group, "domains"),
        centred_on=nodes.strings(group, "centred_on"),
        base=nodes.attribute(group, "base", str),
        basis=nodes.attribute(group, "basis", str),
        made_with=nodes.attribute(group, "made_with", str),
        analysis=nodes.attribute(group, "analysis", str),
    )


def _plain_recipe(group: Node, name: str) -> Recipe:
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


def _weights(file: Node) -> dict[str, WeightDistances]:
    each = (_distances(nodes.group(file, f"weights/{n}")) for n in _names(file, "weights"))
    return {found.run: found for found in each}


def _distances(group: Node) -> WeightDistances:
    steps = nodes.numbers(group, "steps", "int64")
    if (np.diff(steps) <= 0).any():
        raise nodes.bad(group, f"{group.name}/steps", "does not ascend")
    squared = nodes.matrix(group, "squared_distance", (len(steps), len(steps)), "float64")
    if (squared < 0).any():
        raise nodes.bad(group, f"{group.name}/squared_distance", "holds a negative number")
    return WeightDistances(
        nodes.attribute(group, "run", str),
        frozen(steps),
        frozen(squared),
        source=nodes.attribute(group, "source", str),
    )


def _benchmarks(file: Node) -> Benchmarks | None:
    group = nodes.optional_group(file, "benchmarks")
    if group is None:
        return None
    tasks, ids = nodes.strings(group, "tasks"), nodes.strings(group, "ids")
    values = nodes.matrix(group, "values", (len(ids), len(tasks)), "float64")
    return Benchmarks(tasks, ids, frozen(values), source=nodes.attribute(group, "source", str))
