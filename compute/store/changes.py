"""What a commit can do to a project: a closed union of frozen values, without h5py."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from compute.core.tables import Embedding, Entry, Recipe, TextSet


@dataclass(frozen=True, eq=False, slots=True)
class PutEntries:
    """Add entries, or replace those with the same id. New rows of ``/loglik`` are NaN."""

    entries: tuple[Entry, ...]


@dataclass(frozen=True, eq=False, slots=True)
class PutRows:
    """Entry id -> (N,) float32, nats, NaN = not scored. A score of a done entry never changes."""

    rows: Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True, eq=False, slots=True)
class PutTokenization:
    """Tokens of each text under the tokenizer ``digest``: (N,) int64, -1 = unknown."""

    digest: str
    n_tokens: NDArray[np.int64]


@dataclass(frozen=True, eq=False, slots=True)
class PutRecipe:
    """Add a recipe, or replace the one with its name."""

    recipe: Recipe


@dataclass(frozen=True, eq=False, slots=True)
class PutEmbedding:
    """Cache an embedding. A key that is already there is left as it is: equal key, equal result."""

    embedding: Embedding


Change: TypeAlias = PutEntries | PutRows | PutTokenization | PutRecipe | PutEmbedding

_SLACK = 1 << 20
_PER_ENTRY = 4096
_PER_STRING = 64


def room_for(changes: Iterable[Change]) -> int:
    """Bytes a commit may add to the file; generous, given back when it is done."""
    return _SLACK + sum(_room(change) for change in changes)


def room_for_texts(texts: TextSet) -> int:
    strings = (*texts.ids, *texts.domains)
    raw = int(texts.n_bytes.sum()) + sum(len(s.encode()) for s in strings)
    return _SLACK + 2 * raw + 4 * _PER_STRING * len(texts)


def _room(change: Change) -> int:
    match change:
        case PutEntries():
            return sum(_PER_ENTRY + 4 * len(str(astuple(e))) for e in change.entries)
        case PutRows():
            return sum(8 * np.size(row) + 4096 for row in change.rows.values()) + (1 << 17)
        case PutTokenization():
            return 8 * np.size(change.n_tokens) + 4096
        case PutRecipe():
            ids = (*change.recipe.excluded, *change.recipe.dropped_texts)
            return sum(_PER_STRING + 4 * len(i) for i in ids) + 4096
        case PutEmbedding():
            e = change.embedding
            text = len(to_json(e.params)) + len(to_json(e.info))
            return 4 * np.size(e.coords) + sum(_PER_STRING + 4 * len(i) for i in e.ids) + 2 * text


def to_json(value: Any) -> str:
    """Strict JSON: numpy values become plain ones, NaN and infinities become null.

    Raises
    ------
    TypeError
        If a value has no JSON form.
    """
    return json.dumps(_plain(value), allow_nan=False, ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
