"""Diffusion: two plots of squared distance, exponents against the start, a window to drag."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from PySide6.QtWidgets import QVBoxLayout, QWidget

from compute.core.numbers import count
from explorer.panels.parts import Later, PushButton
from explorer.plots.contract import Table
from explorer.plots.diffusion import ask, fold, paint, panels, tables
from explorer.plots.diffusion.answers import Answer
from explorer.plots.diffusion.axes import Layout, layout
from explorer.plots.diffusion.board import Board
from explorer.plots.diffusion.dressing import Wanted, alike, look_of
from explorer.plots.diffusion.fields import Fields
from explorer.plots.diffusion.fitting import Choice, Curves, Fitting
from explorer.plots.diffusion.look import Look, Scene
from explorer.plots.diffusion.reading import Read, exponents_of, read_of, words_of
from explorer.plots.diffusion.side import MEASURE, Side
from explorer.plots.diffusion.spec import USUAL_POINTS, USUAL_START, exponent, title_of
from explorer.plots.diffusion.starts import Kept
from explorer.plots.widget import Parts, PlotView
from explorer.state.map import RunMark
from explorer.theme.tokens import Tokens

REST_MS, MOST_RINGS = 150, 50


class Diffusion(PlotView):
    """The board, its fields and its read-out."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._answer: Answer | None = None
        self._fitting: Fitting | None = None
        self._look: Look | None = None
        self._marks: Mapping[str, RunMark] = {}
        self._kept: Kept | None = None
        self._drag: Choice | None = None
        self._place_of: dict[str, tuple[int, int]] = {}
        self.board, self.fields, self._side = Board(), Fields(), Side()
        self._paper = paint.Paper(self)
        tip = "Read the weights of the checkpoints once, as a job"
        self.measure = PushButton(MEASURE, role="primary", tip=tip)
        self.measure.setParent(self.board)
        self.measure.hide()
        self._rest = Later(self, REST_MS, self._ask_boots)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.board)
        self.setFocusProxy(self.board)
        self._connect()

    def _connect(self) -> None:
        board, fields = self.board, self.fields
        board.pointed.connect(self._point)
        board.pressed.connect(self._press)
        board.dragged.connect(self._on_dragged)
        board.dropped.connect(self._drop)
        board.stepped.connect(self._step)
        board.ended.connect(self._end)
        board.chosen.connect(self._select_start)
        board.resized.connect(self._on_resized)
        fields.start.entered.connect(lambda step: self.choose_option(start=step))
        fields.start.stepped.connect(partial(self._step, "start"))
        fields.points.entered.connect(self._set_points)
        fields.points.stepped.connect(partial(self._step, "points"))
        fields.alpha.chosen.connect(lambda key: self.choose_option(alpha=float(key)))
        self.measure.clicked.connect(lambda: self._on_asked("weights"))
        self._side.chosen.connect(self._read_out)
        self._side.asked.connect(self._on_asked)

    # -- state to view ----------------------------------------------------------------------------

    def show_answer(self, answer: Answer) -> None:
        self._answer, self._drag = answer, None
        self._fitting = self._look = self._kept = None
        self._place_of = {
            name: (r, at) for r, run in enumerate(answer.runs) for at, name in enumerate(run.ids)
        }
        if answer.tab != "folding":
            self._fitting = Fitting(answer, self.choice)
        self.refresh()

    def refresh(self) -> None:
        """Choices, filter, selection or unit have changed."""
        if self._fitting is not None:
            self._fitting.fit(self.choice)
            look = self._made_look(self._fitting)
            if self._look is None or not alike(look, self._look):
                self._kept = None
            self._look = look
        self._show()

    @property
    def choice(self) -> Choice:
        """The window now: the one that is dragged, else the one that was chosen."""
        return self._drag or Choice(int(self.option["start"]), int(self.option["points"]))

    @property
    def place(self) -> Layout:
        return layout(self.board.width(), self.board.height())

    def _show(self) -> None:
        """Draw the fits as they are: what follows every step of a drag."""
        answer, fitting, look = self._answer, self._fitting, self._look
        if answer is None:
            return
        self.fields.show_tab(answer.tab)
        if fitting is None or look is None:
            self._show_folding(answer)
            return
        self._want_curves(fitting)
        scene = Scene(answer, fitting.refit, fitting.curves, fitting.boot(look.strong))
        picture, self._kept = panels.drawn(scene, look, self.place, self._kept)
        self.board.show_picture(picture)
        self._place_button()
        self._side.show_read(read_of(fitting, look), self._marks)
        self._show_fields(fitting, look)
        self._mark()
        if self._drag is None:
            self._rest.start()

    def _show_folding(self, answer: Answer) -> None:
        assert answer.folding is not None
        made = fold.drawn(answer.folding, self.place, self.tokens, paint.measure)
        self.board.show_picture(made)
        self.board.show_marked(paint.Marked())
        self.board.setAccessibleDescription("; ".join(answer.about))
        self.fields.setEnabled(True)
        self.fields.alpha.show_key(f"{answer.folding.alpha:g}")
        self._place_button()
        self._side.show_read(Read(answer), self._marks)
        self.titled.emit(title_of(-1, answer.tab))

    def _want_curves(self, fitting: Fitting) -> None:
        """Exponents from every start: at once for a few runs, else by the pool."""
        if fitting.has_curves:
            return
        if fitting.quick:
            fitting.find_curves()
            self._kept = None
        elif self._drag is None:
            points = fitting.plan.points
            work = partial(ask.curves_of, fitting.answer, points)
            self.parts.ask("curves", work, partial(self._take_curves, fitting, points))

    def _take_curves(self, fitting: Fitting, points: int, found: Curves) -> None:
        if fitting is self._fitting and points == fitting.plan.points:
            fitting.take_curves(found, points)
            self._kept = None
            self._show()

    def _made_look(self, fitting: Fitting) -> Look:
        entries, selection = self.parts.library.entries, self.parts.selection
        self._marks = self.marks
        wanted = Wanted(
            entries, self.sight_of(entries), self._marks, selection.chosen, selection.selected,
            self.option["run"], bool(self.option["drift"]), self.tokens, self.unit,
        )  # fmt: skip
        return look_of(fitting.answer, wanted, fitting.refit.fits[0].at >= 0)

    def _place_button(self) -> None:
        """Where weights are missing, what can be done about it."""
        empty = self.board.picture.empty
        self.measure.setVisible(empty is not None)
        if empty is not None:
            self.measure.adjustSize()
            x = (empty.left + empty.right - self.measure.width()) / 2
            self.measure.move(round(x), round(empty.top))
            self.measure.raise_()

    def _show_fields(self, fitting: Fitting, look: Look) -> None:
        r = look.strong
        start = fitting.start_of(r)
        self.fields.setEnabled(start >= 0)
        self.fields.points.show_value(fitting.refit.points)
        self.titled.emit(title_of(start, fitting.answer.tab))
        if start < 0:
            return
        self.fields.start.show_value(start)
        c_q, _ = exponents_of(fitting, r)
        end = count(round(fitting.end_of(r)))
        self.board.setAccessibleDescription(
            f"{fitting.answer.names[r]}: c_q {exponent(c_q)}, window {count(start)} to {end}"
        )

    # -- bootstrap --------------------------------------------------------------------------------

    def _ask_boots(self) -> None:
        """The next few of the runs that are read out, once the window rests."""
        fitting, look = self._fitting, self._look
        if fitting is None or look is None or self._drag is not None:
            return
        names = fitting.missing(look) if fitting.answer.tab == "distance" else ()
        if names:
            work = partial(ask.bootstrap, names, self.choice.start, fitting.refit.points)
            self.parts.ask("boots", work, partial(self._take_boots, fitting))

    def _take_boots(self, fitting: Fitting, found: ask.Boots) -> None:
        if fitting is not self._fitting:
            return
        before = len(fitting.boots)
        fitting.boots |= found
        if self._drag is None and len(fitting.boots) > before:
            self._show()
            self._ask_boots()

    # -- pointer and selection --------------------------------------------------------------------

    def _point(self, run: int, at: int) -> None:
        self.point_at(self._id(run, at))

    def _id(self, run: int, at: int) -> str:
        return self._answer.runs[run].ids[at] if self._answer is not None and run >= 0 else ""

    def _press(self, run: int, at: int, way: str) -> None:
        self.select((self._id(run, at),), way)

    def show_pointed(self) -> None:
        self._mark()

    def show_chosen(self) -> None:
        self.refresh()

    def _mark(self) -> None:
        """Rings at what is pointed at and selected, here or in another view."""
        fitting, selection = self._fitting, self.parts.selection
        if fitting is None:
            return
        pointed = self._place_of.get(selection.hovered)
        rings = [self._place_of[i] for i in selection.chosen if i in self._place_of]
        said = ""
        if pointed is not None:
            said = words_of(fitting, *pointed, self.unit.factor, self.unit.title)
        self.board.show_marked(paint.Marked(
            self.board.places_of(*pointed) if pointed is not None else (),
            tuple(at for ring in rings[:MOST_RINGS] for at in self.board.places_of(*ring)), said,
        ))  # fmt: skip

    # -- the window -------------------------------------------------------------------------------

    @property
    def _strong(self) -> int:
        return self._look.strong if self._look is not None else -1

    def _on_dragged(self, part: str, step: float) -> None:
        fitting = self._fitting
        if fitting is None or fitting.start_of(self._strong) < 0:
            return
        moved = fitting.dragged(self._strong, part, step)
        if moved != self._drag:
            self._drag = moved
            self._rest.stop()
            fitting.fit(moved)
            self._show()

    def _drop(self) -> None:
        """The window stays: it becomes a choice."""
        if self._drag is None:
            return
        at, self._drag = self._drag, None
        before = self.choice
        self.choose_option(start=at.start, points=at.points)
        if self.choice == before:
            self._show()

    def _step(self, name: str, by: int) -> None:
        fitting = self._fitting
        if fitting is not None and fitting.start_of(self._strong) >= 0:
            moved = fitting.stepped(self._strong, name, by)
            self.choose_option(start=moved.start, points=moved.points)

    def _set_points(self, points: int) -> None:
        if self._fitting is not None:
            moved = self._fitting.stepped(
                self._strong, "points", points - self._fitting.refit.points
            )
            self.choose_option(points=moved.points)

    def _end(self, which: str) -> None:
        if which == "usual":
            self.choose_option(start=USUAL_START, points=USUAL_POINTS)
        else:
            self._step("start", -(10**6) if which == "first" else 10**6)

    def _select_start(self) -> None:
        """The start of the run that is read out."""
        fitting, r = self._fitting, self._strong
        if fitting is not None and fitting.start_of(r) >= 0:
            self.select((self._id(r, int(fitting.refit.fits[0].at[r])),))

    def _read_out(self, run: int) -> None:
        if self._answer is not None:
            self.choose_option(run=self._answer.names[run])

    def _on_asked(self, what: str) -> None:
        if what == "help":
            self.command.emit("views.help", None)
        elif self._answer is not None:
            self.command.emit("job.weights", self._answer.unmeasured)

    def _on_resized(self) -> None:
        self._kept = None
        self._show()

    # -- for the host -----------------------------------------------------------------------------

    def table(self) -> Table:
        assert self._answer is not None
        if self._fitting is None:
            return self._answer.tables[0]
        return tables.at_start(self._answer, self._fitting.refit, self._fitting.now())

    def picture(self) -> QWidget:
        size = self.board.width(), self.board.height()
        self._paper.show_picture(self.board.picture, self.tokens, size)
        return self._paper

    def side(self) -> QWidget:
        return self._side

    def bar(self) -> tuple[QWidget, ...]:
        return (self.fields,)

    def set_tokens(self, tokens: Tokens) -> None:
        super().set_tokens(tokens)
        self.board.set_tokens(tokens)
        self.refresh()

    def close(self) -> bool:
        self._answer = self._fitting = None  # nothing is asked or drawn any more
        self._rest.stop()
        self.board.close()
        return super().close()
