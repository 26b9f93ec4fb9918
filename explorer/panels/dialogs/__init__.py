"""Small windows: the sheet of keys, the log of a job, consent to run a model's own code."""

from explorer.panels.dialogs.consent import ConsentDialog
from explorer.panels.dialogs.keys import KeysDialog
from explorer.panels.dialogs.log import LogDialog

__all__ = ["ConsentDialog", "KeysDialog", "LogDialog"]
