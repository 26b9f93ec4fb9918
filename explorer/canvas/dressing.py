"""From tables, choices and filter to the scene: each stage is kept until its causes change."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from explorer.state import axes
from explorer.state.dress import Dress, Look, Material, Palette, dress, tracks
from explorer.state.filter import FilterState, Sight, sight
from explorer.state.map import (
    Colour,
    MapState,
    MapTables,
    RunMark,
    TimelineState,
)
from explorer.state.scene import Choices, Scene, Ties, resolve, ties
from explorer.theme.ramps import colours, ramp
from explorer.theme.tokens import Tokens, rgb

T = TypeVar("T")
_VALUES = ("step", "tokens", "size", "bits", "trust")


def palette_of(tokens: Tokens, colour: Colour | None = None) -> Palette:
    """The colours a scene is mixed from."""
    by = colour or Colour()
    wants_ramp = by.by in _VALUES or by.by.startswith("tag:")
    more = {"ramp": ramp(by.palette, tokens.canvas)} if wants_ramp else {}
    return Palette(
        canvas=rgb(tokens.canvas),
        text=rgb(tokens.text),
        text3=rgb(tokens.text3),
        runs=colours(by.palette, tokens),
        mark_scale=tokens.mark_scale,
        line_scale=tokens.line_scale,
        **more,
    )


class Dressing:
    """Holds the tables; :meth:`scene` is cheap when only the playhead has moved."""

    def __init__(
        self, state: MapState, timeline: TimelineState, filtered: FilterState, tokens: Tokens
    ) -> None:
        self._map, self._timeline, self._filter, self._tokens = state, timeline, filtered, tokens
        self._marks: Mapping[str, RunMark] = {}
        self._stages: dict[str, tuple[Hashable, Any, object]] = {}
        self.tables = MapTables()
        self.tracks = tracks(())
        self.dots = True

    def set_tables(self, tables: MapTables) -> None:
        if tables.entries is not self.tables.entries:
            self.tracks = tracks(tables.entries, self._marks)
        self.tables = tables

    def set_marks(self, marks: Mapping[str, RunMark]) -> None:
        self._marks = marks
        self.tracks = tracks(self.tables.entries, marks)

    def set_tokens(self, tokens: Tokens) -> None:
        self._tokens = tokens

    @property
    def palette(self) -> Palette:
        tokens, colour = self._tokens, self._colour()
        return self._kept("palette", (tokens, colour), lambda: palette_of(tokens, colour))

    @property
    def sight(self) -> Sight:
        f, aside = self._filter, self._map.aside
        entries = self.tables.entries
        key = (id(entries), f.terms, f.hidden, f.greyed, aside)
        return self._kept("sight", key, lambda: sight(entries, f, aside), entries)

    @property
    def dress(self) -> Dress:
        t, look, palette, seen = self.tables, self._look(), self.palette, self.sight
        faith = t.faith if look.colour.by == "trust" else None
        key = (id(self.tracks), id(t.links), id(t.bits_per_byte), id(faith), id(seen), id(palette),
               look)  # fmt: skip
        material = Material(self.tracks, t.bits_per_byte, t.links, faith, seen)
        return self._kept("dress", key, lambda: dress(material, look, palette), material)

    def scene(self) -> Scene:
        """What is drawn now."""
        looks, t = self.dress, self._timeline
        places = self._places(t.axis)
        return resolve(looks, Choices(t.at, t.axis, places, self._map.tail, self.dots))

    def ties(self, rows: tuple[int, ...]) -> Ties:
        """Lines from entries to their true neighbours, on demand."""
        faith = self.tables.faith if self._map.truth == "neighbours" else None
        looks = self.dress
        key = (id(looks), id(faith), rows)
        return self._kept("ties", key, lambda: ties(looks, faith, rows), (looks, faith))

    def _look(self) -> Look:
        m = self._map
        dims = self.tables.coords.shape[1] if len(self.tables.entries) else m.dims
        return Look(
            self._colour(),
            m.shape_by,
            m.size_by,
            m.width_by,
            m.fade,
            m.arrows,
            m.jumps,
            dims,
            m.relations,
        )

    def _colour(self) -> Colour:
        """Trustworthiness, while it is asked for, is coloured by instead of the choice."""
        return Colour("trust") if self._map.truth == "trust" else self._map.colour

    def _places(self, axis: str) -> NDArray[np.float64] | None:
        if axis in ("step", "log"):
            return None
        t = self.tables
        key = (axis, id(t.entries), id(t.bits_per_byte))
        return self._kept(
            "places", key, lambda: axes.positions(axis, t.entries, t.bits_per_byte), t
        )

    def _kept(self, stage: str, key: Hashable, make: Callable[[], T], alive: object = None) -> T:
        """The result of a stage, made anew when its key has changed.

        ``alive`` keeps what the key names by identity from being freed and its number reused.
        """
        known = self._stages.get(stage)
        if known is None or known[0] != key:
            known = self._stages[stage] = (key, make(), alive)
        made: T = known[1]
        return made
