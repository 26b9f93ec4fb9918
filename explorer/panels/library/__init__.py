"""The library: runs and their checkpoints, ticked, searched, selected.

spec      rows from leaves, and the difference between two sets of rows (pure)
model     the rows as a Qt tree, changed by the difference
delegate  paints a row: caret, box, mark, name, strip or status
tree      the view: what a click on each of these means
panel     title, search, tree, buttons
"""

from explorer.panels.library.panel import Library

__all__ = ["Library"]
