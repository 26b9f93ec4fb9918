"""The drawer: a header and one line per job, newest last, at most four in sight."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from explorer.panels.jobs import spec
from explorer.panels.jobs.row import HEIGHT, JobLine
from explorer.panels.parts import IconButton, Later, Links, Themed, dress, frame, label
from explorer.state.jobs import JobsState

HEADER, IN_SIGHT, REFRESH_MS = 36, 4, 60


class Drawer(QFrame, Themed):
    """Visible while ``jobs.open``."""

    command = Signal(str, object)

    def __init__(self, jobs: JobsState) -> None:
        super().__init__()
        self._jobs = jobs
        self._lines: dict[str, JobLine] = {}
        self.setProperty("role", "strip")
        self._count, self._none = label("", "count"), label("No jobs running", "caption")
        self._close = IconButton("caret-down", "Close the jobs", command="jobs.toggle")
        self._list, self._scroll = frame("quiet"), QScrollArea()
        self._lay_out()
        self._refresh = Later(self, REFRESH_MS, self.refresh)
        self._links = Links()
        self._links.to(self._refresh.ask, jobs.events.rows)
        self._links.to(self.refresh, jobs.events.open)
        self._close.clicked.connect(lambda: self.command.emit("jobs.toggle", None))
        self.refresh()

    def _lay_out(self) -> None:
        head = frame("quiet", HEADER)
        row = QHBoxLayout(head)
        row.setContentsMargins(13, 0, 8, 0)
        row.setSpacing(8)
        row.addWidget(label("Jobs", "title"))
        row.addWidget(self._count)
        row.addStretch(1)
        row.addWidget(self._none)
        row.addWidget(self._close)
        column = QVBoxLayout(self._list)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._scroll.setWidget(self._list)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 1, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(head)
        layout.addWidget(self._scroll)

    def refresh(self) -> None:
        """Show the state now."""
        rows = self._jobs.rows
        for gone in self._lines.keys() - {r.id for r in rows}:
            self._lines.pop(gone).deleteLater()
        for at, (row, view) in enumerate(zip(rows, spec.views(rows), strict=True)):
            line = self._lines.get(row.id) or self._add(row.id)
            line.show_view(view)
            if self._column().indexOf(line) != at:
                self._column().insertWidget(at, line)
        self._count.setText(str(len(rows)))
        self._count.setVisible(bool(rows))
        self._none.setVisible(not any(r.active for r in rows))
        height = HEIGHT * min(len(rows), IN_SIGHT)
        if self._scroll.height() != height or self._scroll.maximumHeight() != height:
            self._scroll.setFixedHeight(height)
        self.setVisible(self._jobs.open)

    def _add(self, job: str) -> JobLine:
        line = self._lines[job] = JobLine(job)
        line.command.connect(self.command)
        line.stepped.connect(lambda by: self._move(job, by))
        line.dragged.connect(lambda by: self._drag(job, by))
        self._column().addWidget(line)
        dress(line, self.tokens)
        return line

    def _waiting(self) -> list[str]:
        return [row.id for row in self._jobs.rows if row.status == "waiting"]

    def _move(self, job: str, by: int) -> None:
        """Ask for another place among those that wait; the state says where it then is."""
        waiting = self._waiting()
        if job in waiting and 0 <= waiting.index(job) + by < len(waiting):
            self.command.emit("job.move", (job, waiting.index(job) + by))
            self.refresh()
            self._scroll.ensureWidgetVisible(self._lines[job])

    def _drag(self, job: str, by: float) -> None:
        """Follow the pointer: past the middle of a neighbour, they change places."""
        if abs(by) > HEIGHT / 2:
            self._move(job, 1 if by > 0 else -1)

    def _column(self) -> QVBoxLayout:
        column = self._list.layout()
        assert isinstance(column, QVBoxLayout)
        return column

    def lines(self) -> dict[str, QWidget]:
        """Job id -> its line."""
        return dict(self._lines)

    def close(self) -> bool:
        self._links.close()
        return super().close()
