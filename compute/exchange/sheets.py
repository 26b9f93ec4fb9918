"""Small tables for other programs: coordinates, distances and trees. They are only written."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from compute.exchange.contract import Coordinates, Distances, Say

_ENTRY = ("id", "label", "family", "run", "step", "tokens_seen", "size", "n_params")


def write_coordinates(found: Coordinates, path: Path, say: Say) -> None:
    """CSV: a row for each entry, ``x``, ``y``, ``z`` (or ``d1``, ``d2``, ... above three)."""
    dims = found.vectors.shape[1]
    axes = ("x", "y", "z")[:dims] if dims <= 3 else tuple(f"d{k + 1}" for k in range(dims))
    rows = (
        [*(_cell(getattr(entry, name)) for name in _ENTRY), *map("%.9g".__mod__, row.tolist())]
        for entry, row in zip(found.entries, found.vectors, strict=True)
    )
    _write(path, (*_ENTRY, *axes), rows)
    say(1, 1, "Writing")


def write_distances(found: Distances, path: Path, say: Say) -> None:
    """CSV: a row for each pair, ``kl_bits_per_byte`` and its standard error ``se``."""
    _write(
        path,
        ("id_a", "id_b", "label_a", "label_b", "kl_bits_per_byte", "se", "recipe"),
        _pairs(found, say),
    )


def _pairs(found: Distances, say: Say) -> Iterator[list[Any]]:
    n = len(found.ids)
    for a in range(n):
        for b in range(a + 1, n):
            yield [
                found.ids[a],
                found.ids[b],
                found.labels[a],
                found.labels[b],
                _cell(float(found.kl[a, b])),
                _cell(float(found.se[a, b])),
                found.recipe,
            ]
        say(a + 1, n, "Writing distances")


def write_tree(newick: str, path: Path, say: Say) -> None:
    """Newick: one line that ends with a semicolon."""
    path.write_text(newick.rstrip() + "\n", encoding="utf-8", newline="")
    say(1, 1, "Writing")


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return "" if math.isnan(value) else repr(value)
    return "" if value == -1 else str(value)


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
