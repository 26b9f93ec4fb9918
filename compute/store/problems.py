"""Operating-system and HDF5 failures as one sentence that names the file."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from compute.core.errors import StoreError

_FULL = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}
_DENIED = {errno.EROFS, errno.EACCES, errno.EPERM}


def _errno(error: OSError) -> int:
    """HDF5 hides the number inside its message."""
    found = re.search(r"errno = (\d+)", str(error))
    return error.errno or (int(found[1]) if found else 0)


def _sentence(path: Path, error: OSError) -> tuple[str, str]:
    number = _errno(error)
    if number in _FULL:
        return (
            f"there is no room left on the disk of {path.parent}",
            "Free some space and try again; nothing that was saved before is lost",
        )
    if number in _DENIED:
        return (
            f"{path.parent} or the file in it is read-only",
            "Choose a place you may write to, or change the permissions",
        )
    if number == errno.ENOENT:
        return f"the folder {path.parent} does not exist", "Create it first"
    if number == errno.ENOTDIR:
        return f"{path.parent} is not a folder", "Choose another place"
    reason = error.strerror or str(error).splitlines()[0]
    return f"the system answered {reason!r}", "Nothing that was saved before is lost"


@contextmanager
def writing(path: Path, tried: str) -> Iterator[None]:
    """Turn a failed write near ``path`` into a StoreError."""
    try:
        yield
    except OSError as error:
        happened, advice = _sentence(path, error)
        raise StoreError(happened, tried=tried, advice=advice) from error
