"""How a project was left: the choices of its views, as JSON, and back.

Each field has a reader that refuses what it does not know; a value that is refused, or missing,
leaves the field as it is. So a file from a later version, or a damaged one, costs at most what
could not be read. To keep another field: one line in :data:`PARTS`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from explorer.state import map as choices
from explorer.state.app import AppState, ShellState
from explorer.state.axes import TITLES
from explorer.state.filter import show_all
from explorer.state.map import Colour, Named
from explorer.state.query import NUMBERS, OPS, WORDS, Term, number_of
from explorer.state.reading import flag, number, one_of, text, whole, words
from explorer.state.selection import choose, clear
from explorer.state.views import MAP, UNITS

VERSION = 1
RECIPE = ShellState.recipe


@dataclass(frozen=True, slots=True)
class Kept:
    """A field: how it is written, and how it is read. Reading raises ValueError or TypeError."""

    name: str
    read: Callable[[Any], Any]
    write: Callable[[Any], Any] = lambda value: value


def _components(value: Any) -> tuple[int, ...]:
    read = whole(1, 50)
    first, second, third = value
    chosen = (read(first), read(second), read(third))
    if len(set(chosen)) < 3:
        raise ValueError(value)
    return chosen


_PLACE = number(-1e6, 1e6)
_CAMERAS: Mapping[int, tuple[Callable[[Any], float], ...]] = {
    0: (),
    3: (_PLACE, _PLACE, number(1e-6, 1e6)),
    6: (_PLACE, _PLACE, _PLACE, number(-14, 14), number(-1e6, 1e6), number(-89, 89)),
}
"""What the numbers of a camera may be, by how many there are: a damaged one shows nothing."""


def _camera(value: Any) -> tuple[float, ...]:
    if not isinstance(value, list) or len(value) not in _CAMERAS:
        raise ValueError(value)
    return tuple(read(v) for read, v in zip(_CAMERAS[len(value)], value, strict=True))


def _colour(value: Any) -> Colour:
    scale = one_of(("linear", "log"))
    return Colour(text(value["by"]), scale(value["scale"]), text(value["palette"]))


def _colour_out(colour: Colour) -> dict[str, str]:
    return {"by": colour.by, "scale": colour.scale, "palette": colour.palette}


def _terms(value: Any) -> tuple[Term, ...]:
    return tuple(_term(Term(text(t["field"]), text(t["op"]), text(t["value"]))) for t in value)


def _term(term: Term) -> Term:
    """The term itself, if it is one that can be held against entries."""
    fits = term.op in OPS and not math.isnan(number_of(term.value))
    if not (fits if term.field in NUMBERS else term.field in WORDS and term.op in ("=", "!=")):
        raise ValueError(term)
    return term


def _terms_out(terms: tuple[Term, ...]) -> list[dict[str, str]]:
    return [{"field": t.field, "op": t.op, "value": t.value} for t in terms]


def _named(value: Any) -> tuple[Named, ...]:
    return tuple(Named(text(n["name"]), tuple(sorted(words(n["ids"])))) for n in value)


def _named_out(named: tuple[Named, ...]) -> list[dict[str, Any]]:
    return [{"name": n.name, "ids": list(n.ids)} for n in named]


def _at(value: Any) -> float:
    return math.inf if value == "end" else number(-1e18, 1e18)(value)


def _at_out(at: float) -> float | str:
    return at if math.isfinite(at) else "end"


PARTS: Mapping[str, tuple[Kept, ...]] = {
    "map": (
        Kept("method", one_of(choices.METHODS)),
        Kept("dims", whole(2, 3)),
        Kept("components", _components, list),
        Kept("perplexity", number(1, 500)),
        Kept("exaggeration", number(1, 12)),
        Kept("seed", whole(0, 2**31 - 1)),
        Kept("colour", _colour, _colour_out),
        Kept("shape_by", one_of(choices.SHAPE_CODES)),
        Kept("size_by", one_of(choices.SIZE_CODES)),
        Kept("width_by", one_of(choices.WIDTH_CODES)),
        Kept("fade", one_of(choices.FADES)),
        Kept("tail", number(0, 1)),
        Kept("arrows", flag),
        Kept("relations", flag),
        Kept("labels", flag),
        Kept("jumps", flag),
        Kept("truth", one_of(choices.TRUTHS)),
        Kept("aside", one_of(choices.ASIDES)),
        Kept("camera", _camera, list),
    ),
    "filter": (
        Kept("query", text),
        Kept("terms", _terms, _terms_out),
        Kept("hidden", words, sorted),
        Kept("greyed", words, sorted),
    ),
    "timeline": (
        Kept("axis", one_of(TITLES)),
        Kept("at", _at, _at_out),
        Kept("loop", flag),
        Kept("speed", number(0.01, 100)),
    ),
    "selection": (Kept("named", _named, _named_out),),
    "views": (
        Kept("left", text),
        Kept("right", text),
        Kept("current", text),
        Kept("unit", one_of(UNITS)),
    ),
    "shell": (Kept("recipe", text),),
}
"""Name of a state in :class:`AppState` -> what of it is kept, in the order it is taken up."""


def dump(state: AppState) -> dict[str, Any]:
    """Everything that makes a project look as it does, as JSON can hold it."""
    saved: dict[str, Any] = {"version": VERSION}
    for part, fields in PARTS.items():
        of = getattr(state, part)
        saved[part] = {f.name: f.write(getattr(of, f.name)) for f in fields}
    saved["selection"]["selected"] = state.selection.selected
    saved["selection"]["chosen"] = sorted(state.selection.chosen)
    saved["plots"] = {name: dict(plot.options) for name, plot in state.plots.items()}
    saved["library"] = {"unticked": sorted(state.library.unticked)}
    return saved


def forget(state: AppState) -> None:
    """Let go of what belongs to the project that is left: another one has other entries."""
    clear(state.selection)
    state.selection.named = ()
    state.filter.query = ""
    show_all(state.filter)
    state.map.camera = ()
    state.library.progress = {}
    state.selection.scoring = ""
    state.timeline.playing = False
    state.timeline.at = math.inf
    state.shell.recipe = RECIPE
    _show_map(state)
    for plot in state.plots.values():
        plot.forget()


def _show_map(state: AppState) -> None:
    state.views.left, state.views.right, state.views.current = MAP, "", MAP


def apply(saved: Any, state: AppState) -> None:
    """Take up the choices that :func:`dump` gave: before the project is drawn."""
    for part, fields in PARTS.items():
        values = _part(saved, part)
        for kept in fields:
            if kept.name in values:
                _take(kept, values[kept.name], getattr(state, part))
    kept_plots = _part(saved, "plots")
    for name, plot in state.plots.items():
        plot.take(_part(kept_plots, name))
    views, known = state.views, {MAP, *state.plots}
    shown = (views.left, views.right or MAP)
    if not known.issuperset(shown) or views.current not in (views.left, views.right):
        _show_map(state)


def apply_ids(saved: Any, state: AppState) -> None:
    """Take up what is selected and ticked: when the entries are there. Unknown ids are left out."""
    known = frozenset(e.id for e in state.library.entries)
    found = _part(saved, "selection")
    chosen, shown = _ids(found, "chosen") & known, found.get("selected")
    first = (shown,) if isinstance(shown, str) and shown in chosen else ()
    choose(state.selection, (*first, *sorted(chosen - {*first})))
    named = ((n.name, tuple(i for i in n.ids if i in known)) for n in state.selection.named)
    state.selection.named = tuple(Named(name, ids) for name, ids in named if ids)
    if saved and (off := unticked(saved)) != state.library.unticked:
        state.library.unticked = off


def unticked(saved: Any) -> frozenset[str]:
    """What was not ticked; known before the entries are there."""
    return _ids(_part(saved, "library"), "unticked")


def _part(saved: Any, name: str) -> Mapping[str, Any]:
    found = saved.get(name) if isinstance(saved, dict) else None
    return found if isinstance(found, dict) else {}


def _ids(values: Mapping[str, Any], name: str) -> frozenset[str]:
    try:
        return words(values.get(name))
    except TypeError:
        return frozenset()


def _take(kept: Kept, value: Any, of: Any) -> None:
    try:
        setattr(of, kept.name, kept.read(value))
    except (ValueError, TypeError, KeyError):
        return
