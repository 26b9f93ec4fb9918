"""Projects and pictures."""

from explorer.actions import rules
from explorer.actions.action import Action

ACTIONS = (
    Action("project.open", "Open a project...", "folder-open", ("Ctrl+O",)),
    Action("project.example", "Open the example", "play"),
    Action("map.picture", "Save a picture...", "camera", ("Ctrl+Shift+S",), 1, rule=rules.MAP),
    Action("app.quit", "Quit", "sign-out", ("Ctrl+Q",), 9),
)  # fmt: skip
