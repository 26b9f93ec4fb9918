"""How the window looks: tokens (pure data), fonts, icons, palette and style sheet. Qt only.

No colour literal stands anywhere else. To change a colour, change its token; to style a new kind of
widget, give it a ``role`` property and one rule in :mod:`explorer.theme.sheet`.
"""

from explorer.theme.apply import apply

__all__ = ["apply"]
