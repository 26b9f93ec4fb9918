"""Help."""

from explorer.actions.action import Action

ACTIONS = (Action("help.keys", "Keys", "keyboard", ("F1", "?")),)
