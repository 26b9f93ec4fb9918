"""Where a report goes: a folder that appears whole, or not at all."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from compute.core.errors import UsageError
from compute.core.files import os_problem

RECORD, PAGE = "report.json", "index.html"


@contextmanager
def new_folder(out: Path) -> Iterator[Path]:
    """An empty folder beside ``out`` that takes its place at the end; on any error nothing is left.

    A report that is there already is replaced. Nothing else ever is.

    Raises
    ------
    UsageError
        If something else is there.
    InputError
        If the place cannot be written.
    """
    tried = f"Writing the report {out}"
    check(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}.part-"))
    except OSError as error:
        raise os_problem(error, tried) from error
    try:
        yield folder
        check(out)
        folder.chmod(0o777 & ~_umask())
        _replace(folder, out)
    except OSError as error:
        raise os_problem(error, tried) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def check(out: Path) -> None:
    """See that ``out`` is free, empty, or a report and nothing but a report.

    Raises
    ------
    UsageError
        If it is not.
    """
    tried = f"Writing the report {out}"
    advice = "Choose another place with -o"
    if not out.exists() and not out.is_symlink():
        return
    if not out.is_dir() or out.is_symlink():
        raise UsageError("something that is no folder is there", tried=tried, advice=advice)
    inside = {str(p.relative_to(out)) for p in out.rglob("*") if not p.is_dir()}
    if not inside:
        return
    ours = _files_of(out)
    if ours is None:
        raise UsageError("the folder is not empty, and no report", tried=tried, advice=advice)
    if foreign := sorted(inside - ours):
        raise UsageError(
            f"beside the report that is there, the folder holds {foreign[0]}", tried=tried,
            advice="Move that, or choose another place with -o",
        )  # fmt: skip


def _files_of(out: Path) -> set[str] | None:
    """The files that belong to the report that is there; None = it is none."""
    try:
        record: Any = json.loads((out / RECORD).read_text(encoding="utf-8"))
        files = record["files"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return {*map(str, files), RECORD, PAGE} if isinstance(files, list) else None


def _replace(folder: Path, out: Path) -> None:
    if not out.exists():
        folder.rename(out)
        return
    old = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}.old-"))
    out.rename(old / out.name)
    try:
        folder.rename(out)
    except OSError:
        (old / out.name).rename(out)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
