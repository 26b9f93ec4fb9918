"""Many changes, one update."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer


class Later(QTimer):
    """Calls ``then`` once, at most every ``interval`` ms, however often it is asked."""

    def __init__(self, parent: QObject, interval: int, then: Callable[[], None]) -> None:
        super().__init__(parent, singleShot=True, interval=interval)
        self.timeout.connect(then)

    def ask(self) -> None:
        """Soon, unless it is already on its way."""
        if not self.isActive():
            self.start()
