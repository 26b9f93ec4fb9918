"""The views beside the map: one folder and one line each.

    contract   what a view is: description, choices, request, answer, table (pure)
    source     what answers are made from: entries, recipe, prepared rows, weights
    widget     what a view's widget is given and has to offer
    <kind>/    ``spec.py``: its description and everything that needs no window (pure)
               ``ask.py``: ``answer(source, request)``, on the pool; sees ``compute.geometry``,
               ``compute.analysis`` and ``compute.report``, no Qt
               ``view.py``: its widget; sees its own spec, ``explorer.state``, ``explorer.theme``
               and ``explorer.panels.parts``

To add a view: a folder and one line in :data:`KINDS`. Tabs, menu, keys, palette, cheat sheet,
session file, undo, exports, table and help follow from the description.

Decided: what is shown is a pure function of an answer and the shared state; answers are made on the
pool from a frozen :class:`~explorer.plots.source.Source` and dropped when a newer one is asked for.
This module stays as pure as the specs.
"""

from explorer.plots.contract import PlotKind
from explorer.plots.diffusion import spec as diffusion
from explorer.plots.heatmap import spec as heatmap
from explorer.plots.layers import spec as layers
from explorer.plots.scale import spec as scale
from explorer.plots.statistics import spec as statistics
from explorer.plots.steps import spec as steps
from explorer.plots.texts import spec as texts
from explorer.plots.variants import spec as variants

KINDS: tuple[PlotKind, ...] = (
    heatmap.KIND,
    steps.KIND,
    diffusion.KIND,
    scale.KIND,
    layers.KIND,
    variants.KIND,
    texts.KIND,
    statistics.KIND,
)
"""In the order of the tabs."""
