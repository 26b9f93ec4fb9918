"""The popover with everything about how the map is drawn."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QWidget

from explorer.panels.display import spec
from explorer.panels.parts import Check, Choice, label, rule
from explorer.state.colouring import Option
from explorer.state.map import MapState
from explorer.theme.ramps import NAMES, VALUES

CHOICE, GAP = 168, 6


class Popover(QFrame):
    """Gestures set fields of ``MapState``. Closes with Esc or a click away."""

    def __init__(self, state: MapState, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self._state = state
        self._option = Option("run", "run", False)
        self.setProperty("role", "popup")
        self.setAccessibleName("How the map is drawn")
        self._scale = self._choice("Scale", spec.SCALES, "Along the colour bar")
        self._palette = self._choice("Palette", {}, "Colours that colour-blind eyes can tell apart")
        self._rows = {r.field: self._choice(r.title, r.words, r.tip) for r in spec.ROWS}
        self._switches = {s.field: self._switch(s) for s in spec.SWITCHES}
        self._lay_out()
        self._scale.chosen.connect(lambda key: self._recolour(scale=key))
        self._palette.chosen.connect(lambda key: self._recolour(palette=key))
        for row in spec.ROWS:
            self._rows[row.field].chosen.connect(lambda key, row=row: self._choose(row, key))

    def _choice(self, title: str, words: object, tip: str) -> Choice:
        made = Choice(title, [(str(k), v) for k, v in dict(words).items()])  # type: ignore[call-overload]
        made.setFixedWidth(CHOICE)
        made.setToolTip(tip)
        return made

    def _switch(self, switch: spec.Switch) -> Check:
        made = Check(switch.title, switch.tip)
        made.toggled.connect(lambda on: setattr(self._state, switch.field, on))
        return made

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(14, 12, 14, 12)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(GAP)
        heads = (("Scale", self._scale), ("Palette", self._palette))
        titled = (*heads, *((r.title, self._rows[r.field]) for r in spec.ROWS))
        self._titles: dict[str, QLabel] = {}
        for at, (title, choice) in enumerate(titled):
            self._titles[title] = label(title, "caption")
            grid.addWidget(self._titles[title], at, 0)
            grid.addWidget(choice, at, 1)
        grid.addWidget(rule(), len(titled), 0, 1, 2)
        for at, switch in enumerate(self._switches.values(), len(titled) + 1):
            grid.addWidget(switch, at, 0, 1, 2)

    def show_option(self, option: Option) -> None:
        """What is coloured by: values have a scale and ramps, names have palettes."""
        self._option = option
        self.refresh()

    def refresh(self) -> None:
        """Show the state now."""
        s, values = self._state, self._option.values
        usual = {"": "usual"}
        self._palette.set_options({**usual, **(VALUES if values else NAMES)}.items())
        known = s.colour.palette in (VALUES if values else NAMES)
        self._palette.show_key(s.colour.palette if known else "")
        self._scale.show_key(s.colour.scale)
        self._scale.setEnabled(values)
        self._scale.setToolTip("Along the colour bar" if values else "Names have no scale")
        for row in spec.ROWS:
            self._rows[row.field].show_key(str(getattr(s, row.field)))
        for field, switch in self._switches.items():
            switch.blockSignals(True)
            switch.setChecked(getattr(s, field))
            switch.blockSignals(False)

    def open_under(self, widget: QWidget) -> None:
        """Show it with its right edge under that of ``widget``."""
        self.refresh()
        self.adjustSize()
        corner = widget.mapToGlobal(QPoint(widget.width() - self.width(), widget.height() + 4))
        room = widget.screen().availableGeometry()
        corner.setX(max(room.left(), min(corner.x(), room.right() - self.width())))
        self.move(corner)
        self.show()
        self._palette.setFocus(Qt.FocusReason.PopupFocusReason)

    def _recolour(self, **changes: str) -> None:
        self._state.colour = replace(self._state.colour, **changes)

    def _choose(self, row: spec.Row, key: str) -> None:
        setattr(self._state, row.field, next(v for v in row.words if str(v) == key))
