"""The status bar: the running job at the left; problems, counts and *Saved* at the right."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QStatusBar, QWidget

import compute
from compute.core.numbers import COMMON_ERRORS, count, percent
from explorer.panels.jobs import spec
from explorer.panels.parts import (
    Bar,
    Elided,
    IconButton,
    IconLabel,
    Later,
    Links,
    TextButton,
    frame,
    label,
)
from explorer.state.app import ShellState
from explorer.state.jobs import JobRow, JobsState
from explorer.state.notices import NoticesState

HEIGHT, REFRESH_MS, LEAST = 28, 60, 320


class StatusBar(QStatusBar):
    """28 high."""

    command = Signal(str, object)

    def __init__(self, shell: ShellState, jobs: JobsState, notices: NoticesState) -> None:
        super().__init__()
        self._shell, self._jobs, self._notices = shell, jobs, notices
        self._job = ""
        self.setSizeGripEnabled(False)
        self.setFixedHeight(HEIGHT)
        self._idle_icon, self._idle = IconLabel("check-circle", "ok"), label("", "small")
        self._busy = frame("quiet")
        self._icon, self._title = IconLabel("arrow-clockwise", "accent"), Elided("strong")
        self._detail, self._rest = label("", "small"), label("", "small")
        self._bar = Bar("Progress of the running job")
        self._pause = IconButton("pause", "Pause the job", size=22)
        self._toggle = IconButton("caret-up", "Jobs", size=22, command="jobs.toggle")
        self._problems = TextButton(
            "", "warning-circle", role="status", token="danger", command="jobs.toggle"
        )
        self._bell = TextButton("", "bell", role="status", command="notices.show")
        self._counts, self._saved = label("", "small"), label("Saved", "small")
        self._saved_icon = IconLabel("check", "ok", 14)
        self._version = label(f"klscope {compute.__version__}", "small")
        self._lay_out()
        self._refresh = Later(self, REFRESH_MS, self.refresh)
        self._links = Links()
        self._links.to(self._refresh.ask, jobs.events.rows, jobs.events.open)
        e = shell.events
        self._links.to(self._refresh.ask, e.page, e.n_entries, e.n_texts, e.mean_bytes, e.saved,
                       e.project, e.sample, e.n_partial, e.opening)  # fmt: skip
        self._links.to(self._refresh.ask, notices.events.items, notices.events.unseen)
        self._bell.clicked.connect(lambda: self.command.emit("notices.show", None))
        self._pause.clicked.connect(self._pause_or_go_on)
        for button in (self._toggle, self._problems):
            button.clicked.connect(lambda: self.command.emit("jobs.toggle", None))
        self.refresh()

    def _lay_out(self) -> None:
        self._bar.setFixedWidth(160)
        busy = QHBoxLayout(self._busy)
        busy.setContentsMargins(0, 0, 0, 0)
        busy.setSpacing(8)
        for part in (self._icon, self._title, self._detail, self._bar, self._rest, self._pause,
                     self._toggle):  # fmt: skip
            busy.addWidget(part)
        row = QHBoxLayout()
        row.setContentsMargins(9, 0, 9, 0)
        row.setSpacing(7)
        for widget in (self._busy, self._idle_icon, self._idle):
            row.addWidget(widget)
        row.addStretch(1)
        for piece in self._right():
            row.addWidget(piece)
        self._title.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        inside = QFrame()
        inside.setMinimumWidth(LEAST)
        inside.setProperty("role", "quiet")
        inside.setLayout(row)
        self.addPermanentWidget(inside, 1)

    def _right(self) -> tuple[QWidget, ...]:
        return (
            self._problems,
            self._bell,
            self._counts,
            self._saved_icon,
            self._saved,
            self._version,
        )

    def refresh(self) -> None:
        """Show the state now."""
        rows = self._jobs.rows
        job = spec.current(rows)
        self._busy.setVisible(job is not None)
        self._idle.setVisible(job is None)
        self._idle_icon.setVisible(job is None)
        if job is not None:
            self._show_job(job)
        else:
            self._show_idle()
        failed = spec.problems(rows)
        self._problems.setText(f"{count(failed)} failed")
        self._problems.set_tip("Show the jobs")
        self._problems.setVisible(failed > 0)
        self._show_bell()
        self._show_counts()

    def _show_job(self, job: JobRow) -> None:
        self._job = job.id
        kind = spec.KINDS[job.status]
        self._icon.show_icon(kind.icon, kind.token)
        self._title.set_whole(job.title)
        _put(self._detail, f"{count(job.done)} of {count(job.total)}" if job.total else "")
        self._bar.show_fraction(job.fraction, kind.bar)
        words = (percent(job.fraction), spec.speed(job), spec.memory(job), spec.time_left(job))
        state = "" if job.status == "running" else job.status
        _put(self._rest, " · ".join(w for w in (*words, state) if w))
        paused = job.status == "paused"
        self._pause.setVisible(job.status in ("running", "paused"))
        self._pause.show_icon("play" if paused else "pause")
        self._pause.set_tip("Continue the job" if paused else "Pause the job")
        self._toggle.show_icon("caret-down" if self._jobs.open else "caret-up")

    def _show_idle(self) -> None:
        if self._shell.opening:
            name = self._shell.opening.replace("\\", "/").rsplit("/", 1)[-1]
            self._idle_icon.show_icon("folder-open", "accent")
            _put(self._idle, f"Opening {name}...")
        elif self._shell.page == "welcome":
            self._idle_icon.show_icon("wifi-slash", "text2")
            _put(self._idle, "Everything on this page works offline.")
        else:
            self._idle_icon.show_icon("check-circle", "ok")
            _put(self._idle, "No jobs running")

    def _show_bell(self) -> None:
        unseen = self._notices.unseen
        self._bell.setText(count(unseen) if unseen else "")
        self._bell.setAccessibleName(f"What has happened, {count(unseen)} new")
        self._bell.set_tip("What has happened" + (f": {count(unseen)} new" if unseen else ""))
        self._bell.setVisible(bool(self._notices.items))

    def _show_counts(self) -> None:
        s = self._shell
        project = s.page == "project" and bool(s.project)
        texts = f"{_n(s.n_entries, 'entry')} · {s.sample or _n(s.n_texts, 'text')}"
        each = f" · {count(round(s.mean_bytes))} bytes/text" if s.mean_bytes > 0 else ""
        _put(self._counts, texts + each)
        self._counts.setToolTip(COMMON_ERRORS if s.n_partial else "")
        self._counts.setVisible(project)
        self._saved_icon.setVisible(project)
        self._saved_icon.show_icon(*(("check", "ok") if s.saved else ("clock", "text3")))
        _put(self._saved, "Saved" if s.saved else "Saving...")
        self._saved.setVisible(project)
        self._version.setVisible(s.page == "welcome")

    def _pause_or_go_on(self) -> None:
        row = next((r for r in self._jobs.rows if r.id == self._job), None)
        if row is not None:
            command = "job.continue" if row.status == "paused" else "job.pause"
            self.command.emit(command, row.id)

    def close(self) -> bool:
        self._links.close()
        return super().close()


def _put(target: QLabel, words: str) -> None:
    if target.text() != words:
        target.setText(words)
        target.setVisible(bool(words))


def _n(number: int, what: str) -> str:
    """ "1 entry", "1,200 texts"."""
    many = what[:-1] + "ies" if what.endswith("y") else what + "s"
    return f"{count(number)} {what if number == 1 else many}"
