"""One job: grid 20 / 310 / 150 / 40 / rest / buttons, 44 high."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from explorer.panels.jobs import spec
from explorer.panels.parts import Bar, Elided, IconLabel, PushButton, Themed, dress, label

HEIGHT = 44
WORDS_WIDTH, BAR_WIDTH, PERCENT_WIDTH = 310, 130, 40
LEAST_WORDS, OTHERS = 110, 500


class JobLine(QFrame, Themed):
    """Shows a :class:`~explorer.panels.jobs.spec.JobView`; ``command`` leaves with the job's id."""

    command = Signal(str, object)

    def __init__(self, job: str) -> None:
        super().__init__()
        self._job = job
        self._buttons: tuple[spec.Button, ...] | None = None
        self._shown: list[PushButton] = []
        self.setProperty("role", "strip")
        self.setFixedHeight(HEIGHT)
        self._icon = IconLabel("clock", "text3")
        self._title, self._subtitle = Elided("medium"), Elided("caption")
        self._bar, self._percent, self._rest = Bar("Progress"), label("", "value"), Elided("small")
        self._place = QHBoxLayout()
        self._lay_out()

    def _lay_out(self) -> None:
        self._words = QWidget()
        words = QVBoxLayout(self._words)
        words.setContentsMargins(0, 4, 0, 5)
        words.setSpacing(0)
        words.addWidget(self._title)
        words.addWidget(self._subtitle)
        self._bar.setFixedWidth(BAR_WIDTH)
        self._percent.setFixedWidth(PERCENT_WIDTH)
        self._place.setSpacing(6)
        row = QHBoxLayout(self)
        row.setContentsMargins(15, 0, 13, 0)
        row.setSpacing(14)
        row.addWidget(self._icon)
        row.addWidget(self._words)
        row.addWidget(self._bar)
        row.addWidget(self._percent)
        row.addWidget(self._rest, 1)
        row.addLayout(self._place)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        room = self.width() - OTHERS
        self._words.setFixedWidth(min(WORDS_WIDTH, max(LEAST_WORDS, room)))

    def show_view(self, view: spec.JobView) -> None:
        """Only what has changed is touched."""
        self._icon.show_icon(view.kind.icon, view.kind.token)
        self._title.set_whole(view.title)
        self._subtitle.set_whole(view.subtitle)
        self._bar.show_fraction(view.fraction, view.kind.bar)
        if self._percent.text() != view.percent:
            self._percent.setText(view.percent)
        self._rest.set_whole(view.rest)
        if view.buttons != self._buttons:
            self._show_buttons(view.buttons)

    def _show_buttons(self, buttons: tuple[spec.Button, ...]) -> None:
        for old in self._shown:
            self._place.removeWidget(old)
            old.hide()
            old.deleteLater()
        self._shown = []
        self._buttons = buttons
        for button in buttons:
            made = PushButton(button.words, button.icon)
            made.setAccessibleName(f"{button.words}: {self._title.whole}")
            made.clicked.connect(lambda _=False, b=button: self.command.emit(b.command, self._job))
            dress(made, self.tokens)
            self._place.addWidget(made)
            self._shown.append(made)
