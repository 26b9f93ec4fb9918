"""What an item of the report is: a number in the paper, and the function that makes it here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from compute.core.errors import KlscopeError


class Missing(KlscopeError):  # noqa: N818 - reads as what it says
    """The project lacks what an item needs; the sentence says what, and how to add it."""


@dataclass(frozen=True, slots=True)
class MapRequest:
    """Coordinates that an item draws; made before it, several at once.

    ``analysis`` names the rows (:mod:`compute.analysis.analyses`), or ``weights:<run>`` the
    distances in weight space. ``ids`` () = all rows of the analysis; jointly centred either way.
    """

    analysis: str
    method: str = "tsne"
    dims: int = 2
    perplexity: float = 30.0
    ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class DataTable:
    """Numbers as written to CSV (full precision) and Markdown (rounded as look.md, section 11).

    ``columns`` may hold a unit: ``("KL", "bits/byte")``. A cell is a str, int, float or None;
    NaN and None are empty in CSV and an en dash in Markdown.
    """

    name: str
    title: str
    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[Any, ...], ...]
    notes: str = ""


@dataclass(frozen=True)
class Drawing:
    """A picture: ``draw()`` gives a matplotlib figure. ``name`` is part of its file name."""

    name: str
    draw: Callable[[], Any]


@dataclass(frozen=True)
class Piece:
    """What an item came to. ``caption`` states estimator, unit, N texts and recipe."""

    caption: str
    tables: tuple[DataTable, ...] = ()
    drawings: tuple[Drawing, ...] = ()
    remarks: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the table of items.

    ``make`` is ``module:function``, ``(Study) -> Piece``; ``maps`` ``module:function``,
    ``(Study) -> tuple[MapRequest, ...]``, "" = it draws no map. Both raise :class:`Missing`.
    """

    id: str
    number: str
    title: str
    make: str
    maps: str = ""
