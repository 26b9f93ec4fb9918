"""The timeline panel: 104 high, 56 when compact."""

from __future__ import annotations

import math
from collections.abc import Callable
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QSizePolicy

from explorer.panels.parts import Choice, Elided, IconButton, Links, Segments, label
from explorer.panels.timeline import spec
from explorer.panels.timeline.play import Player
from explorer.panels.timeline.scrub import Scrub
from explorer.state import axes
from explorer.state.course import Course, course_of, moved, read_out
from explorer.state.map import MapTables, TimelineState

HEIGHT, COMPACT_HEIGHT = 104, 56
CURVE_WORDS_FROM = 1000
SPEEDS = {0.25: "¼×", 0.5: "½×", 1.0: "1×", 2.0: "2×", 4.0: "4×", 8.0: "8×"}
FIRST_AXES = ("log", "step", "tokens", "loss")
"""Which axis is taken instead of one that nothing stands on, first come first served."""


class Timeline(QFrame):
    """What it goes along are the entries on the map. The clock of playing is here."""

    command = Signal(str, object)

    def __init__(self, state: TimelineState, clock: Callable[[], float] = perf_counter) -> None:
        super().__init__()
        self._state = state
        self._tables, self._course = MapTables(), Course()
        self._curve: tuple[str, NDArray[np.float64], NDArray[np.float64]] = ("", _NONE, _NONE)
        self._compact = False
        self._offered: list[str] = []
        self._player, self._played = Player(clock), math.nan
        self.setProperty("role", "strip")
        self.scrub = Scrub()
        self._back, self._play, self._on, self._loop = _transport()
        self._speed = Choice("Speed", [(str(k), v) for k, v in SPEEDS.items()], role="plain")
        self._speed.setToolTip("Speed of playing ([ slower, ] faster)")
        self._head, self._rest = label("", "heading"), Elided("caption")
        self._curve_words = Elided("caption")
        self._axis = Segments(axes.TITLES, "Axis")
        self._grid = QGridLayout(self)
        self._lay_out()
        self._clock = QTimer(self, timerType=Qt.TimerType.PreciseTimer)
        self._clock.timeout.connect(self._frame)
        self._links = Links()
        self._connect()
        self._take_course()
        self._show_playing()

    def _lay_out(self) -> None:
        transport = QHBoxLayout()
        transport.setSpacing(4)
        for button in (self._back, self._play, self._on, self._loop, self._speed):
            transport.addWidget(button)
        transport.addSpacing(10)
        transport.addWidget(self._head)
        self._grid.setContentsMargins(12, 9, 12, 3)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(2)
        self._grid.addLayout(transport, 0, 0)
        self._grid.addWidget(self._rest, 0, 1)
        self._grid.addWidget(self._curve_words, 0, 2)
        self._grid.addWidget(self._axis, 0, 3)
        self._rest.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self._grid.setColumnStretch(2, 1)
        self._curve_words.setAlignment(_RIGHT)
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
        self._show_room()
        self._loop.setVisible(not compact)
        self._speed.setVisible(not compact)
        self._grid.setContentsMargins(12, 9, 12, 9 if compact else 3)
        self.setFixedHeight(COMPACT_HEIGHT if compact else HEIGHT)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_room()

    def _show_room(self) -> None:
        self._curve_words.setVisible(not self._compact and self.width() >= CURVE_WORDS_FROM)

    def _connect(self) -> None:
        e = self._state.events
        self._links.to(self._take_course, e.axis)
        self._links.to(self._show_at, e.at)
        self._links.to(self._show_playing, e.playing, e.loop, e.speed)
        for button, command in (
            (self._back, "timeline.back"),
            (self._play, "timeline.play"),
            (self._on, "timeline.forward"),
            (self._loop, "timeline.loop"),
        ):
            button.clicked.connect(lambda _=False, c=command: self.command.emit(c, None))
        self._speed.chosen.connect(self._choose_speed)
        self._axis.chosen.connect(self.choose_axis)
        self.scrub.sought.connect(self._seek)

    # -- what the app hands over ------------------------------------------------------------------

    def set_tables(self, tables: MapTables) -> None:
        """What is on the map now. Coordinates alone change nothing here."""
        same = tables.entries is self._tables.entries
        if same and tables.bits_per_byte is self._tables.bits_per_byte:
            return
        self._tables = tables
        offers = {o.axis: o.why_not for o in axes.available(tables.entries, tables.bits_per_byte)}
        for axis, why_not in offers.items():
            self._axis.offer(axis, why_not or f"{spec.TIPS[axis]} (X)", offered=not why_not)
        self._offered = [axis for axis, why_not in offers.items() if not why_not]
        if self._offered and self._state.axis not in self._offered:
            self._state.axis = next(a for a in FIRST_AXES if a in self._offered)
            self._state.at = math.inf  # it was in the unit of the other axis
        self._take_course()

    def set_silhouette(self, steps: NDArray[np.float64], kl: NDArray[np.float64], run: str) -> None:
        """KL between neighbouring steps of ``run``; ``steps`` are the later ends."""
        self._curve = run, steps, kl
        self._show_curve()
        words = f"curve: KL between neighbouring steps, {run}" if len(steps) > 1 else ""
        self._curve_words.set_whole(words)

    # -- commands of the app ----------------------------------------------------------------------

    @property
    def course(self) -> Course:
        """What is gone along, on the axis in use."""
        return self._course

    def step(self, n: int) -> None:
        """``n`` checkpoints on, or back."""
        self._seek(moved(self._course, self._state.at, n))

    def go_to_start(self) -> None:
        if len(self._course.stops):
            self._seek(self._course.ends[0])

    def go_to_end(self) -> None:
        self._seek(math.inf)

    def choose_axis(self, axis: str) -> None:
        """Another axis; the playhead stays at about the same moment."""
        s, t = self._state, self._tables
        at = axes.converted(s.at, s.axis, axis, t.entries, t.bits_per_byte)
        s.axis = axis
        s.at = at

    def next_axis(self) -> str:
        """The one after the axis in use, of those that something stands on."""
        axis, offered = self._state.axis, self._offered
        return offered[(offered.index(axis) + 1) % len(offered)] if axis in offered else axis

    def toggle_loop(self) -> None:
        self._state.loop = not self._state.loop

    def change_speed(self, n: int) -> None:
        """``n`` places faster in the menu of speeds, or slower; the ends hold."""
        speeds = list(SPEEDS)
        nearest = min(speeds, key=lambda speed: abs(speed - self._state.speed))
        k = speeds.index(nearest) + n
        self._state.speed = speeds[min(max(k, 0), len(speeds) - 1)]

    # -- state to view ----------------------------------------------------------------------------

    def _take_course(self) -> None:
        t = self._tables
        self._course = course_of(self._state.axis, t.entries, t.bits_per_byte)
        for widget in (self._back, self._play, self._on):
            widget.setEnabled(self._course.plays)
        if not self._course.plays:
            self._state.playing = False
        self._axis.show_key(self._state.axis)
        self._head.setMinimumWidth(0)
        self._show_curve()
        self._show_at()

    def _show_curve(self) -> None:
        self.scrub.set_course(self._course, spec.silhouette(self._course, *self._curve))

    def _show_at(self) -> None:
        words = read_out(self._course, self._state.at)
        if self._head.text() != words.head:
            _show_steadily(self._head, words.head)
        self._rest.set_whole(words.rest)
        self.scrub.show_at(self._state.at, f"{words.head}, {words.rest}".rstrip(", "))

    def _show_playing(self) -> None:
        s = self._state
        self._play.show_icon("pause-fill" if s.playing else "play-fill")
        self._play.set_tip("Pause (Space)" if s.playing else "Play (Space)")
        self._loop.setChecked(s.loop)
        self._loop.show_token("accent" if s.loop else "text2")
        self._speed.show_key(str(s.speed))
        if s.playing and not self._clock.isActive():
            self._begin()
        elif not s.playing:
            self._clock.stop()

    # -- playing ----------------------------------------------------------------------------------

    def _begin(self) -> None:
        if not self._course.plays:
            self._state.playing = False
            return
        if self.scrub.scale().share(self._state.at) >= 1.0:
            self._state.at = self._course.ends[0]
        self._follow()
        self._clock.start(self._frame_ms())

    def _frame_ms(self) -> int:
        """A little less than one frame of this screen."""
        return max(1, int(1000 / max(self.screen().refreshRate(), 30.0)))

    def _follow(self) -> None:
        """Go on from where the playhead was put by someone else."""
        self._player.begin(self.scrub.scale().share(self._state.at))
        self._played = self._state.at

    def _frame(self) -> None:
        s, scale = self._state, self.scrub.scale()
        if s.at != self._played:
            self._follow()
        share = self._player.share(s.speed)
        if share >= 1.0 and s.loop:
            self._player.begin(share % 1.0)
            share %= 1.0
        self._played = scale.place(share)
        s.at = self._played
        if share >= 1.0:
            s.playing = False

    # -- gestures to state ------------------------------------------------------------------------

    def _seek(self, at: float) -> None:
        self._state.playing = False
        self._state.at = at

    def _choose_speed(self, key: str) -> None:
        self._state.speed = float(key)

    def close(self) -> bool:
        self._clock.stop()
        self._links.close()
        return super().close()


def _transport() -> tuple[IconButton, IconButton, IconButton, IconButton]:
    back = IconButton("skip-back-fill", "Step back (Left, Shift+Left ten at once)", token="text")
    play = IconButton("play-fill", "Play (Space)", role="round", token="onaccent")
    on = IconButton("skip-forward-fill", "Step forward (Right, Shift+Right ten at once)",
                    token="text")  # fmt: skip
    loop = IconButton("repeat-bold", "Play again and again (O)")
    loop.setCheckable(True)
    for button in (back, on):
        button.setAutoRepeat(True)
    return back, play, on, loop


def _show_steadily(words: QLabel, text: str) -> None:
    """Set a text that changes while it plays; what stands beside it moves only to the right."""
    words.setText(text)
    words.setMinimumWidth(max(words.minimumWidth(), words.sizeHint().width()))


_NONE = np.zeros(0)
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
