"""Two operating-system locks on files beside a project. The kernel frees them when the owner dies;
what is written inside only words the message.
"""

from __future__ import annotations

import errno
import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from compute.core.errors import BusyError, StoreError
from compute.store import files
from compute.store.problems import writing

COMMIT_PATIENCE_S = 60.0
JOB_PATIENCE_S = 0.5
WITHOUT_LOCKS = "KLSCOPE_WITHOUT_LOCKS"
_NO_LOCKS = {errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS}
_TAKEN = {errno.EAGAIN, errno.EACCES, errno.EWOULDBLOCK, errno.EDEADLK}

if sys.platform == "win32":
    import msvcrt

    def _os_lock(fd: int, *, shared: bool) -> None:
        os.lseek(fd, 1 << 30, os.SEEK_SET)  # beyond the owner's name, which stays readable
        msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _os_lock(fd: int, *, shared: bool) -> None:
        fcntl.flock(fd, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)


def _locked(fd: int, path: Path, *, shared: bool = False) -> bool:
    """Take the lock now if it is free.

    Raises
    ------
    StoreError
        If the file system has no locks and nobody allowed to go on without.
    """
    try:
        _os_lock(fd, shared=shared)
    except OSError as error:
        if error.errno in _TAKEN:
            return False
        if error.errno not in _NO_LOCKS:
            raise
        if not os.environ.get(WITHOUT_LOCKS):
            raise StoreError(
                f"the file system of {path.parent} has no locks, so projects on it are read-only",
                tried=f"Locking {path.name}",
                advice=f"Copy the project to a local disk, or set {WITHOUT_LOCKS}=1 if no other "
                "program will write to it",
            ) from error
    return True


def _still_there(fd: int, path: Path) -> bool:
    """False when the lock file was deleted by its last owner while we waited for it."""
    try:
        return os.path.samestat(os.fstat(fd), os.stat(path))
    except FileNotFoundError:
        return False


def _owner(path: Path) -> str:
    """``process 123 on host``, as the holder wrote it."""
    try:
        data = json.loads(path.read_bytes())
        return f"process {int(data['pid'])} on {data['host']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"


def _sign(fd: int) -> None:
    name = json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": time.time()})
    with suppress(OSError):  # it only words a message
        os.ftruncate(fd, 0)
        os.lseek(fd, 0, os.SEEK_SET)
        os.write(fd, name.encode())


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o666)


def _take(path: Path, patience_s: float) -> int:
    """The descriptor of a held lock, or BusyError after ``patience_s``."""
    deadline = time.monotonic() + patience_s
    while True:
        fd = _open(path)
        try:
            if _locked(fd, path) and _still_there(fd, path):
                _sign(fd)
                return fd
        except StoreError:
            _release(fd, path)  # no locks here, so it is nobody's
            raise
        except OSError:
            os.close(fd)
            raise
        os.close(fd)
        if time.monotonic() > deadline:
            raise BusyError(_owner(path))
        time.sleep(0.01)


def _release(fd: int, path: Path) -> None:
    """Delete the file while the lock is still held: whoever waits for it notices."""
    if sys.platform != "win32":
        with suppress(OSError):
            path.unlink()
    os.close(fd)


@contextmanager
def commit_lock(path: Path) -> Iterator[None]:
    """Hold the right to replace the project file; waits for the previous owner.

    Raises
    ------
    BusyError
        If it stays taken for a minute.
    """
    lock = files.commit_lock_file(path)
    tried = f"Saving {path}"
    try:
        with writing(lock, tried):
            fd = _take(lock, COMMIT_PATIENCE_S)
    except BusyError as busy:
        raise BusyError(
            f"{busy.happened} has been saving it for a minute",
            tried=tried,
            advice="If that process hangs, end it; the lock is freed with it",
        ) from None
    try:
        yield
    finally:
        _release(fd, lock)


@contextmanager
def job_lock(path: Path) -> Iterator[None]:
    """Hold the scoring queue of a project. Edits and embeddings are not kept out.

    Raises
    ------
    BusyError
        At once, naming the owner, if another job holds it.
    """
    folder = files.parts_folder(path)
    lock = folder / "lock"
    try:
        fd = _take_job(folder, lock, f"Starting a scoring job in {path}")
        try:
            yield
        finally:
            _release(fd, lock)
    finally:
        with suppress(OSError):
            folder.rmdir()  # only if nothing is in flight


def _take_job(folder: Path, lock: Path, tried: str) -> int:
    try:
        with writing(folder, tried):
            folder.mkdir(exist_ok=True)
            return _take(lock, JOB_PATIENCE_S)
    except BusyError as busy:
        raise BusyError(
            f"{busy.happened} is already scoring into this project",
            tried=tried,
            advice="Wait until it is done or cancel it there",
        ) from None


def job_lock_owner(path: Path) -> str | None:
    """``process 123 on host`` while a scoring job holds the project, else None."""
    lock = files.parts_folder(Path(path)) / "lock"
    try:
        fd = os.open(lock, os.O_RDONLY)
    except OSError:
        return None
    try:
        return None if _locked(fd, lock, shared=True) else _owner(lock)
    except StoreError:
        return None
    finally:
        os.close(fd)
