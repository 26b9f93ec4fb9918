"""What the pool is asked about many entries: the pairs among them, and tables of them. Pure."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute import geometry
from compute.core.files import write_atomically
from compute.core.numbers import count
from compute.core.tables import Entry
from explorer.state.many import SAME, TWO, Many, Pairs

MOST_MATRIX = 1_000
"""Entries whose pairs are all compared; of more, as many are chosen evenly."""
MOST_WRITTEN = 500
"""Entries whose pairs are written: more rows than these no table program likes."""
MOST_WITH_SE = 200
"""Entries whose pairs are written with their standard errors."""


def left_out(n_entries: int) -> str:
    """What an export of so many entries does not hold, in one sentence; "" = nothing."""
    if n_entries > MOST_WRITTEN:
        return (
            f"Pairs were left out: they are written for up to {MOST_WRITTEN} entries, "
            f"{count(n_entries)} are selected."
        )
    if n_entries > MOST_WITH_SE:
        return f"Standard errors are written for up to {MOST_WITH_SE} entries."
    return ""


def inside(prepared: geometry.Prepared, entries: Sequence[Entry], chosen: frozenset[str]) -> Many:
    """Medians and quartiles of KL over the pairs among ``chosen``.

    ``entries`` belong to ``prepared.ids``.
    """
    rows = [r for r, name in enumerate(prepared.ids) if name in chosen]
    thinned = len(rows) > MOST_MATRIX
    if thinned:
        even = np.linspace(0, len(rows) - 1, MOST_MATRIX).round().astype(int)
        rows = [rows[k] for k in even]
    return Many(
        chosen,
        len(chosen),
        _pairs(prepared, entries, rows),
        len(rows),
        thinned,
        prepared.n_texts,
        prepared.recipe.name,
        prepared.sample if prepared.n_partial else "",
        prepared.n_total,
        prepared.provisional,
    )


def _pairs(
    prepared: geometry.Prepared, entries: Sequence[Entry], rows: list[int]
) -> tuple[Pairs, ...]:
    if len(rows) < 2:
        return ()
    kl = geometry.kl_among(prepared, rows)
    names = {run: k for k, run in enumerate(dict.fromkeys(_run(entries[r]) for r in rows))}
    runs = np.array([names[_run(entries[r])] for r in rows])
    a, b = np.triu_indices(len(rows), 1)
    same = runs[a] == runs[b]
    values = kl[a, b]
    kinds = ((TWO, values[~same]), (SAME, values[same]))
    return tuple(_kind(name, found) for name, found in kinds if len(found))


def _kind(name: str, values: NDArray[np.float64]) -> Pairs:
    low, median, high = np.quantile(values, (0.25, 0.5, 0.75))
    return Pairs(name, float(median), float(low), float(high), len(values))


def _run(entry: Entry) -> str:
    return entry.run or entry.label


# -- tables ----------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Export:
    """What is written: (K,) ``entries`` with their mean ``bits`` per byte, NaN = unknown."""

    path: Path
    entries: tuple[Entry, ...]
    bits: NDArray[np.float64]
    prepared: geometry.Prepared | None


def export(asked: Export) -> tuple[Path, ...]:
    """Write a table of the entries, and one of their pairs beside it where there are any.

    Raises
    ------
    InputError
        If the system refuses; a file that was there stays as it was.
    """
    write_atomically(asked.path, _csv(_entry_rows(asked)))
    known = [e for e in asked.entries if asked.prepared and e.id in asked.prepared.row_of]
    if asked.prepared is None or not 1 < len(known) <= MOST_WRITTEN:
        return (asked.path,)
    pairs = asked.path.with_name(f"{asked.path.stem}-pairs{asked.path.suffix}")
    write_atomically(pairs, _csv(_pair_rows(asked.prepared, known)))
    return asked.path, pairs


def _csv(rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    for row in rows:
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow(row)
        yield line.getvalue()


def _entry_rows(asked: Export) -> Iterator[Sequence[Any]]:
    yield "id", "label", "run", "step", "tokens_seen", "bits_per_byte"
    for e, bits in zip(asked.entries, asked.bits, strict=True):
        yield e.id, e.label, e.run, _known(e.step), _known(e.tokens_seen), _number(float(bits))


def _pair_rows(prepared: geometry.Prepared, entries: list[Entry]) -> Iterator[Sequence[Any]]:
    yield "a", "b", "kl_bits_per_byte", "se_bits_per_byte", "n_texts", "recipe", "estimator"
    made = prepared.n_texts, prepared.recipe.name, geometry.ESTIMATOR
    if len(entries) > MOST_WITH_SE:
        kl = geometry.kl_among(prepared, [prepared.row(e.id) for e in entries])
        for (i, a), (j, b) in itertools.combinations(enumerate(entries), 2):
            yield a.label, b.label, _number(float(kl[i, j])), "", *made
        return
    for i, a in enumerate(entries[:-1]):
        values, errors = geometry.kl_to(prepared, a.id)
        for b in entries[i + 1 :]:
            row = prepared.row(b.id)
            yield a.label, b.label, _number(values[row]), _number(errors[row]), *made


def _known(value: int) -> object:
    return value if value >= 0 else ""


def _number(value: float) -> str:
    return repr(float(value)) if np.isfinite(value) else ""
