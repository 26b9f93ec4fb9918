"""Edits of entries: shown at once, written by a child process, taken back where that fails."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from PySide6.QtCore import QObject, Signal

from compute.core import events as ev
from compute.core.errors import KlscopeError
from compute.core.specs import EditSpec
from compute.executors import Handle, LocalExecutor
from explorer.bridge.session import Session
from explorer.state.app import ShellState

Changes: TypeAlias = Mapping[str, Any]
"""Field of an entry -> its new value."""
LAST_CHANCE_S = 20.0
"""How long a window that closes waits for what is being written."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit of one entry of one project."""

    project: Path
    entry: str
    changes: Changes


class Edits(QObject):
    """Writes edits in their order; those that wait for a write to end go together.

    Signals
    -------
    refused : str
        Why what was shown has been taken back.
    lost : tuple of (entry id, changes)
        The edits that were refused.
    """

    refused = Signal(str)
    lost = Signal(object)
    _exited = Signal(object)

    def __init__(self, shell: ShellState, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._shell, self._session = shell, session
        self._waiting: list[Edit] = []
        self._under_way: list[Edit] = []
        self._handle: Handle | None = None
        self._exited.connect(self._on_exit)
        session.opened.connect(self._show)

    def put(self, project: Path, entry: str, changes: Changes) -> None:
        """Show an edit now and write it soon."""
        self._waiting.append(Edit(project, entry, dict(changes)))
        self._show()
        self._pump()

    def _show(self, *_: object) -> None:
        """Lay what is not written yet over what was read."""
        pending = [*self._under_way, *self._waiting]
        self._shell.saved = not pending
        self._session.show_edits(_merged(e for e in pending if e.project == self._session.path))

    def _pump(self) -> None:
        if self._handle is not None or not self._waiting:
            return
        project = self._waiting[0].project
        self._under_way = [e for e in self._waiting if e.project == project]
        self._waiting = [e for e in self._waiting if e.project != project]
        spec = EditSpec(str(project), tuple((e.entry, e.changes) for e in self._under_way))
        try:
            self._handle = LocalExecutor().start(
                spec, on_event=lambda _event: None, on_exit=lambda end: self._exited.emit(end.last)
            )
        except KlscopeError as refused:
            self._on_exit(ev.Failed(refused.message))

    def _on_exit(self, last: ev.Event) -> None:
        done, self._under_way, self._handle = self._under_way, [], None
        written = isinstance(last, ev.Finished)
        here = [e for e in done if e.project == self._session.path]
        if written and here:
            self._session.accept_edits(_merged(here))
        self._show()
        if written and here:
            self._session.refresh(soon=True)
        elif not written:
            why = last.message if isinstance(last, ev.Failed) else _NO_WORD
            self.lost.emit(tuple((e.entry, e.changes) for e in done))
            self.refused.emit(f"The edit was not saved. {why}")
        self._pump()

    def close(self) -> None:
        """Let what was asked for be written; nothing is half-written in any case."""
        self._session.opened.disconnect(self._show)
        self._exited.disconnect(self._on_exit)
        self._finish()
        while self._waiting:
            self._pump()
            self._finish()

    def _finish(self) -> None:
        if self._handle is not None:
            self._handle.wait(LAST_CHANCE_S)
            self._handle = None
        self._under_way = []


_NO_WORD = "The process that writes it ended without a word."


def _merged(edits: Iterable[Edit]) -> dict[str, dict[str, Any]]:
    """Entry id -> what is to be seen of it; later edits win."""
    found: dict[str, dict[str, Any]] = {}
    for edit in edits:
        found.setdefault(edit.entry, {}).update(edit.changes)
    return found
