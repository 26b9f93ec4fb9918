"""The bar above the map: method, dimensions, perplexity, seed, fade."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QSlider, QToolButton, QWidget

from explorer.panels.parts import Segments, fill, label
from explorer.state.map import FADES, METHODS, MapState
from explorer.theme.icons import icon
from explorer.theme.tokens import Tokens

LOWEST, HIGHEST = 5, 100


class ViewBar(QFrame):
    """State in, choices out. The perplexity is sent when the slider rests."""

    command = Signal(str, object)

    def __init__(self, state: MapState, tokens: Tokens, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.setProperty("role", "viewbar")
        self.setFixedHeight(44)
        self.method = Segments(METHODS)
        self.dims = Segments({"2": "2D", "3": "3D"})
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.seed = QToolButton()
        self.fade = QComboBox()
        self._make(tokens)
        self._rest = QTimer(self, singleShot=True, interval=200)
        self._rest.timeout.connect(self._send_perplexity)
        self._connect()
        self._show_all()

    def _make(self, tokens: Tokens) -> None:
        self.slider.setRange(LOWEST, HIGHEST)
        self.slider.setFixedWidth(110)
        self.slider.setToolTip(
            "Perplexity: about how many neighbours each point keeps. "
            "The map is computed again; the seed stays the same."
        )
        self.slider.setAccessibleName("Perplexity")
        self.method.button("tsne").setToolTip(
            "t-SNE keeps neighbours together. Distances across the map have no scale."
        )
        self.method.button("pca").setToolTip(
            "PCA shows the directions of largest mean KL; the axes say their share."
        )
        self.seed.setProperty("role", "chip")
        self.seed.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.seed.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.seed.setToolTip("The seed is fixed: the same file and parameters give the same map.")
        self.fade.addItems(list(FADES.values()))
        self.fade.setToolTip("What a run fades by, from early to late.")
        self.fade.setAccessibleName("Fade")
        self._value = label("", "body")
        self._value.setFixedWidth(26)
        self._perplexity = label("Perplexity", "muted")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 0, 12, 0)
        layout.setSpacing(0)
        fill(
            layout, self.method, 12, self.dims, 12, self._perplexity, 8, self.slider, 8,
            self._value, 4, self.seed, None, label("Fade", "muted"), 8, self.fade,
        )  # fmt: skip
        self.set_tokens(tokens)

    def _connect(self) -> None:
        self.method.chosen.connect(lambda key: setattr(self._state, "method", key))
        self.dims.chosen.connect(lambda key: setattr(self._state, "dims", int(key)))
        self.fade.activated.connect(lambda k: setattr(self._state, "fade", list(FADES)[k]))
        self.slider.valueChanged.connect(self._on_slider)
        events = self._state.events
        for signal in (events.method, events.dims, events.perplexity, events.fade, events.seed):
            signal.connect(self._show_all)

    def close(self) -> bool:
        self._rest.stop()
        events = self._state.events
        for signal in (events.method, events.dims, events.perplexity, events.fade, events.seed):
            signal.disconnect(self._show_all)
        return super().close()

    def _on_slider(self, value: int) -> None:
        self._value.setText(str(value))
        self._rest.start()

    def _send_perplexity(self) -> None:
        self._state.perplexity = float(self.slider.value())

    def _show_all(self) -> None:
        self.method.show_choice(self._state.method)
        self.dims.show_choice(str(self._state.dims))
        if not self.slider.isSliderDown() and not self._rest.isActive():
            self.slider.blockSignals(True)
            self.slider.setValue(round(self._state.perplexity))
            self.slider.blockSignals(False)
            self._value.setText(f"{self._state.perplexity:g}")
        self.seed.setText(f"seed {self._state.seed}")
        self.fade.setCurrentText(FADES[self._state.fade])
        for widget in (self._perplexity, self.slider, self._value, self.seed):
            widget.setVisible(self._state.method == "tsne")

    def set_tokens(self, tokens: Tokens) -> None:
        self.seed.setIcon(icon("lock-simple", tokens.text2, 12))
