"""The view bar: method, dimensions, perplexity, seed, fade."""

from explorer.panels.viewbar.panel import ViewBar

__all__ = ["ViewBar"]
