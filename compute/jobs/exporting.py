"""The job that writes a project, its map, its distances or its tree in a foreign format."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from compute import exchange, store
from compute.analysis.clustering import labels_of, tree_of
from compute.analysis.newick import newick
from compute.core.control import Control
from compute.core.errors import StoreError, UsageError
from compute.core.events import Emit, Notice, Started
from compute.core.files import os_problem, sync_folder
from compute.core.specs import ExportSpec
from compute.core.tables import Embedding, Entry, Snapshot
from compute.exchange import Coordinates, Distances, Format, Request
from compute.exchange.bundle import HEAD
from compute.exchange.contract import Say, called
from compute.exchange.projector import CONFIG
from compute.geometry import Prepared, find_entry, find_recipe, kl_matrix, prepare, se_matrix
from compute.jobs import projects
from compute.jobs.importing import sayer

VECTORS = ("map", "pca", "rows")
_FLAGS = {
    "entries": "--entry",
    "recipe": "--recipe",
    "vectors": "--vectors",
    "map_key": "--map",
    "components": "--components",
    "linkage": "--linkage",
    "compress": "--compress",
}
_HEEDED = {
    "project": ("entries",),
    "file": ("compress",),
    "coordinates": ("entries", "recipe", "vectors", "map_key", "components"),
    "distances": ("entries", "recipe"),
    "tree": ("entries", "recipe", "linkage"),
}
"""Content of a format -> the options that change it."""
_OURS = (HEAD, CONFIG)


@dataclass(frozen=True)
class _Work:
    """What a maker of content needs."""

    spec: ExportSpec
    path: Path
    emit: Emit
    say: Say

    def snapshot(self) -> Snapshot:
        return store.read(self.path)

    def chosen(self, entries: tuple[Entry, ...]) -> tuple[str, ...]:
        """Ids of the entries that were asked for, () = all."""
        return tuple(find_entry(entries, name).id for name in self.spec.entries)


def export(spec: ExportSpec, emit: Emit, control: Control) -> Mapping[str, Any]:
    """Write ``spec.destination``, whole or not at all.

    Returns
    -------
    mapping
        format, destination.

    Raises
    ------
    UsageError
        If the format, a name or an option is unknown, or something is in the way.
    InputError, MissingPart, StoreError
        If the project cannot be read or the place refuses.
    """
    one = _format(spec.format)
    _check(spec, one)
    path, destination = Path(spec.project), Path(spec.destination)
    emit(Started(f"Exporting {path.name} as {one.id}"))
    work = _Work(spec, path, emit, sayer(emit, control, 1.0))
    _check_free(destination, one, spec)
    if path.exists() and destination.exists() and path.samefile(destination):
        raise UsageError("The destination is the project itself", advice="Choose another name")
    content = _CONTENT[one.content](work)
    control.checkpoint()
    with placed(destination, one, tried=f"Writing {destination}") as place:
        called(one.write)(content, place, work.say)
        control.checkpoint()
        _check_free(destination, one, spec)  # another export may have been quicker
    return {"format": one.id, "destination": str(destination)}


def _format(name: str) -> Format:
    writable = {f.id: f for f in exchange.FORMATS.values() if f.write}
    if name not in writable:
        raise UsageError(
            f"There is no format {name!r} that is exported",
            advice=f"It is one of: {', '.join(writable)}",
        )
    return writable[name]


def _check(spec: ExportSpec, one: Format) -> None:
    plain = ExportSpec("", "", "")
    for name, flag in _FLAGS.items():
        if getattr(spec, name) != getattr(plain, name) and name not in _HEEDED[one.content]:
            raise UsageError(f"{flag} means nothing for {one.id}", advice="Leave it out")
    if spec.vectors not in ("", *VECTORS):
        raise UsageError(
            f"--vectors {spec.vectors!r} is unknown", advice=f"It is one of: {', '.join(VECTORS)}"
        )
    if spec.components < 1:
        raise UsageError("--components is less than 1")


def _check_free(destination: Path, one: Format, spec: ExportSpec) -> None:
    if not os.path.lexists(destination):
        return
    in_the_way = not (destination.is_dir() if one.folder else destination.is_file())
    if not in_the_way and one.folder and not any(destination.iterdir()):
        return
    ours = not one.folder or any((destination / name).is_file() for name in _OURS)
    if spec.overwrite and not in_the_way and ours:
        return
    what = "a folder" if destination.is_dir() else "a file"
    advice = "Choose another name"
    if not in_the_way and ours:
        advice += ", or give --overwrite to replace it"
    raise UsageError(
        f"there is {what} of that name already", tried=f"Writing {destination}", advice=advice
    )


@contextmanager
def placed(destination: Path, one: Format, tried: str) -> Iterator[Path]:
    """A path beside the destination to write to; it takes its place when all went well.

    Raises
    ------
    InputError
        If the system refuses; what was there stays.
    """
    temporary = destination.with_name(f".{destination.name}.{os.getpid()}.tmp")
    try:
        if one.folder:
            temporary.mkdir()
        yield temporary
        _sync(temporary)
        _replace(temporary, destination)
        sync_folder(destination.parent)
    except StoreError as error:
        if str(temporary) not in error.tried:
            raise
        raise StoreError(error.happened, tried=tried, advice=error.advice) from error
    except OSError as error:
        raise os_problem(error, tried) from error
    finally:
        _remove(temporary)


def _remove(path: Path) -> None:
    with suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    for file in path.rglob("*") if path.is_dir() else (path,):
        if file.is_file():
            with open(file, "rb+") as handle:
                os.fsync(handle.fileno())


def _replace(temporary: Path, destination: Path) -> None:
    if not destination.is_dir():
        os.replace(temporary, destination)
        return
    aside = destination.with_name(f".{destination.name}.{os.getpid()}.old")
    os.replace(destination, aside)
    try:
        os.replace(temporary, destination)
    except OSError:
        os.replace(aside, destination)
        raise
    _remove(aside)


# ---- what is written ---------------------------------------------------------------------------


@dataclass(frozen=True)
class ProjectFile:
    """A project to be copied as a file."""

    path: Path
    compressed: bool


def _project(work: _Work) -> Any:
    project = projects.read(work.path, Request(say=work.say))
    ids = work.chosen(project.entries)
    return projects.part_of(project, ids) if ids else project


def _file(work: _Work) -> ProjectFile:
    return ProjectFile(work.path, work.spec.compress)


def copy_file(content: ProjectFile, path: Path, say: Say) -> None:
    """The writer of ``h5``."""

    def done(share: float) -> None:
        say(round(1000 * share), 1000, "Copying log-likelihoods")

    store.copy(content.path, path, compressed=content.compressed, done=done)


def _prepared(work: _Work, snapshot: Snapshot) -> Prepared:
    recipe = find_recipe(snapshot, work.spec.recipe)
    ids = work.chosen(snapshot.entries)
    found = prepare(snapshot, recipe, ids or None)
    for caution in found.cautions:
        work.emit(Notice(caution))
    return found


def _distances(work: _Work) -> Distances:
    snapshot = work.snapshot()
    rows = _prepared(work, snapshot)
    work.say(0, 2, "Computing KL")
    kl = kl_matrix(rows)
    work.say(1, 2, "Computing standard errors")
    labels = tuple(snapshot.entries[snapshot.row_of[i]].label for i in rows.ids)
    return Distances(rows.ids, labels, kl, se_matrix(rows), rows.recipe.name)


def _tree(work: _Work) -> str:
    snapshot = work.snapshot()
    rows = _prepared(work, snapshot)
    work.say(0, 1, "Clustering")
    tree = tree_of(rows, work.spec.linkage)
    labels = labels_of([snapshot.entries[snapshot.row_of[i]] for i in tree.ids])
    merges = [(int(a), int(b)) for a, b in tree.merges]
    return newick(merges, tree.heights.tolist(), labels)


def _coordinates(work: _Work) -> Coordinates:
    snapshot = work.snapshot()
    vectors = work.spec.vectors
    stored = store.read_embeddings(work.path) if vectors in ("", "map") else ()
    if vectors == "map" or work.spec.map_key or (not vectors and stored):
        return _stored_map(work, snapshot, stored)
    rows = _prepared(work, snapshot)
    entries = tuple(snapshot.entries[snapshot.row_of[i]] for i in rows.ids)
    if vectors == "rows":
        return Coordinates(entries, rows.qs.astype(np.float32), "scaled rows", "sqrt(bits/byte)")
    if not vectors:
        work.emit(Notice("The project has no map yet: principal components are written"))
    scores = _components(rows.qs, work.spec.components)
    return Coordinates(entries, scores, "principal components", "sqrt(bits/byte)")


def _components(qs: np.ndarray[Any, Any], n: int) -> np.ndarray[Any, Any]:
    """(K, n) float32: the first principal components of the rows, by their Gram matrix (K, K)."""
    values, vectors = np.linalg.eigh(qs @ qs.T)
    first = np.argsort(values)[::-1][: min(n, max(1, len(qs) - 1))]
    scores = vectors[:, first] * np.sqrt(np.maximum(values[first], 0.0))
    signs = np.sign(scores[np.abs(scores).argmax(axis=0), np.arange(scores.shape[1])])
    return np.asarray(scores * np.where(signs == 0, 1.0, signs), dtype=np.float32)


def _stored_map(work: _Work, snapshot: Snapshot, stored: tuple[Embedding, ...]) -> Coordinates:
    one = _chosen_map(work.spec.map_key, stored)
    wanted = set(work.chosen(snapshot.entries) or one.ids)
    kept = [k for k, i in enumerate(one.ids) if i in wanted and i in snapshot.row_of]
    entries = tuple(snapshot.entries[snapshot.row_of[one.ids[k]]] for k in kept)
    if not entries:
        raise UsageError("No entry of the project is on that map")
    method = str(one.params.get("method", "map"))
    work.emit(Notice(f"The map {one.key[:12]} ({method}, {len(kept)} entries) is written"))
    unit = "sqrt(bits/byte)" if method == "pca" else ""
    return Coordinates(entries, one.coords[kept], f"{method} {one.key[:12]}", unit)


def _chosen_map(key: str, stored: tuple[Embedding, ...]) -> Embedding:
    found = [one for one in stored if one.key.startswith(key)]
    if not found:
        raise UsageError(
            f"There is no stored map {key!r}" if key else "The project has no stored map",
            advice="klscope embed stores one; or give --vectors pca",
        )
    return max(found, key=lambda one: (len(one.ids), -one.coords.shape[1]))


_CONTENT: dict[str, Callable[[_Work], Any]] = {
    "project": _project,
    "file": _file,
    "coordinates": _coordinates,
    "distances": _distances,
    "tree": _tree,
}
"""Content of a format -> what makes it."""
