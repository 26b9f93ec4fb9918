"""What a dropped file or folder means. Pure but for asking whether a path is a folder."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

PROJECTS = (".h5", ".hdf5")


def commands(paths: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """(command, path) for what can be used: at most one project, any number of folders."""
    found: list[tuple[str, str]] = []
    for path in paths:
        if Path(path).is_dir():
            found.append(("library.add", path))
        elif Path(path).suffix.lower() in PROJECTS and not any(
            c == "project.open" for c, _ in found
        ):
            found.insert(0, ("project.open", path))
    return tuple(found)
