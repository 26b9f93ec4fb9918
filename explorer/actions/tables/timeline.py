"""Moving in time."""

from explorer.actions import rules
from explorer.actions.action import Action, Scope

ACTIONS = (
    Action("timeline.play", "Play or pause", "play", ("Space",), 0, Scope.MAP, rule=rules.MAP),
    Action("timeline.back", "Step back", "skip-back", ("Left",), 1, Scope.MAP,
           ("Shift+Left", 10), rules.MAP),
    Action("timeline.forward", "Step forward", "skip-forward", ("Right",), 1, Scope.MAP,
           ("Shift+Right", 10), rules.MAP),
    Action("timeline.start", "To the start", "caret-double-left", ("Home",), 2, Scope.MAP,
           rule=rules.MAP),
    Action("timeline.end", "To the end", "caret-double-right", ("End",), 2, Scope.MAP,
           rule=rules.MAP),
    Action("timeline.loop", "Play again and again", "repeat", ("O",), 3, Scope.MAP,
           rule=rules.MAP),
    Action("timeline.slower", "Play slower", "rewind", ("[",), 3, Scope.MAP, rule=rules.MAP),
    Action("timeline.faster", "Play faster", "fast-forward", ("]",), 3, Scope.MAP, rule=rules.MAP),
    Action("timeline.axis", "Next axis of time", "arrows-left-right", ("X",), 4, Scope.MAP,
           rule=rules.MAP),
)  # fmt: skip
