"""A view without the window around it: its state, its answers, its widget."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent

from compute.core.assets import asset
from compute.core.errors import KlscopeError
from explorer import plots
from explorer.bridge import questions
from explorer.bridge.plots import source_of
from explorer.panels.parts import dress
from explorer.plots.contract import Nothing, PlotKind, Request
from explorer.plots.source import Source
from explorer.plots.widget import Parts, PlotView
from explorer.state.app import AppState
from explorer.theme.tokens import DARK, Tokens

RECIPE = "clip2"


def source(path: Path | None = None, hidden: frozenset[str] = frozenset()) -> Source:
    """The project at ``path``, or the bundled example, as views see it."""
    found = source_of(questions.load(path or asset("example.h5"), RECIPE, hidden))
    assert found is not None
    return found


def kind_of(view: str) -> PlotKind:
    return next(kind for kind in plots.KINDS if kind.id == view)


def loaded_from(path: str) -> Any:
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)


class Opened:
    """A view over a source; every question is answered at once, on this thread."""

    def __init__(self, kind: PlotKind, of: Source, tokens: Tokens = DARK) -> None:
        self.kind, self.source = kind, of
        self.state = AppState(plots={kind.id: kind.state()})
        self.state.library.entries = of.snapshot.entries
        self.state.library.unticked = of.unticked
        self.state.shell.mean_bytes = of.prepared.mean_bytes
        self.state.shell.n_texts = of.prepared.n_texts
        self.commands: list[tuple[str, object]] = []
        s = self.state
        parts = Parts(kind, s.plots[kind.id], self._ask, s.shell, s.views, s.library, s.selection,
                      s.filter, s.timeline, s.map)  # fmt: skip
        self.view: PlotView = loaded_from(kind.view)(parts)
        self.view.command.connect(lambda *sent: self.commands.append(sent))
        dress(self.view, tokens)
        self.answer()

    def _ask(
        self,
        _topic: str,
        work: Callable[[Source], Any],
        then: Callable[[Any], None],
        on_error: Callable[[str], None] | None = None,
    ) -> None:
        try:
            found = work(self.source)
        except KlscopeError as error:
            if on_error is None:
                raise
            on_error(str(error))
        else:
            then(found)

    def request(self) -> Request:
        chosen, shown = self.state.selection.chosen, self.state.selection.selected
        options = self.kind.asked(self.state.plots[self.kind.id].options)
        follows = self.kind.follows
        return Request(options, tuple(sorted(chosen)) if follows else (), shown if follows else "")

    def answer(self) -> Any:
        """Ask again, as the host does when an option that ``asks`` or the selection has changed."""
        found = loaded_from(self.kind.ask)(self.source, self.request())
        if not isinstance(found, Nothing):
            self.view.show_answer(found)
        return found

    def choose(self, **values: Any) -> Any:
        """Make choices and ask again."""
        self.state.plots[self.kind.id].choose(**values)
        return self.answer()


@pytest.fixture(scope="session")
def example_source() -> Source:
    """The bundled example as views see it."""
    return source()


@pytest.fixture
def open_view(qapp) -> Iterator[Callable[..., Opened]]:
    """``open_view("steps", source)``: closed and deleted afterwards."""
    made: list[Opened] = []

    def opened(view: str, of: Source | None = None, tokens: Tokens = DARK) -> Opened:
        made.append(Opened(kind_of(view), of or source(), tokens))
        return made[-1]

    yield opened
    for each in made:
        apart = (each.view.side(), *each.view.bar())
        each.view.close()
        for widget in (*apart, each.view):
            if widget is not None:
                widget.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
