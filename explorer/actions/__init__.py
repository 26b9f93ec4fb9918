"""Commands as data: menus, shortcuts, tooltips and the sheet of keys are made from one table.

An :class:`Action` says how a command is called, found and pressed, and when it can be used; what
it does is the app's business (one function per id). Sees ``explorer.state`` and ``compute.core``;
no Qt.

To add a command: one line in the table of its menu (``tables/``) and one function in
``explorer.app.commands``.
Decided: a plain table. app-model imports pydantic, which costs more than the window may take to
its first paint; when a palette needs a registry, it is filled from this table.
"""

from explorer.actions.action import Action, Rule, Scope, enabled
from explorer.actions.table import ACTIONS, MENUS, sheet

__all__ = ["ACTIONS", "MENUS", "Action", "Rule", "Scope", "enabled", "sheet"]
