"""Colours, fonts, icons and marks: the look, in one place. Sees Qt and ``compute.core.assets``.

    tokens   every colour, one frozen value per theme (pure)
    apply    hand a theme to the application: palette, style sheet, fonts
    fonts    Inter and JetBrains Mono from ``assets/fonts``, tabular figures always
    icons    Phosphor glyphs in any colour and size
    marks    the shapes of runs, as QPainter draws them

To add a colour: a field of ``Tokens`` and its value in each theme. To style a widget: a rule in
``style.qss``, chosen by a ``role`` property or the widget's class; no colour literal anywhere else.

Decided: icons are painted from qtawesome's Phosphor font file without importing qtawesome, which
loads all its fonts at import and costs 0.3 s before the first paint. One style sheet for the
application; widgets carry none of their own, so a theme is one call.
"""

from explorer.theme.apply import apply

__all__ = ["apply"]
