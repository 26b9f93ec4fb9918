"""The inspector: one entry, how far its neighbours are, the nearest ones.

spec    the ladder's layout and the words of the card (pure)
ladder  the ladder, painted
near    a row of the nearest list
panel   the dock's content
"""

from explorer.panels.inspector.panel import Inspector

__all__ = ["Inspector"]
