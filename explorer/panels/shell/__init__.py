"""The window itself: the only panel that puts panels together.

window   Shell, the QMainWindow            layout   sizes, and when docks become rails (pure)
top      logo, menus, recipe, theme        side     a dock: panel or rail
centre   tab, view bar, map, strips        slot     where the map goes; empty and problem cards
status   the running job, counts           cards    notifications
drops    what a dropped file means (pure)
"""

from explorer.panels.shell.window import Shell

__all__ = ["Shell"]
