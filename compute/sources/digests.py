"""Digests of weights: the same bytes, the same digest, wherever they lie."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from compute.core.errors import InputError
from compute.core.files import read_problem, write_atomically
from compute.core.weights import digest_of_sums, files_of


class DigestCache:
    """sha256 of files, kept under their path, size and time of change.

    Parameters
    ----------
    path : Path, optional
        A JSON file read at the start and written by :meth:`save`; a damaged one is ignored.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._known: dict[str, str] = {}
        self._changed = False

    def load(self) -> DigestCache:
        """Read the file, if there is one."""
        if self._path is not None:
            try:
                known = json.loads(self._path.read_text(encoding="utf-8"))
            except (OSError, ValueError):
                known = {}
            self._known = known if isinstance(known, dict) else {}
        return self

    def sha256(self, path: Path) -> str:
        """The file's sha256 as hex, read only if it is not known.

        Raises
        ------
        InputError
            If the file cannot be read.
        """
        try:
            stat = path.stat()
            key = f"{path.resolve()}|{stat.st_size}|{stat.st_mtime_ns}"
            if key not in self._known:
                with open(path, "rb") as f:
                    self._known[key] = hashlib.file_digest(f, "sha256").hexdigest()
                self._changed = True
        except OSError as e:
            raise read_problem(e, f"Reading {path}") from e
        return self._known[key]

    def save(self) -> None:
        """Write the file if something was added; a place that cannot be written is no error."""
        if self._path is None or not self._changed:
            return
        try:
            write_atomically(self._path, [json.dumps(self._known)])
        except InputError:
            return
        self._changed = False


def digest_of(folder: Path, cache: DigestCache | None = None, *, adapter: str = "") -> str:
    """The digest of a folder's weights (:func:`~compute.core.weights.digest_of_sums`), with those
    of the adapter that is put on them.

    Raises
    ------
    InputError
        If a file cannot be read.
    """
    known = cache if cache is not None else DigestCache()
    return digest_of_sums(known.sha256(path) for path in files_of(folder, adapter))


def user_cache() -> DigestCache:
    """The cache of this user, not loaded yet: in ``XDG_CACHE_HOME``, else in ``~/.cache``."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return DigestCache(Path(base) / "klscope" / "digests.json")
