"""The bar over a view, 44 high: controls made from its description, and those every view has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QWidget

from explorer.panels.parts import Check, Choice, IconButton, PushButton, Segments, frame, label
from explorer.plots.contract import Option, PlotKind
from explorer.plots.host.spec import Piece, fit
from explorer.state.views import PlotState

HEIGHT, GAP, EDGE = 44, 8, 12


class Control:
    """One option: its words, its widget, and how it shows a value."""

    def __init__(self, option: Option, choose: Callable[[Any], None]) -> None:
        self.option = option
        self.words: QLabel | None = None
        self._keys = {str(key): key for key in option.choices}
        self._choose = choose
        self.widget: Segments | Choice | Check
        match option.look:
            case "segments":
                self.widget = Segments(option.choices, option.title)
                for key in option.choices:
                    self.widget.button(key).setToolTip(option.tip or option.choices[key])
                self.widget.chosen.connect(self._chosen)
            case "menu":
                self.words = label(option.title, "caption")
                self.widget = Choice(option.title, option.choices.items())
                self.widget.setToolTip(option.tip or option.title)
                self.widget.chosen.connect(self._chosen)
            case _:
                self.widget = Check(option.title, option.tip or option.title)
                self.widget.toggled.connect(choose)

    def _chosen(self, key: str) -> None:
        self._choose(type(self.option.usual)(key))

    def show_value(self, value: Any) -> None:
        if isinstance(self.widget, Check):
            blocked = self.widget.blockSignals(True)
            self.widget.setChecked(bool(value))
            self.widget.blockSignals(blocked)
        else:
            self.widget.show_key(str(value))

    def add_to(self, menu: QMenu, value: Any) -> None:
        """The same choice as a menu, for a bar without room."""
        option = self.option
        if isinstance(self.widget, Check):
            action = menu.addAction(option.title)
            action.setCheckable(True)
            action.setChecked(bool(value))
            action.toggled.connect(self._choose)
            return
        inside = menu.addMenu(option.title)
        for key, words in option.choices.items():
            made: QAction = inside.addAction(words)
            made.setCheckable(True)
            made.setChecked(str(value) == key)
            made.triggered.connect(partial(self._chosen, key))


class PlotBar(QFrame):
    """``command``: views.table, views.about, views.help, views.export."""

    command = Signal(str, object)

    def __init__(self, kind: PlotKind, state: PlotState) -> None:
        super().__init__()
        self._kind, self._state = kind, state
        self.setProperty("role", "viewbar")
        self.setFixedHeight(HEIGHT)
        self.setMinimumWidth(0)
        self._controls = [Control(o, partial(self._choose, o.name)) for o in kind.options if o.look]
        self._own: tuple[QWidget, ...] = ()
        self._more = IconButton("dots-three", "More choices")
        self._more.clicked.connect(self._open_more)
        self._live = frame("live", 2)
        self._live.setParent(self)
        self.table = self._fixed("table", f"{kind.title} as a table", "views.table")
        self.table.setCheckable(True)
        self.about = self._fixed("info", "About these numbers", "views.about")
        self.help = self._fixed("question", "How to read this view", "views.help")
        self.export = PushButton("Export", "export", tip="Save the picture or its numbers",
                                 command="views.export")  # fmt: skip
        self.export.clicked.connect(lambda: self.command.emit("views.export", None))
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(EDGE, 0, EDGE, 0)
        self._row.setSpacing(GAP)
        self._lay_out()
        self.set_live(live=False)

    def _fixed(self, icon: str, tip: str, command: str) -> IconButton:
        button = IconButton(icon, tip, command=command)
        button.clicked.connect(lambda: self.command.emit(command, None))
        return button

    def _lay_out(self) -> None:
        for control in self._controls:
            if control.words is not None:
                self._row.addWidget(control.words)
            self._row.addWidget(control.widget)
        self._place = self._row.count()
        self._row.addWidget(self._more)
        self._row.addStretch(1)
        for part in (self.table, self.about, self.help, self.export):
            self._row.addWidget(part)

    def set_own(self, widgets: Sequence[QWidget]) -> None:
        """Controls that the view makes itself, behind those of its options."""
        self._own = tuple(widgets)
        for at, widget in enumerate(self._own):
            self._row.insertWidget(self._place + at, widget)
        self._fit()

    def set_live(self, *, live: bool) -> None:
        """Whether a newer answer is under way."""
        self._live.setVisible(live)

    def refresh(self) -> None:
        """Show the choices as they are."""
        for control in self._controls:
            control.show_value(self._state.options[control.option.name])
        self._fit()

    def _choose(self, name: str, value: Any) -> None:
        self._state.choose(**{name: value})

    def _fit(self) -> None:
        pieces = [
            Piece(c.widget.sizeHint().width(), c.words.sizeHint().width() + GAP if c.words else 0)
            for c in self._controls
        ]
        pieces += [Piece(w.sizeHint().width(), folds=False) for w in self._own]
        parts = (self.table, self.about, self.help, self.export)
        fixed = sum(p.sizeHint().width() + GAP for p in parts) + 2 * EDGE
        found = fit(pieces, self.width() - fixed, GAP, self._more.sizeHint().width())
        for at, control in enumerate(self._controls):
            control.widget.setVisible(at not in found.folded)
            if control.words is not None:
                control.words.setVisible(found.words)
        self._folded = [c for at, c in enumerate(self._controls) if at in found.folded]
        self._more.setVisible(bool(self._folded))

    def _open_more(self) -> None:
        menu = QMenu(self)
        for control in self._folded:
            control.add_to(menu, self._state.options[control.option.name])
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self._more.mapToGlobal(self._more.rect().bottomLeft()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._live.setGeometry(0, self.height() - 2, self.width(), 2)
        self._fit()
