"""Files beside a project, and the one way to replace a file: it is old or new, never half."""

from __future__ import annotations

import itertools
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from compute.store import hooks

TEMP_SUFFIX = ".klscope-tmp"
RENAME_PATIENCE_S = 10.0
_COPY_BYTES = 1 << 22
_TICK_NS = 1_000_000
_numbers = itertools.count()


def real(path: Path) -> Path:
    """Where a project truly is: links followed, so that every name of it meets the same locks."""
    return Path(os.path.realpath(path))


def parts_folder(path: Path) -> Path:
    """``run.h5`` -> ``run.h5.parts``: work in flight and the job lock."""
    target = real(path)
    return target.with_name(target.name + ".parts")


def commit_lock_file(path: Path) -> Path:
    """``run.h5`` -> ``.run.h5.lock``; there only while somebody saves."""
    target = real(path)
    return target.with_name(f".{target.name}.lock")


def _temp_prefix(target: Path) -> str:
    return f".{target.name}."


def _temp_beside(target: Path) -> Path:
    mark = f"{os.getpid()}-{next(_numbers)}"
    return target.with_name(f"{_temp_prefix(target)}{mark}{TEMP_SUFFIX}")


def remove_orphans(target: Path) -> None:
    """Delete unfinished versions of ``target``. Call under its lock: their owners are dead."""
    for entry in os.scandir(target.parent):
        mark = entry.name.removeprefix(_temp_prefix(target)).removesuffix(TEMP_SUFFIX)
        if entry.name == f"{_temp_prefix(target)}{mark}{TEMP_SUFFIX}" and "." not in mark:
            with suppress(FileNotFoundError):
                os.unlink(entry.path)


def remove_orphans_in(folder: Path) -> None:
    """Delete unfinished versions of any file in a folder of which we are the only writer."""
    for name in os.listdir(folder):
        if name.startswith(".") and name.endswith(TEMP_SUFFIX):
            (folder / name).unlink(missing_ok=True)


def write_all(fd: int, raw: bytes) -> None:
    """All of it: one call may take less when the disk fills up, and the next then fails."""
    while raw:
        raw = raw[os.write(fd, raw) :]


def identity(path: Path) -> tuple[int, ...]:
    """(mtime_ns, size, inode) of a file; () when it is not there."""
    try:
        stat = os.stat(path)
    except OSError:
        return ()
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def sync(path: Path) -> None:
    """Wait until the bytes of a file are on the disk."""
    fd = os.open(path, os.O_RDWR)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk (Windows has no such call)."""
    if sys.platform == "win32":
        return
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def copy_into(source: Path, temp: Path) -> None:
    """Copy bytes and permissions of ``source`` into the new file ``temp``."""
    with open(source, "rb") as old, open(temp, "xb") as new:
        half = os.fstat(old.fileno()).st_size // 2
        while old.tell() < half:
            new.write(old.read(min(_COPY_BYTES, half - old.tell())))
        new.flush()
        hooks.at("commit:half-copied")
        shutil.copyfileobj(old, new, _COPY_BYTES)
    shutil.copymode(source, temp)


def _rename(temp: Path, target: Path) -> None:
    """Windows refuses while a reader has the old file open: wait for it a little."""
    deadline = time.monotonic() + RENAME_PATIENCE_S
    while True:
        try:
            return os.replace(temp, target)
        except PermissionError:
            if os.name != "nt" or time.monotonic() > deadline:
                raise
        time.sleep(0.05)


def _make_younger(temp: Path, target: Path) -> None:
    new, old = os.stat(temp), identity(target)
    if old and new.st_mtime_ns < old[0] + _TICK_NS:
        os.utime(temp, ns=(new.st_atime_ns, old[0] + _TICK_NS))


@contextmanager
def new_version(
    target: Path, stage: str, before: Callable[[], None] = lambda: None
) -> Iterator[Path]:
    """A temporary path beside ``target``; leaving the block syncs it and renames it over.

    ``before`` is called between the two. Any failure leaves ``target`` as it was and no temporary
    file. Each version has a later time than the one it replaces, even if the clock was put back.
    Crash points: ``<stage>:changed``, ``<stage>:synced``, ``<stage>:renamed``.
    """
    temp = _temp_beside(target)
    try:
        yield temp
        hooks.at(f"{stage}:changed")
        _make_younger(temp, target)
        sync(temp)
        hooks.at(f"{stage}:synced")
        before()
        _rename(temp, target)
        hooks.at(f"{stage}:renamed")
        sync_folder(target.parent)
    except BaseException:
        with suppress(OSError):
            temp.unlink(missing_ok=True)
        raise
