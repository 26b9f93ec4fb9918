"""Entry point ``klscope``: the headless commands plus window, demo and render.

Qt is imported only inside the three commands that need it.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # before anything that loads OpenMP
os.environ.setdefault("KMP_BLOCKTIME", "0")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import sys

COMMANDS = (
    ("window", "explorer.commands.window:window", "Open the explorer on a project."),
    ("demo", "explorer.commands.demo:demo", "Open the example, or do the whole job headless."),
    ("render", "explorer.commands.render:render", "Draw a picture of a view, no window."),
    ("bench start", "explorer.commands.bench:start", "First paint beside an empty window."),
    (
        "bench window",
        "explorer.commands.bench:window",
        "How long the window is blocked under load.",
    ),
    ("bench map", "explorer.commands.bench:map_", "Frames and answers beside vispy's own."),
    (
        "bench diffusion",
        "explorer.commands.bench:diffusion",
        "Dragging a window of fits beside an empty canvas.",
    ),
    ("bench heatmap", "explorer.commands.bench:heatmap", "Ten thousand models as a heat map."),
    ("bench views", "explorer.commands.bench:views", "How long each view blocks the window."),
    ("bench together", "explorer.commands.bench:together", "Scoring and t-SNE at once."),
    ("bench embed", "explorer.commands.bench:embed", "t-SNE with frames beside openTSNE."),
)
"""Name, where its function is, help. Loaded on use."""


def main() -> None:
    """Run a command; ``klscope [PROJECT.h5]`` without a command name opens the window."""
    arguments = sys.argv[1:]
    if opens_window(arguments):
        from explorer.commands.window import main as window

        sys.exit(window(arguments))
    from compute.cli import build_app, main_guard

    sys.exit(main_guard(build_app(COMMANDS), arguments))


def opens_window(arguments: list[str]) -> bool:
    """No argument at all, or a project file where a command would be."""
    if not arguments:
        return True
    first = arguments[0]
    return not first.startswith("-") and (first.endswith((".h5", ".hdf5")) or os.sep in first)


if __name__ == "__main__":
    main()
