"""The centre of a project: tab, view bar, map, strips below it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from explorer.panels.jobs import Drawer
from explorer.panels.newjob import NewJob
from explorer.panels.parts import Links, TextButton, frame
from explorer.panels.presenter import Foot, Head, LadderSide
from explorer.panels.shell.layout import CENTRE
from explorer.panels.shell.slot import Slot
from explorer.panels.timeline import Timeline
from explorer.panels.viewbar import ViewBar
from explorer.state.app import AppState
from explorer.state.map import MapTables

TABS = 36


class Centre(QFrame):
    """One view so far: the map. While it is presented, other parts stand around it."""

    command = Signal(str, object)

    def __init__(self, state: AppState) -> None:
        super().__init__()
        self.setProperty("role", "canvas")
        self.setMinimumWidth(CENTRE)
        self.bar = ViewBar(state.map, state.library)
        self.slot = Slot(state.shell, state.library, state.filter, state.map)
        self.new_job, self.drawer = NewJob(state.new_job), Drawer(state.jobs)
        self.timeline = Timeline(state.timeline)
        self.head, self.ladder = Head(state.shell, state.map), LadderSide()
        self.foot = Foot(state.timeline)
        above = _stacked(self._tabs(), self.bar)
        below = _stacked(self.new_job, self.drawer, self.timeline)
        self._usual, self._on_stage = (above, below), (self.head, self.ladder, self.foot)
        self._lay_out(above, below)
        for part in (*self._parts(), self.head):
            part.command.connect(self.command)
        self._shell = state.shell
        self._links = Links()
        self._links.to(self._show_presenting, state.shell.events.presenting)
        self._show_presenting()

    def _lay_out(self, above: QWidget, below: QWidget) -> None:
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self.slot, 1)
        middle.addWidget(self.ladder)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(above)
        column.addWidget(self.head)
        column.addLayout(middle, 1)
        column.addWidget(self.foot)
        column.addWidget(below)

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

    def _tabs(self) -> QFrame:
        tabs = frame("tabs", TABS)
        row = QHBoxLayout(tabs)
        row.setContentsMargins(4, 0, 4, 0)
        row.setSpacing(0)
        tab = TextButton("Map", "map-trifold", role="tab", token="text")
        tab.setCheckable(True)
        tab.setChecked(True)
        tab.clicked.connect(lambda: tab.setChecked(True))
        tab.setToolTip("Map: every checkpoint where its distances put it")
        row.addWidget(tab)
        row.addStretch(1)
        return tabs

    def _parts(self) -> tuple[ViewBar | Slot | NewJob | Drawer | Timeline, ...]:
        return (self.bar, self.slot, self.new_job, self.drawer, self.timeline)

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
