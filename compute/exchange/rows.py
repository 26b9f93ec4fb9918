"""Rows of a project collected from a release: each vector checked, with what became of it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.core.errors import InputError
from compute.core.files import read_problem
from compute.core.numbers import count
from compute.core.tables import Entry, Recipe, TextSet

CLIP = 0.02
"""Share of all values that clipping raises (paper, appendix E.1)."""
_FLOOR_SHARE = 0.005
_LONGEST = 300
_MOST_NAMES = 3


def clean_name(name: Any, where: str) -> str:
    """A name from a file, if it is one that can be stored and shown.

    Raises
    ------
    InputError
        If it is no text, empty, too long, or holds characters that cannot be shown.
    """
    if not isinstance(name, str) or not name.strip():
        raise InputError(f"{where} holds a name that is no text ({_short(name)})")
    if len(name) > _LONGEST or not name.isprintable():
        raise InputError(f"{where} holds a name that cannot be shown ({_short(name)})")
    return name


def _short(value: Any) -> str:
    return repr(value)[:60] if isinstance(value, str | int | float) else f"a {type(value).__name__}"


def read_json(path: Path) -> Any:
    """The value of a JSON file.

    Raises
    ------
    InputError
        If it cannot be read, or is no JSON in UTF-8.
    """
    tried = f"Reading {path}"
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except OSError as e:
        raise read_problem(e, tried) from e
    except (ValueError, RecursionError) as e:
        raise InputError(f"it is no JSON in UTF-8 ({e})", tried=tried) from e


def texts_of(values: Any, path: Path, *, source: str, domains: Sequence[str] = ()) -> TextSet:
    """The texts of a release, named by their place: "0", "1", ...

    Raises
    ------
    InputError
        If they are no list of texts, or one cannot be written as UTF-8.
    """
    tried = f"Reading {path}"
    if not isinstance(values, list) or not all(isinstance(text, str) for text in values):
        raise InputError("it is no list of texts", tried=tried)
    if not values:
        raise InputError("it holds no text", tried=tried)
    for k, text in enumerate(values):
        if "\0" in text or any("\ud800" <= c <= "\udfff" for c in text):
            raise InputError(f"text {k} holds a character that cannot be stored", tried=tried)
    names = tuple(str(k) for k in range(len(values)))
    kept = tuple(domains) or ("",) * len(values)
    return TextSet(names, tuple(values), kept, source=source)


@dataclass(eq=False)
class Rows:
    """Entries and their vectors, in order; ``notes`` say what was left out and why."""

    texts: TextSet
    notes: list[str] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    _vectors: list[NDArray[np.float32] | None] = field(default_factory=list)
    _places: dict[str, int] = field(default_factory=dict)

    def add(self, entry: Entry, values: Any, where: str) -> None:
        """Add an entry with the vector that a file gives, or None.

        A vector that is no log-likelihoods (all values missing or all the same) makes the entry
        failed with the reason, and is not kept.

        Raises
        ------
        InputError
            If ``values`` is no vector of one number for each text, or its numbers are mostly
            positive; if the id is taken.
        """
        if entry.id in self._places:
            raise InputError(f"{where} holds {entry.id!r} twice", advice="Rename or remove one")
        vector, reason = None, "The release holds no vector for it (None)."
        if values is not None:
            vector, reason = self._checked(values, entry, where)
        done = vector is not None
        scored = int(np.isfinite(vector).sum()) if vector is not None else 0
        self._places[entry.id] = len(self.entries)
        self.entries.append(
            entry.with_(
                status="done" if done else "failed",
                error="" if done else reason,
                n_scored=scored,
            )
        )
        self._vectors.append(vector)

    def _checked(
        self, values: Any, entry: Entry, where: str
    ) -> tuple[NDArray[np.float32] | None, str]:
        name = entry.label or entry.id
        if isinstance(values, list) and all(type(v) in (int, float) for v in values):
            values = np.array(values, np.float64)
        if not isinstance(values, np.ndarray) or values.dtype.kind not in "fiu":
            raise InputError(f"{where}: what it holds for {name} is no vector of numbers")
        if values.shape != (len(self.texts),):
            shape = " x ".join(count(n) for n in values.shape) or "one"
            raise InputError(
                f"{where}: {name} has {shape} values, but there are {count(len(self.texts))} texts",
                advice="Vectors and texts have to belong together: one value for each text",
            )
        with np.errstate(over="ignore"):
            vector = values.astype(np.float32)
        finite = np.isfinite(vector)
        if not finite.any():
            return None, "Every value of its vector in the release is missing (NaN)."
        known = vector[finite]
        if len(known) > 1 and (known == known[0]).all():
            return None, f"Every value of its vector in the release is the same ({known[0]:g})."
        if (known > 0).mean() > 0.5:
            raise InputError(
                f"{where}: the values of {name} are mostly positive, and log-likelihoods are not",
                advice="Give log-likelihoods in nats, not losses",
            )
        vector[~finite] = np.nan
        return vector, ""

    def matrix(self) -> NDArray[np.float32]:
        """(K, N) float32, nats; NaN = no value. The vectors that were added are let go."""
        out = np.full((len(self.entries), len(self.texts)), np.nan, np.float32)
        for k, vector in enumerate(self._vectors):
            if vector is not None:
                out[k] = vector
            self._vectors[k] = None
        self._say_same(out)
        return out

    def _say_same(self, matrix: NDArray[np.float32]) -> None:
        """Name entries whose vectors are equal to the last bit: one model under two names."""
        first: dict[bytes, int] = {}
        same = []
        for k, row in enumerate(matrix):
            if self.entries[k].status != "done":
                continue
            k0 = first.setdefault(row.tobytes()[:4096], k)
            if k0 != k and np.array_equal(matrix[k0], row, equal_nan=True):
                same.append(f"{self.entries[k].label} = {self.entries[k0].label}")
        if same:
            self.notes.append(f"Equal vectors under different names: {some(same)}")

    def missing(self, names: Iterable[str], what: str) -> None:
        """Note what is not there, if anything is not."""
        if found := list(names):
            self.notes.append(f"{what}: {some(found)}")

    def summary(self) -> None:
        """Note how many entries have no vector, by reason."""
        reasons: dict[str, list[str]] = {}
        for entry in self.entries:
            if entry.status == "failed":
                reasons.setdefault(entry.error, []).append(entry.label or entry.id)
        for reason, labels in reasons.items():
            self.notes.append(f"No vector for {some(labels)}: {reason}")


def some(names: Sequence[str]) -> str:
    """``a, b, c and 7 more.``"""
    left = len(names) - _MOST_NAMES
    more = f" and {count(left)} more" if left > 0 else ""
    return ", ".join(names[:_MOST_NAMES]) + more


def frozen_clip(matrix: NDArray[np.float32], rows: Sequence[int]) -> Recipe | None:
    """``clip2`` with tau frozen at the 2 % quantile of these rows; None = they hold no value.

    Linear interpolation between float32 values, as ``numpy.quantile`` of them in float64.
    """
    values = matrix[list(rows)].ravel() if rows else np.zeros(0, np.float32)
    values = values[np.isfinite(values)]
    if not values.size:
        return None
    position = CLIP * (values.size - 1)
    low = math.floor(position)
    high = min(low + 1, values.size - 1)
    values.partition([low, high])
    below, above = float(values[low]), float(values[high])
    return Recipe("clip2", clip_quantile=CLIP, tau=below + (above - below) * (position - low))


def clipped_on(
    entries: Sequence[Entry], matrix: NDArray[np.float32], public: Sequence[int]
) -> tuple[tuple[Recipe, ...], list[str]]:
    """The recipe of a release, and a sentence about what its tau was taken from.

    The public models where they are there, as in the paper, else every row that is no layer, else
    all of them.
    """
    no_layers = [k for k, entry in enumerate(entries) if entry.layer < 0]
    for rows, what in (
        (list(public), "the {n} published models"),
        (no_layers, "the {n} entries that are no layers"),
        (list(range(len(entries))), "all {n} entries"),
    ):
        recipe = frozen_clip(matrix, rows)
        if recipe is not None:
            n = sum(entries[k].status == "done" for k in rows)
            said = f"The clip value {recipe.tau:.2f} nats is frozen on {what.format(n=count(n))}"
            return (recipe,), [said, *_clipped_before(matrix[rows], recipe.tau)]
    return (), []


def _clipped_before(matrix: NDArray[np.float32], tau: float) -> list[str]:
    """A sentence if the rows have a floor that many values stand on: they were clipped before.

    The quantile of such rows is that floor, so that rows which were not are clipped alike.
    """
    floor = np.nanmin(matrix)
    n = int((matrix == floor).sum())
    if n < _FLOOR_SHARE * matrix.size or n < 2:
        return []
    alike = "everything else is clipped alike" if tau == floor else "the clip value is another"
    return [f"They were clipped at {floor:.2f} nats before they were released: {alike}"]


def as_dict(value: Any, where: str) -> Mapping[Any, Any]:
    """The value if it is a dict.

    Raises
    ------
    InputError
        If it is none.
    """
    if not isinstance(value, dict):
        raise InputError(f"{where} holds a {type(value).__name__} where a dict belongs")
    return value
