"""Preferences. What is changed holds at once, but for the size of everything."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QWidget

from explorer.panels.dialogs import frame
from explorer.panels.parts import Check, Choice, Links, Segments, dress, label
from explorer.state.app import ShellState
from explorer.state.jobs import NewJobState
from explorer.state.preferences import SCALES, PreferencesState
from explorer.theme.tokens import Tokens

WIDTH, TITLE = 560, 150
THEMES = {"dark": "Dark", "light": "Light", "presenter": "Presenter"}
NEXT_START = "Taken up when klscope is started the next time."
CHECKS = (
    ("still", "Reduce motion", "Nothing slides or fades: changes are there at once"),
    ("restore", "Find a project as it was left",
     "Camera, selection, filters and choices are kept for each project"),
    ("reopen", "Open the last project at the start", "Instead of the welcome page"),
)  # fmt: skip


class PreferencesDialog(QDialog):
    """Sets the state directly; closing it is all there is to do."""

    def __init__(
        self,
        chosen: PreferencesState,
        shell: ShellState,
        jobs: NewJobState,
        tokens: Tokens,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._chosen, self._shell, self._jobs = chosen, shell, jobs
        self._at_start = chosen.scale
        column = frame.prepare(self, "Preferences")
        self.setFixedWidth(WIDTH)
        self.theme = Segments(THEMES, "Theme")
        self.scale = Choice("Size of everything", [(str(s), f"{s} %") for s in SCALES])
        self.device = Choice("Where models run", jobs.devices)
        self.checks = {name: Check(words, tip) for name, words, tip in CHECKS}
        self._note = label(NEXT_START, "caption", wrap=True)
        self._name_controls()
        column.addLayout(self._grid())
        column.addSpacing(6)
        column.addLayout(frame.buttons(frame.close_button(self)))
        self._connect()
        self._links = Links()
        self._links.to(self.refresh, shell.events.theme, jobs.events.devices)
        self._links.to(self.refresh, *(getattr(chosen.events, n) for n in _SHOWN))
        self.finished.connect(lambda _code: self._links.close())
        dress(self, tokens)
        self.refresh()

    def _name_controls(self) -> None:
        for key, words in THEMES.items():
            self.theme.offer(key, f"{words} theme")
        self.scale.setToolTip("Type, controls and spacing. " + NEXT_START)
        self.device.setToolTip("The device of new jobs, unless another one is chosen there")

    def _grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(9)
        grid.setColumnMinimumWidth(0, TITLE)
        grid.setColumnStretch(2, 1)
        rows = (("Theme", self.theme), ("Size of everything", self.scale),
                ("Where models run", self.device))  # fmt: skip
        for i, (title, control) in enumerate(rows):
            grid.addWidget(label(title, "body"), i, 0)
            grid.addWidget(control, i, 1, _LEFT)
        grid.addWidget(self._note, 1, 2)
        for i, check in enumerate(self.checks.values(), start=len(rows)):
            grid.addWidget(check, i, 1, 1, 2)
        return grid

    def _connect(self) -> None:
        self.theme.chosen.connect(lambda key: setattr(self._shell, "theme", key))
        self.scale.chosen.connect(lambda key: setattr(self._chosen, "scale", int(key)))
        self.device.chosen.connect(lambda key: setattr(self._chosen, "device", key))
        for name, check in self.checks.items():
            check.toggled.connect(lambda on, name=name: setattr(self._chosen, name, on))

    def refresh(self) -> None:
        """Show the state now."""
        self.theme.show_key(self._shell.theme)
        self.scale.show_key(str(self._chosen.scale))
        self.device.set_options(self._jobs.devices)
        self.device.show_key(self._chosen.device)
        self._note.setVisible(self._chosen.scale != self._at_start)
        for name, check in self.checks.items():
            check.setChecked(getattr(self._chosen, name))


_SHOWN = ("scale", "device", "still", "restore", "reopen")
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignAbsolute
"""Also for a choice, whose layout runs from right to left so that its caret comes last."""
