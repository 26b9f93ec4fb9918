"""The library: families, sizes, runs and their checkpoints; ticked, searched, filtered, selected.

spec        runs and leaves as rows, and the difference between two sets of rows (pure)
groups      families and sizes above the runs (pure)
facets      which values there are, and the terms that choose among them (pure)
shelf       leaves and what a search finds, kept while nothing about them changes (pure)
model       the rows as a Qt tree, changed by the difference
delegate    paints a row: caret, box, mark, name, strip or status
tree        the view: what a click on each of these means
chips       facets as chips and menus
menu        the menu of a row
selections  named selections
picker      choosing from the Hugging Face cache
panel       all of it
"""

from explorer.panels.library.panel import Library
from explorer.panels.library.picker import Picker, sources_of

__all__ = ["Library", "Picker", "sources_of"]
