"""Variants: arrows from models, KL against bytes, cosines of shifts."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QVBoxLayout, QWidget

from compute.core.numbers import THIN, count
from explorer.canvas.widget import MapWidget
from explorer.plots.chart import Plot, Three
from explorer.plots.contract import Table
from explorer.plots.variants import pareto
from explorer.plots.variants.matrix import Matrix, words_of
from explorer.plots.variants.side import Side
from explorer.plots.variants.spec import TAG, Answer, Made, as_map
from explorer.plots.widget import Parts, PlotView
from explorer.state.map import Colour, MapState, TimelineState
from explorer.theme.tokens import Tokens

COSINES = "cosine of two shifts: 1 the same direction, 0 nothing in common"


class Variants(PlotView):
    """The map's own widget with arrows, a plot and a matrix."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._answer: Answer | None = None
        self._mapped: object = None
        self._map = MapState(method="pca", colour=Colour(f"tag:{TAG}"), shape_by="kind",
                             fade="none", jumps=False, relations=True)  # fmt: skip
        self.map = MapWidget(self._map, parts.selection, TimelineState(), self.tokens,
                             filtered=parts.filter)  # fmt: skip
        self.map.setMinimumSize(240, 200)
        self.map.command.connect(self._on_map)
        self.pareto = Plot("", "KL to the model against bytes on disk")
        self.pareto.pointed.connect(lambda key, _row: self.point_at(self._entry(key)))
        self.pareto.pressed.connect(self._press_point)
        self.matrix = Matrix()
        self.matrix.pointed.connect(self._point_cell)
        self.matrix.pressed.connect(self._press_cell)
        self.board = Three(self.map, self.pareto, self.matrix)
        self.board.title.setText("From model to variant")
        self.board.heading.setText("Do shifts point the same way?")
        self._side = Side()
        self._side.pressed.connect(self.select)
        flip = QShortcut(QKeySequence(Qt.Key.Key_3), self.map)
        flip.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        flip.activated.connect(self._flip)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.board)
        self.setFocusProxy(self.map)

    # -- state to view ----------------------------------------------------------------------------

    def show_answer(self, answer: Answer) -> None:
        self._answer, self._mapped = answer, None
        self.refresh()

    def refresh(self) -> None:
        answer = self._answer
        if answer is None:
            return
        dims, factor = int(self.option["dims"]), float(self.option["factor"])
        self._map.aside = self.parts.map.aside
        if self._mapped != (answer, dims, factor):
            self._mapped = (answer, dims, factor)
            self._map.dims = dims
            self.map.set_tables(as_map(answer, dims, factor))
        shared = f"{100 * sum(answer.shares[:dims]):.0f}{THIN}%"
        drawn = "" if factor == 1 else f"; shifts drawn {factor:g} times as long as they are"
        self.board.subtitle.setText(
            f"components of the KL between {count(len(answer.entries))} models, {shared} of it"
            f"{drawn}"
        )
        self._draw_pareto()
        self.matrix.show_answer(answer, self.marks)
        self._say(-1, -1)
        self._show_side()
        self.show_pointed()

    def _seen(self) -> tuple[Made, ...]:
        """The variants that the filter leaves, with their models."""
        answer = self._answer
        assert answer is not None
        sight = self.sight_of(answer.entries)
        hidden = {e.id for e, off in zip(answer.entries, sight.hidden, strict=True) if off}
        return tuple(m for m in answer.made if m.id not in hidden and m.base not in hidden)

    def _draw_pareto(self) -> None:
        made, chosen = self._seen(), self.parts.selection.chosen
        bases = frozenset(m.base for m in made)
        some = frozenset(m.base for m in made if m.base in chosen or m.id in chosen)
        pareto.draw(self.pareto, made, some or bases, self.marks, self.unit, self.tokens)

    def _show_side(self) -> None:
        answer = self._answer
        assert answer is not None
        s = self.parts.selection
        base = answer.of(s.selected) or next(
            (b for i in sorted(s.chosen) if (b := answer.of(i))), answer.bases[0]
        )
        self.titled.emit("Variants")
        self._side.show_model(answer, base, self.unit, self.tokens)

    # -- linking ----------------------------------------------------------------------------------

    def show_chosen(self) -> None:
        if self._answer is not None:
            self._draw_pareto()
            self._show_side()
            self.show_pointed()

    def show_pointed(self) -> None:
        s = self.parts.selection
        self.matrix.show_marked(s.chosen | ({s.hovered} if s.hovered else frozenset()))

    def _entry(self, key: str) -> str:
        """The entry that a point or a front of the plot is about."""
        return key.removeprefix("front ")

    def _press_point(self, key: str, _row: int) -> None:
        answer = self._answer
        if answer is not None and key:
            made = next((m for m in answer.made if m.id == self._entry(key)), None)
            self.select((made.base, made.id) if made is not None else (self._entry(key),))

    def _point_cell(self, i: int, j: int) -> None:
        self.matrix.show_cell(i, j)
        self._say(i, j)
        self.point_at(self.matrix.rows[i].id if i >= 0 else "")

    def _say(self, i: int, j: int) -> None:
        assert self._answer is not None
        words = words_of(self._answer, i, j) if i >= 0 else COSINES
        self.board.said.setText(words)
        self.matrix.setAccessibleDescription(words)

    def _press_cell(self, i: int, j: int) -> None:
        rows = self.matrix.rows
        self.select(tuple(dict.fromkeys((rows[i].id, rows[j].id))))

    def _flip(self) -> None:
        self.choose_option(dims="2" if self.option["dims"] == "3" else "3")

    def _on_map(self, command: str, _argument: object) -> None:
        if command == "map.picture":
            self.command.emit("views.export", None)

    # -- for the host -----------------------------------------------------------------------------

    def table(self) -> Table:
        assert self._answer is not None
        return self._answer.tables[0]

    def picture(self) -> QWidget:
        shown = self.map.printed()
        shown.show()
        QTimer.singleShot(0, shown, shown.deleteLater)
        return self.board

    def side(self) -> QWidget:
        return self._side

    def set_tokens(self, tokens: Tokens) -> None:
        super().set_tokens(tokens)
        self.map.set_tokens(tokens)
        self.refresh()

    def close(self) -> bool:
        self.map.close()
        return super().close()
