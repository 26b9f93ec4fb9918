"""What each command of the window does. Ids are those of ``explorer.actions``.

One file per group. A group is built from the :class:`~explorer.app.build.App` (and the groups it
leans on), and hands out a table id -> function; a function takes the command's argument, or None.
To add a command: its function and one line in the table of its group here, and one line in the
table of its menu in ``explorer.actions.tables``.
"""

from explorer.app.commands.commander import Commander

__all__ = ["Commander"]
