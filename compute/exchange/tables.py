"""What a table of log-likelihoods becomes, whatever file it was in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
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


@dataclass
class Cells:
    """Values as they come from a long table: one for each (model, text).

    ``models`` and ``texts`` number the names in the order in which they appear.
    """

    models: dict[str, int] = field(default_factory=dict)
    texts: dict[str, int] = field(default_factory=dict)
    content: list[str] = field(default_factory=list)
    domains: list[str] = field(default_factory=list)
    n_bytes: list[int] = field(default_factory=list)

    def matrix(
        self,
        rows: NDArray[np.int64],
        columns: NDArray[np.int64],
        values: NDArray[np.floating],
        tried: str,
    ) -> NDArray[np.float32]:
        """(K, n) float32, NaN where there is no value.

        Raises
        ------
        InputError
            If two values are for the same model and text, or nearly all would be empty.
        """
        size = len(self.models) * len(self.texts)
        if size > MOST_EMPTY * len(values) + (1 << 20):
            raise InputError(
                f"{count(len(self.models))} models and {count(len(self.texts))} texts, but only "
                f"{count(len(values))} values",
                tried=tried,
                advice="Check which columns are the model and the text",
            )
        flat = rows * len(self.texts) + columns
        order = np.sort(flat)
        if (twice := np.flatnonzero(order[1:] == order[:-1])).size:
            model, text = divmod(int(order[twice[0]]), len(self.texts))
            raise InputError(
                f"there are two values for the model {list(self.models)[model]!r} and the text "
                f"{list(self.texts)[text][:60]!r}",
                tried=tried,
                advice="Leave one of them out, or give the models different names",
            )
        out = np.full(size, np.nan, dtype=np.float32)
        with np.errstate(over="ignore"):
            out[flat] = values
        return out.reshape(len(self.models), len(self.texts))


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
    keep = [k for k in range(len(labels)) if k != at]
    return [labels[k] for k in keep], values[keep], axis
