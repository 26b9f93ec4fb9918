"""The analyses of the method page: functions on frozen tables, frozen results. numpy and scipy.

Imports ``compute.core`` and ``compute.geometry``. A new quantity is a file named after it with pure
functions that take arrays or :class:`Prepared` rows and return frozen values; docstrings give axes,
units and the source. Nothing here reads files, draws or knows a window.

Decided: what a result is made from (entries, recipe, N) travels with it, so that a caption never
guesses. A quantity that cannot be computed is NaN with a reason beside it, never a wrong number.
"""
