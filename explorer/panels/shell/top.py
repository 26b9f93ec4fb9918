"""The top row: logo, menus, the palette's field in the middle, the recipe in use, the theme."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QMenu,
    QMenuBar,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from compute.core.numbers import COMMON_ERRORS, count
from explorer.panels.palette import PaletteField
from explorer.panels.parts import IconButton, Links, Logo, PushButton, Segments, TextButton
from explorer.state.app import ShellState
from explorer.state.views import UNITS, ViewsState

HEIGHT = 40
SEARCH, LEAST_SEARCH = 420, 240
UNIT_TIPS = {
    "bits": "KL in bits per byte of text: lengths of texts and tokenizers do not matter (Ctrl+U)",
    "nats": "KL in nats per text: bits per byte times the mean bytes of a text and ln 2 (Ctrl+U)",
}


class TopRow(QFrame):
    """40 high. The menu bar is filled by whoever owns the commands."""

    command = Signal(str, object)

    def __init__(self, state: ShellState, views: ViewsState) -> None:
        super().__init__()
        self._state, self._views = state, views
        self.setProperty("role", "top")
        self.setFixedHeight(HEIGHT)
        self.bar = QMenuBar()
        self.bar.setNativeMenuBar(False)
        self.bar.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.search = PaletteField()
        self._recipe = _RecipeChip()
        self._recipe.chosen.connect(lambda name: self.command.emit("recipe.use", name))
        self._unit = Segments(UNITS, "Unit")
        for key, tip in UNIT_TIPS.items():
            self._unit.button(key).setToolTip(tip)
        self._unit.chosen.connect(lambda unit: self.command.emit("views.unit", unit))
        self._theme = IconButton("sun", "Light theme", command="view.theme")
        self._theme.clicked.connect(lambda: self.command.emit("view.theme", None))
        self._present = PushButton(
            "Present", "presentation", tip="Present the map", command="present.start"
        )
        self._present.setAccessibleName("Present the map")
        self._present.clicked.connect(lambda: self.command.emit("present.start", None))
        self._lay_out()
        self._links = Links()
        e = state.events
        self._links.to(self._show_recipe, e.recipe, e.n_texts, e.sample, e.n_partial, e.cautions,
                       e.provisional, e.page, e.project, e.recipes)  # fmt: skip
        self._links.to(self._show_unit, views.events.unit, e.page, e.n_texts)
        self._links.to(self._show_theme, e.theme)
        self._links.to(self._show_present, e.page, e.n_entries)
        self._show_recipe()
        self._show_unit()
        self._show_present()
        self._show_theme()

    def _lay_out(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 0, 12, 0)
        layout.setSpacing(12)
        layout.addLayout(_row(Logo(22), self.bar, None), 1)
        layout.addWidget(self.search)
        layout.addLayout(_row(None, self._recipe, self._unit, self._theme, self._present), 1)

    def _show_recipe(self) -> None:
        s = self._state
        self._recipe.setVisible(s.page == "project" and s.n_texts > 0)
        self._recipe.show_recipe(s)
        self._fit()

    def _show_unit(self) -> None:
        self._unit.setVisible(self._state.page == "project" and self._state.n_texts > 0)
        self._unit.show_key(self._views.unit)

    def _show_present(self) -> None:
        drawn = self._state.n_entries > 1
        self._present.setVisible(self._state.page == "project")
        self._present.setEnabled(drawn)
        self._present.setToolTip("Present the map (F5)" if drawn else "The map is empty.")

    def _show_theme(self) -> None:
        dark = self._state.theme != "light"
        self._theme.show_icon("sun" if dark else "moon")
        self._theme.set_tip(f"{'Light' if dark else 'Dark'} theme")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """The field in the middle gives way, then the sample behind the name of the recipe."""
        right = sum(w.sizeHint().width() + 8 for w in (self._unit, self._theme, self._present))
        side = max(right + self._recipe.whole_width(), self.bar.sizeHint().width() + 40)
        room = self.width() - 2 * side - 4 * 12
        self.search.setFixedWidth(min(SEARCH, max(LEAST_SEARCH, room)))
        self._recipe.set_short(short=room < LEAST_SEARCH)

    def close(self) -> bool:
        self._links.close()
        return super().close()


def _row(*parts: QWidget | None) -> QHBoxLayout:
    """Widgets side by side; None = room."""
    row = QHBoxLayout()
    row.setSpacing(8)
    for part in parts:
        if part is None:
            row.addStretch(1)
        else:
            row.addWidget(part)
    return row


class _RecipeChip(TextButton):
    """Which recipe the numbers use, over how many texts; a press offers the others."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__("", "flask", role="plain")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setMenu(QMenu(self))
        self.menu().triggered.connect(lambda action: self.chosen.emit(action.data()))
        self._name = self._whole = ""
        self._short = False

    def whole_width(self) -> int:
        """Of all its words, px."""
        return self.fontMetrics().horizontalAdvance(self._whole) + 48

    def set_short(self, *, short: bool) -> None:
        """The name of the recipe alone."""
        self._short = short
        self.setText(self._name if short else self._whole)

    def show_recipe(self, state: ShellState) -> None:
        sample = state.sample or f"{count(state.n_texts)} texts"
        words = f"{state.recipe} · {sample}" + (" · provisional" if state.provisional else "")
        self._name, self._whole = state.recipe, words
        self.set_short(short=self._short)
        self.setAccessibleName(f"Recipe {words}")
        self.set_tip(_tip(state, sample))
        self.menu().clear()
        for name in state.recipes:
            action = self.menu().addAction(name)
            action.setData(name)
            action.setCheckable(True)
            action.setChecked(name == state.recipe)


def _tip(state: ShellState, sample: str) -> str:
    partial = state.n_partial > 0
    parts = [f"Every KL uses the recipe {state.recipe} over {'the ' * partial}{sample}."]
    if partial:
        entries = "1 entry is" if state.n_partial == 1 else f"{count(state.n_partial)} entries are"
        parts.append(f"{entries} only partly scored. {COMMON_ERRORS}")
    elif state.provisional:
        parts.append("Its clip value is provisional until the first job ends.")
    return " ".join([*parts, *state.cautions])
