"""The one tree of state, built once by ``explorer.app``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from psygnal import SignalGroupDescriptor

from explorer.state.jobs import JobsState, NewJobState
from explorer.state.library import LibraryState
from explorer.state.map import MapState, SelectionState, TimelineState


@dataclass
class ShellState:
    """The frame around the views. ``page`` is "welcome" or "project"."""

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    page: str = "welcome"
    theme: str = "dark"
    project: str = ""
    recipe: str = "clip2"
    n_texts: int = 0
    mean_bytes: float = 0.0
    n_entries: int = 0
    provisional: bool = False
    problem: str = ""
    saved: bool = True
    recent: tuple[str, ...] = ()


@dataclass(frozen=True)
class AppState:
    """Handed to panels in parts; nobody but ``app`` sees the whole."""

    shell: ShellState = field(default_factory=ShellState)
    library: LibraryState = field(default_factory=LibraryState)
    map: MapState = field(default_factory=MapState)
    selection: SelectionState = field(default_factory=SelectionState)
    timeline: TimelineState = field(default_factory=TimelineState)
    jobs: JobsState = field(default_factory=JobsState)
    new_job: NewJobState = field(default_factory=NewJobState)
