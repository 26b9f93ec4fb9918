"""Every table and figure of the paper, from any project. matplotlib lives here alone, on use.

    contract   Item, Piece, DataTable, Drawing, MapRequest, Missing
    study      Study: the project, its analyses, rows, runs and maps, each worked out once
    items      ITEMS: the table of figures and tables
    kit        the drawing kit
    figures    figNN.py, one each
    tables     tableN.py, one each

Imports ``compute.core``, ``compute.geometry`` and ``compute.analysis``. An item arranges numbers
that ``analysis`` computes; it computes none itself. To add one: a file with ``make(study)`` and one
line in ``items``.

Decided: items are loaded on use and made one by one, so that a missing part or a surprise in one
never takes the others with it. Maps are asked for before (``maps``) and made together by the job,
because this folder may not embed.
"""

from compute.report.items import ITEMS

__all__ = ["ITEMS"]
