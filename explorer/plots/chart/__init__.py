"""What views share: a plot in the look of the window, three parts side by side, read-outs.

    spec     where direct labels go so that none lies on another, what is under the pointer (pure)
    plot     :class:`Plot`: heading, axes, curves, bands, points, labels, by pyqtgraph
    three    one large part and two small ones, by the room there is
    reading  the sections of a read-out
    cells    a grid of cells that is pointed at and pressed
    inner    a view around a map of its own

Colours come as hex strings, values in the unit of the data: the plot's scales place them. Pan by
dragging, zoom by the wheel; a double click shows everything again.
"""

from explorer.plots.chart.cells import CellGrid, outline
from explorer.plots.chart.inner import MapView
from explorer.plots.chart.plot import Plot
from explorer.plots.chart.reading import LEFT, RIGHT, Reading, about_section, grid, section
from explorer.plots.chart.spec import Label, Spot
from explorer.plots.chart.three import Three

__all__ = [
    "LEFT", "RIGHT", "CellGrid", "Label", "MapView", "Plot", "Reading", "Spot", "Three",
    "about_section", "grid", "outline", "section",
]  # fmt: skip
