"""Undo, selection, search."""

from explorer.actions import rules
from explorer.actions.action import Action

ACTIONS = (
    Action("selection.clear", "Clear the selection", "x", ("Esc",), 1, rule=rules.SELECTED),
    Action("library.find", "Find in the library", "magnifying-glass", ("/", "Ctrl+F"), 2,
           rule=rules.PROJECT),
    Action("palette.open", "Command palette", "command", ("Ctrl+K", "Ctrl+Shift+P"), 2),
)  # fmt: skip
