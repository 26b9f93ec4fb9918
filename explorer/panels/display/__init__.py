"""How the map is drawn: what colours, shapes, sizes and widths stand for.

``Display`` is the right end of the view bar: the two choices that are made most often, and a button
with the rest. Each row of the popover is one line in ``spec.ROWS``.
"""

from explorer.panels.display.panel import Display

__all__ = ["Display"]
