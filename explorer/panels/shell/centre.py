"""The centre of a project: tab, view bar, map, strips below it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from explorer.panels.jobs import Drawer
from explorer.panels.newjob import NewJob
from explorer.panels.parts import TextButton, frame
from explorer.panels.shell.layout import CENTRE
from explorer.panels.shell.slot import Slot
from explorer.panels.timeline import Timeline
from explorer.panels.viewbar import ViewBar
from explorer.state.app import AppState

TABS = 36


class Centre(QFrame):
    """One view so far: the map."""

    command = Signal(str, object)

    def __init__(self, state: AppState) -> None:
        super().__init__()
        self.setProperty("role", "canvas")
        self.setMinimumWidth(CENTRE)
        self.bar = ViewBar(state.map, state.library)
        self.slot = Slot(state.shell, state.library)
        self.new_job, self.drawer = NewJob(state.new_job), Drawer(state.jobs)
        self.timeline = Timeline(state.timeline)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._tabs())
        column.addWidget(self.bar)
        column.addWidget(self.slot, 1)
        for strip in (self.new_job, self.drawer, self.timeline):
            column.addWidget(strip)
        for part in self._parts():
            part.command.connect(self.command)

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
        for part in self._parts():
            part.close()
        return super().close()
