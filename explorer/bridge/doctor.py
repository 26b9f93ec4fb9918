"""``klscope doctor`` in a process of its own: it imports torch, which this process never does."""

from __future__ import annotations

import json
import sys

from PySide6.QtCore import QObject, QProcess, Signal


class Doctor(QObject):
    """Examines this computer once at a time.

    Signals
    -------
    report : dict
        The JSON object of ``klscope doctor --json``.
    problem : str
        One sentence, instead of a report.
    """

    report = Signal(object)
    problem = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._process = QProcess(self)
        self._process.finished.connect(self._on_finished)
        self._process.errorOccurred.connect(self._on_error)

    def start(self) -> None:
        """Begin, unless it is under way."""
        if self._process.state() == QProcess.ProcessState.NotRunning:
            self._process.start(sys.executable, ["-m", "compute.cli", "doctor", "--json"])

    def close(self) -> None:
        """End the child, if there is one."""
        self._process.finished.disconnect(self._on_finished)
        self._process.errorOccurred.disconnect(self._on_error)
        if self._process.state() != QProcess.ProcessState.NotRunning:
            self._process.kill()
            self._process.waitForFinished(2000)

    def _on_finished(self) -> None:
        out = bytes(self._process.readAllStandardOutput().data()).decode(errors="replace")
        try:
            found = json.loads(out)
        except ValueError:
            found = None
        if isinstance(found, dict):
            self.report.emit(found)
        else:
            said = bytes(self._process.readAllStandardError().data()).decode(errors="replace")
            last = (said.strip().splitlines() or ["it said nothing"])[-1]
            self.problem.emit(f"The check ended early: {last[:200]}. Run 'klscope doctor'.")

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self.problem.emit("The check could not be started. Run 'klscope doctor' in a terminal.")
