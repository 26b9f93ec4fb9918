"""The drawer of jobs. ``spec`` says how a job reads (pure), ``row`` shows one, ``drawer`` all."""

from explorer.panels.jobs.drawer import Drawer

__all__ = ["Drawer"]
