"""Small windows: commands and keys, preferences, notices, a name, this computer, a log,
consent."""

from explorer.panels.dialogs.consent import ConsentDialog
from explorer.panels.dialogs.doctor import DoctorDialog
from explorer.panels.dialogs.keys import KeysDialog
from explorer.panels.dialogs.log import LogDialog
from explorer.panels.dialogs.name import NameDialog
from explorer.panels.dialogs.notices import NoticesDialog
from explorer.panels.dialogs.preferences import PreferencesDialog

__all__ = [
    "ConsentDialog",
    "DoctorDialog",
    "KeysDialog",
    "LogDialog",
    "NameDialog",
    "NoticesDialog",
    "PreferencesDialog",
]
