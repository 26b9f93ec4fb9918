"""Variants: arrows from models, KL against bytes, cosines of shifts."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QStackedWidget, QVBoxLayout, QWidget

from compute.core.numbers import THIN, count
from explorer.plots.chart import MapView, Plot, Three
from explorer.plots.contract import Table
from explorer.plots.variants import pareto
from explorer.plots.variants.alike import Alikes
from explorer.plots.variants.arrows import Arrows, Fan
from explorer.plots.variants.matrix import Matrix, words_of
from explorer.plots.variants.side import Side
from explorer.plots.variants.spec import (
    ORIGIN,
    OTHER,
    OTHERS,
    Answer,
    Made,
    as_map,
    factor_of,
)
from explorer.plots.widget import Parts
from explorer.state.map import MapState

WAY = "From model to variant"
COSINES = "cosine of two shifts: 1 the same direction, 0 nothing in common"
NO_PAIR = "Point at a cell of the matrix to read the cosine of two shifts."


class Variants(MapView):
    """The map's own widget with arrows, a plot and a matrix."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts, MapState(method="pca", shape_by="kind", fade="none", jumps=False,
                                         relations=True))  # fmt: skip
        self._answer: Answer | None = None
        self._mapped: object = None
        self._points: pareto.Points = {}
        self.arrows = Arrows()
        self.arrows.pointed.connect(self._point_arrow)
        self.arrows.pressed.connect(self._press_arrow)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.map)
        self.stack.addWidget(self.arrows)
        self.pareto = Plot("", "KL to the model against bytes on disk", wrap=True)
        self.pareto.pointed.connect(lambda key, row: self.point_at(self._entry(key, row)))
        self.pareto.pressed.connect(self._press_point)
        self.matrix = Matrix()
        self.matrix.pointed.connect(self._point_cell)
        self.matrix.pressed.connect(self._press_cell)
        self.alikes = Alikes()
        self.set_board(Three(self.stack, self.pareto, _below(self.matrix, self.alikes), (3, 4)))
        self.board.heading.setText("Do shifts point the same way?")
        self._side = Side()
        self._side.pressed.connect(self.select)

    # -- state to view ----------------------------------------------------------------------------

    def show_answer(self, answer: Answer) -> None:
        self._answer, self._mapped = answer, None
        self.refresh()

    def refresh(self) -> None:
        answer = self._answer
        if answer is None:
            return
        from_origin = self.option["dims"] == ORIGIN
        self.stack.setCurrentIndex(int(from_origin))
        self.setFocusProxy(self.arrows if from_origin else self.map)
        self.board.title.setText("Shifts from one origin" if from_origin else WAY)
        if from_origin:
            self._draw_arrows(answer)
        else:
            self._draw_map(answer)
        self._draw_pareto()
        self.matrix.show_answer(answer, self.marks)
        self.alikes.show_rows(answer.alike)
        self._say(-1, -1)
        self.later()
        self.show_pointed()

    def _draw_map(self, answer: Answer) -> None:
        dims = int(self.option["dims"])
        factor = factor_of(answer, dims, str(self.option["factor"]))
        self.look.aside = self.parts.map.aside
        if self._mapped != (answer, dims, factor):
            self._mapped = (answer, dims, factor)
            self.look.dims = dims
            self.map.set_marks({**self.marks, OTHERS: OTHER})
            self.map.set_tables(as_map(answer, dims, factor))
        shared = f"{100 * sum(answer.shares[:dims]):.0f}{THIN}%"
        drawn = "" if factor == 1 else f"; shifts drawn {factor:g} times as long"
        self.board.subtitle.setText(
            f"components of the KL between {count(len(answer.entries))} models, {shared} of it"
            f"{drawn}"
        )

    def _draw_arrows(self, answer: Answer) -> None:
        shifted = {answer.made[k].id: tuple(map(float, tip))
                   for k, tip in zip(answer.shifted, answer.tips, strict=True)}  # fmt: skip
        made = tuple(m for m in self._seen() if m.id in shifted)
        sight = self.sight_of(answer.entries)
        grey = frozenset(e.id for e, off in zip(answer.entries, sight.greyed, strict=True) if off)
        tips = tuple((shifted[m.id][0], shifted[m.id][1]) for m in made)
        shapes = pareto.shapes_of(answer.made)
        self.arrows.show_fan(Fan(made, tips, shapes, self.marks, self.unit, grey))
        self.board.subtitle.setText(
            f"first two components of {count(len(answer.shifted))} shifts, "
            f"{100 * answer.tip_share:.0f}{THIN}% of their KL; rings: KL, {self.unit.title}"
        )

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
        shapes = pareto.shapes_of(self._answer.made if self._answer is not None else ())
        look = pareto.Look(some or bases, shapes, self.marks, self.unit, self.tokens)
        self._points = pareto.draw(self.pareto, made, look)

    def show_rest(self) -> None:
        answer = self._answer
        assert answer is not None
        s = self.parts.selection
        base = answer.of(s.selected) or next(
            (b for i in sorted(s.chosen) if (b := answer.of(i))), answer.bases[0]
        )
        self.titled.emit("Variants")
        self._side.show_model(answer, base, s.chosen, self.unit, self.tokens)

    # -- linking ----------------------------------------------------------------------------------

    def show_chosen(self) -> None:
        if self._answer is not None:
            self._draw_pareto()
            self.later()
            self.show_pointed()

    def show_pointed(self) -> None:
        s = self.parts.selection
        pointed = frozenset({s.hovered} if s.hovered else ())
        self.matrix.show_marked(s.chosen | pointed)
        self.arrows.show_marked(s.chosen, s.hovered)
        marked = s.chosen | pointed
        self.pareto.set_rings([
            (key, row) for key, of in self._points.items() if not key.startswith("front ")
            for row, one in enumerate(of) if one in marked
        ])  # fmt: skip

    def _entry(self, key: str, row: int) -> str:
        """The variant that a point of the plot is about."""
        of = self._points.get(key, ())
        return of[row] if 0 <= row < len(of) else ""

    def _press_point(self, key: str, row: int) -> None:
        answer, pressed = self._answer, self._entry(key, row)
        made = next((m for m in answer.made if m.id == pressed), None) if answer else None
        if made is not None:
            self.select((made.base, made.id))

    def _point_arrow(self, k: int) -> None:
        self.point_at(self.arrows.fan.made[k].id if k >= 0 else "")

    def _press_arrow(self, k: int, keys: Qt.KeyboardModifier) -> None:
        m = self.arrows.fan.made[k]
        if keys & Qt.KeyboardModifier.ControlModifier:
            self.select((m.id,), "toggle")
        else:
            how = "add" if keys & Qt.KeyboardModifier.ShiftModifier else "replace"
            self.select((m.base, m.id), how)

    def _point_cell(self, i: int, j: int) -> None:
        self.matrix.show_cell(i, j)
        self._say(i, j)
        self.point_at(self.matrix.rows[i].id if i >= 0 else "")

    def _say(self, i: int, j: int) -> None:
        assert self._answer is not None
        words = words_of(self._answer, i, j) if i >= 0 else COSINES
        self.board.said.setText(words)
        self._side.show_pair(words if i >= 0 else NO_PAIR)
        self.matrix.setAccessibleDescription(words)

    def _press_cell(self, i: int, j: int) -> None:
        rows = self.matrix.rows
        self.select(tuple(dict.fromkeys((rows[i].id, rows[j].id))))

    # -- for the host -----------------------------------------------------------------------------

    def table(self) -> Table:
        assert self._answer is not None
        return self._answer.tables[0]

    def side(self) -> QWidget:
        return self._side


def _below(matrix: QWidget, strip: QWidget) -> QFrame:
    """The matrix with the strip of controls under it."""
    box = QFrame()
    box.setProperty("role", "canvas")
    column = QVBoxLayout(box)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(2)
    column.addWidget(matrix, 1)
    column.addWidget(strip)
    return box
