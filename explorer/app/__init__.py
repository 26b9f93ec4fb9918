"""Builds everything, wires it, starts it. The only place that sees every part of the window.

``build`` makes and connects the parts, ``commands`` says what each command does. There are no
other globals.
"""

from explorer.app.build import App, run

__all__ = ["App", "run"]
