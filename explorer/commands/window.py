"""``klscope [PROJECT.h5]``: the window."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from compute.core.errors import KlscopeError, MissingPart


def window(
    project: Annotated[Path | None, typer.Argument(help="The project to open.")] = None,
) -> None:
    """Open the explorer."""
    raise typer.Exit(main([str(project)] if project else []))


def main(arguments: list[str]) -> int:
    """Open the window on ``arguments[0]`` (a project) or on the welcome page; returns exit code."""
    from explorer.bridge.display import has_display

    try:
        if not has_display():
            raise MissingPart(
                "there is no display to open a window on",
                advice="Run klscope on a desktop, or use 'klscope demo --headless' "
                "and 'klscope render' here",
            )
        _has_gui()
        from explorer.app import run

        return run(Path(arguments[0]) if arguments else None)
    except KlscopeError as e:
        print(e.message, file=sys.stderr)
        return e.exit_code


def _has_gui() -> None:
    try:
        import PySide6  # noqa: F401
    except ImportError as e:
        raise MissingPart(
            "the window is not installed", advice="Run: pip install 'klscope[gui,embed]'"
        ) from e
