"""The views, and what can be done with the one in use."""

from explorer.actions import rules
from explorer.actions.action import Action
from explorer.plots import KINDS

_SHOWN = (("map", "Map", "map-trifold"), *((k.id, k.title, k.icon) for k in KINDS))

ACTIONS = (
    *(
        Action(f"show.{view}", title, icon, (f"Ctrl+{at}",) if at < 10 else (), 0,
               rule=rules.PROJECT)
        for at, (view, title, icon) in enumerate(_SHOWN, start=1)
    ),
    Action("views.split", "Two views side by side", "columns", ("Ctrl+\\",), 1, rule=rules.PROJECT),
    Action("views.join", "One view", "square", ("Ctrl+Shift+\\",), 1, rule=rules.SPLIT),
    Action("views.unit", "Bits per byte or nats per text", "ruler", ("Ctrl+U",), 2,
           rule=rules.PROJECT),
    Action("views.table", "The view as a table", "table", ("Ctrl+T",), 3, rule=rules.PLOT),
    Action("views.export", "Export the view...", "export", ("Ctrl+Alt+S",), 3, rule=rules.PLOT),
    Action("views.about", "About these numbers", "info", (), 3, rule=rules.PLOT),
    Action("views.help", "How to read this view", "question", ("Shift+F1",), 3, rule=rules.PLOT),
)  # fmt: skip
