"""The new-job panel: text set, device, precision, what it costs, *Start*."""

from explorer.panels.newjob.panel import NewJob

__all__ = ["NewJob"]
