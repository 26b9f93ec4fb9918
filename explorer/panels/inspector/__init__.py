"""The inspector: one entry with its nearest, or what many selected ones have in common.

spec      the ladder's layout and the words of the card (pure)
card      what an entry is; label, step, tokens, family and tags can be changed in their place
editable  a fact that can be changed
ladder    the ladder, painted
nearest   the list of the nearest, near a row of it
many      many selected entries
panel     the dock's content
"""

from explorer.panels.inspector.panel import Inspector

__all__ = ["Inspector"]
