"""The right end of the view bar: colour, fade, and a button for the rest."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QFrame, QHBoxLayout

from explorer.panels.display import spec
from explorer.panels.display.popover import Popover
from explorer.panels.parts import Choice, IconButton, Later, Links, label
from explorer.state.colouring import Option, options
from explorer.state.library import LibraryState
from explorer.state.map import FADES, MapState

REFRESH_MS = 200


class Display(QFrame):
    """Gestures set fields of ``MapState``; what can be coloured by follows the entries."""

    def __init__(self, state: MapState, library: LibraryState) -> None:
        super().__init__()
        self._state, self._library = state, library
        self._options: tuple[Option, ...] = options(())
        self.setProperty("role", "quiet")
        self._colour_words, self._fade_words = label("Colour", "caption"), label("Fade", "caption")
        self._colour = Choice("Colour", [(o.key, o.title) for o in self._options])
        self._colour.setToolTip("What colours stand for")
        self._fade = Choice("Fade", FADES.items())
        self._fade.setToolTip(spec.FADE_TIP)
        self._more = IconButton("sliders-horizontal", "How the map is drawn (D)")
        self._popover = Popover(state, self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for widget in (
            self._colour_words, self._colour, self._fade_words, self._fade, self._more,
        ):  # fmt: skip
            row.addWidget(widget)
        self._later = Later(self, REFRESH_MS, self._entries_changed)
        self._links = Links()
        self._connect()
        self._entries_changed()

    def _connect(self) -> None:
        e = self._state.events
        rest = (getattr(e, row.field) for row in (*spec.ROWS, *spec.SWITCHES))
        self._links.to(self.refresh, e.colour, *rest)
        self._links.to(self._later.ask, self._library.events.entries)
        self._colour.chosen.connect(self._choose_colour)
        self._fade.chosen.connect(self._choose_fade)
        self._more.clicked.connect(self.open)

    def open(self) -> None:
        """Show the rest of the choices."""
        self._popover.open_under(self._more)

    def refresh(self) -> None:
        """Show the state now."""
        option = spec.chosen(self._options, self._state.colour)
        offered = {o.key: o.title for o in (*self._options, option)}
        self._colour.set_options(offered.items())
        self._colour.show_key(option.key)
        self._fade.show_key(self._state.fade)
        self._fade.setEnabled(not option.values)
        self._fade.setToolTip(
            "Colours that stand for values do not fade" if option.values else spec.FADE_TIP
        )
        self._popover.show_option(option)

    def fit(self, room: int) -> None:
        """A narrow bar leaves out the fade, which the popover has too, then words."""
        for widget in (self._fade_words, self._fade):
            widget.setVisible(room >= spec.HIDE_FADE_BELOW)
        self._colour_words.setVisible(room >= spec.HIDE_WORDS_BELOW)

    def _entries_changed(self) -> None:
        self._options = options(self._library.entries)
        self.refresh()

    def _choose_colour(self, key: str) -> None:
        self._state.colour = replace(self._state.colour, by=key, palette="")

    def _choose_fade(self, key: str) -> None:
        self._state.fade = key

    def close(self) -> bool:
        self._later.stop()
        self._links.close()
        self._popover.close()
        return super().close()
