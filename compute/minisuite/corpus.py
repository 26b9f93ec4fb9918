"""The corpus: the Python standard library's own source, split by file name."""

from __future__ import annotations

import hashlib
import json
import os
import sysconfig
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from compute.core.assets import asset
from compute.core.errors import InputError, MissingPart

TESTS = frozenset({"test", "tests", "idle_test"})
DOCUMENTATION = "pydoc_data"
"""The language reference as strings of one module: prose, which is kept for fine-tuning."""
_LEFT_OUT = frozenset({"site-packages", "dist-packages", "__pycache__"})
_NOT_SOURCE = TESTS | {DOCUMENTATION}
_LOCAL = ("_sysconfigdata", "sitecustomize", "usercustomize", "config-")
_LEAST_BYTES = 500_000


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file. ``name`` is relative, with slashes; ``held_out`` = no model sees it."""

    name: str
    raw: bytes
    held_out: bool

    @property
    def domain(self) -> str:
        """The package a file belongs to, ``modules`` for the single-file ones."""
        head, slash, _ = self.name.partition("/")
        return head if slash else "modules"


def heldout_names() -> frozenset[str]:
    """File names the bundled example's texts come from; these never enter training."""
    try:
        names = json.loads(asset("example-heldout.json").read_text(encoding="utf-8"))
    except MissingPart:
        return frozenset()
    return frozenset(names)


def is_held_out(name: str, also: frozenset[str] = frozenset()) -> bool:
    """One file in ten, by the sha256 of its name: the same files on every machine."""
    return name in also or int.from_bytes(_hash(name)[:4]) % 10 == 0


def _hash(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


def read_corpus(root: Path | None = None) -> tuple[SourceFile, ...]:
    """Every ``.py`` file of the standard library that is valid UTF-8, sorted by name.

    Tests, the language reference, installed packages and files that describe one machine's build
    are left out, so that the same Python version gives the same corpus wherever it is installed
    whole.

    Raises
    ------
    InputError
        If the library's source is not on this machine.
    """
    folder = root or library()
    also = heldout_names()
    files = tuple(_read(folder, sorted(_names(folder)), also))
    if root is None and sum(len(f.raw) for f in files) < _LEAST_BYTES:
        raise InputError(
            "the source of Python's standard library is not there",
            tried=f"Reading {folder}",
            advice="Install a complete Python (on Debian: apt-get install python3)",
        )
    return files


def library() -> Path:
    """The folder of the standard library."""
    return Path(sysconfig.get_path("stdlib"))


def read_tests(root: Path | None = None) -> tuple[SourceFile, ...]:
    """The standard library's own tests: the files that :func:`read_corpus` leaves out as such.

    () where Python was installed without them.
    """
    folder = root or library()
    names = (n for n in _names(folder, left_out=_LEFT_OUT) if TESTS & set(n.split("/")[:-1]))
    return tuple(_read(folder, sorted(names), frozenset()))


def _names(
    folder: Path, below: str = "", left_out: frozenset[str] = _LEFT_OUT | _NOT_SOURCE
) -> Iterator[str]:
    try:
        entries = list(os.scandir(folder / below))
    except OSError:
        return
    for entry in entries:
        if entry.is_symlink() or entry.name.startswith((".", *_LOCAL)):
            continue
        if entry.is_dir():
            if entry.name not in left_out:
                yield from _names(folder, f"{below}{entry.name}/", left_out)
        elif entry.name.endswith(".py"):
            yield f"{below}{entry.name}"


def _read(folder: Path, names: Sequence[str], also: frozenset[str]) -> Iterator[SourceFile]:
    for name in names:
        raw = (folder / name).read_bytes()
        try:
            raw.decode()
        except UnicodeDecodeError:
            continue
        yield SourceFile(name, raw, is_held_out(name, also))


def held_out_source(files: Sequence[SourceFile]) -> tuple[SourceFile, ...]:
    """The files no model is trained on."""
    return tuple(f for f in files if f.held_out)


def training_texts(files: Sequence[SourceFile]) -> tuple[str, ...]:
    """The texts models are trained on, in an order without meaning (by the hash of the name), so
    that any first part of them is a fair sample of the library."""
    kept = sorted((f for f in files if not f.held_out), key=lambda f: _hash(f.name))
    return tuple(f.raw.decode() for f in kept)


def digest_of(files: Sequence[SourceFile]) -> str:
    """sha256 over names, contents and the split."""
    h = hashlib.sha256(b"klscope corpus 1\n")
    for f in files:
        h.update(f"{f.name}\n{len(f.raw)}\n{int(f.held_out)}\n".encode())
        h.update(f.raw)
    return h.hexdigest()
