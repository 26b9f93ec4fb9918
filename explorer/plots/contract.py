"""What a view is: its description, its choices, what it asks and what it answers. Pure; no Qt.

A view never computes. Its *description* (:class:`PlotKind`) names a function that makes its answer
from the project (:mod:`explorer.plots.source`) and the choices in force, on the pool; its widget
(:mod:`explorer.plots.widget`) shows the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from compute.core.numbers import count
from explorer.state.notices import Act
from explorer.state.views import PlotState

SIDES = ("own", "inspector", "none")


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a view: kept in the project, undone, and offered in the view bar.

    ``read`` takes a value from a session file and raises ValueError or TypeError where it is none
    (:mod:`explorer.state.reading`); values are what JSON can hold. ``look`` is the control of the
    view bar: "segments", "menu" (both with ``choices``), "check", or "" for a choice that the view
    offers itself. ``asks``: another value needs another answer; else the widget just shows it.
    """

    name: str
    title: str
    usual: Any
    read: Callable[[Any], Any]
    look: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    tip: str = ""
    asks: bool = True


@dataclass(frozen=True, slots=True)
class PlotKind:
    """A view as data. ``ask`` and ``view`` are dotted paths, "module:name", loaded on first use.

    ``ask`` names ``answer(source, request) -> Answer | Nothing``; ``view`` a subclass of
    ``PlotView``. ``follows``: the answer depends on what is selected. ``side`` says what stands at
    the right: the view's own read-out, the inspector, or nothing. ``help`` are the two or three
    paragraphs of "How to read this view"; its picture is ``assets/help/<id>.png``.
    """

    id: str
    title: str
    icon: str
    tip: str
    ask: str
    view: str
    options: tuple[Option, ...] = ()
    follows: bool = False
    side: str = "own"
    help: tuple[str, ...] = ()

    def state(self) -> PlotState:
        """The choices of the view, for the tree of state."""
        readers = {option.name: option.read for option in self.options}
        return PlotState(self.usual(), self.usual(), readers)

    def usual(self) -> dict[str, Any]:
        """The choices that nobody has made yet."""
        return {option.name: option.usual for option in self.options}

    def asked(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Those choices that the answer depends on."""
        return {o.name: values[o.name] for o in self.options if o.asks}


@dataclass(frozen=True, slots=True)
class Request:
    """What an answer depends on besides the project. ``chosen`` are the selected ids, sorted, and
    ``shown`` the one of them that the inspector shows; both empty unless the view ``follows``.
    """

    options: Mapping[str, Any] = field(default_factory=dict)
    chosen: tuple[str, ...] = ()
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Nothing:
    """There is nothing to show: one sentence that says why, and what can be done about it."""

    sentence: str
    act: Act | None = None


def too_many(what: str, n: int, most: int) -> Nothing:
    """``what`` (in the plural) are more than a view draws without stopping the window."""
    return Nothing(
        f"{count(n)} {what} are ticked. This view draws at most {count(most)} at once: untick some "
        "in the library.",
        Act("Find in the library", "library.find"),
    )


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. ``digits`` False = words; numbers are kept as numbers."""

    title: str
    unit: str = ""
    digits: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """What a view shows, as numbers: the table in the window, the CSV, the test of the numbers.

    ``rows`` hold one value per column: float (NaN = none), int or str. ``ids`` are the entries that
    a row is about, selected together when it is pressed; () = none. KL is in bits/byte, whatever
    unit the window shows.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]
    ids: tuple[tuple[str, ...], ...] = ()
    title: str = ""


class Answer(Protocol):
    """What ``answer`` gives: a frozen value with anything the widget draws, and these two."""

    @property
    def tables(self) -> Sequence[Table]:
        """The numbers; the first one is the view's table. Nothing is shown that is in none."""
        ...

    @property
    def about(self) -> Sequence[str]:
        """*About these numbers*: estimator, unit, N texts, recipe, source; a sentence each."""
        ...
