"""The facet chips under the search field, and the menus by which values are chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QMouseEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
    QWidgetAction,
)

from compute.core.numbers import count
from compute.core.tables import Entry
from explorer.panels.library import facets
from explorer.panels.parts import Flow, PushButton, Themed, dress, label
from explorer.state.filter import FilterState
from explorer.state.query import NUMBERS, Term
from explorer.theme import icons
from explorer.theme.tokens import Tokens

FEW = 12
"""Values of a facet with numbers that are listed besides the range."""
Entries = Callable[[], Sequence[Entry]]


class Chips(QFrame, Themed):
    """One chip per facet that can choose something, one per term that does.

    ``entries`` is asked when a menu opens, for the values there are.
    """

    changed = Signal()

    def __init__(self, state: FilterState, entries: Entries) -> None:
        super().__init__()
        self._state, self._entries = state, entries
        self._offered: tuple[str, ...] = ()
        self._made: list[_Chip] = []
        self.setProperty("role", "quiet")
        self._flow = Flow(self)

    def offer(self, fields: Sequence[str]) -> None:
        """The facets among which there is something to choose."""
        if tuple(fields) != self._offered:
            self._offered = tuple(fields)
            self.refresh()

    def refresh(self) -> None:
        """Show the state now."""
        for old in self._made:
            self._flow.removeWidget(old)
            old.hide()
            old.deleteLater()
        terms = self._state.terms
        narrowed = {term.field for term in terms}
        idle = [f for f in facets.USUAL if f in self._offered and f not in narrowed]
        self._made = [self._facet(field) for field in idle]
        self._made += [self._term(term) for term in terms]
        for chip in self._made:
            self._flow.addWidget(chip)
            chip.show()
            dress(chip, self.tokens)
        self.setVisible(bool(self._made))
        self.updateGeometry()
        self.changed.emit()

    def _facet(self, field: str) -> _Chip:
        title = facets.TITLES[field]
        chip = _Chip(title, "caret-down", on=False, tip=f"Show only some: {title}")
        chip.pressed_by_hand.connect(lambda: self._pop(chip, field))
        return chip

    def _term(self, term: Term) -> _Chip:
        words = facets.chip(term)
        chip = _Chip(words, "x-bold", on=True, tip=f"Remove the filter {words}")
        chip.pressed_by_hand.connect(lambda: self._remove(term))
        return chip

    def _remove(self, term: Term) -> None:
        self._state.terms = tuple(t for t in self._state.terms if t != term)

    def _pop(self, chip: QWidget, field: str) -> None:
        menu = self.menu(field, self)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(chip.mapToGlobal(chip.rect().bottomLeft()))

    def all_menus(self, parent: QWidget) -> QMenu:
        """A menu of every facet that has something to choose, and how to be rid of all."""
        made = QMenu(parent)
        entries = tuple(self._entries())
        for field, title in facets.TITLES.items():
            if facets.several(field, entries) or any(t.field == field for t in self._state.terms):
                sub = self.menu(field, made)
                sub.setTitle(title.capitalize())
                made.addMenu(sub)
        if made.isEmpty():
            made.addAction("All entries are alike in every facet").setEnabled(False)
        made.addSeparator()
        clear = made.addAction("Clear all filters", self._clear)
        clear.setEnabled(bool(self._state.terms))
        return made

    def _clear(self) -> None:
        self._state.terms = ()

    def menu(self, field: str, parent: QWidget) -> QMenu:
        """Values to tick, or a range to type."""
        made = _Staying(parent)
        if field in NUMBERS:
            self._fill_numbers(made, field)
        else:
            self._fill_words(made, field)
        return made

    def _fill_words(self, menu: QMenu, field: str) -> None:
        on = facets.chosen(field, self._state.terms)
        for value in facets.values(field, self._entries()):
            action = menu.addAction(f"{value.words}\t{count(value.n)}")
            action.setCheckable(True)
            action.setChecked(value.key in on)
            action.setData(value.key)
        menu.triggered.connect(lambda _action: self._choose(field, menu))

    def _choose(self, field: str, menu: QMenu) -> None:
        keys = [a.data() for a in menu.actions() if a.isCheckable() and a.isChecked()]
        self._state.terms = facets.with_values(self._state.terms, field, keys)

    def _fill_numbers(self, menu: QMenu, field: str) -> None:
        known = facets.values(field, self._entries())
        if 1 < len(known) <= FEW:
            for value in known:
                action = menu.addAction(f"{value.words}\t{count(value.n)}")
                action.triggered.connect(
                    lambda _=False, key=value.key: self._set_span(field, key, key)
                )
            menu.addSeparator()
        ends = (known[0].words, known[-1].words) if known else ("", "")
        span = _Span(field, facets.span(field, self._state.terms), ends)
        span.asked.connect(lambda low, high: self._typed(menu, span, field, low, high))
        holder = QWidgetAction(menu)
        holder.setDefaultWidget(span)
        menu.addAction(holder)
        dress(span, self.tokens)

    def _typed(self, menu: QMenu, span: _Span, field: str, low: str, high: str) -> None:
        try:
            self._set_span(field, low, high)
        except ValueError as refused:
            span.refuse(str(refused))
            return
        for each in (menu, menu.parentWidget()):
            if isinstance(each, QMenu):
                each.close()

    def _set_span(self, field: str, low: str, high: str) -> None:
        self._state.terms = facets.with_span(self._state.terms, field, low, high)


class _Chip(QToolButton, Themed):
    """22 high: words, then an icon."""

    pressed_by_hand = Signal()

    def __init__(self, words: str, icon: str, *, on: bool, tip: str) -> None:
        super().__init__()
        self._icon, self._on = icon, on
        self.setProperty("role", "chip-on" if on else "chip")
        self.setText(words)
        self.setToolTip(tip)
        self.setAccessibleName(tip)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        self.setIconSize(QSize(10, 10))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.clicked.connect(lambda _=False: self.pressed_by_hand.emit())

    def set_tokens(self, tokens: Tokens) -> None:
        Themed.set_tokens(self, tokens)
        self.setIcon(icons.icon(self._icon, tokens.text2, 10))


class _Staying(QMenu):
    """A menu that stays open while values are ticked."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if not self._tick(self.actionAt(event.position().toPoint())):
            super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if event.key() not in keys or not self._tick(self.activeAction()):
            super().keyPressEvent(event)

    def _tick(self, action: QAction | None) -> bool:
        if action is None or not action.isCheckable():
            return False
        action.trigger()
        return True


