"""The bottom line: the running job on the left, problems, counts and Saved on the right."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QToolButton, QWidget

from compute.core import numbers
from explorer.panels.parts import fill, icon_button, label
from explorer.state.app import AppState
from explorer.state.jobs import JobRow
from explorer.theme.icons import icon, pixmap
from explorer.theme.tokens import Tokens


class StatusLine(QFrame):
    """28 high. Clicking the job opens the jobs drawer."""

    command = Signal(str, object)

    def __init__(self, state: AppState, tokens: Tokens, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._tokens = state, tokens
        self.setProperty("role", "chrome")
        self.setFixedHeight(28)
        self._mark, self._job = QLabel(), label("", "caption")
        self._bar = QProgressBar()
        self._bar.setFixedSize(160, 6)
        self._bar.setTextVisible(False)
        self._bar.setRange(0, 1000)
        self._detail = label("", "caption")
        self._open = icon_button("caret-up", tokens.text2, "Jobs (Ctrl+J)", 24)
        self._open.clicked.connect(lambda: self.command.emit("jobs.toggle", None))
        self._problems = QToolButton()
        self._problems.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._problems.clicked.connect(lambda: self.command.emit("jobs.toggle", None))
        self._counts, self._saved = label("", "caption"), label("", "caption")
        self._saved_mark = QLabel()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 0, 12, 0)
        layout.setSpacing(0)
        fill(
            layout, self._mark, 6, self._job, 8, self._bar, 10, self._detail, 6, self._open, None,
            self._problems, 12, self._counts, 14, self._saved_mark, 5, self._saved,
        )  # fmt: skip
        self._connect()
        self._show_job()
        self._show_counts()

    def _signals(self):  # type: ignore[no-untyped-def]
        shell = self._state.shell.events
        return (
            (self._state.jobs.events.rows, self._show_job),
            (self._state.map.events.live, self._show_job),
            (shell.n_entries, self._show_counts),
            (shell.n_texts, self._show_counts),
            (shell.mean_bytes, self._show_counts),
            (shell.project, self._show_counts),
            (shell.problem, self._show_counts),
            (self._state.library.events.entries, self._show_counts),
        )

    def _connect(self) -> None:
        for signal, slot in self._signals():
            signal.connect(slot)

    def close(self) -> bool:
        for signal, slot in self._signals():
            signal.disconnect(slot)
        return super().close()

    def _show_job(self) -> None:
        running = next((r for r in self._state.jobs.rows if r.active), None)
        for widget in (self._bar, self._detail):
            widget.setVisible(running is not None)
        self._open.setVisible(bool(self._state.jobs.rows))
        if running is None:
            self._show_idle()
            return
        self._mark.setPixmap(pixmap("arrow-clockwise", self._tokens.accent, 14))
        self._job.setText(running.title)
        self._bar.setValue(round(1000 * running.fraction))
        self._detail.setText(detail(running))

    def _show_idle(self) -> None:
        live = self._state.map.live
        drawn = bool(self._state.shell.project)
        name = "circle-notch" if live else "check-circle"
        colour = self._tokens.accent if live else self._tokens.ok
        self._mark.setPixmap(pixmap(name, colour, 14))
        self._mark.setVisible(drawn)
        self._job.setText(("Drawing the map" if live else "Map settled") if drawn else "")

    def _show_counts(self) -> None:
        shell = self._state.shell
        failed = sum(e.status == "failed" for e in self._state.library.entries)
        self._problems.setVisible(failed > 0)
        self._problems.setText(f"{failed} failed")
        self._problems.setIcon(icon("warning-circle", self._tokens.danger, 14))
        parts = []
        if shell.project:
            parts = [
                f"{numbers.count(shell.n_entries)} entries",
                f"{numbers.count(shell.n_texts)} texts",
                f"{numbers.count(round(shell.mean_bytes))} bytes/text",
            ]
        self._counts.setText(" · ".join(parts))
        self._saved.setText("Saved" if shell.project and not shell.problem else "")
        self._saved_mark.setPixmap(pixmap("check", self._tokens.ok, 12))
        self._saved_mark.setVisible(bool(self._saved.text()))

    def set_tokens(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._open.setIcon(icon("caret-up", tokens.text2))
        self._show_job()
        self._show_counts()


def detail(row: JobRow) -> str:
    """``37 % · 31,400 tokens/s · 7 min left``."""
    parts = [numbers.percent(row.fraction)]
    if row.status in ("waiting", "paused", "stopping"):
        parts.append(row.status)
    if row.rate > 0:
        parts.append(f"{numbers.count(round(row.rate))} {row.rate_unit}")
    if row.memory_bytes > 0:
        parts.append(numbers.size(row.memory_bytes))
    if row.eta_s >= 0:
        parts.append(f"{numbers.duration(row.eta_s)} left")
    return " · ".join(parts)
