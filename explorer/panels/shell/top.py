"""The top row: logo, menus, the palette's field in the middle, the recipe in use, the theme."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QMenuBar,
    QSizePolicy,
    QWidget,
)

from compute.core.numbers import COMMON_ERRORS, count
from explorer.panels.palette import PaletteField
from explorer.panels.parts import IconButton, IconLabel, Links, Logo, PushButton, label
from explorer.state.app import ShellState

HEIGHT = 40


class TopRow(QFrame):
    """40 high. The menu bar is filled by whoever owns the commands."""

    command = Signal(str, object)

    def __init__(self, state: ShellState) -> None:
        super().__init__()
        self._state = state
        self.setProperty("role", "top")
        self.setFixedHeight(HEIGHT)
        self.bar = QMenuBar()
        self.bar.setNativeMenuBar(False)
        self.bar.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.search = PaletteField()
        self._recipe = _RecipeChip()
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
                       e.provisional, e.page, e.project)  # fmt: skip
        self._links.to(self._show_theme, e.theme)
        self._links.to(self._show_present, e.page, e.n_entries)
        self._show_recipe()
        self._show_present()
        self._show_theme()

    def _lay_out(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 0, 12, 0)
        layout.setSpacing(12)
        layout.addLayout(_row(Logo(22), self.bar, None), 1)
        layout.addWidget(self.search)
        layout.addLayout(_row(None, self._recipe, self._theme, self._present), 1)

    def _show_recipe(self) -> None:
        s = self._state
        self._recipe.setVisible(s.page == "project" and s.n_texts > 0)
        self._recipe.show_recipe(s)

    def _show_present(self) -> None:
        drawn = self._state.n_entries > 1
        self._present.setVisible(self._state.page == "project")
        self._present.setEnabled(drawn)
        self._present.setToolTip("Present the map (F5)" if drawn else "The map is empty.")

    def _show_theme(self) -> None:
        dark = self._state.theme != "light"
        self._theme.show_icon("sun" if dark else "moon")
        self._theme.set_tip(f"{'Light' if dark else 'Dark'} theme")

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


class _RecipeChip(QFrame):
    """Which recipe the numbers use, over how many texts."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "quiet")
        self._words = label("", "small")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(IconLabel("flask", "text2"))
        layout.addWidget(self._words)

    def show_recipe(self, state: ShellState) -> None:
        sample = state.sample or f"{count(state.n_texts)} texts"
        words = f"{state.recipe} · {sample}"
        self._words.setText(words + (" · provisional" if state.provisional else ""))
        self.setToolTip(_tip(state, sample))


def _tip(state: ShellState, sample: str) -> str:
    partial = state.n_partial > 0
    parts = [f"Every KL uses the recipe {state.recipe} over {'the ' * partial}{sample}."]
    if partial:
        entries = "1 entry is" if state.n_partial == 1 else f"{count(state.n_partial)} entries are"
        parts.append(f"{entries} only partly scored. {COMMON_ERRORS}")
    elif state.provisional:
        parts.append("Its clip value is provisional until the first job ends.")
    return " ".join([*parts, *state.cautions])
