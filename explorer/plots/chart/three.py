"""Three parts of a view: one large, two beside it, or below it where there is little room."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QGridLayout, QVBoxLayout, QWidget

from explorer.panels.parts import label

WIDE = 860
"""From this width on the smaller parts stand beside the large one."""


class Three(QFrame):
    """Lays out what it is given by its own width.

    ``title`` and ``subtitle`` head the large part, ``heading`` and ``said`` the last one; the
    second has a heading of its own. ``shares`` are the heights of the second and third one where
    they stand beside the large one.
    """

    def __init__(
        self, large: QWidget, second: QWidget, third: QWidget, shares: tuple[int, int] = (1, 1)
    ) -> None:
        super().__init__()
        self._shares = shares
        self.setProperty("role", "canvas")
        self.title, self.subtitle = label("", "heading"), label("", "caption", wrap=True)
        self.heading, self.said = label("", "heading"), label("", "caption", wrap=True)
        self.said.setMinimumHeight(32)
        second.setMinimumHeight(190)
        self._parts = (
            _stacked(self.title, self.subtitle, large), second,
            _stacked(self.heading, self.said, third),
        )  # fmt: skip
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(20, 16, 16, 8)
        self._grid.setHorizontalSpacing(20)
        self._grid.setVerticalSpacing(14)
        self._wide: bool | None = None
        self._lay_out(wide=True)

    def _lay_out(self, *, wide: bool) -> None:
        if wide == self._wide:
            return
        self._wide = wide
        for part in self._parts:
            self._grid.removeWidget(part)
        large, second, third = self._parts
        if wide:
            self._grid.addWidget(large, 0, 0, 2, 1)
            self._grid.addWidget(second, 0, 1)
            self._grid.addWidget(third, 1, 1)
            columns, rows = (5, 4), self._shares
        else:
            self._grid.addWidget(large, 0, 0, 1, 2)
            self._grid.addWidget(second, 1, 0)
            self._grid.addWidget(third, 1, 1)
            columns, rows = (1, 1), (11, 10)
        for at, share in enumerate(columns):
            self._grid.setColumnStretch(at, share)
        for at, share in enumerate(rows):
            self._grid.setRowStretch(at, share)

    def resizeEvent(self, event: object) -> None:
        self._lay_out(wide=self.width() >= WIDE)


def _stacked(*parts: QWidget) -> QWidget:
    box = QFrame()
    box.setProperty("role", "canvas")
    column = QVBoxLayout(box)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(1)
    for part in parts[:-1]:
        column.addWidget(part)
    column.addWidget(parts[-1], 1)
    return box
