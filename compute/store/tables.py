"""Writing each table into an open file. Only :mod:`compute.store.writer` calls this."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.core.errors import StoreError
from compute.core.tables import (
    RELATIONS,
    STATUSES,
    Benchmarks,
    Embedding,
    Entry,
    Recipe,
    TextSet,
    WeightDistances,
)
from compute.store import nodes, schema
from compute.store.changes import to_json
from compute.store.nodes import Node
from compute.store.schema import Table

_COLUMN_CHUNK = 256
_DTYPES = {"text": nodes.TEXT, "json": nodes.TEXT}


def _name(table: Table) -> str:
    return table.path.rpartition("/")[2]


def write(parent: Node, table: Table, data: Any, **options: Any) -> Node:
    """Create one dataset with its axes, unit, meaning of missing values and version."""
    dtype = _DTYPES.get(table.dtype, table.dtype)
    made = parent.create_dataset(_name(table), data=data, dtype=dtype, **options)
    made.attrs["axes"] = to_json(table.axes)
    made.attrs["unit"] = table.unit
    made.attrs["missing"] = table.missing
    made.attrs["version"] = table.version
    return made


def check_texts(texts: TextSet, tried: str) -> None:
    """Refuse what HDF5 strings or the text axis cannot hold."""
    if not len(texts):
        raise StoreError("the text set is empty", tried=tried)
    if len(set(texts.ids)) < len(texts):
        raise StoreError("two texts of the set have the same id", tried=tried)
    for name, text, domain in zip(texts.ids, texts.texts, texts.domains, strict=True):
        if "\0" in name + text + domain:
            raise StoreError(
                f"the text {name!r} holds a NUL character, which HDF5 strings cannot store",
                tried=tried,
                advice="Remove it and build the text set again",
            )
    if not np.array_equal(np.sort(texts.order), np.arange(len(texts))):
        raise StoreError("the order of the texts does not hold every text once", tried=tried)


def write_texts(file: Node, texts: TextSet) -> None:
    group = file.create_group("texts")
    columns = {
        "id": texts.ids,
        "text": texts.texts,
        "n_bytes": texts.n_bytes,
        "domain": texts.domains,
        "order": texts.order,
    }
    with nodes.unfinished(group):
        for table in schema.TEXTS:
            write(group, table, columns[_name(table)])
        group.attrs["source"] = texts.source
        group.attrs["licence"] = texts.licence
        group.attrs["parameters"] = to_json(texts.parameters)
        group.attrs["digest"] = texts.digest


def create_models(file: Node, n_texts: int) -> None:
    """An empty ``/models`` and ``/loglik``, both growing along the model axis."""
    group = file.create_group("models")
    with nodes.unfinished(group):
        for table in schema.MODELS:
            write(group, table, None, shape=(0,), maxshape=(None,), chunks=(_COLUMN_CHUNK,))
    write(
        file,
        schema.LOGLIK,
        None,
        shape=(0, n_texts),
        maxshape=(None, n_texts),
        chunks=schema.loglik_chunk(n_texts),
        fillvalue=np.float32("nan"),
    )


def done_ids(file: Node) -> frozenset[str]:
    """Ids of the entries whose scores are final."""
    group = nodes.group(file, "models")
    ids = nodes.strings(group, "id")
    statuses = nodes.strings(group, "status", len(ids))
    return frozenset(i for i, s in zip(ids, statuses, strict=True) if s == "done")


def put_entries(file: Node, entries: Sequence[Entry], since: Mapping[str, Entry]) -> None:
    _check_entries(entries)
    group = nodes.group(file, "models")
    row_of = {name: k for k, name in enumerate(nodes.strings(group, "id"))}
    n_old, n_texts = len(row_of), file["loglik"].shape[1]
    for entry in entries:
        row_of.setdefault(entry.id, len(row_of))
    tags = nodes.strings(group, "tags", n_old)
    puts = [_put(entry, row_of[entry.id], tags, since.get(entry.id), n_texts) for entry in entries]
    with nodes.unfinished(group):
        for table in schema.MODELS:
            values = dict(put.value(table) for put in puts if put.changes(table))
            if values:
                _put_column(group, table, n_old, len(row_of), values)
    file["loglik"].resize(len(row_of), axis=0)


@dataclass(frozen=True, slots=True)
class _Put:
    """An entry on its way to a row; ``before`` is what its writer knew of it, None = nothing."""

    entry: Entry
    row: int
    before: Entry | None

    def changes(self, table: Table) -> bool:
        name = _name(table)
        return self.before is None or not _same(getattr(self.before, name), self._field(name))

    def value(self, table: Table) -> tuple[int, Any]:
        """(row, stored form)."""
        return self.row, _value(table, self._field(_name(table)))

    def _field(self, name: str) -> Any:
        return getattr(self.entry, name)


def _same(a: Any, b: Any) -> bool:
    return bool(a == b or (a != a and b != b))


def _put(entry: Entry, row: int, tags: Sequence[str], before: Entry | None, n_texts: int) -> _Put:
    entry = _settled(entry, n_texts)
    if before is None or row >= len(tags):
        return _Put(entry, row, None)
    if before.tags != entry.tags:
        entry = entry.with_(tags=_merged_tags(json.loads(tags[row]), before.tags, entry.tags))
    return _Put(entry, row, before)


def _merged_tags(
    stored: Sequence[str], before: Sequence[str], after: Sequence[str]
) -> tuple[str, ...]:
    """The stored tags with what one writer added and without what it took away."""
    kept = [tag for tag in stored if tag in after or tag not in before]
    return (*kept, *(tag for tag in after if tag not in before and tag not in kept))


def _check_entries(entries: Sequence[Entry]) -> None:
    if len({entry.id for entry in entries}) < len(entries):
        raise ValueError("the same entry id was given twice in one change")
    for entry in entries:
        if not entry.id:
            raise ValueError(f"the entry {entry.label!r} has no id")
        if entry.status not in STATUSES:
            raise ValueError(f"the entry {entry.id} has the unknown status {entry.status!r}")
        if entry.relation not in RELATIONS:
            raise ValueError(f"the entry {entry.id} has the unknown relation {entry.relation!r}")


def _settled(entry: Entry, n_texts: int) -> Entry:
    """The entry with what its status says about ``n_prefix``."""
    match entry.status:
        case "done":
            return entry.with_(n_prefix=n_texts)
        case "partial":
            if not 0 <= entry.n_prefix <= n_texts:
                raise ValueError(f"the entry {entry.id} has the prefix {entry.n_prefix}")
            return entry
        case _:
            return entry.with_(n_prefix=0)


def _value(table: Table, value: Any) -> Any:
    match table.dtype:
        case "json":
            return to_json(value)
        case "text":
            return str(value)
        case "int64":
            return int(value)
        case _:
            return float(value)


def _put_column(group: Node, table: Table, n_old: int, n: int, values: Mapping[int, Any]) -> None:
    """Write the changed stretch of one column; unchanged text is not written a second time."""
    kind = "text" if table.dtype == "json" else table.dtype
    column = nodes.dataset(group, _name(table), kind, (n_old,))
    old: list[Any] = list(column.asstr()[...]) if kind == "text" else column[...].tolist()
    if n > n_old:
        column.resize(n, axis=0)
    new = old + [None] * (n - n_old)
    for row, value in values.items():
        new[row] = value
    changed = [row for row in values if row >= n_old or new[row] != old[row]]
    if changed:
        first, last = min(changed), max(changed) + 1
        dtype = object if kind == "text" else table.dtype
        column[first:last] = np.array(new[first:last], dtype=dtype)


def put_rows(file: Node, rows: Mapping[str, NDArray[np.float32]], finished: frozenset[str]) -> None:
    ids = nodes.strings(nodes.group(file, "models"), "id")
    row_of = {name: k for k, name in enumerate(ids)}
    loglik = nodes.dataset(file, "loglik", "float32", (len(ids), None))
    for name, values in rows.items():
        if name not in row_of:
            raise ValueError(f"there is no entry {name!r} whose row could be stored")
        row = np.asarray(values, dtype=np.float32)
        if row.shape != loglik.shape[1:]:
            raise ValueError(f"the row of {name} has shape {row.shape}, not {loglik.shape[1:]}")
        if name in finished:
            _check_kept(name, loglik[row_of[name]], row)
        loglik[row_of[name]] = row


def _check_kept(name: str, old: NDArray[np.float32], new: NDArray[np.float32]) -> None:
    scored = ~np.isnan(old)
    if not np.array_equal(old[scored], new[scored]):
        raise ValueError(f"the scores of {name} are final and cannot be replaced by others")


def put_tokenization(file: Node, digest: str, n_tokens: NDArray[np.int64]) -> None:
    n_texts = file["loglik"].shape[1]
    counts = np.asarray(n_tokens)
    if counts.shape != (n_texts,) or counts.dtype.kind not in "iu":
        raise ValueError(f"token counts need {n_texts} whole numbers, not {counts.shape}")
    group = _fresh(file, "tokenizations", digest)
    with nodes.unfinished(group):
        write(group, schema.N_TOKENS, counts)


def put_recipe(file: Node, recipe: Recipe) -> None:
    group = _fresh(file, "recipes", recipe.name)
    reasons = recipe.reasons or ("",) * len(recipe.excluded)
    if len(reasons) != len(recipe.excluded):
        raise ValueError(f"the recipe {recipe.name} needs one reason for each excluded entry")
    with nodes.unfinished(group):
        for table in schema.RECIPE:
            name = _name(table)
            column = reasons if name == "reasons" else getattr(recipe, name)
            write(group, table, np.array(column, dtype=object))
        for name in ("base", "basis", "made_with", "analysis"):
            group.attrs[name] = getattr(recipe, name)
        group.attrs["clip_quantile"] = float(recipe.clip_quantile)
        group.attrs["tau"] = float(recipe.tau)
        group.attrs["version"] = int(recipe.version)


def delete_recipe(file: Node, name: str) -> None:
    group = nodes.group(file, "recipes")
    if name not in nodes.finished_names(group):
        raise ValueError(f"there is no recipe {name!r} to delete")
    del group[name]


def put_embedding(file: Node, embedding: Embedding) -> None:
    if embedding.key in nodes.finished_names(file.require_group("embeddings")):
        return
    coords = np.asarray(embedding.coords, dtype=np.float32)
    if coords.ndim != 2 or len(coords) != len(embedding.ids):
        raise ValueError(f"coordinates {coords.shape} do not fit {len(embedding.ids)} entries")
    columns = {
        "coords": coords,
        "ids": np.array(embedding.ids, dtype=object),
        "params": to_json(embedding.params),
        "info": to_json(embedding.info),
    }
    group = _fresh(file, "embeddings", embedding.key)
    with nodes.unfinished(group):
        for table in schema.EMBEDDING:
            write(group, table, columns[_name(table)])


def put_weights(file: Node, distances: WeightDistances) -> None:
    if (distances.squared < 0).any():
        raise ValueError(f"a squared distance is negative between weights of {distances.run}")
    group = _fresh(file, "weights", distances.run.replace("/", "\u2215"))
    columns = {"steps": distances.steps, "squared_distance": distances.squared}
    with nodes.unfinished(group):
        for table in schema.WEIGHTS:
            write(group, table, np.asarray(columns[_name(table)], dtype=table.dtype))
        group.attrs["run"] = distances.run
        group.attrs["source"] = distances.source


def put_benchmarks(file: Node, benchmarks: Benchmarks) -> None:
    if "benchmarks" in file:
        del file["benchmarks"]
    group = file.create_group("benchmarks")
    columns = {
        "tasks": np.array(benchmarks.tasks, dtype=object),
        "ids": np.array(benchmarks.ids, dtype=object),
        "values": np.asarray(benchmarks.values, dtype=np.float64),
    }
    with nodes.unfinished(group):
        for table in schema.BENCHMARKS:
            write(group, table, columns[_name(table)])
        group.attrs["source"] = benchmarks.source


def _fresh(file: Node, parent: str, name: str) -> Node:
    """A new group in place of an old one; its name must be usable as an HDF5 name."""
    if not name or name in {".", ".."} or "/" in name or "\0" in name:
        raise ValueError(f"{name!r} cannot be a name in /{parent}")
    group = file.require_group(parent)
    group.attrs["complete"] = True
    if name in group:
        del group[name]
    return group.create_group(name)
