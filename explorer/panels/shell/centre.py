"""The centre of a project: its views with their tabs, and the strips below them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from explorer.panels.jobs import Drawer
from explorer.panels.newjob import NewJob
from explorer.panels.parts import Links
from explorer.panels.presenter import Foot, Head, LadderSide
from explorer.panels.shell.layout import CENTRE
from explorer.panels.shell.slot import Slot
from explorer.panels.shell.stage import Stage
from explorer.panels.shell.tabs import Tab
from explorer.panels.timeline import Timeline
from explorer.panels.viewbar import ViewBar
from explorer.state.app import AppState
from explorer.state.map import MapTables
from explorer.state.views import MAP

MAP_TAB = Tab(MAP, "Map", "map-trifold", "every checkpoint where its distances put it")


class Centre(QFrame):
    """Views, and what stands below them; around the map, while it is presented, other parts."""

    command = Signal(str, object)

    def __init__(self, state: AppState, tabs: Sequence[Tab] = ()) -> None:
        super().__init__()
        self.setProperty("role", "canvas")
        self.setMinimumWidth(CENTRE)
        self.bar = ViewBar(state.map, state.library)
        self.slot = Slot(state.shell, state.library, state.filter, state.map)
        self.new_job, self.drawer = NewJob(state.new_job), Drawer(state.jobs)
        self.timeline = Timeline(state.timeline)
        self.head, self.ladder = Head(state.shell, state.map), LadderSide()
        self.foot = Foot(state.timeline)
        self.stage = Stage(state.views, state.shell, (MAP_TAB, *tabs))
        self.stage.add_page(MAP, self._map_page())
        below = _stacked(self.new_job, self.drawer, self.timeline)
        self._usual, self._on_stage = (self.bar, below), (self.head, self.ladder, self.foot)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.stage, 1)
        column.addWidget(below)
        for part in (*self._parts(), self.head):
            part.command.connect(self.command)
        self._shell = state.shell
        self._links = Links()
        self._links.to(self._show_presenting, state.shell.events.presenting)
        self.stage.shown.connect(self._show_timeline)
        self._show_presenting()
        self._show_timeline(self.stage.visible)

    def _map_page(self) -> QWidget:
        """The map between its bar and what stands around it while it is presented."""
        page = QFrame()
        page.setProperty("role", "canvas")
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self.slot, 1)
        middle.addWidget(self.ladder)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self.head)
        column.addLayout(middle, 1)
        column.addWidget(self.foot)
        return page

    def set_tables(self, tables: MapTables) -> None:
        """What is on the map now, for those who move in time or say what is seen."""
        for part in (self.timeline, self.head, self.foot):
            part.set_tables(tables)

    def _show_presenting(self) -> None:
        presenting = self._shell.presenting
        for part in self._usual:
            part.setVisible(not presenting)
        for part in self._on_stage:
            part.setVisible(presenting)

    def _show_timeline(self, visible: tuple[str, ...]) -> None:
        """Time belongs to the map; other views have it along an axis."""
        self.timeline.setVisible(MAP in visible)

    def _parts(self) -> tuple[ViewBar | Slot | NewJob | Drawer | Timeline | Stage, ...]:
        return (self.bar, self.slot, self.new_job, self.drawer, self.timeline, self.stage)

    def close(self) -> bool:
        self._links.close()
        for part in (*self._parts(), self.head, self.foot):
            part.close()
        return super().close()


def _stacked(*parts: QWidget) -> QWidget:
    """Widgets below each other that come and go together, whatever each of them does by itself."""
    box = QWidget()
    column = QVBoxLayout(box)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    for part in parts:
        column.addWidget(part)
    return box
