"""What a commit can do to a project: a closed union of frozen values, without h5py."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from compute.core.tables import Benchmarks, Embedding, Entry, Recipe, WeightDistances


@dataclass(frozen=True, eq=False, slots=True)
class PutEntries:
    """Add entries, or replace those with the same id. New rows of ``/loglik`` are NaN.

    ``since`` says, by id, what the writer knew of entries before it changed them. Of those, only
    fields that it changed are written, and tags that it added or took away: what others changed
    meanwhile stays.
    """

    entries: tuple[Entry, ...]
    since: Mapping[str, Entry] = field(default_factory=dict)


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
class DeleteRecipe:
    """Take a recipe out. Maps that were made with it stay."""

    name: str


@dataclass(frozen=True, eq=False, slots=True)
class PutEmbedding:
    """Cache an embedding. A key that is already there is left as it is: equal key, equal result."""

    embedding: Embedding


@dataclass(frozen=True, eq=False, slots=True)
class PutWeights:
    """Weight distances of a run, in place of those it has."""

    distances: WeightDistances


@dataclass(frozen=True, eq=False, slots=True)
class PutBenchmarks:
    """Benchmark scores, in place of those the project has."""

    benchmarks: Benchmarks


Change: TypeAlias = (
    DeleteRecipe
    | PutEntries
    | PutRows
    | PutTokenization
    | PutRecipe
    | PutEmbedding
    | PutWeights
    | PutBenchmarks
)


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
