"""The views beside the map as the window knows them from the start. Loads none of them."""

from __future__ import annotations

from explorer import plots
from explorer.panels.shell.tabs import Tab
from explorer.state.views import PlotState


def tabs() -> tuple[Tab, ...]:
    """The views beside the map, as the window shows them."""
    return tuple(Tab(k.id, k.title, k.icon, k.tip) for k in plots.KINDS)


def plot_states() -> dict[str, PlotState]:
    """View -> its choices, for the tree of state."""
    return {kind.id: kind.state() for kind in plots.KINDS}
