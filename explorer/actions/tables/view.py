"""The map and the window."""

from explorer.actions import rules
from explorer.actions.action import Action, Scope

ACTIONS = (
    Action("map.dims", "2D or 3D", "cube", ("3",), rule=rules.PROJECT),
    Action("map.reset", "Show everything", "arrows-out", ("R",), 0, Scope.MAP, rule=rules.MAP),
    Action("map.display", "How the map is drawn...", "sliders-horizontal", ("D",), 0, Scope.MAP,
           rule=rules.PROJECT),
    Action("tool.pan", "Pan or orbit", "hand", ("V",), 1, Scope.MAP, rule=rules.MAP),
    Action("tool.box", "Select in a box", "selection", ("B",), 1, Scope.MAP, rule=rules.MAP),
    Action("tool.lasso", "Select in a lasso", "polygon", ("L",), 1, Scope.MAP, rule=rules.MAP),
    Action("jobs.toggle", "Jobs", "queue", ("Ctrl+J",), 5, rule=rules.PROJECT),
    Action("view.theme", "Light or dark", "moon", ("Ctrl+Shift+T",), 9),
)  # fmt: skip
