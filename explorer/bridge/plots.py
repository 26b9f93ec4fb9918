"""Views ask about the project; the pool answers. One source for all of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

from PySide6.QtCore import QObject, Signal

from compute import store
from explorer.bridge import questions
from explorer.bridge.desk import Desk
from explorer.plots.source import Source

Work: TypeAlias = Callable[[Source], Any]


def source_of(loaded: questions.Loaded) -> Source | None:
    """What answers are made from; None = there is nothing to compare."""
    if loaded.prepared is None:
        return None
    path = loaded.snapshot.path
    return Source(
        loaded.snapshot, loaded.prepared, loaded.entries, loaded.hidden, loaded.prepared.recipe,
        loaded.weights, partial(store.read_tokens, path), partial(store.has_tokens, path),
    )  # fmt: skip


class Plots(QObject):
    """Hands questions of views to the pool, with the project as it is.

    Signals
    -------
    renewed : no argument
        The project, its ticks or its recipe have changed: answers are out of date.
    """

    renewed = Signal()

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._asked: set[str] = set()
        self.source: Source | None = None
        self.why_empty = ""

    def set_loaded(self, loaded: questions.Loaded | None) -> None:
        """Another project, or the same as it is now; None = none is open."""
        self._forget()
        self.source = source_of(loaded) if loaded is not None else None
        self.why_empty = loaded.why_empty if loaded is not None else ""
        self.renewed.emit()

    def ask(
        self,
        view: str,
        topic: str,
        work: Work,
        then: Callable[[Any], None],
        on_error: Callable[[str], None] | None = None,
    ) -> None:
        """Have ``work(source)`` done; an older question of that view and topic is dropped."""
        source, name = self.source, f"view:{view}:{topic}"
        if source is not None:
            self._asked.add(name)
            self._desk.ask(name, lambda: work(source), then, on_error)

    def prepare(self, view: str, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Do something on the pool that needs no project: importing a view's modules."""
        self._desk.ask(f"view:{view}:modules", work, then)

    def _forget(self) -> None:
        for name in self._asked:
            self._desk.forget(name)
        self._asked.clear()
