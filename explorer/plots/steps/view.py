"""Steps: plots by tab, a playhead, what stands out."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from explorer.panels.parts import dress, label
from explorer.plots.chart import Plot
from explorer.plots.contract import Table
from explorer.plots.steps import charts
from explorer.plots.steps.side import Side
from explorer.plots.steps.spec import N_COMPONENTS, Answer, Flagged, RunSteps, shown_runs
from explorer.plots.widget import Parts, PlotView
from explorer.theme.tokens import Tokens


class Steps(PlotView):
    """One large plot, or four small ones for the components."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._answer: Answer | None = None
        self._plots: list[Plot] = []
        self._undrawn: list[tuple[charts.Look, int]] = []
        self._growing = QTimer(self, singleShot=True, interval=0)
        self._growing.timeout.connect(self._grow)
        self._said: QLabel = label("", "caption")
        self._said.setFixedHeight(18)
        self._side = Side()
        self._side.pressed.connect(self._go_to)
        self._side.excluded.connect(self._exclude)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(20, 16, 20, 8)
        self._grid.setSpacing(14)
        self._drawn: object = None
        timeline = parts.timeline.events
        self.links.to(self._show_playhead, timeline.at, timeline.axis)
        self.links.to(self._show_side, parts.library.events.unticked)
        self._lay_out(1)

    def _have_plots(self, n: int) -> None:
        """Make those that are needed now; the others follow, since each takes a while."""
        while len(self._plots) < n:
            self._add_plot()
        if len(self._plots) < N_COMPONENTS:
            self._growing.start()

    def _grow(self) -> None:
        self._have_plots(len(self._plots) + 1)

    def _add_plot(self) -> None:
        plot = Plot("", f"Plot {len(self._plots) + 1} of steps")
        plot.hide()
        plot.setParent(self)
        dress(plot, self.tokens)
        plot.pointed.connect(self._point)
        plot.pressed.connect(self._press)
        plot.dragged.connect(self._drag)
        self._plots.append(plot)

    def _lay_out(self, n: int) -> None:
        self._have_plots(n)
        for plot in self._plots:
            self._grid.removeWidget(plot)
        self._grid.removeWidget(self._said)
        for k, plot in enumerate(self._plots):
            plot.setVisible(k < n)
            if k < n:
                self._grid.addWidget(plot, k // 2, k % 2, 1, 1 if n > 1 else 2)
        self._grid.addWidget(self._said, 2, 0, 1, 2)
        self._grid.setRowStretch(0, 1)
        self._grid.setRowStretch(1, 1 if n > 1 else 0)

    # -- state to view ----------------------------------------------------------------------------

    def show_answer(self, answer: Answer) -> None:
        self._answer = answer
        self.refresh()

    def refresh(self) -> None:
        if self._answer is None:
            return
        look, tab = self._look(), self.option["tab"]
        n = min(len(look.answer.shares), N_COMPONENTS) if tab == "components" else 1
        self._lay_out(n)
        match tab:
            case "kl":
                charts.draw_kl(self._plots[0], look)
            case "bits":
                charts.draw_bits(self._plots[0], look)
            case "spiral":
                charts.draw_spiral(self._plots[0], look)
            case _:
                charts.draw_component(self._plots[0], look, 0)
                self._undrawn = [(look, k) for k in range(1, n)]
        self._show_playhead()
        self.later()
        self.show_pointed()

    def show_rest(self) -> None:
        """The read-out, then one more component in each turn of the event loop."""
        self._show_side()
        if self._undrawn and self.option["tab"] == "components":
            look, k = self._undrawn.pop(0)
            charts.draw_component(self._plots[k], look, k)
            self._show_playhead()
            self.later()

    def _look(self) -> charts.Look:
        assert self._answer is not None
        answer, chosen = self._answer, self.parts.selection.chosen
        shown, _ = shown_runs(answer.runs, chosen)
        entries = self.parts.library.entries
        seen = self.sight_of(entries)
        hidden = frozenset(e.id for e, off in zip(entries, seen.hidden, strict=True) if off)
        greyed = frozenset(e.id for e, off in zip(entries, seen.greyed, strict=True) if off)
        shown -= {r.name for r in answer.runs if greyed.issuperset(r.ids)}
        log, band = self.option["axis"] == "log", self.option["band"]
        return charts.Look(answer, self.marks, shown, log, band, self.unit, self.tokens, hidden)

    def _show_side(self) -> None:
        if self._answer is not None:
            off = self.parts.library.unticked
            self._side.show_answer(self._answer, self.marks, off, self.unit, self.tokens)

    def _show_playhead(self) -> None:
        timeline, tab = self.parts.timeline, self.option["tab"]
        steps = timeline.axis in ("step", "log") and tab != "spiral"
        at = timeline.at if steps and timeline.at != float("inf") else None
        for plot in self._plots:
            if plot.isVisibleTo(self):
                plot.set_line(at if at is not None else (self._last() if steps else None))

    def _last(self) -> float | None:
        if self._answer is None:
            return None
        return max(float(run.steps[-1]) for run in self._answer.runs)

    def show_chosen(self) -> None:
        self.refresh()

    def show_pointed(self) -> None:
        """Names the checkpoint under the pointer, here or in another view."""
        found = self._where(self.parts.selection.hovered)
        words = ""
        if found is not None and found[1] > 0:
            words = charts.words_of(found[0], found[1] - 1, self.unit)
        self._said.setText(words)

    def _where(self, entry_id: str) -> tuple[RunSteps, int] | None:
        for run in self._answer.runs if self._answer is not None else ():
            if entry_id in run.ids:
                return run, run.ids.index(entry_id)
        return None

    # -- gestures ---------------------------------------------------------------------------------

    def _id_at(self, key: str, row: int) -> str:
        assert self._answer is not None
        run = next((r for r in self._answer.runs if r.name == key), None)
        if run is None or row < 0 or self.option["tab"] == "spiral":
            return ""
        return run.ids[row + 1 if self.option["tab"] == "kl" else row]

    def _point(self, key: str, row: int) -> None:
        self.point_at(self._id_at(key, row) if key else "")

    def _press(self, key: str, row: int) -> None:
        if entry_id := self._id_at(key, row) if key else "":
            self.select((entry_id,))

    def _drag(self, step: float) -> None:
        timeline = self.parts.timeline
        timeline.at = max(0.0, step)

    def _go_to(self, flag: Flagged) -> None:
        """Select it and look closer."""
        self.select((flag.id,))
        if self.option["tab"] == "spiral":
            self.choose_option(tab="kl")
        for plot in self._plots:
            if plot.isVisibleTo(self):
                plot.show_near(float(flag.step))

    def _exclude(self, ids: tuple[str, ...], out: bool) -> None:
        self.command.emit("selection.exclude" if out else "selection.include", ids)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_R:
            for plot in self._plots:
                plot.show_home()
            return
        super().keyPressEvent(event)

    # -- for the host -----------------------------------------------------------------------------

    def table(self) -> Table:
        assert self._answer is not None
        return self._answer.tables[0]

    def side(self) -> QWidget:
        return self._side

    def set_tokens(self, tokens: Tokens) -> None:
        super().set_tokens(tokens)
        self.refresh()

    def close(self) -> bool:
        self._growing.stop()
        return super().close()
