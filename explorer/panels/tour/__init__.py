"""The guided tour: a card beside one part of the window after the other, in about a minute.

``spec`` holds the stops and where a card goes (pure), ``guide`` shows them over the window. To add
a stop: one line in ``spec.STOPS`` and its part in ``Shell.tour_parts``.
"""

from explorer.panels.tour.guide import Guide
from explorer.panels.tour.spec import STOPS, Stop

__all__ = ["STOPS", "Guide", "Stop"]
