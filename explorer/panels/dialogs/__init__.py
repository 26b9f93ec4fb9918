"""Small windows: the sheet of keys, the log of a job."""

from explorer.panels.dialogs.keys import KeysDialog
from explorer.panels.dialogs.log import LogDialog

__all__ = ["KeysDialog", "LogDialog"]
