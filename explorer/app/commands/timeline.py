"""The timeline: play, step, go to an end, speed and axis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from explorer.app.commands.group import Handler

if TYPE_CHECKING:
    from explorer.app.build import App


class Timeline:
    """Commands of the timeline; the argument of a step is how many at once."""

    def __init__(self, app: App) -> None:
        self._app, self._state = app, app.state

    def table(self) -> Mapping[str, Handler]:
        timeline = self._app.shell.timeline
        return {
            "timeline.play": lambda _: self._toggle(),
            "timeline.forward": lambda n: timeline.step(n or 1),
            "timeline.back": lambda n: timeline.step(-(n or 1)),
            "timeline.start": lambda _: timeline.go_to_start(),
            "timeline.end": lambda _: timeline.go_to_end(),
            "timeline.loop": lambda _: timeline.toggle_loop(),
            "timeline.slower": lambda _: timeline.change_speed(-1),
            "timeline.faster": lambda _: timeline.change_speed(1),
            "timeline.axis": lambda axis: timeline.choose_axis(axis or timeline.next_axis()),
        }

    def close(self) -> None:
        pass

    def _toggle(self) -> None:
        self._state.timeline.playing = not self._state.timeline.playing
