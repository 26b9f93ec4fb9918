"""Token-level log-probabilities: one small HDF5 file per entry, beside the project."""

from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from compute import __version__
from compute.core.errors import StoreError
from compute.core.tables import Entry, TokenDetail, frozen
from compute.store import files, nodes, schema, tables
from compute.store.disk import written
from compute.store.nodes import Node
from compute.store.opening import hdf5, opened, reading
from compute.store.problems import writing

_STRANGE = re.compile(r"[^A-Za-z0-9._-]+")


def tokens_folder(path: Path) -> Path:
    """``run.h5`` -> ``run.h5.tokens``: the token detail of its entries."""
    target = files.real(path)
    return target.with_name(target.name + ".tokens")


def _companion(path: Path, entry_id: str) -> Path:
    """The entry's id as far as every file system takes it, and a hash that makes it unique."""
    plain = _STRANGE.sub("-", entry_id).strip(".-")[:80]
    return tokens_folder(path) / f"{plain}-{hashlib.sha256(entry_id.encode()).hexdigest()[:10]}.h5"


def write_tokens(path: Path, entry: Entry, detail: TokenDetail) -> None:
    """Store the token detail of an entry of the project at ``path``, whole or not at all.

    Call it before the entry is committed as done, so that a done entry has its tokens.

    Raises
    ------
    StoreError
        If the project cannot be read, the detail is of another number of texts, or the place
        refuses.
    """
    path, target = Path(path), _companion(path, entry.id)
    tried = f"Storing the tokens of {entry.id}"
    digest, n_texts = reading(path, _axis)
    if len(detail.offsets) != n_texts + 1:
        raise StoreError(f"they are of {len(detail.offsets) - 1} texts, not {n_texts}", tried=tried)
    with writing(target, tried):
        target.parent.mkdir(exist_ok=True)
        files.remove_orphans(target)
        with (
            files.new_version(target, "companion") as temp,
            written(temp, "w") as file,
            nodes.unfinished(file),
        ):
            _fill(file, entry, detail)
            file.attrs["texts"] = digest


def _axis(file: Node) -> tuple[str, int]:
    """Digest and number of the texts."""
    group = nodes.group(file, "texts")
    n_texts = len(nodes.dataset(group, "n_bytes", "int64", (None,)))
    return nodes.attribute(group, "digest", str), n_texts


def _fill(file: Node, entry: Entry, detail: TokenDetail) -> None:
    file.attrs["format"] = schema.COMPANION_FORMAT
    file.attrs["format_version"] = schema.COMPANION_VERSION
    file.attrs["generator"] = f"klscope {__version__}"
    file.attrs["entry"] = entry.id
    file.attrs["tokenization"] = entry.tokenization
    tables.write(file, schema.OFFSETS, detail.offsets)
    tables.write(file, schema.TOKEN_VALUES, detail.values)
    if detail.lengths is not None:
        small = {"compression": "gzip", "shuffle": True} if len(detail.lengths) else {}
        tables.write(file, schema.TOKEN_LENGTHS, detail.lengths, **small)


def copy_tokens(path: Path, destination: Path) -> int:
    """Put the token detail of a project beside a copy of it; how many entries have some.

    Raises
    ------
    StoreError
        If it cannot be read, or the place refuses.
    """
    found = sorted(tokens_folder(Path(path)).glob("*.h5"))
    if not found:
        return 0
    folder = tokens_folder(Path(destination))
    with writing(folder, f"Writing {folder}"):
        folder.mkdir(exist_ok=True)
        for file in found:
            with files.new_version(folder / file.name, "companion") as temp:
                shutil.copyfile(file, temp)
    return len(found)


def has_tokens(path: Path, entry_id: str) -> bool:
    """Whether a file with the token detail of an entry is there; it is not opened."""
    return _companion(Path(path), entry_id).exists()


def read_tokens(path: Path, entry_id: str) -> TokenDetail | None:
    """Token-level log-probabilities of an entry, None when none are stored.

    Raises
    ------
    StoreError
        If the project or the companion cannot be read, or the two do not belong together.
    """
    target = _companion(Path(path), entry_id)
    if not target.exists():
        return None
    with hdf5(target, "Take a copy of the folder of tokens that belongs to the project") as file:
        _check_head(file, entry_id)
        with opened(Path(path)) as project:
            _check_project(file, project)
            return _detail(file, project)


def _check_head(file: Node, entry_id: str) -> None:
    if file.attrs.get("format") != schema.COMPANION_FORMAT:
        raise nodes.bad(file, "/ attribute 'format'", f"is not {schema.COMPANION_FORMAT!r}")
    version = nodes.attribute(file, "format_version", int)
    if not 1 <= version <= schema.COMPANION_VERSION:
        raise StoreError(
            f"its format_version is {version}; this klscope reads up to {schema.COMPANION_VERSION}",
            tried=f"Reading {file.filename}",
            advice="Update klscope",
        )
    if not nodes.is_complete(file):
        raise nodes.bad(file, "/", "was never finished (its completion mark is missing)")
    if nodes.attribute(file, "entry", str) != entry_id:
        raise nodes.bad(file, "/ attribute 'entry'", f"is not {entry_id!r}")


def _check_project(file: Node, project: Node) -> None:
    if nodes.attribute(file, "texts", str) != _axis(project)[0]:
        raise nodes.bad(file, "/ attribute 'texts'", "is of another text set than the project's")


def _detail(file: Node, project: Node) -> TokenDetail:
    offsets = nodes.numbers(file, "offsets", "int64", _axis(project)[1] + 1)
    values = nodes.numbers(file, "values", "float16")
    lengths = np.diff(offsets)
    if offsets[0] != 0 or offsets[-1] != len(values) or (lengths < 0).any():
        raise nodes.bad(file, "/offsets", "does not fit /values")
    known = _known_lengths(project, nodes.attribute(file, "tokenization", str))
    if known is not None and (lengths != known)[known >= 0].any():
        raise nodes.bad(file, "/offsets", "does not fit the token counts in the project")
    return TokenDetail(frozen(offsets), frozen(values), _lengths(file, offsets, project))


def _lengths(file: Node, offsets: NDArray[np.int64], project: Node) -> NDArray[np.int16] | None:
    """None = an older companion, or they were not known when it was written."""
    if "lengths" not in file:
        return None
    found = nodes.numbers(file, "lengths", "int16", int(offsets[-1]))
    reached = np.concatenate([[0], np.cumsum(np.maximum(found, 0), dtype=np.int64)])[offsets]
    n_bytes = nodes.numbers(nodes.group(project, "texts"), "n_bytes", "int64")
    if (np.diff(reached) > n_bytes).any():
        raise nodes.bad(file, "/lengths", "does not fit the texts in the project")
    return frozen(found)


def _known_lengths(project: Node, digest: str) -> NDArray[np.int64] | None:
    group = nodes.optional_group(project, "tokenizations")
    if group is None or digest not in nodes.finished_names(group):
        return None
    return nodes.numbers(nodes.group(group, digest), "n_tokens", "int64")
