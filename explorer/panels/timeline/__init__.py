"""The timeline: transport, read-out, and the strip with silhouette and playhead.

spec   the course along an axis, scale, stepping, silhouette, what the read-out says (pure)
play   how far playing has come by now (pure)
scrub  the strip that is painted and scrubbed
panel  everything, and the clock of playing
"""

from explorer.panels.timeline.panel import Timeline

__all__ = ["Timeline"]
