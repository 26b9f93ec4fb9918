"""The command palette: everything that can be asked for, found by a few letters.

``match`` finds and ranks (pure), ``spec`` says what an item is, ``field`` is what is typed into,
``popup`` the list under it. The app hands over the items each time the palette opens. Decided: the
list is a child of the window and not a popup window, so that the keyboard never leaves the field.
"""

from explorer.panels.palette.field import PaletteField
from explorer.panels.palette.popup import Popup
from explorer.panels.palette.spec import Item

__all__ = ["Item", "PaletteField", "Popup"]
