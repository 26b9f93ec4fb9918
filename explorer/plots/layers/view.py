"""Layers: trajectories, profiles, one model against another."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QWidget

from compute.core.numbers import THIN, count
from explorer.panels.parts import Choice
from explorer.plots.chart import MapView, Three
from explorer.plots.contract import Table
from explorer.plots.layers import ask
from explorer.plots.layers.matrix import Matrix, words_of
from explorer.plots.layers.profiles import Profiles, Shown
from explorer.plots.layers.side import Side
from explorer.plots.layers.spec import (
    Against,
    Answer,
    ModelLayers,
    as_map,
    chosen_pair,
    distinct,
)
from explorer.plots.widget import Parts
from explorer.state.map import NO_MARK, Colour, MapState, RunMark

FOLLOW = "As selected"


class Layers(MapView):
    """The map's own widget with layers in the place of steps, a plot and a matrix."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts, MapState(method="pca", fade="none", jumps=False))
        self._answer: Answer | None = None
        self._against: Against | None = None
        self._names: dict[str, str] = {}
        self._mapped: object = None
        self._asked: tuple[object, ...] = ()
        self.profiles = Profiles()
        self.profiles.over.connect(self._point_profile)
        self.profiles.taken.connect(self.select)
        self.matrix = Matrix()
        self.matrix.pointed.connect(self._point_cell)
        self.matrix.pressed.connect(self._press_cell)
        self.set_board(Three(self.map, self.profiles, self.matrix))
        self.board.title.setText("Layers of models")
        self.board.heading.setText("Layer against layer")
        self._side = Side()
        self._side.pressed.connect(self.select)
        self._rows = Choice("Rows: the layers of", ())
        self._columns = Choice("Columns: the layers of", ())
        for choice, name, tip in (
            (self._rows, "a", "The model whose layers are the rows"),
            (self._columns, "b", "The model whose layers are the columns"),
        ):
            choice.setToolTip(tip)
            choice.setMaximumWidth(150)
            choice.chosen.connect(lambda key, to=name: self.choose_option(**{to: key}))

    # -- state to view ----------------------------------------------------------------------------

    def show_answer(self, answer: Answer) -> None:
        self._answer = answer
        self._names = distinct(answer.models)
        options = [("", FOLLOW), *((m.model, self._names[m.model]) for m in answer.models)]
        for choice in (self._rows, self._columns):
            choice.set_options(options)
        self._mapped, self._asked = None, ()
        self.refresh()

    def refresh(self) -> None:
        answer = self._answer
        if answer is None:
            return
        dims, colour = int(self.option["dims"]), str(self.option["colour"])
        self.look.aside = self.parts.map.aside
        if self._mapped != (answer, dims):
            self._mapped = (answer, dims)
            self.look.dims = dims
            self.map.set_tables(as_map(answer, dims))
            self.map.set_marks(self._marks())
        self.look.colour = Colour("bits" if colour == "bits" else "run")
        share = sum(answer.shares[:dims])
        what = "what a byte costs" if colour == "bits" else "the model"
        of = f"{count(len(answer.entries))} layers, {100 * share:.0f}{THIN}% of it"
        self.board.subtitle.setText(f"components of the KL between {of}; colour: {what}")
        self._show_profiles()
        self._ask_against()
        self.show_pointed()

    def _marks(self) -> dict[str, RunMark]:
        """The marks of the models' runs, under the names that stand on the map."""
        assert self._answer is not None
        known = self.marks
        out = {}
        for m in self._answer.models:
            mark = known.get(m.run, NO_MARK)
            out[self._names[m.model]] = RunMark(self._names[m.model], mark.colour, mark.shape)
        return out

    def _show_profiles(self) -> None:
        assert self._answer is not None
        models = self._seen()
        lit = self._lit(models)
        of = {m.family for m in models}
        families = tuple(f for f in self._answer.families if f.name in of)
        shown = Shown(models, families, lit, self._names, self.marks, str(self.option["depth"]),
                      self.unit)  # fmt: skip
        self.profiles.show_models(shown, self.tokens)

    def _seen(self) -> tuple[ModelLayers, ...]:
        """The models that the filter leaves something of."""
        answer = self._answer
        assert answer is not None
        seen = self.sight_of(answer.entries)
        hidden = {e.id for e, off in zip(answer.entries, seen.hidden, strict=True) if off}
        return tuple(m for m in answer.models if not hidden.issuperset(m.ids))

    def _lit(self, models: tuple[ModelLayers, ...]) -> frozenset[str]:
        """Those in full colour: with something selected, the models that hold some of it."""
        answer, chosen = self._answer, self.parts.selection.chosen
        assert answer is not None
        seen = self.sight_of(answer.entries)
        grey = {e.id for e, off in zip(answer.entries, seen.greyed, strict=True) if off}
        left = [m for m in models if not grey.issuperset(m.ids)]
        some = [m for m in left if m.model in chosen or not chosen.isdisjoint(m.ids)]
        return frozenset(m.model for m in some or left)

    # -- layer against layer ----------------------------------------------------------------------

    def _ask_against(self) -> None:
        answer = self._answer
        assert answer is not None
        chosen = tuple(sorted(self.parts.selection.chosen))
        now = self._asked[1:] if self._asked[:1] == (answer,) else ()
        a, b = chosen_pair(answer, self.option["a"], self.option["b"], chosen, now)
        self._rows.show_key(a.model)
        self._columns.show_key(b.model)
        self._show_side(a)
        if (answer, a.model, b.model) != self._asked:
            self._asked = (answer, a.model, b.model)
            work = partial(ask.against, a.model, b.model, bool(self.option["embedding"]))
            self.parts.ask("against", work, self._take_against)
        elif self._against is not None:
            self._say_against()

    def _take_against(self, found: Against | None) -> None:
        self._against = found
        if found is None:
            return
        self._say_against()
        self._show_side(found.a)

    def _say_against(self, i: int = -1, j: int = -1) -> None:
        found = self._against
        if found is None:
            return
        names = self._names[found.a.model], self._names[found.b.model]
        self.matrix.show_against(found, names, self.unit)
        words = f"KL, {self.unit.title}; dark is near, the nearest layer of each row is marked"
        self.board.said.setText(words_of(found, i, j, self.unit) if i >= 0 else words)
        self.matrix.setAccessibleDescription(self.board.said.text())

    def _show_side(self, usual: ModelLayers) -> None:
        """The layers of the model that is selected, else of that in the rows."""
        answer = self._answer
        assert answer is not None
        selected = self.parts.selection.selected
        model = answer.with_layer(selected) or usual
        against = self._against
        if against is not None and self._asked[1:] != (against.a.model, against.b.model):
            against = None
        self.titled.emit("Layers")
        self._side.show_model(answer, model, against, self._names, self.unit, self.tokens)

    # -- linking ----------------------------------------------------------------------------------

    def show_chosen(self) -> None:
        if self._answer is not None:
            self._show_profiles()
            self._ask_against()
            self.show_pointed()

    def show_pointed(self) -> None:
        s = self.parts.selection
        self.matrix.show_marked(s.chosen | {s.hovered})
        self.profiles.show_about(frozenset({s.hovered}), s.chosen)

    def _point_cell(self, i: int, j: int) -> None:
        found = self._against
        self.matrix.show_cell(i, j)
        self._say_against(i, j)
        self.point_at(found.a.ids[i] if found is not None and i >= 0 else "")

    def _press_cell(self, i: int, j: int) -> None:
        if self._against is not None:
            ids = (self._against.a.ids[i], self._against.b.ids[j])
            self.select(tuple(dict.fromkeys(ids)))

    def _point_profile(self, pair: tuple[str, ...]) -> None:
        self.point_at(pair[0] if pair else "")

    # -- for the host -----------------------------------------------------------------------------

    def table(self) -> Table:
        assert self._answer is not None
        return self._answer.tables[0]

    def side(self) -> QWidget:
        return self._side

    def bar(self) -> tuple[QWidget, ...]:
        return (self._rows, self._columns)
