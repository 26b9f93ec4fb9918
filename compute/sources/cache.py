"""The local Hugging Face cache: repositories that are on this disk already. Never the network.

Layout: ``models--org--name/`` with ``refs/<branch or tag>`` (a commit each),
``snapshots/<commit>/`` (links into ``blobs/``) and ``blobs/<sum>``. The sum of a large file is its
sha256, which the hub publishes: a digest costs nothing, and duplicates show before any weights are
read. Refused: ``huggingface_hub.scan_cache_dir``, which leaves out a whole repository when one
revision of it is damaged; that one has to be shown with its reason.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from compute.core.errors import InputError
from compute.core.files import read_problem
from compute.core.tables import Checkpoint, Listing
from compute.core.weights import digest_of_sums, weight_files
from compute.sources.checking import read_config
from compute.sources.naming import Step, in_order, seed_of, size_of, step_of

PREFIX = "cache:"
_NAME = re.compile(r"[\w.-]+(?:/[\w.-]+)?", re.ASCII)
_FOLDER = re.compile(r"models--(?P<name>.+)")
_COMMIT = re.compile(r"[0-9A-Za-z]{1,64}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SHORT = 8
MAIN = "main"


def root() -> Path:
    """Where the cache is, by the rules of huggingface_hub: HF_HUB_CACHE, HF_HOME, ~/.cache."""
    env = os.environ
    if named := env.get("HF_HUB_CACHE") or env.get("HUGGINGFACE_HUB_CACHE"):
        return Path(os.path.expandvars(named)).expanduser()
    base = env.get("XDG_CACHE_HOME") or "~/.cache"
    home = env.get("HF_HOME") or os.path.join(base, "huggingface")
    return Path(os.path.expandvars(home)).expanduser() / "hub"


@dataclass(frozen=True, slots=True)
class Revision:
    """One commit of a repository. ``name`` is its branch or tag, else the start of the commit.

    ``names`` holds everything that leads to it. ``folder`` may be missing.
    """

    name: str
    names: tuple[str, ...]
    commit: str
    folder: Path
    step: Step | None = None


def accepts(source: str) -> bool:
    """Whether the source names the cache, or a repository that is in it and is no folder here."""
    if source.startswith(PREFIX):
        return True
    name = source.partition("@")[0]
    here = any(Path(each).expanduser().exists() for each in (source, name))
    if here or not _NAME.fullmatch(name):
        return False
    return source == PREFIX.rstrip(":") or _folder_of(name).is_dir()


def find(source: str) -> Listing:
    """The revisions of a repository, or everything that the cache holds.

    ``cache:`` is all of it, ``org/name`` all revisions of one repository, ``org/name@a,b`` two of
    them, by branch, tag or commit.

    Raises
    ------
    InputError
        If there is no cache, or it has no such repository or revision.
    """
    repo, _, wanted = source.removeprefix(PREFIX).partition("@")
    if repo in ("", PREFIX.rstrip(":")):
        rows = tuple(row for name in repositories() for row in _rows(name, _revisions(name)))
        return Listing(PREFIX, "Hugging Face cache", rows)
    if repo not in repositories():
        raise _unknown(repo)
    revisions = _revisions(repo)
    chosen = _chosen(repo, revisions, wanted) if wanted else revisions
    kept = {revision.commit for revision in chosen}
    rows = tuple(
        row
        for row, revision in zip(_rows(repo, revisions), revisions, strict=True)
        if revision.commit in kept
    )
    return Listing(repo, repo, rows)


def repositories() -> tuple[str, ...]:
    """Names of the model repositories in the cache, in order.

    Raises
    ------
    InputError
        If there is no cache, or it cannot be read.
    """
    place = root()
    try:
        names = [p.name for p in place.iterdir() if p.is_dir()]
    except FileNotFoundError as e:
        raise InputError(
            "there is no Hugging Face cache on this machine",
            tried=f"Looking for models in {place}",
            advice="Set HF_HUB_CACHE or HF_HOME if it is elsewhere",
        ) from e
    except OSError as e:
        raise read_problem(e, f"Reading {place}") from e
    found = (_FOLDER.fullmatch(name) for name in names)
    return tuple(sorted((m["name"].replace("--", "/", 1) for m in found if m), key=in_order))


def _folder_of(repo: str) -> Path:
    return root() / f"models--{repo.replace('/', '--')}"


def _revisions(repo: str) -> tuple[Revision, ...]:
    """By step, then by name; commits that no branch or tag names last."""
    folder = _folder_of(repo)
    names: dict[str, list[str]] = {}
    for name, commit in _refs(folder / "refs"):
        names.setdefault(commit, []).append(name)
    snapshots = folder / "snapshots"
    for name in _names_in(snapshots):
        if _COMMIT.fullmatch(name):
            names.setdefault(name, [])
    found = [_revision(commit, known, snapshots / commit) for commit, known in names.items()]
    return tuple(sorted(found, key=_order))


def _names_in(folder: Path) -> list[str]:
    """Names in a folder; none where it is not there or cannot be read."""
    try:
        return [place.name for place in folder.iterdir()]
    except OSError:
        return []


def _refs(folder: Path) -> Iterator[tuple[str, str]]:
    """Branches and tags with their commits, of which paths are made: so nothing else is taken."""
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        try:
            with path.open(encoding="utf-8", errors="replace") as file:
                commit = file.read(100).strip()
        except OSError:
            continue
        if _COMMIT.fullmatch(commit):
            yield path.relative_to(folder).as_posix(), commit


def _revision(commit: str, names: list[str], folder: Path) -> Revision:
    """Of several names the one that says a step, then the main branch, is shown."""
    steps = [name for name in names if step_of(name)]
    shown = next(iter(steps or ([MAIN] if MAIN in names else sorted(names))), commit[:_SHORT])
    return Revision(shown, tuple(names), commit, folder, step_of(shown) if steps else None)


def _order(revision: Revision) -> tuple[object, ...]:
    step = revision.step.step if revision.step else -1
    return revision.step is None, step, not revision.names, in_order(revision.name)


def _chosen(repo: str, revisions: tuple[Revision, ...], wanted: str) -> list[Revision]:
    found = []
    for name in filter(None, wanted.split(",")):
        match = [r for r in revisions if name in (*r.names, r.name, r.commit)]
        match = match or [r for r in revisions if len(name) >= 7 and r.commit.startswith(name)]
        if len(match) != 1:
            known = ", ".join(r.name for r in revisions[:8])
            raise InputError(
                f"the cache has no revision {name!r} of it",
                tried=f"Looking for {repo} in {root()}",
                advice=f"It has {known}{', ...' if len(revisions) > 8 else ''}",
            )
        found.append(match[0])
    return found


def _rows(repo: str, revisions: tuple[Revision, ...]) -> tuple[Checkpoint, ...]:
    """A run where revisions say steps; else models of their own, ``main`` by the name alone."""
    run = repo if any(revision.step for revision in revisions) else ""
    return tuple(_row(repo, run, revision) for revision in revisions)


def _row(repo: str, run: str, revision: Revision) -> Checkpoint:
    name = repo.rpartition("/")[2]
    step = revision.step or Step(-1)
    alone = repo if revision.name == MAIN and not run else f"{repo}@{revision.name}"
    return Checkpoint(
        path=str(revision.folder),
        label=f"{repo} step {step.step}" if revision.step else alone,
        family=str(read_config(revision.folder).get("model_type", "")),
        run=run,
        step=step.step,
        tokens_seen=step.tokens,
        seed=seed_of(name),
        size=size_of(name),
        source=repo,
        revision=revision.name if revision.names else revision.commit,
        digest=_digest(revision.folder),
        problem=_problem(revision),
    )


def _digest(folder: Path) -> str:
    """From the names of the blobs, which are the sums that the hub publishes; "" = not so here."""
    try:
        blobs = [path.resolve(strict=True) for path in weight_files(folder)]
    except (OSError, InputError):
        return ""
    if not all(b.parent.name == "blobs" and _SHA256.fullmatch(b.name) for b in blobs):
        return ""
    return digest_of_sums(b.name for b in blobs)


def _problem(revision: Revision) -> str:
    """What is wrong with it as a part of a cache; "" = nothing that shows here."""
    if not revision.folder.is_dir():
        return "The cache knows this revision but holds none of its files. Download it again."
    try:
        files = weight_files(revision.folder)
    except InputError:
        return ""
    missing = [path.name for path in files if not path.exists()]
    if missing:
        of = f"{len(files) - len(missing)} of {len(files)} weight files are"
        return f"The download is not complete: {of} here ({missing[0]} is not). Download it again."
    blobs = revision.folder.parent.parent / "blobs"
    if not files and any(blobs.glob("*.incomplete")):
        return "The download was not finished: the weights are not here yet. Download it again."
    other = any(any(revision.folder.glob(pattern)) for pattern in ("*.pt", "adapter_model.*"))
    return "" if files or other else _NO_WEIGHTS


_NO_WEIGHTS = "The cache holds no weights of this revision, only smaller files. Download it again."


def close_to(name: str) -> tuple[str, ...]:
    """Repositories with almost this name; () = none, or there is no cache."""
    try:
        return tuple(difflib.get_close_matches(name, repositories(), n=3, cutoff=0.6))
    except InputError:
        return ()


def _unknown(repo: str) -> InputError:
    names, close = repositories(), close_to(repo)
    advice = f"Did you mean {' or '.join(close)}?" if close else "klscope models cache lists all"
    return InputError(
        f"{repo} is not in the Hugging Face cache",
        tried=f"Looking for models in {root()}",
        advice=advice if names else "Nothing has been downloaded there yet",
    )