class _Span(QFrame):
    """From and to; Enter in either asks for it."""

    asked = Signal(str, str)

    def __init__(self, field: str, now: tuple[str, str], ends: tuple[str, str]) -> None:
        super().__init__()
        self.setProperty("role", "quiet")
        self._low, self._high = QLineEdit(now[0]), QLineEdit(now[1])
        self._problem = label("", "danger", wrap=True)
        self._problem.hide()
        row = QHBoxLayout()
        row.setSpacing(6)
        for edit, words, hint in ((self._low, "from", ends[0]), (self._high, "to", ends[1])):
            edit.setPlaceholderText(hint)
            edit.setFixedWidth(86)
            edit.setAccessibleName(f"{field} {words}")
            edit.setToolTip(f"{field.capitalize()} {words}; empty = no limit (Enter)")
            edit.returnPressed.connect(self._ask)
            row.addWidget(label(words, "caption"))
            row.addWidget(edit)
        apply = PushButton("Show", tip="Show only this range (Enter)")
        apply.clicked.connect(self._ask)
        row.addWidget(apply)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 6, 10, 6)
        column.addLayout(row)
        column.addWidget(self._problem)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._low.setFocus(Qt.FocusReason.PopupFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter in a field is not for the menu around it."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)

    def refuse(self, sentence: str) -> None:
        self._problem.setText(sentence)
        self._problem.show()
        self.adjustSize()

    def _ask(self) -> None:
        self.asked.emit(self._low.text(), self._high.text())
