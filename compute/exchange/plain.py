"""Entries and the smaller tables as JSON values and as cells, and back, without a loss."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.core.errors import InputError
from compute.core.tables import (
    ENTRY_FIELDS,
    RELATIONS,
    STATUSES,
    Benchmarks,
    Embedding,
    Entry,
    Recipe,
    WeightDistances,
    frozen,
)

_EMPTY = Entry("")
_PAIRS = "metadata"


def number(value: float) -> float | str | None:
    """A float in strict JSON: NaN is null, infinities are words."""
    if math.isnan(value):
        return None
    return value if math.isfinite(value) else repr(float(value))


def numbers(values: NDArray[Any]) -> Any:
    """An array of floats as nested lists of :func:`number`."""
    if values.ndim == 1:
        return [number(value) for value in values.tolist()]
    return [numbers(row) for row in values]


def array(values: Any, dtype: str, shape: tuple[int, ...]) -> NDArray[Any]:
    """The inverse of :func:`numbers`.

    Raises
    ------
    ValueError, TypeError
        If the values do not have this shape.
    """
    flat = np.array(values, dtype=object)
    if flat.size == 0:
        flat = flat.reshape(shape)
    if flat.shape != shape:
        raise ValueError(f"numbers of shape {flat.shape}, expected {shape}")
    each = (_NAN if value is None else float(value) for value in flat.ravel().tolist())
    return frozen(np.fromiter(each, dtype=dtype, count=flat.size).reshape(shape))


_NAN = _EMPTY.noise_floor  # one object, so that equal entries compare equal


def entry_data(entry: Entry) -> dict[str, Any]:
    """Every field as a JSON value."""
    data = {name: getattr(entry, name) for name in ENTRY_FIELDS}
    return {k: number(v) if isinstance(v, float) else v for k, v in data.items()}


def entry_of(data: Mapping[str, Any], where: str) -> Entry:
    """The inverse of :func:`entry_data`; fields that are not there keep their unknown value.

    Raises
    ------
    InputError
        If a field is unknown or of the wrong kind.
    """
    if unknown := set(data) - set(ENTRY_FIELDS):
        raise _bad(where, f"has the unknown field {min(unknown)!r}")
    try:
        entry = Entry(**{name: _value(name, value) for name, value in data.items()})
    except (TypeError, ValueError) as error:
        raise _bad(where, f"is no entry ({error})") from error
    if not entry.id or entry.status not in STATUSES or entry.relation not in RELATIONS:
        raise _bad(where, "has no id, or a status or relation that is unknown")
    return entry


def _bad(where: str, happened: str) -> InputError:
    return InputError(f"{where} {happened}", tried="Reading the entries")


def _value(name: str, value: Any) -> Any:
    kind = type(getattr(_EMPTY, name))
    if kind is float:
        return _NAN if value is None else float(value)
    if kind is tuple and name == _PAIRS:
        return tuple((str(key), str(word)) for key, word in value)
    if kind is tuple:
        return tuple(str(word) for word in value)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise TypeError(f"{name} is {value!r}")
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise ValueError(f"{name} is {value}")
    return value


def entry_cells(entry: Entry) -> list[str]:
    """Every field as text, in the order of ``ENTRY_FIELDS``; lists as JSON, NaN as nothing."""
    return [_cell(getattr(entry, name)) for name in ENTRY_FIELDS]


def _cell(value: Any) -> str:
    if isinstance(value, tuple):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, float):
        return "" if math.isnan(value) else repr(value)
    return str(value)


def entry_of_cells(names: Sequence[str], cells: Sequence[str], where: str) -> Entry:
    """The inverse of :func:`entry_cells`.

    Raises
    ------
    InputError
        As :func:`entry_of`.
    """
    data: dict[str, Any] = {}
    for name, cell in zip(names, cells, strict=True):
        kind = type(getattr(_EMPTY, name, ""))
        try:
            if kind is int:
                data[name] = int(cell)
            elif kind is float:
                data[name] = float(cell) if cell else None
            else:
                data[name] = json.loads(cell) if kind is tuple else cell
        except (ValueError, RecursionError) as error:
            raise _bad(where, f"has {cell[:60]!r} as {name!r}") from error
    return entry_of(data, where)


def recipe_data(recipe: Recipe) -> dict[str, Any]:
    data = {f.name: getattr(recipe, f.name) for f in fields(Recipe)}
    return {k: number(v) if isinstance(v, float) else v for k, v in data.items()}


def recipe_of(data: Mapping[str, Any]) -> Recipe:
    """The inverse of :func:`recipe_data`."""
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()}
    tau = data["tau"]
    own = {"tau": _NAN if tau is None else float(tau), "version": int(data["version"])}
    return Recipe(**(values | own))


def weights_data(weights: WeightDistances) -> dict[str, Any]:
    return {
        "run": weights.run,
        "source": weights.source,
        "steps": weights.steps.tolist(),
        "squared": numbers(weights.squared),
    }


def weights_of(data: Mapping[str, Any]) -> WeightDistances:
    """The inverse of :func:`weights_data`."""
    steps = frozen(np.array(data["steps"], dtype=np.int64))
    squared = array(data["squared"], "float64", (len(steps), len(steps)))
    if (squared < 0).any():
        raise ValueError("a squared distance is negative")
    return WeightDistances(str(data["run"]), steps, squared, source=str(data["source"]))


def benchmarks_data(found: Benchmarks) -> dict[str, Any]:
    values = numbers(found.values)
    return {"tasks": found.tasks, "ids": found.ids, "values": values, "source": found.source}


def benchmarks_of(data: Mapping[str, Any]) -> Benchmarks:
    """The inverse of :func:`benchmarks_data`."""
    tasks, ids = tuple(data["tasks"]), tuple(data["ids"])
    values = array(data["values"], "float64", (len(ids), len(tasks)))
    return Benchmarks(tasks, ids, values, source=str(data["source"]))


def embedding_data(found: Embedding) -> dict[str, Any]:
    return {
        "key": found.key,
        "ids": found.ids,
        "dims": found.coords.shape[1],
        "coords": numbers(found.coords),
        "params": dict(found.params),
        "info": dict(found.info),
    }


def embedding_of(data: Mapping[str, Any]) -> Embedding:
    """The inverse of :func:`embedding_data`."""
    ids = tuple(data["ids"])
    coords = array(data["coords"], "float32", (len(ids), int(data["dims"])))
    return Embedding(str(data["key"]), ids, coords, dict(data["params"]), dict(data["info"]))
