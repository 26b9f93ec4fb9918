"""Help."""

from explorer.actions.action import Action

ACTIONS = (
    Action("help.keys", "Commands and keys", "keyboard", ("F1", "?")),
    Action("help.tour", "One-minute tour", "compass"),
    Action("help.doctor", "Check this computer...", "heartbeat", (), 1),
)
