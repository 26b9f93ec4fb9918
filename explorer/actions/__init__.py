"""Commands as data: menus, shortcuts, tooltips and the sheet of keys are made from one table.

An :class:`Action` says how a command is called, found and pressed, and when it can be used; what
it does is the app's business (one function per id). Sees ``explorer.state`` and ``compute.core``;
no Qt.

To add a command: one line in the table of its menu (``tables/``) and one function in
``explorer.app.commands``.
Decided: the tables are plain, and an ``app_model.Application`` is filled from them
(``registry``) after the first paint, since importing app-model costs 0.3 s; palette and sheet of
keys are made from it. Menus and shortcuts are made from the tables: they have to be there at the
first paint, and app-model's key bindings know no focus, which the map's plain keys need.
"""

from explorer.actions.action import Action, Rule, Scope, enabled
from explorer.actions.table import ACTIONS, MENUS, keys

__all__ = ["ACTIONS", "MENUS", "Action", "Rule", "Scope", "enabled", "keys"]
