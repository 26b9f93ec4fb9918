"""TensorBoard's embedding projector: ``vectors.tsv``, ``metadata.tsv``, ``projector_config.json``.

They hold coordinates and what is known of points, no log-likelihoods. They are imported into a
project that has the entries: as a map, and as metadata of the entries, found by id or label.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from compute.core.errors import InputError, UsageError
from compute.core.numbers import count
from compute.core.tables import ENTRY_FIELDS, Embedding, Entry, frozen
from compute.exchange.contract import Coordinates, Imported, Request, Say
from compute.exchange.growing import Growing
from compute.exchange.lines import Lines, is_blank
from compute.exchange.numbers import parsed

VECTORS, METADATA, CONFIG = "vectors.tsv", "metadata.tsv", "projector_config.json"
NEXT = "__seq_next__"
"""Metadata column that the projector draws lines by: the row that follows, counted from 0."""
_COLUMNS = ("label", "id", "family", "run", "step", "tokens_seen", "size", "n_params", "seed")
_OTHER_VECTORS = ("tensors.tsv", "tensor.tsv", "vecs.tsv")
_DIMS = (2, 3)


def write(found: Coordinates, folder: Path, say: Say) -> None:
    """Fill ``folder`` with the three files; ``__seq_next__`` links the checkpoints of a run.

    Names cannot hold tabs or line breaks there: they become spaces.
    """
    with open(folder / VECTORS, "w", encoding="utf-8", newline="") as file:
        for k, row in enumerate(found.vectors):
            file.write("\t".join(map("%.9g".__mod__, row.tolist())) + "\n")
            say(k + 1, len(found.entries), f"Writing {VECTORS}")
    follows = successors(found.entries)
    with open(folder / METADATA, "w", encoding="utf-8", newline="") as file:
        file.write("\t".join((*_COLUMNS, "tags", NEXT)) + "\n")
        for entry, after in zip(found.entries, follows, strict=True):
            cells = [*(_cell(entry, name) for name in _COLUMNS), " ".join(entry.tags), after]
            file.write("\t".join(_flat(cell) for cell in cells) + "\n")
    (folder / CONFIG).write_text(json.dumps(_config(found), indent=2) + "\n", encoding="utf-8")


def _cell(entry: Entry, name: str) -> str:
    value = getattr(entry, name)
    return "" if value == -1 else str(value) or (entry.id if name == "label" else "")


def _flat(cell: str) -> str:
    return " ".join(cell.splitlines()).replace("\t", " ")


def successors(entries: Sequence[Entry]) -> list[str]:
    """For each entry the number of the next checkpoint of its run, "" = none."""
    runs: dict[str, list[tuple[int, int]]] = {}
    for k, entry in enumerate(entries):
        if entry.is_checkpoint:
            runs.setdefault(entry.run, []).append((entry.step, k))
    out = [""] * len(entries)
    for points in runs.values():
        points.sort()
        for (_, a), (_, b) in itertools.pairwise(points):
            out[a] = str(b)
    return out


def _config(found: Coordinates) -> dict[str, object]:
    one = {
        "tensorName": found.name,
        "tensorShape": list(found.vectors.shape),
        "tensorPath": VECTORS,
        "metadataPath": METADATA,
    }
    return {"embeddings": [one]}


def sniff(path: Path) -> bool:
    return path.is_dir() and (
        (path / CONFIG).is_file()
        or any((path / name).is_file() for name in (VECTORS, *_OTHER_VECTORS))
    )


def read(path: Path, request: Request) -> Imported:
    """Coordinates in 2 or 3 dimensions as a map of the project's entries, with their metadata.

    Raises
    ------
    UsageError
        If there is no project with entries to import into.
    InputError
        If a file is missing, the two have different lengths, or no point is an entry.
    """
    if not request.entries or request.texts is None:
        raise UsageError(
            "these are coordinates, not log-likelihoods, so they make no project",
            tried=f"Importing {path}",
            advice="Give a project that has the entries with -o: they become a map of it",
        )
    vectors_path, metadata_path = _paths(path)
    vectors = _vectors(vectors_path, request)
    rows = _metadata(metadata_path)
    if len(rows) != len(vectors):
        raise InputError(
            f"{vectors_path.name} has {count(len(vectors))} points, {metadata_path.name} has "
            f"{count(len(rows))}",
            tried=f"Reading {path}",
        )
    return _matched(path, vectors, rows, request)


def _matched(
    path: Path,
    vectors: NDArray[np.float32],
    rows: Sequence[Mapping[str, str]],
    request: Request,
) -> Imported:
    assert request.texts is not None
    index = _index(request.entries)
    at = {k: index[name] for k, row in enumerate(rows) if (name := _known(row, index))}
    if not at:
        raise InputError(
            "none of its points is an entry of the project",
            tried=f"Reading {path}",
            advice="They are found by the columns 'id' and 'label', or by the first column",
        )
    if len(set(at.values())) < len(at):
        raise InputError("two of its points are the same entry", tried=f"Reading {path}")
    entries = tuple(_with_metadata(request.entries[e], rows[k]) for k, e in at.items())
    coords = frozen(np.ascontiguousarray(vectors[list(at)]))
    ids = tuple(entry.id for entry in entries)
    digest = hashlib.sha256("\0".join(ids).encode() + coords.tobytes()).hexdigest()[:16]
    params = {"method": "imported", "dims": int(coords.shape[1]), "source": path.name}
    left = len(rows) - len(at)
    notes = [f"A map of {count(len(at))} entries was imported; it is no log-likelihood."]
    if left:
        notes.append(f"{count(left)} points are no entry of the project and were passed over.")
    return Imported(
        request.texts,
        entries,
        np.full((len(entries), len(request.texts)), np.nan, dtype=np.float32),
        embeddings=(Embedding(f"imported-{digest}", ids, coords, params),),
        notes=tuple(notes),
    )


def _index(entries: Sequence[Entry]) -> dict[str, int]:
    """Names that stand for exactly one entry; ids win over labels."""
    labels: dict[str, list[int]] = {}
    for k, entry in enumerate(entries):
        labels.setdefault(_flat(entry.label), []).append(k)
    found = {label: ks[0] for label, ks in labels.items() if label and len(ks) == 1}
    return found | {_flat(entry.id): k for k, entry in enumerate(entries)}


def _known(row: Mapping[str, str], index: Mapping[str, int]) -> str:
    named = (row.get("id", ""), row.get("label", ""), next(iter(row.values()), ""))
    return next((name for name in named if name in index), "")


def _with_metadata(entry: Entry, row: Mapping[str, str]) -> Entry:
    """The entry with columns that it has no field for."""
    own = {*ENTRY_FIELDS, NEXT, "", *dict(entry.metadata)}
    more = tuple((name, cell) for name, cell in row.items() if name not in own and cell)
    return entry.with_(metadata=(*entry.metadata, *more))


def _paths(path: Path) -> tuple[Path, Path]:
    folder = path if path.is_dir() else path.parent
    names = (VECTORS, METADATA)
    if (folder / CONFIG).is_file():
        try:
            one = json.loads((folder / CONFIG).read_text(encoding="utf-8"))["embeddings"][0]
            names = Path(str(one["tensorPath"])).name, Path(str(one["metadataPath"])).name
        except (OSError, ValueError, KeyError, IndexError, TypeError, RecursionError) as error:
            raise InputError(
                "it names no tensorPath and metadataPath", tried=f"Reading {folder / CONFIG}"
            ) from error
    elif path.is_file():
        names = path.name, METADATA
    else:
        names = (
            next((n for n in (VECTORS, *_OTHER_VECTORS) if (path / n).is_file()), VECTORS),
            METADATA,
        )
    return folder / names[0], folder / names[1]


def _vectors(path: Path, request: Request) -> NDArray[np.float32]:
    rows: Growing | None = None
    with Lines(path) as lines:
        for line in lines:
            if is_blank(line):
                continue
            cells = line.rstrip("\r\n").split("\t")
            if rows is None:
                if len(cells) not in _DIMS:
                    raise lines.problem(
                        f"has {count(len(cells))} numbers; a map has 2 or 3 dimensions",
                        "Export the projection and not the vectors, or give 2 or 3 components",
                    )
                rows = Growing(len(cells))
            if len(cells) != rows.width:
                raise lines.problem(f"has {len(cells)} numbers, the first has {rows.width}")
            rows.add(parsed(cells, [f"dimension {k + 1}" for k in range(rows.width)], lines))
            request.say(lines.done, lines.total, f"Reading {path.name}")
    found = rows.taken() if rows is not None else np.empty((0, 2), dtype=np.float32)
    if not np.isfinite(found).all():
        raise InputError("a coordinate is missing or infinite", tried=f"Reading {path}")
    return found


def _metadata(path: Path) -> list[dict[str, str]]:
    """A record for each point. A file with one column has no header, as the projector reads it."""
    return list(_records(path))


def _records(path: Path) -> Iterator[dict[str, str]]:
    with Lines(path) as lines:
        header: list[str] = []
        for line in lines:
            cells = line.rstrip("\r\n").split("\t")
            if lines.number == 1 and len(cells) > 1:
                header = [name.strip() for name in cells]
            elif not header:
                yield {"label": cells[0]}
            elif not is_blank(line):
                if len(cells) != len(header):
                    raise lines.problem(f"has {len(cells)} cells, the header has {len(header)}")
                yield dict(zip(header, cells, strict=True))
