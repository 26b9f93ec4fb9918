"""The whole screen, and back to where the window was."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QWidget

GRANTED_MS = 250
"""By then a window manager has made the window as large as the screen. Where there is none, or it
does not, the window does so itself."""


class FullScreen:
    """Makes ``window`` fill its screen and puts it back."""

    def __init__(self, window: QWidget) -> None:
        self._window = window
        self._state, self._geometry = window.windowState(), window.geometry()
        self._on = False
        self._granted = QTimer(window, singleShot=True, interval=GRANTED_MS)
        self._granted.timeout.connect(self._fill)

    def set_on(self, *, on: bool) -> None:
        """Twice the same changes nothing."""
        if on == self._on:
            return
        self._on = on
        if on:
            self._enter()
        else:
            self._leave()

    def _enter(self) -> None:
        self._state, self._geometry = self._window.windowState(), self._window.geometry()
        self._window.setWindowState(self._state | Qt.WindowState.WindowFullScreen)
        self._granted.start()

    def _fill(self) -> None:
        room = self._window.screen().geometry()
        if self._window.geometry() != room:
            self._window.setGeometry(room)

    def _leave(self) -> None:
        self._granted.stop()
        self._window.setWindowState(self._state)
        large = Qt.WindowState.WindowMaximized | Qt.WindowState.WindowFullScreen
        if not self._state & large:
            self._window.setGeometry(self._geometry)
