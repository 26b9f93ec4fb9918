"""The map and the window."""

from explorer.actions import rules
from explorer.actions.action import Action, Scope
from explorer.state.colouring import COLOURS
from explorer.state.map import METHODS

ACTIONS = (
    Action("map.dims", "2D or 3D", "cube", ("3",), rule=rules.PROJECT),
    Action("map.reset", "Show everything", "arrows-out", ("R",), 0, Scope.MAP, rule=rules.MAP),
    Action("map.display", "How the map is drawn...", "sliders-horizontal", ("D",), 0, Scope.MAP,
           rule=rules.PROJECT),
    Action("tool.pan", "Pan or orbit", "hand", ("V",), 1, Scope.MAP, rule=rules.MAP),
    Action("tool.box", "Select in a box", "selection", ("B",), 1, Scope.MAP, rule=rules.MAP),
    Action("tool.lasso", "Select in a lasso", "polygon", ("L",), 1, Scope.MAP, rule=rules.MAP),
    *(
        Action(f"method.{key}", f"Map by {title}", "map-trifold", (), 2, rule=rules.MAP,
               inside="Method")
        for key, title in METHODS.items()
    ),
    *(
        Action(f"colour.{key}", f"Colour by {title}", "palette", (), 3, rule=rules.MAP,
               inside="Colour")
        for key, title in COLOURS.items()
    ),
    Action("map.labels", "Labels on or off", "text-aa", ("T",), 4, Scope.MAP, rule=rules.MAP),
    Action("map.arrows", "Arrows on or off", "arrow-right", (), 4, rule=rules.MAP),
    Action("map.relations", "Arrows to variants on or off", "arrows-left-right", (), 4,
           rule=rules.MAP),
    Action("map.jumps", "Jump light on or off", "warning", ("J",), 4, Scope.MAP, rule=rules.MAP),
    Action("map.neighbours", "True neighbours on or off", "share-network", ("N",), 4, Scope.MAP,
           rule=rules.MAP),
    Action("map.halt", "Pause or go on with the map", "pause", ("P",), 2, Scope.MAP,
           rule=rules.LIVE),
    Action("map.reoptimise", "Re-optimise all", "arrows-clockwise", ("Shift+R",), 2, Scope.MAP,
           rule=rules.PLACED),
    Action("jobs.toggle", "Jobs", "queue", ("Ctrl+J",), 5, rule=rules.PROJECT),
    Action("present.start", "Present", "presentation", ("F5", "F11"), 8, rule=rules.MAP),
    Action("present.leave", "Leave the presentation", "x", ("Esc",), 8, rule=rules.PRESENTING),
    Action("notices.show", "What has happened...", "bell", ("Ctrl+Shift+N",), 5),
    Action("notices.dismiss", "Dismiss the newest notice", "x", ("Ctrl+Shift+X",), 5,
           rule=rules.NOTICE),
    Action("view.theme", "Light or dark", "moon", ("Ctrl+Shift+T",), 9),
)  # fmt: skip
