"""The view bar, 44 high, over the map."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout

from explorer.panels.display import Display
from explorer.panels.parts import Choice, IconButton, IconLabel, Links, Segments, frame, label
from explorer.panels.viewbar import spec
from explorer.panels.viewbar.scaled import Scaled
from explorer.state.library import LibraryState
from explorer.state.map import MapState

HEIGHT, LEAST = 44, 320
_SEED_TIP = "The seed is fixed: the same file and choices give the same map."
_PREVIEW_TIP = (
    "A preview: it goes on from the picture before. Let go, and the map of these values is "
    "computed from PCA."
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
        self._method = Segments(spec.FAMILIES, "Method")
        for key, tip in spec.TIPS.items():
            self._method.button(key).setToolTip(tip)
        self._dims = Segments({"2": "2D", "3": "3D"}, "Dimensions")
        for key in "23":
            self._dims.button(key).setToolTip("2D or 3D (3)")
        self._scaling = Choice("Scaling", spec.SCALINGS.items())
        self._scaling.setToolTip(spec.SCALING_TIP)
        self._components = Choice("Components", spec.component_choices(2).items())
        self._components.setToolTip("Principal components along the axes, largest first")
        self.perplexity = Scaled(state, spec.PERPLEXITY, width=80, value_width=28)
        self.exaggeration = Scaled(state, spec.EXAGGERATION, width=48, value_width=34)
        self._seed = self._chip()
        self._pause = IconButton("pause", "Pause the optimisation (P)")
        self._again = IconButton("arrows-clockwise", "Re-optimise all (Shift+R)", token="accent")
        self.display = Display(state, library)
        self._live = frame("live", 2)
        self._lay_out()
        self._links = Links()
        self._connect()
        self.refresh()

    def _connect(self) -> None:
        e = self._state.events
        self._links.to(
            self.refresh, e.method, e.dims, e.components, e.perplexity, e.exaggeration, e.seed,
            e.live, e.halted, e.preview, e.base,
        )  # fmt: skip
        self._method.chosen.connect(self._choose_family)
        self._dims.chosen.connect(self._choose_dims)
        self._scaling.chosen.connect(self._choose_scaling)
        self._components.chosen.connect(self._choose_components)
        self._pause.clicked.connect(lambda: self.command.emit("map.halt", None))
        self._again.clicked.connect(lambda: self.command.emit("map.reoptimise", None))

    def _chip(self) -> QFrame:
        chip = frame("chipframe", 22)
        self._chip_icon, self._chip_words = (
            IconLabel("lock-simple", "text2", 14),
            label("", "small"),
        )
        row = QHBoxLayout(chip)
        row.setContentsMargins(8, 0, 9, 0)
        row.setSpacing(5)
        row.addWidget(self._chip_icon)
        row.addWidget(self._chip_words)
        return chip

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(8)
        self._live.setParent(self)
        for widget, gap in (
            (self._method, 0), (self._scaling, 0), (self._dims, 4), (self._components, 0),
            (self.perplexity, 0), (self.exaggeration, 0), (self._seed, 0), (self._pause, 0),
            (self._again, 0),
        ):  # fmt: skip
            row.addWidget(widget)
            row.addSpacing(gap)
        row.addStretch(1)
        row.addWidget(self.display)

    def refresh(self) -> None:
        """Show the state now."""
        s = self._state
        self._method.show_key(spec.family_of(s.method))
        self._scaling.show_key(s.method)
        self._dims.show_key(str(s.dims))
        self._show_components()
        self.perplexity.refresh()
        self.exaggeration.refresh()
        self._chip_icon.show_icon("eye" if s.preview else "lock-simple", "text2")
        self._chip_words.setText("preview" if s.preview else f"seed {s.seed}")
        self._seed.setToolTip(_PREVIEW_TIP if s.preview else _SEED_TIP)
        self._pause.show_icon("play" if s.halted else "pause")
        self._pause.set_tip("Go on with the optimisation (P)" if s.halted
                            else "Pause the optimisation (P)")  # fmt: skip
        self._again.set_tip(
            f"Re-optimise all (Shift+R). {s.base}: compute the map of all entries together; "
            "it is turned onto this picture."
        )
        self._live.setVisible(s.live)
        self._fit()

    def _show_components(self) -> None:
        offered = spec.component_choices(self._state.dims)
        key = spec.key_of(self._state.components[: self._state.dims])
        offered.setdefault(key, f"PC {key.replace(',', ', ')}")
        self._components.set_options(offered.items())
        self._components.show_key(key)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._live.setGeometry(0, self.height() - 2, self.width(), 2)
        self._fit()

    def _fit(self) -> None:
        """Each method has its own choices; a narrow bar leaves some out, then words.

        Unless there is much room, seed, preview and pause share a place.
        """
        s, width = self._state, self.width()
        tsne = s.method == "tsne"
        self._scaling.setVisible(s.method in spec.SCALINGS)
        self._components.setVisible(s.method == "pca")
        self.perplexity.setVisible(tsne and width >= spec.HIDE_PERPLEXITY_BELOW)
        self.perplexity.words.setVisible(width >= spec.HIDE_WORDS_BELOW)
        self.exaggeration.setVisible(tsne and width >= spec.HIDE_EXAGGERATION_BELOW)
        roomy = width >= spec.ROOMY
        self.exaggeration.words.setVisible(roomy)
        self.exaggeration.icon.setVisible(not roomy)
        seed = width >= spec.HIDE_SEED_BELOW and (roomy or not (s.live or s.base))
        self._seed.setVisible(tsne and (seed or s.preview))
        self._pause.setVisible(s.live and not s.preview)
        self._again.setVisible(bool(s.base))
        self.display.fit(width)

    def _choose_family(self, key: str) -> None:
        if spec.family_of(self._state.method) != key:
            self._state.method = key

    def _choose_scaling(self, key: str) -> None:
        self._state.method = key

    def _choose_dims(self, key: str) -> None:
        self._state.dims = int(key)

    def _choose_components(self, key: str) -> None:
        self._state.components = spec.components_of(key)

    def close(self) -> bool:
        self._links.close()
        self.display.close()
        return super().close()
