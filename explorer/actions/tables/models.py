"""Sources and scoring."""

from explorer.actions import rules
from explorer.actions.action import Action

ACTIONS = (
    Action("library.add", "Add models...", "plus", ("Ctrl+N",)),
    Action("library.add-folder", "Add a folder of checkpoints...", "folder-plus", ("Ctrl+Alt+N",)),
    Action("library.add-cache", "Add from the Hugging Face cache...", "hard-drives"),
    Action("job.new", "Score...", "gauge", ("Ctrl+Return",), rule=rules.SCORE),
    Action("suite.grow", "Score a small suite now", "leaf", (), 9),
)
