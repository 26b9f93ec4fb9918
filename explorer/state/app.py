"""The one tree of state, built once by ``explorer.app``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from psygnal import SignalGroupDescriptor

from compute.core.tables import Recipe
from explorer.state.filter import FilterState
from explorer.state.history import HistoryState
from explorer.state.jobs import JobsState, NewJobState
from explorer.state.library import LibraryState
from explorer.state.map import MapState, SelectionState, TimelineState
from explorer.state.notices import NoticesState
from explorer.state.preferences import PreferencesState
from explorer.state.sketch import Sketch
from explorer.state.views import PlotState, ViewsState


@dataclass
class ShellState:
    """The frame around the views. ``page`` is "welcome" or "project"; ``opening`` is the path of a
    project that is being read, "" = none.

    ``recipe`` is the one in use, of the project's ``recipes``; ``held`` are those of them that are
    in no file: previews.
    ``n_texts`` are in use, of ``n_total``; ``sample`` says which ("first 500 of 10,000 texts").
    ``n_entries`` can be shown, ``n_partial`` of those shown are only partly scored; ``cautions``
    are sentences about entries that were scored in different ways. ``presenting``: the map is shown
    to an audience, with ``heading`` and ``caption`` above it; "" = those that are there anyway.
    """

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    page: str = "welcome"
    theme: str = "dark"
    project: str = ""
    opening: str = ""
    recipe: str = "clip2"
    recipes: tuple[str, ...] = ()
    held: tuple[Recipe, ...] = ()
    n_texts: int = 0
    n_total: int = 0
    sample: str = ""
    mean_bytes: float = 0.0
    n_entries: int = 0
    n_partial: int = 0
    cautions: tuple[str, ...] = ()
    provisional: bool = False
    problem: str = ""
    saved: bool = True
    recent: tuple[str, ...] = ()
    sketches: Mapping[str, Sketch] = field(default_factory=dict)
    presenting: bool = False
    heading: str = ""
    caption: str = ""


@dataclass(frozen=True)
class AppState:
    """Handed to panels in parts; nobody but ``app`` sees the whole.

    ``plots``: view -> its choices.
    """

    shell: ShellState = field(default_factory=ShellState)
    views: ViewsState = field(default_factory=ViewsState)
    plots: Mapping[str, PlotState] = field(default_factory=dict)
    library: LibraryState = field(default_factory=LibraryState)
    map: MapState = field(default_factory=MapState)
    selection: SelectionState = field(default_factory=SelectionState)
    filter: FilterState = field(default_factory=FilterState)
    history: HistoryState = field(default_factory=HistoryState)
    timeline: TimelineState = field(default_factory=TimelineState)
    jobs: JobsState = field(default_factory=JobsState)
    new_job: NewJobState = field(default_factory=NewJobState)
    notices: NoticesState = field(default_factory=NoticesState)
    preferences: PreferencesState = field(default_factory=PreferencesState)
