"""The view bar: method and its choices on the left, how the map is drawn on the right."""

from explorer.panels.viewbar.panel import ViewBar

__all__ = ["ViewBar"]
