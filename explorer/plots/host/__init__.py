"""The frame around a view: its bar, its states, its table, its read-out.

    spec    which controls of the bar have room (pure)
    bar     the controls that a description asks for, and those that every view has
    page    the view between its bar and its states; asks for answers when they are out of date

A view is made when it is first shown; its modules are imported on the pool before that.
"""

from explorer.plots.host.page import Host

__all__ = ["Host"]
