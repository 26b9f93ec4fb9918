"""A slider of one number of the map, with its name and its value."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QSlider, QWidget

from explorer.panels.parts import IconLabel, label
from explorer.panels.viewbar.spec import Scale
from explorer.state.map import MapState


class Scaled(QWidget):
    """While its handle is dragged, ``MapState.held`` is set; keys and the wheel hold nothing."""

    def __init__(self, state: MapState, scale: Scale, *, width: int, value_width: int) -> None:
        super().__init__()
        self._state, self._scale = state, scale
        self.words, self._value = label(scale.title, "caption"), label("", "medium")
        self.icon = IconLabel(scale.icon or "sliders-horizontal", "text3", 16)
        self.icon.setVisible(bool(scale.icon))
        self.slider = self._made(width)
        self._value.setFixedWidth(value_width)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for widget in (self.icon, self.words, self.slider, self._value):
            row.addWidget(widget)
        self.slider.valueChanged.connect(self._slide)
        self.slider.sliderPressed.connect(self._press)
        self.slider.sliderReleased.connect(self._release)

    def _made(self, width: int) -> QSlider:
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setRange(0, self._scale.ticks)
        slider.setPageStep(self._scale.page)
        slider.setSingleStep(self._scale.step)
        slider.setFixedWidth(width)
        slider.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        slider.setAccessibleName(self._scale.title)
        return slider

    def refresh(self) -> None:
        """Show the state now."""
        value = getattr(self._state, self._scale.field)
        self.slider.blockSignals(True)
        self.slider.setValue(self._scale.tick_of(value))
        self.slider.blockSignals(False)
        self._value.setText(self._scale.words(value))
        tip = self._scale.tip.format(seed=self._state.seed)
        self.slider.setToolTip(tip)
        self.words.setToolTip(tip)
        self.icon.setToolTip(tip)

    def _slide(self, tick: int) -> None:
        current = getattr(self._state, self._scale.field)
        setattr(self._state, self._scale.field, self._scale.slid(tick, current))

    def _press(self) -> None:
        self._state.held = True

    def _release(self) -> None:
        self._state.held = False

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if self.slider.isSliderDown():
            self.slider.setSliderDown(False)
