"""The drawer of jobs: one row for each, changed in place."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from compute.core.numbers import count, duration, percent
from explorer.panels.painted import (
    Band,
    Bar,
    Chip,
    Links,
    PushButton,
    Sign,
    Soon,
    Words,
    dress,
    show_if,
)
from explorer.state.jobs import JobRow, JobsState
from explorer.theme.icons import icon
from explorer.theme.tokens import Tokens

HEADER, ROW, MOST = 36, 44, 4
_WORDS, _LEAST, _OTHERS = 310, 110, 620
_UPDATE_MS, _TURN_MS, _TURN_DEGREES = 40, 80, 24.0


@dataclass(frozen=True, slots=True)
class Look:
    """How a status is shown: icon, its token, and the buttons that make sense."""

    icon: str
    colour: str
    buttons: tuple[str, ...]


LOOKS = {
    "running": Look("arrow-clockwise", "accent", ("pause", "cancel")),
    "paused": Look("pause", "text2", ("continue", "cancel")),
    "waiting": Look("clock", "text3", ("cancel",)),
    "stopping": Look("clock", "text3", ()),
    "done": Look("check", "ok", ("log",)),
    "failed": Look("warning-circle", "danger", ("resume", "log")),
    "cancelled": Look("prohibit", "text3", ("resume", "log")),
}

BUTTONS = {
    "pause": ("Pause", "pause"),
    "continue": ("Continue", "play"),
    "cancel": ("Cancel", "x"),
    "resume": ("Resume...", "arrow-counter-clockwise"),
    "log": ("Log", "file-text"),
}


def buttons_of(row: JobRow) -> tuple[str, ...]:
    """The actions of a row, left to right."""
    return tuple(b for b in LOOKS[row.status].buttons if b != "resume" or row.resumable)


def second_line(row: JobRow) -> str:
    """What it says about itself now, else what it is."""
    return row.message or row.subtitle


def pace(row: JobRow) -> str:
    """``31,400 tokens/s · 7 min left`` while it runs, else a word where the icon needs one."""
    if row.status != "running":
        return {"paused": "paused", "stopping": "stopping", "done": "done"}.get(row.status, "")
    speed = f"{count(round(row.rate))} {row.rate_unit}" if row.rate >= 1 else ""
    left = duration(row.eta_s)
    return " · ".join(words for words in (speed, f"{left} left" if left else "") if words)


class JobsDrawer(QFrame):
    """Shows ``jobs``; hidden without rows or while ``jobs.open`` is False."""

    command = Signal(str, object)

    def __init__(self, jobs: JobsState, tokens: Tokens, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.setAccessibleName("Jobs")
        self._jobs, self._tokens = jobs, tokens
        self._shown: dict[str, JobRowWidget] = {}
        self._build(tokens)
        self._turning = QTimer(self, interval=_TURN_MS)
        self._turning.timeout.connect(self._turn)
        self._soon = Soon(self, _UPDATE_MS, self.refresh)
        self._reveal = Soon(self, 0, self._show_newest)
        self._links = Links()
        self._links.to(self._soon.ask, jobs.events.rows)
        self._links.to(self.refresh, jobs.events.open)
        self.refresh()

    # -- parts

    def _build(self, tokens: Tokens) -> None:
        self._list = QWidget()
        self._rows = QVBoxLayout(self._list)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(0)
        self._scroll = QScrollArea()
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(self._list)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._header(tokens))
        column.addWidget(self._scroll)

    def _header(self, tokens: Tokens) -> Band:
        title, self._chip = Words(tokens, 13, 600), Chip(tokens)
        title.show_text("Jobs")
        kept = Words(tokens, 12, 400, "text3")
        kept.show_text("finished jobs stay until you close the window")
        self.chevron = QToolButton()
        self.chevron.setProperty("role", "icon")
        self.chevron.setFixedSize(28, 28)
        self.chevron.setToolTip("Close the jobs (Ctrl+J)")
        self.chevron.setAccessibleName("Close the jobs")
        self.chevron.setIcon(icon("caret-down", tokens.text2))
        self.chevron.clicked.connect(self._fold)
        header = Band(tokens, "top")
        header.setFixedHeight(HEADER)
        row = QHBoxLayout(header)
        row.setContentsMargins(12, 1, 10, 0)
        row.setSpacing(8)
        for widget in (title, self._chip):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(kept)
        row.addWidget(self.chevron)
        return header

    def set_tokens(self, tokens: Tokens) -> None:
        self._tokens = tokens
        dress(self, tokens)
        self.chevron.setIcon(icon("caret-down", tokens.text2))

    def close(self) -> bool:
        self._links.close()
        self._soon.stop()
        self._reveal.stop()
        self._turning.stop()
        return super().close()

    # -- state to view

    def row(self, job: str) -> JobRowWidget:
        return self._shown[job]

    def refresh(self) -> None:
        """Show the state as it is now: widgets of known jobs stay."""
        rows = self._jobs.rows
        is_open = self._jobs.open and bool(rows)
        show_if(self, is_open)
        added = [row.id for row in rows if row.id not in self._shown] if self._shown else []
        self._keep({row.id for row in rows})
        for at, row in enumerate(rows):
            self._widget(at, row.id).show_row(row)
        if added:
            self._reveal.ask()
        self._chip.show_text(count(len(rows)))
        self.setFixedHeight(HEADER + ROW * min(MOST, max(1, len(rows))))
        running = any(row.status == "running" for row in rows)
        if is_open and running and not self._turning.isActive():
            self._turning.start()
        elif not (is_open and running):
            self._turning.stop()

    def _keep(self, ids: set[str]) -> None:
        for job in set(self._shown) - ids:
            gone = self._shown.pop(job)
            self._rows.removeWidget(gone)
            gone.hide()
            gone.deleteLater()

    def _widget(self, at: int, job: str) -> JobRowWidget:
        made = self._shown.get(job)
        if made is None:
            made = self._shown[job] = JobRowWidget(job, self._tokens)
            made.asked.connect(self.command)
            self._rows.insertWidget(at, made)
        return made

    def _show_newest(self) -> None:
        bar = self._scroll.verticalScrollBar()
        bar.setValue(bar.maximum())

    def _turn(self) -> None:
        for widget in self._shown.values():
            widget.turn()

    def _fold(self) -> None:
        self._jobs.open = False


class JobRowWidget(Band):
    """One job, 44 high: icon 20, words 310, bar 110, percent 40, pace, buttons."""

    asked = Signal(str, object)

    def __init__(self, job: str, tokens: Tokens) -> None:
        super().__init__(tokens, "top")
        self._job = job
        self._row: JobRow | None = None
        self._buttons_shown: tuple[str, ...] | None = None
        self.setFixedHeight(ROW)
        self.sign = Sign(tokens, "clock", "text3")
        self.title, self.subtitle = Words(tokens, 13, 500), Words(tokens, 11, 400, "text3")
        self.bar = Bar(tokens)
        self.percent, self.pace = Words(tokens, 12), Words(tokens, 12, 400, "text2")
        self.buttons = {key: self._button(tokens, key) for key in BUTTONS}
        self._arrange()

    def _button(self, tokens: Tokens, key: str) -> PushButton:
        words, icon_name = BUTTONS[key]
        made = PushButton(tokens, words, icon_name)
        made.setFixedHeight(28)
        made.hide()
        made.clicked.connect(lambda: self.asked.emit(f"job.{key}", self._job))
        return made

    def _arrange(self) -> None:
        self.words = QWidget()
        words = QVBoxLayout(self.words)
        words.setContentsMargins(0, 0, 0, 0)
        words.setSpacing(0)
        words.addStretch(1)
        words.addWidget(self.title)
        words.addWidget(self.subtitle)
        words.addStretch(1)
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        for button in self.buttons.values():
            buttons.addWidget(button)
        grid = QGridLayout(self)
        grid.setContentsMargins(16, 1, 12, 0)
        grid.setHorizontalSpacing(14)
        parts = (self.sign, self.words, self.bar, self.percent, self.pace)
        for at, part in enumerate(parts):
            grid.addWidget(part, 0, at)
        grid.addLayout(buttons, 0, len(parts))
        self.percent.setFixedWidth(38)
        grid.setColumnStretch(4, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The same columns in every row: words take 310, less where it is narrow."""
        super().resizeEvent(event)
        self.words.setFixedWidth(max(_LEAST, min(_WORDS, self.width() - _OTHERS)))

    def sizeHint(self) -> QSize:
        return QSize(600, ROW)

    def show_row(self, row: JobRow) -> None:
        """Change what is different; equal rows cost nothing."""
        if row == self._row:
            return
        self._row = row
        look = LOOKS[row.status]
        self.sign.show_sign(look.icon, look.colour)
        self.sign.setAccessibleName(row.status)
        self.sign.setToolTip(row.status)
        self.title.show_text(row.title)
        self.subtitle.show_text(second_line(row))
        self.subtitle.setHidden(not self.subtitle.text())
        self.bar.show_fraction(row.fraction, "danger" if row.status == "failed" else "accent")
        self.percent.show_text(percent(row.fraction))
        self.pace.show_text(pace(row))
        self._show_buttons(buttons_of(row))

    def _show_buttons(self, wanted: tuple[str, ...]) -> None:
        if wanted == self._buttons_shown:
            return
        self._buttons_shown = wanted
        for key, button in self.buttons.items():
            button.setVisible(key in wanted)

    def turn(self) -> None:
        if self._row is not None and self._row.status == "running":
            self.sign.turn(_TURN_DEGREES)
