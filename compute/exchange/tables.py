"""What a table of log-likelihoods becomes, whatever file it was in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from compute.core.errors import InputError
from compute.core.numbers import count
from compute.core.tables import Entry, TextSet
from compute.exchange.axis import Axis, axis_of
from compute.exchange.contract import Imported, Request
from compute.exchange.names import entry_of, with_parents
from compute.exchange.values import check_finite, free_ids, in_nats, remarks, with_status

LENGTHS = "n_bytes"
"""Label of a row (where rows are models) that holds the lengths of the texts."""
MOST_EMPTY = 100
"""A long table may make a matrix of this many times its values."""


class Cells:
    """The matrix of a long table, which comes as one value for each (model, text).

    ``models`` and ``texts`` number the names in the order in which they appear. Beside the matrix
    only the names and the last values are held.
    """

    def __init__(self, tried: str) -> None:
        self.models: dict[str, int] = {}
        self.texts: dict[str, int] = {}
        self.content: list[str] = []
        self.domains: list[str] = []
        self.n_bytes: list[int] = []
        self._tried = tried
        self._n_values = 0
        self._matrix: NDArray[np.float32] = np.full((1, 16), np.nan, dtype=np.float32)

    def put(
        self, rows: Sequence[int], columns: Sequence[int], values: NDArray[np.floating]
    ) -> None:
        """Take values of models ``rows`` on texts ``columns``, all (n,).

        Raises
        ------
        InputError
            If two values are for the same model and text, or nearly all would be empty.
        """
        self._n_values += len(values)
        self._make_room()
        at = np.asarray(rows, dtype=np.int64), np.asarray(columns, dtype=np.int64)
        taken = ~np.isnan(self._matrix[at])
        order = np.argsort(at[0] * len(self.texts) + at[1], kind="stable")
        again = (np.diff(at[0][order]) == 0) & (np.diff(at[1][order]) == 0)
        taken[order[1:][again]] = True
        if taken.any():
            k = int(taken.argmax())
            raise InputError(
                f"there are two values for the model {list(self.models)[rows[k]]!r} and the text "
                f"{list(self.texts)[columns[k]][:60]!r}",
                tried=self._tried,
                advice="Leave one of them out, or give the models different names",
            )
        with np.errstate(over="ignore"):
            self._matrix[at] = values

    def _make_room(self) -> None:
        k, n = self._matrix.shape
        wanted = len(self.models), len(self.texts)
        if wanted[0] * wanted[1] > MOST_EMPTY * self._n_values + (1 << 20):
            raise InputError(
                f"{count(wanted[0])} models and {count(wanted[1])} texts, but only "
                f"{count(self._n_values)} values",
                tried=self._tried,
                advice="Check which columns are the model and the text",
            )
        if wanted[0] <= k and wanted[1] <= n:
            return
        size = (
            k if wanted[0] <= k else wanted[0] + k // 4,
            n if wanted[1] <= n else wanted[1] + n // 4,
        )
        larger = np.full(size, np.nan, dtype=np.float32)
        larger[:k, :n] = self._matrix
        self._matrix = larger

    def matrix(self) -> NDArray[np.float32]:
        """(K, n) float32, NaN where there is no value."""
        return np.ascontiguousarray(self._matrix[: len(self.models), : len(self.texts)])


def imported(
    labels: Sequence[str],
    values: NDArray[np.floating],
    axis: Axis,
    request: Request,
    path: Path,
    entries: Sequence[Entry] = (),
) -> Imported:
    """A table (K, n) with one row for each label as a project.

    Raises
    ------
    InputError
        If there is no model, or a value cannot be used.
    """
    tried = f"Reading {path}"
    if not len(labels):
        raise InputError("it holds no model", tried=tried)
    kept = axis.spread(values)
    loglik = in_nats(kept, axis.texts, request, tried)
    check_finite(loglik, labels, axis.texts, tried)
    made = entries or [named(label, path) for label in labels]
    ids = free_ids(entry.id for entry in made)
    with_ids = [e.with_(id=i) for e, i in zip(made, ids, strict=True)]
    whole = with_status(with_parents(with_ids), loglik)
    texts = _sourced(axis.texts, path) if request.texts is None else axis.texts
    notes = (*axis.notes, *remarks(loglik, labels))
    return Imported(texts, whole, loglik, notes=notes)


def _sourced(texts: TextSet, path: Path) -> TextSet:
    return TextSet(
        texts.ids,
        texts.texts,
        texts.domains,
        source=texts.source or path.name,
        licence=texts.licence,
        parameters=texts.parameters,
    )


def named(label: str, path: Path) -> Entry:
    """The entry of a model of which the name is all that is known: with what the name says."""
    return entry_of(label, source=path.name)


def with_lengths(
    labels: list[str],
    values: NDArray[np.float32],
    names: Sequence[str],
    request: Request,
    tried: str,
) -> tuple[list[str], NDArray[np.float32], Axis]:
    """The axis of a table with a row for each model; a row ``n_bytes`` holds lengths."""
    at = next((k for k, label in enumerate(labels) if label.strip().lower() == LENGTHS), -1)
    if at < 0:
        return labels, values, axis_of(names, request, tried)
    lengths = values[at]
    if not np.isfinite(lengths).all() or (lengths != np.round(lengths)).any():
        raise InputError("the row 'n_bytes' does not hold whole numbers", tried=tried)
    axis = axis_of(names, request, tried, n_bytes=lengths.astype(np.int64))
    for k in range(at, len(labels) - 1):  # row by row: the matrix is never there twice
        values[k] = values[k + 1]
    return labels[:at] + labels[at + 1 :], values[:-1], axis
