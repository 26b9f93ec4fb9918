"""Writing files whole or not at all, and saying in plain words why a file could not be written."""

from __future__ import annotations

import csv
import errno
import io
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from compute.core.errors import InputError

_ADVICE = {
    errno.ENOSPC: ("the disk is full", "Free some space, or choose another place"),
    errno.EDQUOT: ("your disk quota is used up", "Free some space, or choose another place"),
    errno.EFBIG: ("the file would be too large here", "Choose another place"),
    errno.EROFS: ("the file system is read-only", "Choose another place"),
    errno.EACCES: ("permission was denied", "Choose a place you may write to"),
    errno.EPERM: ("permission was denied", "Choose a place you may write to"),
    errno.ENOENT: ("the folder is not there", "Make it first, or choose another place"),
    errno.ENOTDIR: ("a part of the path is a file, not a folder", "Choose another place"),
    errno.EISDIR: ("it is a folder", "Choose another name"),
    errno.EEXIST: ("there is a file of that name", "Choose another name"),
}

_READING = {
    errno.EACCES: ("permission was denied", "Ask its owner for leave to read it"),
    errno.EPERM: ("permission was denied", "Ask its owner for leave to read it"),
    errno.ENOENT: ("it is not there", "Check the name"),
    errno.EISDIR: ("it is a folder", "Give a file in it"),
}


def os_problem(error: OSError, tried: str) -> InputError:
    """The operating system's refusal as a sentence for people."""
    number = error.errno or -1
    happened, advice = _ADVICE.get(number, (error.strerror or str(error), ""))
    return InputError(happened, tried=tried, advice=advice)


def read_problem(error: OSError, tried: str) -> InputError:
    """As :func:`os_problem`, where something was to be read."""
    if found := _READING.get(error.errno or -1):
        return InputError(found[0], tried=tried, advice=found[1])
    return os_problem(error, tried)


def sync_folder(folder: Path) -> None:
    """Make a rename inside ``folder`` durable, where the system can."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        pass
    finally:
        os.close(handle)


def write_atomically(path: Path, lines: Iterable[str]) -> None:
    """Write UTF-8 text to ``path`` through a temporary file beside it; never half a file.

    What is no plain file (a pipe, ``/dev/stdout``) is written to as it is.

    Raises
    ------
    InputError
        If the system refuses (full disk, read-only folder); what was there stays as it was.
    """
    direct = path.is_symlink() or (path.exists() and not path.is_file() and not path.is_dir())
    temporary = path if direct else path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "w", encoding="utf-8", newline="") as f:
            f.writelines(lines)
            f.flush()
            if not direct:
                os.fsync(f.fileno())
        if not direct:
            os.replace(temporary, path)
    except OSError as e:
        raise os_problem(e, f"Writing {path}") from e
    finally:
        if not direct and os.access(path.parent, os.W_OK):
            temporary.unlink(missing_ok=True)
    if not direct:
        sync_folder(path.parent)


def csv_lines(rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """Each row as a line of CSV, with its end."""
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\n")
    for row in rows:
        writer.writerow(row)
        yield line.getvalue()
        line.seek(0)
        line.truncate()
