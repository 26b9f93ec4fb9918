"""Undo, selection, search."""

from explorer.actions import rules
from explorer.actions.action import Action, Scope

ACTIONS = (
    Action("history.undo", "Undo", "arrow-counter-clockwise", ("Ctrl+Z",), 0, rule=rules.UNDO),
    Action("history.redo", "Redo", "arrow-clockwise", ("Ctrl+Shift+Z", "Ctrl+Y"), 0,
           rule=rules.REDO),
    Action("selection.all", "Select all", "selection-all", ("Ctrl+A",), 1, rule=rules.MAP),
    Action("selection.invert", "Invert the selection", "selection-inverse", ("Ctrl+Shift+A",), 1,
           rule=rules.MAP),
    Action("selection.run", "Select the whole run", "path", ("U",), 1, Scope.MAP,
           rule=rules.SELECTED),
    Action("selection.near", "Select the nearest ten", "crosshair", ("E",), 1, Scope.MAP,
           rule=rules.SELECTED),
    Action("selection.clear", "Clear the selection", "x", ("Esc",), 1, rule=rules.DESELECT),
    Action("selection.save", "Save the selection...", "bookmark-simple", ("Ctrl+D",), 1,
           rule=rules.SELECTED),
    Action("selection.export", "Export the selection...", "export", ("Ctrl+E",), 1,
           rule=rules.SELECTED),
    Action("selection.hide", "Hide the selected", "eye-slash", ("H",), 2, Scope.MAP,
           rule=rules.SELECTED),
    Action("selection.grey", "Grey out the others", "circle-half", ("G",), 2, Scope.MAP,
           rule=rules.SELECTED),
    Action("selection.isolate", "Show the selected alone", "target", ("I",), 2, Scope.MAP,
           rule=rules.SELECTED),
    Action("filter.show-all", "Show everything hidden", "eye", ("Shift+H",), 2, Scope.MAP,
           rule=rules.FILTERED),
    Action("library.find", "Find in the library", "magnifying-glass", ("/", "Ctrl+F"), 3,
           rule=rules.PROJECT),
    Action("palette.open", "Command palette", "command", ("Ctrl+K", "Ctrl+Shift+P"), 3),
    Action("preferences.show", "Preferences...", "gear", ("Ctrl+,",), 9),
)  # fmt: skip
