"""What is remembered between starts: theme, preferences, recent projects, window layout.

One small JSON file, and one for each project: how it was left.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from pathlib import Path
from typing import Any

from explorer.state.sketch import Sketch, dump, parse

RECENT_LIMIT = 8


class Settings:
    """Reads once; writes atomically on every change. A damaged file counts as empty."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path if path is not None else default_path()
        self._values = self._read()

    def _read(self) -> dict[str, Any]:
        return _read(self._path)

    def get(self, name: str, default: Any) -> Any:
        value = self._values.get(name, default)
        return value if isinstance(value, type(default)) else default

    def set(self, name: str, value: Any) -> None:
        """Remember; a folder that cannot be written is no reason to disturb anyone."""
        self._values[name] = value
        _write(self._path, self._values)

    def view(self, project: Path) -> dict[str, Any]:
        """How a project was left; {} = never seen, or not readable."""
        found = _read(self._view_file(project)).get("view")
        return found if isinstance(found, dict) else {}

    def set_view(self, project: Path, view: dict[str, Any], sketch: Sketch | None = None) -> None:
        """Remember how a project was left, and a sketch of its map (None = keep the old one)."""
        file = self._view_file(project)
        drawn = dump(sketch) if sketch is not None else _read(file).get("sketch")
        _write(file, {"project": str(project), "view": view, "sketch": drawn})

    def sketches(self) -> dict[str, Sketch]:
        """Path of a recent project -> its sketch, where there is one."""
        found = {path: _read(self._view_file(Path(path))).get("sketch") for path in self.recent()}
        drawn = {path: parse(saved) for path, saved in found.items()}
        return {path: sketch for path, sketch in drawn.items() if sketch is not None}

    def _view_file(self, project: Path) -> Path:
        digest = hashlib.sha256(os.fsencode(os.path.abspath(project))).hexdigest()
        return self._path.parent / "projects" / f"{digest[:24]}.json"

    def remember_project(self, path: str) -> tuple[str, ...]:
        """Put a project first in the recent list; returns the list."""
        recent = [path, *(p for p in self.recent() if p != path)][:RECENT_LIMIT]
        self.set("recent", recent)
        return tuple(recent)

    def recent(self) -> tuple[str, ...]:
        return tuple(p for p in self.get("recent", []) if isinstance(p, str))


def _read(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}


def _write(path: Path, values: dict[str, Any]) -> None:
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".tmp")
        temporary.write_text(json.dumps(values, indent=1), encoding="utf-8")
        os.replace(temporary, path)


def default_path() -> Path:
    from platformdirs import user_config_path

    return user_config_path("klscope", appauthor=False) / "settings.json"
