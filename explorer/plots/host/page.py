"""A view between its bar and its states. Asks for an answer when the one it has is out of date."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QStackedWidget, QVBoxLayout

from compute.core.errors import InputError
from explorer.panels.parts import Links, Themed, dress
from explorer.plots.contract import Nothing, Request
from explorer.plots.export import draw
from explorer.plots.export.spec import Stamp
from explorer.plots.host.bar import PlotBar
from explorer.plots.host.states import States
from explorer.plots.host.table import TablePage
from explorer.plots.host.words import About, HelpDialog
from explorer.plots.source import Source
from explorer.plots.widget import Parts, PlotView
from explorer.state.notices import Act
from explorer.state.selection import choose

LOADING = "Reading the project..."
ADD = Act("Add models...", "library.add")


class Prepare(Protocol):
    """Does something on the pool that needs no project; ``then`` runs on the GUI thread."""

    def __call__(self, work: Callable[[], Any], then: Callable[[Any], None]) -> None: ...


def load(path: str) -> Any:
    """What a dotted path "module:name" names."""
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)


def _answered(answer: Callable[..., Any], request: Request, source: Source) -> Any:
    """For the pool: the project comes last."""
    return answer(source, request)


class Host(QFrame, Themed):
    """One view of the centre.

    Signals
    -------
    made : the view's widget is there; :attr:`view`
    titled : str, what its read-out is about
    """

    command = Signal(str, object)
    made = Signal()
    titled = Signal(str)

    def __init__(self, parts: Parts, prepare: Prepare) -> None:
        super().__init__()
        self.setProperty("role", "canvas")
        self.parts, self.kind, self._prepare = parts, parts.kind, prepare
        self.view: PlotView | None = None
        self.answer: Any = None
        self._answer_of: Callable[..., Any] | None = None
        self._shown = self._loading = False
        self._asked: Request | None = None
        self._stale, self._why_empty = True, LOADING
        self.bar = PlotBar(parts.kind, parts.options)
        self.bar.command.connect(self.command)
        self.pages = QStackedWidget()
        self.states = States(parts.kind.icon)
        self.states.command.connect(self.command)
        self.pages.addWidget(self.states)
        self._table = TablePage()
        self._table.pressed.connect(lambda ids: choose(parts.selection, ids))
        self.pages.addWidget(self._table)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self.pages, 1)
        self._links = Links()
        selection = parts.selection.events
        self._links.to(self._on_options, parts.options.events.options)
        if parts.kind.follows:
            self._links.to(self.ask_again, selection.chosen, selection.selected)
        self.bar.refresh()

    # -- what the window asks ----------------------------------------------------------------------

    def set_shown(self, *, shown: bool) -> None:
        """Whether the view is visible: only then it asks for answers."""
        self._shown = shown
        if self.view is not None:
            self.view.set_seen(seen=shown)
        if shown:
            self._ask_if_stale()

    def renew(self, why_empty: str, *, there: bool) -> None:
        """The project has changed. ``there``: it has something to compare, else ``why_empty``."""
        self._stale, self._why_empty = True, "" if there else why_empty or LOADING
        self._asked = None
        if not there:
            self.answer = None
            act = None if self._why_empty == LOADING else ADD
            self.states.show_nothing(Nothing(self._why_empty, act))
            self.pages.setCurrentWidget(self.states)
        if self._shown:
            self._ask_if_stale()

    def ask_again(self) -> None:
        """What the answer depends on may have changed."""
        if self.request() != self._asked:
            self._stale = True
            if self._shown:
                self._ask_if_stale()

    def request(self) -> Request:
        """What is asked now."""
        kind, selection = self.kind, self.parts.selection
        options = kind.asked(self.parts.options.options)
        if not kind.follows:
            return Request(options)
        return Request(options, tuple(sorted(selection.chosen)), selection.selected)

    # -- what its bar and its menu ask -------------------------------------------------------------

    def toggle_table(self) -> None:
        """The numbers in place of the picture, or the picture again."""
        if self.answer is None or self.view is None:
            self.bar.table.setChecked(False)
            return
        shown = self.pages.currentWidget() is not self._table
        self.view.settle()
        if shown:
            self._table.show_table(self.view.table(), self.kind.title)
        self.pages.setCurrentWidget(self._table if shown else self.view)
        self.bar.table.setChecked(shown)

    def show_about(self) -> None:
        """Estimator, unit, N, recipe and source of what is shown."""
        if self.answer is not None:
            About(self.answer.about, self.tokens, self).open_below(self.bar.about)

    def show_help(self) -> None:
        """How to read this view."""
        HelpDialog(self.kind, self.tokens, self.window()).open()

    def export(self, path: Path) -> None:
        """Write the picture or the numbers, as the ending of ``path`` says.

        Raises
        ------
        UsageError, InputError
            As :func:`explorer.plots.export.draw.save`; also if nothing is shown.
        """
        if self.answer is None or self.view is None:
            raise InputError("the view shows nothing yet", tried=f"Writing {path.name}")
        self.view.settle()
        draw.save(self.view.picture(), self.view.table(), self.stamp(), path)

    def stamp(self) -> Stamp:
        """What the picture is made from."""
        p = self.parts
        name = Path(p.shell.project).name
        about = tuple(self.answer.about) if self.answer is not None else ()
        return Stamp(self.kind.id, self.kind.title, name, p.shell.sample, p.shell.recipe,
                     p.views.unit, dict(p.options.options), about)  # fmt: skip

    # -- answers -----------------------------------------------------------------------------------

    def _ask_if_stale(self) -> None:
        if not self._stale or self._why_empty:
            return
        if self._answer_of is None:
            self._load()
            return
        self._stale = False
        self._asked = request = self.request()
        self.bar.set_live(live=self.answer is not None)
        if self.answer is None:
            self.states.show_waiting()
            self.pages.setCurrentWidget(self.states)
        work = partial(_answered, self._answer_of, request)
        self.parts.ask("answer", work, self._take, self._fail)

    def _load(self) -> None:
        if self._loading:
            return
        self._loading = True
        self.states.show_waiting()
        kind = self.kind
        self._prepare(lambda: (load(kind.view), load(kind.ask)), self._make)

    def _make(self, found: tuple[type[PlotView], Callable[..., Any]]) -> None:
        self._loading = False
        view_type, self._answer_of = found
        self.view = view_type(self.parts)
        self.view.command.connect(self.command)
        self.view.titled.connect(self.titled)
        self.view.set_seen(seen=self._shown)
        self.bar.set_own(self.view.bar())
        self.pages.addWidget(self.view)
        dress(self, self.tokens)
        self.made.emit()
        self._ask_if_stale()

    def _take(self, answer: Any) -> None:
        self.bar.set_live(live=False)
        if isinstance(answer, Nothing):
            self.answer = None
            self.states.show_nothing(answer)
            self.pages.setCurrentWidget(self.states)
            return
        assert self.view is not None
        self.answer = answer
        self.view.show_answer(answer)
        self.bar.refresh()
        self._renew_table()
        if self.pages.currentWidget() is self.states:
            self.pages.setCurrentWidget(self.view)

    def _renew_table(self) -> None:
        if self.view is not None and self.pages.currentWidget() is self._table:
            self._table.show_table(self.view.table(), self.kind.title)

    def _fail(self, sentence: str) -> None:
        self.bar.set_live(live=False)
        self.answer = None
        self.states.show_problem(sentence)
        self.pages.setCurrentWidget(self.states)

    def _on_options(self) -> None:
        self.bar.refresh()
        self.ask_again()
        if self.view is not None and self.pages.currentWidget() is self._table:
            self.view.settle()
        self._renew_table()

    def close(self) -> bool:
        self._links.close()
        if self.view is not None:
            self.view.close()
        return super().close()
