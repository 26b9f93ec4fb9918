"""The widget of a view: what every one of them is given, and what the host asks of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeAlias

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QWidget

from compute.core.tables import Entry
from explorer.panels.parts import Links, Themed
from explorer.plots.contract import PlotKind, Table
from explorer.plots.source import Source
from explorer.state.app import ShellState
from explorer.state.filter import FilterState, Sight, sight
from explorer.state.library import LibraryState
from explorer.state.map import MapState, RunMark, SelectionState, TimelineState, run_marks
from explorer.state.selection import choose
from explorer.state.views import PlotState, Unit, ViewsState, unit_of

Work: TypeAlias = Callable[[Source], Any]


class Ask(Protocol):
    """Asks the pool. ``work(source)`` is a function of the view's ``ask`` module, its request bound
    with ``functools.partial``; ``then`` gets its answer on the GUI thread. One question per topic:
    a newer one, or another project, drops the older."""

    def __call__(
        self,
        topic: str,
        work: Work,
        then: Callable[[Any], None],
        on_error: Callable[[str], None] | None = None,
    ) -> None: ...


@dataclass(frozen=True)
class Parts:
    """What a view sees of the window: state that all views share, its own choices, the pool."""

    kind: PlotKind
    options: PlotState
    ask: Ask
    shell: ShellState
    views: ViewsState
    library: LibraryState
    selection: SelectionState
    filter: FilterState
    timeline: TimelineState
    map: MapState


class PlotView(QFrame, Themed):
    """One view. A subclass lays out its parts, and says in :meth:`picture` what an export draws.

    The host calls :meth:`show_answer`. The constructor takes ``parts`` and connects through
    ``self.links``; it opens nothing and starts nothing. What is selected, hovered, filtered, or
    switched to another unit is shown by :meth:`refresh`, without another answer:
    in a window in the next turn of the event loop, and only while the view is seen.
    """

    command = Signal(str, object)
    """(command id, argument) for what is more than a field of the state."""
    titled = Signal(str)
    """What the read-out is about now, in a few words, where that changes."""

    def __init__(self, parts: Parts) -> None:
        super().__init__()
        self.setProperty("role", "canvas")
        self.parts = parts
        self.links = Links()
        s, f, v = parts.selection.events, parts.filter.events, parts.views.events
        self._known_marks: tuple[tuple[Entry, ...] | None, Mapping[str, RunMark]] = None, {}
        self._due: set[str] = set()
        self._hosted, self._awake = False, True
        self._clock = QTimer(self, singleShot=True, interval=0)
        self._clock.timeout.connect(self.flush)
        self.links.to(partial(self._have, "pointed"), s.hovered)
        self.links.to(partial(self._have, "chosen"), s.chosen, s.selected)
        self.links.to(partial(self._have, "all"), f.terms, f.hidden, f.greyed,
                      parts.map.events.aside, v.unit, parts.options.events.options)  # fmt: skip

    # -- when it is shown --------------------------------------------------------------------------

    def _have(self, part: str, *_: object) -> None:
        """Something has changed: shown at once, or in a window once for all that has changed, and
        not before the view is seen."""
        self._due.add(part)
        if not self._hosted:
            self.flush()
        elif self._awake:
            self._clock.start()

    def later(self) -> None:
        """Have :meth:`show_rest` called: at once, or in a window in the next turn of the event
        loop, so that the picture and what stands beside it do not stop it together."""
        self._have("rest")

    def set_seen(self, *, seen: bool) -> None:
        """From the host: what changes while the view is hidden is shown when it is seen again."""
        self._hosted, self._awake = True, seen
        if seen and self._due:
            self._clock.start()

    def settle(self) -> None:
        """Show everything that is put off: before a table or a file is made."""
        while self._due:
            self.flush()

    def flush(self) -> None:
        """Show what has changed, now."""
        self._clock.stop()
        due, self._due = self._due, set()
        if "all" in due:
            self.refresh()
        if "chosen" in due:
            self.show_chosen()
        if "pointed" in due:
            self.show_pointed()
        if "rest" in due:
            self.show_rest()

    # -- what a subclass says ----------------------------------------------------------------------

    def show_answer(self, answer: Any) -> None:
        """Another answer of the kind's ``ask``."""
        raise NotImplementedError

    def refresh(self) -> None:
        """Show the answer as choices, filter and unit are now."""

    def show_rest(self) -> None:
        """What :meth:`later` puts off."""

    def show_pointed(self) -> None:
        """``selection.hovered`` has changed: in this view or in another one."""

    def show_chosen(self) -> None:
        """What is selected has changed."""

    def table(self) -> Table:
        """The numbers as they are shown now: the table in the window, and the CSV."""
        raise NotImplementedError

    def picture(self) -> QWidget:
        """The part of the view that an export draws."""
        return self

    def side(self) -> QWidget | None:
        """The read-out at the right, for kinds whose ``side`` is "own". Made once."""
        return None

    def flip(self) -> bool:
        """From flat to in space and back, for a view with a map of its own; False = it has none."""
        return False

    def bar(self) -> tuple[QWidget, ...]:
        """Further controls of the view bar, right of those made from the options. Made once."""
        return ()

    # -- what a subclass uses ----------------------------------------------------------------------

    @property
    def option(self) -> Mapping[str, Any]:
        """The choices in force."""
        return self.parts.options.options

    def choose_option(self, **values: Any) -> None:
        """Make choices: kept in the project, undone, shown by :meth:`refresh`."""
        self.parts.options.choose(**values)

    @property
    def unit(self) -> Unit:
        """How KL is said."""
        return unit_of(self.parts.views.unit, self.parts.shell.mean_bytes)

    @property
    def marks(self) -> Mapping[str, RunMark]:
        """Run -> its colour and shape, for the life of the project."""
        entries = self.parts.library.entries
        if entries is not self._known_marks[0]:
            self._known_marks = entries, run_marks(entries)
        return self._known_marks[1]

    def sight_of(self, entries: tuple[Entry, ...]) -> Sight:
        """Which of these are hidden or greyed by the filter."""
        return sight(entries, self.parts.filter, self.parts.map.aside)

    def point_at(self, entry_id: str) -> None:
        """The pointer is over an entry, "" = over none: every view shows it."""
        self.parts.selection.hovered = entry_id

    def select(self, ids: tuple[str, ...], how: str = "replace") -> None:
        """Select entries in every view; ``how`` as in :mod:`explorer.state.selection`."""
        choose(self.parts.selection, ids, how)

    def close(self) -> bool:
        self._clock.stop()
        self.links.close()
        return super().close()
