"""The file under HDF5 while it writes. HDF5 does not survive a failed write: closing the file then
fails too, and the process may crash. So it never hears of one: what the disk refuses stays in
memory until the file is closed, and the error is raised then.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py

from compute.store.nodes import Node


class Disk:
    """A file for h5py's Python driver that remembers its first failed write in ``failure``."""

    def __init__(self, fd: int) -> None:
        self.failure: OSError | None = None
        self._fd = fd
        self._at = 0
        self._size = os.fstat(fd).st_size
        self._refused: list[tuple[int, bytes]] = []

    def read(self, n: int = -1) -> bytes:
        """Bytes from here on (h5py knows a file by this method)."""
        out = bytearray(self._size - self._at if n < 0 else n)
        self.readinto(memoryview(out))
        return bytes(out)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: memoryview) -> int:
        """Fill ``buffer``; zeros where nothing was written yet."""
        view = memoryview(buffer).cast("B")
        raw = os.pread(self._fd, len(view), self._at)
        view[:] = raw.ljust(len(view), b"\0")
        for start, refused in self._refused:
            first = max(start, self._at)
            last = min(start + len(refused), self._at + len(view))
            if first < last:
                view[first - self._at : last - self._at] = refused[first - start : last - start]
        self._at += len(view)
        return len(view)

    def write(self, buffer: memoryview) -> int:
        raw = bytes(buffer)
        if not self._try_write(raw):
            self._refused.append((self._at, raw))
        self._at += len(raw)
        self._size = max(self._size, self._at)
        return len(raw)

    def _try_write(self, raw: bytes) -> bool:
        done = 0
        try:
            while self.failure is None and done < len(raw):
                done += os.pwrite(self._fd, raw[done:], self._at + done)
        except OSError as error:
            self.failure = error
        return self.failure is None

    def truncate(self, size: int) -> int:
        self._size = size
        try:
            if self.failure is None:
                os.ftruncate(self._fd, size)
        except OSError as error:
            self.failure = error
        return size

    def flush(self) -> None:
        """Nothing is buffered here; the whole file is synced once, at the end."""


@contextmanager
def written(path: Path, mode: str) -> Iterator[Node]:
    """An open HDF5 file for writing (``"w"`` or ``"r+"``).

    Raises
    ------
    OSError
        On leaving, if the disk refused any write.
    """
    fd = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
    disk = Disk(fd)
    try:
        with h5py.File(disk, mode) as file:
            yield file
    finally:
        os.close(fd)
        if disk.failure is not None:
            raise disk.failure
