"""One plot by pyqtgraph in the look of the window: heading, axes, curves, bands, points, labels.

    spec    where direct labels go so that none lies on another, what is under the pointer (pure)
    plot    :class:`Plot`: the widget

Colours come as hex strings, values in the unit of the data: the plot's scales place them. Pan by
dragging, zoom by the wheel; a double click shows everything again.
"""

from explorer.plots.chart.plot import Plot
from explorer.plots.chart.spec import Label

__all__ = ["Label", "Plot"]
