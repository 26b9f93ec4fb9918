"""Files that only grow: opened, appended to, synced and closed again for each frame.

The process that writes remembers where each file ends, so that only the first append to a file
reads it. Whoever cut or replaced the file meanwhile only makes it be read again.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from compute.store import files, frames, hooks
from compute.store.frames import Batch, Contents, Head, Kind, LayerBatch, TokenBatch

T = TypeVar("T", Batch, TokenBatch, LayerBatch)
_HEAD_BYTES = 64 << 10


@dataclass(frozen=True, slots=True)
class _Tail:
    """A file up to its last whole frame, as this process left it."""

    inode: int
    size: int
    plan_digest: str


class Log:
    """All files of one kind. ``stage`` begins the names of its crash points."""

    def __init__(self, kind: Kind[Any], stage: str) -> None:
        self._kind: Kind[Any] = kind
        self._stage = stage
        self._tails: dict[Path, _Tail] = {}

    def append(self, path: Path, entry_id: str, plan_digest: str, body: bytes) -> None:
        """Cut a torn tail off, write one frame, sync. A failed write is cut off again.

        Frames of another entry or plan are replaced.
        """
        fd = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
        try:
            end = self._end(fd, path, entry_id, plan_digest)
            head = b"" if end else frames.header(self._kind.magic, entry_id, plan_digest)
            self._write(fd, path, end, head, body)
            size = end + len(head) + len(body)
            self._tails[path] = _Tail(os.fstat(fd).st_ino, size, plan_digest)
        finally:
            os.close(fd)
        if head:
            files.sync_folder(path.parent)

    def _end(self, fd: int, path: Path, entry_id: str, plan_digest: str) -> int:
        """Where the next frame goes; 0 = the file begins anew."""
        stat = os.fstat(fd)
        if self._tails.get(path) == _Tail(stat.st_ino, stat.st_size, plan_digest):
            return stat.st_size
        found = read(path, self._kind)
        if found is None or (found.head.entry_id, found.head.plan_digest) != (
            entry_id,
            plan_digest,
        ):
            return 0
        return found.valid

    def _write(self, fd: int, path: Path, end: int, head: bytes, body: bytes) -> None:
        os.ftruncate(fd, end)
        os.lseek(fd, end, os.SEEK_SET)
        try:
            if head:
                self._in_halves(fd, head, "header")
            self._in_halves(fd, body, "frame")
            os.fsync(fd)
        except OSError:
            os.ftruncate(fd, end)
            if not end:
                with suppress(OSError):
                    path.unlink()
            raise
        hooks.at(f"{self._stage}:synced")

    def _in_halves(self, fd: int, raw: bytes, what: str) -> None:
        files.write_all(fd, raw[: len(raw) // 2])
        hooks.at(f"{self._stage}:half-{what}")
        files.write_all(fd, raw[len(raw) // 2 :])
        hooks.at(f"{self._stage}:{what}-written")

    def forget(self, path: Path) -> None:
        """The file is given up or will be renamed."""
        self._tails.pop(path, None)


def read(path: Path, kind: Kind[T]) -> Contents[T] | None:
    """What can be trusted in a file, None when it is not there or has no whole header."""
    try:
        return frames.parse(path.read_bytes(), kind)
    except OSError:
        return None


def head_of(path: Path, magic: bytes) -> Head | None:
    """The header alone."""
    try:
        with open(path, "rb") as file:
            return frames.head_of(file.read(_HEAD_BYTES), magic)
    except OSError:
        return None
