"""Undo and redo of what is chosen: views, selection, colours, filters, and edits of the file.

Fields are watched; what changes together is one step. An edit of the file cannot be taken back by
setting a field: it comes as a step with the two commands that make and unmake it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from psygnal import SignalGroupDescriptor

LIMIT = 200
Run = Callable[[str, Any], None]
Command = tuple[str, Any]


@dataclass
class HistoryState:
    """What Undo and Redo would do, in words; "" = nothing."""

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    undo: str = ""
    redo: str = ""


@dataclass(frozen=True, slots=True)
class Watched:
    """Fields of one state object; ``titles`` maps their names to words."""

    state: Any
    titles: dict[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one state object, before and after."""

    state: Any
    name: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Step:
    """What one undo takes back: changes of fields, or a pair of commands (id, argument)."""

    title: str
    changes: tuple[Change, ...] = ()
    undo: Command | None = None
    redo: Command | None = None


@dataclass
class _Open:
    """Changes that have not been closed into a step."""

    title: str = ""
    old: dict[tuple[int, str], tuple[Any, Any]] = field(default_factory=dict)


class History:
    """Steps back and forth.

    ``touched`` is called at every change: whoever owns a clock calls :meth:`seal` a moment later,
    so that one gesture is one step.
    """

    def __init__(
        self, state: HistoryState, watched: Sequence[Watched], run: Run, touched: Callable[[], None]
    ) -> None:
        self._state, self._watched, self._run, self._touched = state, tuple(watched), run, touched
        self._done: list[Step] = []
        self._undone: list[Step] = []
        self._open = _Open()
        self._busy = False
        self._links = [
            (getattr(w.state.events, name), self._listener(w, name))
            for w in self._watched
            for name in w.titles
        ]
        for signal, slot in self._links:
            signal.connect(slot)

    def _listener(self, watched: Watched, name: str) -> Callable[[Any, Any], None]:
        def changed(_new: Any, old: Any) -> None:
            self._note(watched, name, old)

        return changed

    def _note(self, watched: Watched, name: str, old: Any) -> None:
        if self._busy:
            return
        key = (id(watched.state), name)
        if key not in self._open.old:
            self._open.old[key] = (watched.state, old)
        self._open.title = self._open.title or watched.titles[name]
        self._state.undo = self._open.title
        self._touched()

    def seal(self) -> None:
        """Close what has changed into one step."""
        opened, self._open = self._open, _Open()
        changes = tuple(
            Change(state, name, old, getattr(state, name))
            for (_, name), (state, old) in opened.old.items()
            if getattr(state, name) != old
        )
        if changes:
            self.push(Step(opened.title, changes))
        else:
            self._tell()

    def push(self, step: Step) -> None:
        """Add a step that has been made already."""
        if self._open.old:
            self.seal()
        self._done.append(step)
        del self._done[:-LIMIT]
        self._undone.clear()
        self._tell()

    def withdraw(self, lost: Sequence[Any]) -> None:
        """Forget the steps that make an edit with one of these arguments: it was refused."""
        self._done = [s for s in self._done if s.redo is None or s.redo[1] not in lost]
        self._tell()

    def undo(self) -> None:
        """Take the last step back."""
        self.seal()
        if self._done:
            step = self._done.pop()
            self._undone.append(step)
            self._apply([(c, c.old) for c in reversed(step.changes)], step.undo)

    def redo(self) -> None:
        """Make the step again that was taken back last."""
        self.seal()
        if self._undone:
            step = self._undone.pop()
            self._done.append(step)
            self._apply([(c, c.new) for c in step.changes], step.redo)

    def forget(self) -> None:
        """Another project: nothing to take back."""
        self._open = _Open()
        self._done.clear()
        self._undone.clear()
        self._tell()

    def close(self) -> None:
        """Stop watching."""
        for signal, slot in self._links:
            signal.disconnect(slot)
        self._links.clear()

    def _apply(self, values: list[tuple[Change, Any]], command: Command | None) -> None:
        self._busy = True
        try:
            for change, value in values:
                setattr(change.state, change.name, value)
        finally:
            self._busy = False
        if command is not None:
            self._run(*command)
        self._tell()

    def _tell(self) -> None:
        self._state.undo = self._done[-1].title if self._done else ""
        self._state.redo = self._undone[-1].title if self._undone else ""
