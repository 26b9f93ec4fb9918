"""The timeline panel: 104 high, 56 when compact."""

from __future__ import annotations

import math
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout

from compute.core.tables import Entry
from explorer.panels.parts import Choice, Elided, IconButton, Later, Links, Segments, label
from explorer.panels.timeline import spec
from explorer.panels.timeline.scrub import Scrub
from explorer.state.library import LibraryState, usable
from explorer.state.map import TimelineState

HEIGHT, COMPACT_HEIGHT = 104, 56
CURVE_WORDS_FROM = 900
FRAME_MS, REFRESH_MS = 33, 120
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
SPEEDS = {0.25: "¼×", 0.5: "½×", 1.0: "1×", 2.0: "2×", 4.0: "4×"}


class Timeline(QFrame):
    """Its steps are those of the entries that can be shown. The clock of playing is here."""

    command = Signal(str, object)

    def __init__(self, state: TimelineState, library: LibraryState) -> None:
        super().__init__()
        self._state, self._library = state, library
        self._entries: tuple[Entry, ...] = ()
        self._steps: tuple[int, ...] = ()
        self._compact = False
        self._last_frame = 0.0
        self.setProperty("role", "strip")
        self.scrub = Scrub()
        self._start = IconButton("skip-back-fill", "To the start (Home)", token="text")
        self._play = IconButton("play-fill", "Play (Space)", role="round", token="onaccent")
        self._end = IconButton("skip-forward-fill", "To the end (End)", token="text")
        self._loop = IconButton("repeat-bold", "Play again and again", token="accent")
        self._loop.setCheckable(True)
        self._speed = Choice("Speed", [(str(k), v) for k, v in SPEEDS.items()], role="plain")
        self._speed.setToolTip("Speed of playing")
        self._head, self._rest = label("", "heading"), Elided("caption")
        self._curve = Elided("caption")
        self._axis = Segments(spec.AXES, "Axis")
        self._grid = QGridLayout(self)
        self._lay_out()
        self._clock = QTimer(self, interval=FRAME_MS)
        self._clock.timeout.connect(self._frame)
        self._refresh_steps = Later(self, REFRESH_MS, self._entries_changed)
        self._links = Links()
        self._connect()
        self._entries_changed()
        self._show_playing()

    def _lay_out(self) -> None:
        transport = QHBoxLayout()
        transport.setSpacing(4)
        for button in (self._start, self._play, self._end, self._loop, self._speed):
            transport.addWidget(button)
        transport.addSpacing(10)
        transport.addWidget(self._head)
        self._grid.setContentsMargins(12, 9, 12, 3)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(2)
        self._grid.addLayout(transport, 0, 0)
        self._grid.addWidget(self._rest, 0, 1)
        self._grid.addWidget(self._curve, 0, 2)
        self._grid.addWidget(self._axis, 0, 3)
        self._grid.setColumnStretch(1, 1)
        self._grid.setColumnStretch(2, 1)
        self._curve.setAlignment(_RIGHT)
        self.set_compact(compact=False)

    def set_compact(self, *, compact: bool) -> None:
        """One row without the silhouette, or two with it."""
        self._compact = compact
        self._grid.removeWidget(self.scrub)
        self.scrub.set_compact(compact=compact)
        if compact:
            self._grid.addWidget(self.scrub, 0, 1, 1, 2)
        else:
            self._grid.addWidget(self.scrub, 1, 0, 1, 4)
        self._rest.setVisible(not compact)
        self._curve.setVisible(not compact and self.width() >= CURVE_WORDS_FROM)
        self._loop.setVisible(not compact)
        self._speed.setVisible(not compact)
        self._grid.setContentsMargins(12, 9, 12, 9 if compact else 3)
        self.setFixedHeight(COMPACT_HEIGHT if compact else HEIGHT)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._curve.setVisible(not self._compact and self.width() >= CURVE_WORDS_FROM)

    def _connect(self) -> None:
        e = self._state.events
        self._links.to(self._show_step, e.at, e.axis)
        self._links.to(self._show_playing, e.playing, e.loop, e.speed)
        self._links.to(self._refresh_steps.ask, self._library.events.entries)
        self._start.clicked.connect(lambda: self.command.emit("timeline.start", None))
        self._end.clicked.connect(lambda: self.command.emit("timeline.end", None))
        self._play.clicked.connect(lambda: self.command.emit("timeline.play", None))
        self._loop.clicked.connect(self._toggle_loop)
        self._speed.chosen.connect(self._choose_speed)
        self._axis.chosen.connect(self._choose_axis)
        self.scrub.sought.connect(self._seek)

    # -- commands of the app ----------------------------------------------------------------------

    def set_silhouette(self, steps: NDArray[np.float64], kl: NDArray[np.float64], run: str) -> None:
        """KL between neighbouring steps of ``run``; ``steps`` are the later ends."""
        self.scrub.set_silhouette(steps, kl)
        shown = len(steps) > 1
        self._curve.set_whole(f"curve: KL between neighbouring steps, {run}" if shown else "")

    def step(self, n: int) -> None:
        """``n`` checkpoints on, or back."""
        self._seek(spec.moved(self._steps, self._state.at, n))

    def go_to_start(self) -> None:
        if self._steps:
            self._seek(float(self._steps[0]))

    def go_to_end(self) -> None:
        self._seek(math.inf)

    # -- state to view ----------------------------------------------------------------------------

    def _entries_changed(self) -> None:
        first = self._library.first_round
        self._entries = tuple(e for e in self._library.entries if usable(e, first))
        self._steps = spec.steps_of(self._entries)
        for widget in (self._start, self._play, self._end):
            widget.setEnabled(len(self._steps) > 1)
        self._show_step()

    def _show_step(self) -> None:
        last = float(self._steps[-1]) if self._steps else 0.0
        words = spec.read_out(self._entries, self._steps, self._state.at)
        if self._head.text() != words.head:
            self._head.setText(words.head)
        self._rest.set_whole(words.rest)
        self._axis.show_key(self._state.axis)
        self.scrub.show_step(self._state.axis, last, self._state.at)

    def _show_playing(self) -> None:
        s = self._state
        self._play.show_icon("pause-fill" if s.playing else "play-fill")
        self._play.set_tip("Pause (Space)" if s.playing else "Play (Space)")
        self._loop.setChecked(s.loop)
        self._speed.show_key(str(s.speed))
        if s.playing and not self._clock.isActive():
            self._begin()
        elif not s.playing:
            self._clock.stop()

    # -- playing ----------------------------------------------------------------------------------

    def _begin(self) -> None:
        if len(self._steps) < 2:
            self._state.playing = False
            return
        if self._state.at >= self._steps[-1]:
            self._state.at = float(self._steps[0])
        self._last_frame = perf_counter()
        self._clock.start()

    def _frame(self) -> None:
        now = perf_counter()
        seconds, self._last_frame = now - self._last_frame, now
        s = self._state
        at = spec.played(self.scrub.scale(), s.at, min(seconds, 0.25), s.speed)
        if math.isfinite(at):
            s.at = at
        elif s.loop:
            s.at = float(self._steps[0])
        else:
            s.at, s.playing = math.inf, False

    # -- gestures to state ------------------------------------------------------------------------

    def _seek(self, step: float) -> None:
        self._state.playing = False
        self._state.at = step

    def _toggle_loop(self) -> None:
        self._state.loop = not self._state.loop
        self._loop.setChecked(self._state.loop)

    def _choose_speed(self, key: str) -> None:
        self._state.speed = float(key)

    def _choose_axis(self, key: str) -> None:
        self._state.axis = key

    def close(self) -> bool:
        self._clock.stop()
        self._links.close()
        return super().close()
