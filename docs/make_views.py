"""Writes docs/views.md from the descriptions of the views; ``--check`` says whether it is current.

python docs/make_views.py
"""

from __future__ import annotations

import sys
from pathlib import Path

from explorer.plots import KINDS

OUT = Path(__file__).resolve().with_name("views.md")
HEAD = """# How to read the views

What the window says under *How to read this view* (Shift+F1), view by view. Every view has its
table (Ctrl+T), its export as PNG, SVG, PDF or CSV (Ctrl+Alt+S), and *About these numbers*:
estimator, unit, texts, recipe. Two stand side by side with Ctrl and a backslash. Selection,
pointer, filter, recipe and unit are shared by all.
"""


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for kind in KINDS:
        parts.append(f"\n## {kind.title}\n\n")
        if (OUT.parents[1] / "assets" / "help" / f"{kind.id}.png").exists():
            parts.append(f"![{kind.title}: {kind.tip}](../assets/help/{kind.id}.png)\n\n")
        parts.append("\n\n".join(kind.help) + "\n")
    return "".join(parts)


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(0 if OUT.read_text(encoding="utf-8") == page() else f"{OUT.name} is old")
    OUT.write_text(page(), encoding="utf-8")
