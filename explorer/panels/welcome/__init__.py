"""The first page: what to open, what was open, the example in motion, a place to drop things.

spec     words and dates (pure), and what is known of a recent file
card     a large button with an icon, a sentence and its key
recent   projects opened before
preview  the example, playing once
page     everything in its place
"""

from explorer.panels.welcome.page import Welcome

__all__ = ["Welcome"]
