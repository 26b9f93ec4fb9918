"""The view bar, 44 high, over the map."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSlider

from explorer.panels.display import Display
from explorer.panels.parts import IconLabel, Links, Segments, frame, label
from explorer.panels.viewbar import spec
from explorer.state.library import LibraryState
from explorer.state.map import METHODS, MapState

HEIGHT, LEAST = 44, 320
_TIP = (
    "Perplexity: about how many neighbours each point keeps. The map is computed again; "
    "the seed stays {seed}."
)


class ViewBar(QFrame):
    """Gestures set the fields of ``MapState``; a 2 px line under it says that the map is live."""

    command = Signal(str, object)

    def __init__(self, state: MapState, library: LibraryState) -> None:
        super().__init__()
        self._state = state
        self.setProperty("role", "viewbar")
        self.setFixedHeight(HEIGHT)
        self.setMinimumWidth(LEAST)
        self._method = Segments(METHODS, "Method")
        self._dims = Segments({"2": "2D", "3": "3D"}, "Dimensions")
        for key in "23":
            self._dims.button(key).setToolTip("2D or 3D (3)")
        self._words, self._value = label("Perplexity", "caption"), label("", "medium")
        self._slider = self._made_slider()
        self._seed, self._seed_words = self._chip()
        self.display = Display(state, library)
        self._live = frame("live", 2)
        self._lay_out()
        self._links = Links()
        e = state.events
        self._links.to(self.refresh, e.method, e.dims, e.perplexity, e.seed, e.live)
        self._method.chosen.connect(self._choose_method)
        self._dims.chosen.connect(self._choose_dims)
        self._slider.valueChanged.connect(self._slide)
        self.refresh()

    def _made_slider(self) -> QSlider:
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setRange(0, spec.TICKS)
        slider.setPageStep(20)
        slider.setSingleStep(4)
        slider.setFixedWidth(110)
        slider.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        slider.setAccessibleName("Perplexity")
        return slider

    def _chip(self) -> tuple[QFrame, QLabel]:
        chip = frame("chipframe", 22)
        words = label("", "small")
        row = QHBoxLayout(chip)
        row.setContentsMargins(8, 0, 9, 0)
        row.setSpacing(5)
        row.addWidget(IconLabel("lock-simple", "text2", 14))
        row.addWidget(words)
        chip.setToolTip("The seed is fixed: the same file and choices give the same map.")
        return chip, words

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(8)
        self._live.setParent(self)
        self._value.setFixedWidth(30)
        for widget, gap in (
            (self._method, 2), (self._dims, 4), (self._words, 0), (self._slider, 0),
            (self._value, 0), (self._seed, 0),
        ):  # fmt: skip
            row.addWidget(widget)
            row.addSpacing(gap)
        row.addStretch(1)
        row.addWidget(self.display)

    def refresh(self) -> None:
        """Show the state now."""
        s = self._state
        self._method.show_key(s.method)
        self._dims.show_key(str(s.dims))
        self._slider.blockSignals(True)
        self._slider.setValue(spec.tick_of(s.perplexity))
        self._slider.blockSignals(False)
        self._value.setText(f"{s.perplexity:g}")
        self._slider.setToolTip(_TIP.format(seed=s.seed))
        self._seed_words.setText(f"seed {s.seed}")
        self._live.setVisible(s.live)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._live.setGeometry(0, self.height() - 2, self.width(), 2)
        self._fit()

    def _fit(self) -> None:
        """A narrow bar leaves words out; PCA has no perplexity and no seed."""
        tsne, width = self._state.method == "tsne", self.width()
        self._slider.setVisible(tsne)
        self._value.setVisible(tsne)
        self._words.setVisible(tsne and width >= spec.HIDE_WORDS_BELOW)
        self._seed.setVisible(tsne and width >= spec.HIDE_SEED_BELOW)
        self.display.fit(width)

    def _choose_method(self, key: str) -> None:
        self._state.method = key

    def _choose_dims(self, key: str) -> None:
        self._state.dims = int(key)

    def _slide(self, tick: int) -> None:
        self._state.perplexity = spec.slid(tick, self._state.perplexity)

    def close(self) -> bool:
        self._links.close()
        self.display.close()
        return super().close()
