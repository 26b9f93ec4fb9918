"""The timeline: transport, read-out, and the strip with silhouette and playhead.

spec   scales, ticks, stepping, what the read-out says (pure)
scrub  the strip that is painted and dragged
panel  everything, and the clock of playing
"""

from explorer.panels.timeline.panel import Timeline

__all__ = ["Timeline"]
