"""The heat map: its rows, the tiles of what is looked at, the pair under the pointer."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QVBoxLayout, QWidget

from compute.core.numbers import count
from compute.core.tables import Entry
from explorer.panels.parts import IconButton
from explorer.plots.contract import Table
from explorer.plots.heatmap import ask
from explorer.plots.heatmap.board import Board
from explorer.plots.heatmap.cells import Look
from explorer.plots.heatmap.layout import Window, stretches, window_of
from explorer.plots.heatmap.paint import (
    Figure,
    Pointed,
    card_lines,
    run_of,
    stretch_of,
    strip_colours,
)
from explorer.plots.heatmap.sheet import Heading, Sheet
from explorer.plots.heatmap.side import Side
from explorer.plots.heatmap.spec import Answer, Block, Branches, Codes, Pair
from explorer.plots.heatmap.tiles import Kept, Key, needed
from explorer.plots.heatmap.tree import drawn, pruned
from explorer.plots.widget import Parts, PlotView
from explorer.theme.ramps import near_far
from explorer.theme.tokens import Tokens

AT_ONCE = 6
"""Tiles of one question."""
NONE_LEFT = "No entry matches the filter, or only one. Clear the filter."


class HeatMap(PlotView):
    """The board, and what it is fed with."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._answer: Answer | None = None
        self._block: Block | None = None
        self._rows = np.zeros(0, np.intp)
        self._keep = np.zeros(0, bool)
        self._tree: Branches | None = None
        self._tiles = Kept()
        self._busy, self._hatched = False, True
        self._drawn: tuple[object, ...] = ()
        self._marked, self._row_of = Pointed(), dict[str, int]()
        self.board = Board()
        self._sheet = Sheet(self.board)
        self._side = Side()
        self._buttons = tuple(
            IconButton(icon, tip)
            for icon, tip in (
                ("magnifying-glass-plus", "Zoom in (+)"),
                ("magnifying-glass-minus", "Zoom out (−)"),
                ("arrows-out", "Show all rows (R)"),
            )
        )  # fmt: skip
        closer, farther, everything = self._buttons
        closer.clicked.connect(lambda: self.board.zoom(1.5))
        farther.clicked.connect(lambda: self.board.zoom(1 / 1.5))
        everything.clicked.connect(self.board.show_all)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.board)
        self.setFocusProxy(self.board)
        self.board.pointed.connect(self._point)
        self.board.clustered.connect(self._cluster)
        self.board.pressed.connect(self._press)
        self.board.looked.connect(self._ask_tiles)
        self.board.settled.connect(self._keep_window)

    # -- state to view ----------------------------------------------------------------------------

    def show_answer(self, answer: Answer) -> None:
        self._answer, self._busy = answer, False
        self._keep, self._drawn = np.zeros(0, bool), ()
        self.refresh()

    def refresh(self) -> None:
        answer = self._answer
        if answer is None:
            return
        self.titled.emit(f"KL, {self.unit.title}")
        seen = self.sight_of(answer.entries)
        keep = ~seen.hidden
        if len(keep) != len(self._keep) or (keep != self._keep).any():
            self._take(answer, keep)
            return
        if self.option["hatch"] != self._hatched:
            self._hatched = self.option["hatch"]
            self._tiles.clear()
        look = (self.tokens, self.unit, self._hatched, seen.greyed.tobytes())
        if look != self._drawn:
            self._draw()
            self._drawn = look
        elif self._block is not None:
            self.board.show_window(window_of(self.option["window"], self._block.n_rows))

    def _take(self, answer: Answer, keep: NDArray[np.bool_]) -> None:
        """Other rows: those of an answer that the filter leaves."""
        self._keep, self._busy = keep, False
        self._rows = answer.rows[keep]
        self._tree = answer.tree if answer.tree is None else pruned(answer.tree, keep)
        self._tiles.clear()
        if keep.all():
            self._take_block(answer.block)
        elif keep.sum() < 2:
            self._block = None
            self.board.show_figure(self._figure(()), None)
            self.board.setAccessibleDescription(NONE_LEFT)
        else:
            self.parts.ask("overview", partial(ask.overview, self._rows), self._take_block)

    def _take_block(self, block: Block) -> None:
        if block.n_rows != len(self._rows):
            return
        self._block = block
        entries = self._shown
        self._row_of = {e.id: k for k, e in enumerate(entries)}
        self._marked = Pointed()
        self._draw()

    @property
    def _shown(self) -> tuple[Entry, ...]:
        assert self._answer is not None
        return tuple(e for e, on in zip(self._answer.entries, self._keep, strict=True) if on)

    def _figure(self, entries: tuple[Entry, ...]) -> Figure:
        assert self._answer is not None
        runs = tuple(run_of(e) for e in entries)
        tree = drawn(self._tree, runs) if self._tree is not None and len(entries) > 1 else None
        note = self._answer.note if len(entries) else NONE_LEFT
        marks = self.marks
        named = stretches([stretch_of(e) for e in entries])
        return Figure(entries, runs, named, strip_colours(entries, marks, self.tokens),
                      marks, self.sight_of(entries).greyed, tree, note)  # fmt: skip

    def _draw(self) -> None:
        answer, block = self._answer, self._block
        if answer is None or block is None:
            return
        entries = self._shown
        figure = self._figure(entries)
        self.board.window_ = window_of(self.option["window"], len(entries))
        self.board.show_figure(figure, self._look)
        self._side.bar.show_bar(block.shares, near_far(), self.unit)
        self._side.show_answer(answer, block, self.option["linkage"], self.unit, self.tokens)
        self._mark(unit=self.unit)
        self.show_chosen()
        self.show_pointed()
        self._ask_tiles()

    def _look(self, window: Window) -> Look:
        """What is known of a part, for the cells."""
        block, k = self._block, self.tokens
        assert block is not None
        n = block.n_rows
        keys = needed(window, self.board.pixels, n, block.stride)
        codes = block.codes if self.option["hatch"] else block.plain
        tiles = tuple(self._tiles.under(keys, window, n))
        covered = bool(keys) and all(key in self._tiles for key in keys)
        return Look(window, n, codes, block.stride, near_far(), tiles, k.canvas, k.text3, covered)

    # -- tiles ------------------------------------------------------------------------------------

    def _ask_tiles(self) -> None:
        """Have the next of the missing tiles made; one question at a time."""
        if self._block is None or self._busy or self._block.n_rows != len(self._rows):
            return
        block, window = self._block, self.board.window_
        keys = needed(window, self.board.pixels, block.n_rows, block.stride)
        missing = self._tiles.missing(keys)[:AT_ONCE]
        if missing:
            self._busy = True
            hatch = bool(self.option["hatch"])
            work = partial(ask.tiles, self._rows, missing, hatch)
            then = partial(self._take_tiles, self._rows, hatch)
            self.parts.ask("tiles", work, then, self._lose_tiles)

    def _take_tiles(self, rows: NDArray[np.intp], hatch: bool, found: dict[Key, Codes]) -> None:
        self._busy = False
        if rows is self._rows and hatch == bool(self.option["hatch"]):
            for key, codes in found.items():
                self._tiles.put(key, codes)
            self.board.show_cells()
        self._ask_tiles()

    def _lose_tiles(self, _sentence: str) -> None:
        """The overview stays; another look asks again."""
        self._busy = False

    # -- pointer and selection --------------------------------------------------------------------

    def _mark(self, **changes: object) -> None:
        self._marked = replace(self._marked, **changes)  # type: ignore[arg-type]
        self.board.show_marked(self._marked)

    def _point(self, i: int, j: int) -> None:
        if self._block is None or (i, j) == self._marked.cell:
            return
        self._mark(cell=(i, j), other=-1)
        if i < 0:
            self._show_pair(None)
            self.point_at("")
            return
        self.point_at(self.board.figure.entries[i].id)
        self.parts.ask("pair", partial(ask.pair, self._rows, i, j), self._show_pair)

    def _show_pair(self, pair: Pair | None) -> None:
        if pair is not None and (pair.i, pair.j) != self._marked.cell:
            return
        self._mark(pair=pair)
        self._side.point_at(pair)
        words = card_lines(pair, self.board.figure, self.unit) if pair is not None else []
        self.board.setAccessibleDescription(", ".join(words))

    def show_pointed(self) -> None:
        """Another view points at an entry: its row and column."""
        row = self._row_of.get(self.parts.selection.hovered, -1)
        if self._marked.cell[0] != row or row < 0:
            self._mark(other=row if self._marked.cell[0] < 0 else -1)

    def _cluster(self, first: int, last: int) -> None:
        cluster = (first, last) if first >= 0 else None
        if cluster == self._marked.cluster:
            return
        self._mark(cluster=cluster)
        if cluster is not None and first == last:
            self.point_at(self.board.figure.entries[first].id)

    def show_chosen(self) -> None:
        chosen = self.parts.selection.chosen
        entries = self.board.figure.entries
        self._mark(chosen=np.fromiter((e.id in chosen for e in entries), bool, len(entries)))

    def _press(self, rows: tuple[int, ...], how: str) -> None:
        entries = self.board.figure.entries
        self.select(tuple(entries[k].id for k in rows), how)

    def _keep_window(self) -> None:
        n = self.board.n
        self.choose_option(window=self.board.window_.shares(n) if n else [])

    # -- for the host -----------------------------------------------------------------------------

    def table(self) -> Table:
        if self._block is None:
            assert self._answer is not None
            return replace(self._answer.block.table, rows=(), ids=())
        return self._block.table

    def picture(self) -> QWidget:
        n = self.board.n
        title = f"KL of {count(n)} × {count(n)} pairs"
        order = "by clusters" if self.board.figure.tree is not None else "by run and step"
        sub = f"{self.unit.title}; linear up to 0.1, logarithmic above; rows {order}"
        self._sheet.compose(Heading(title, sub, self.unit))
        return self._sheet

    def side(self) -> QWidget:
        return self._side

    def bar(self) -> tuple[QWidget, ...]:
        return self._buttons

    def set_tokens(self, tokens: Tokens) -> None:
        super().set_tokens(tokens)
        self.board.set_tokens(tokens)
        self.refresh()

    def close(self) -> bool:
        self.board.close()
        return super().close()
