"""Menus and shortcuts from the table of commands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from explorer.actions import rules
from explorer.actions.action import Action, Rule, Scope, enabled
from explorer.actions.letters import lettered
from explorer.actions.table import ACTIONS, MENUS, ordered
from explorer.state.app import AppState
from explorer.theme import icons
from explorer.theme.tokens import THEMES

Run = Callable[[str, Any], None]
REFRESH_MS = 200


class Menus(QObject):
    """Fills ``bar`` and binds keys; commands go to ``run`` as (id, argument or None).

    ``map_parts`` are the widgets where the keys of :attr:`Scope.MAP` work. Icons are made when a
    menu first opens, so that they cost nothing at start.
    """

    def __init__(
        self, state: AppState, bar: QMenuBar, map_parts: Sequence[QWidget], run: Run
    ) -> None:
        super().__init__(bar)
        self._state, self._bar, self._run, self._map_parts = state, bar, run, tuple(map_parts)
        self._titles = _titles()
        self._made: dict[str, list[QAction]] = {a.id: self._make(a) for a in ACTIONS}
        self._menus = [
            self._menu(*pair) for pair in zip(MENUS, lettered(tuple(MENUS)), strict=True)
        ]
        self._refresh = QTimer(self, singleShot=True, interval=REFRESH_MS)
        self._refresh.timeout.connect(self.refresh)
        self._signals = self._watched()
        for signal in self._signals:
            signal.connect(self._changed, max_args=0)
        self._quick = self._at_once()
        for signal, slot in self._quick:
            signal.connect(slot, max_args=0)
        state.shell.events.presenting.connect(self.refresh, max_args=0)
        self.refresh()

    def close(self) -> None:
        """Stop listening to the state."""
        self._state.shell.events.presenting.disconnect(self.refresh, missing_ok=True)
        for signal, slot in self._quick:
            signal.disconnect(slot, missing_ok=True)
        for signal in self._signals:
            signal.disconnect(self._changed, missing_ok=True)
        self._refresh.stop()

    def action(self, command: str) -> QAction:
        """The menu entry of a command."""
        return self._made[command][0]

    def refresh(self) -> None:
        """Enable what can be used now; the rest says why not."""
        for action in ACTIONS:
            self._show(action)

    def _show(self, action: Action) -> None:
        on = enabled(action, self._state)
        why = action.rule.why_not if action.rule and not on else ""
        for made in self._made[action.id]:
            made.setEnabled(on)
            made.setToolTip(why or action.title)

    def _show_ruled(self, *those: Rule) -> None:
        for action in ACTIONS:
            if action.rule in those:
                self._show(action)

    def _show_history(self) -> None:
        history = self._state.history
        for action in ACTIONS:
            if action.rule is rules.UNDO or action.rule is rules.REDO:
                self._show(action)
                words = history.undo if action.rule is rules.UNDO else history.redo
                said = f": {words[:1].lower()}{words[1:]}" if words else ""
                self._made[action.id][0].setText(self._titles[action.id] + said)

    def _watched(self) -> tuple[Any, ...]:
        shell, library = self._state.shell.events, self._state.library.events
        return (
            shell.page, shell.n_entries, library.entries, library.listings, library.unticked,
            library.queued,
        )  # fmt: skip

    def _at_once(self) -> tuple[tuple[Any, Callable[[], None]], ...]:
        """What is shown without delay: a key is often pressed right after what allows it."""
        history, chosen = self._state.history.events, self._state.filter.events
        shell = self._state.shell.events
        ruled = (
            (shell.page, rules.PROJECT, rules.MAP),
            (shell.n_entries, rules.MAP),
            (self._state.selection.events.selected, rules.SELECTED, rules.DESELECT),
            (self._state.map.events.live, rules.LIVE),
            (self._state.map.events.base, rules.PLACED),
            (self._state.notices.events.cards, rules.NOTICE),
            *((signal, rules.FILTERED) for signal in (chosen.terms, chosen.hidden, chosen.greyed)),
        )
        return (
            (history.undo, self._show_history),
            (history.redo, self._show_history),
            *((signal, partial(self._show_ruled, *those)) for signal, *those in ruled),
        )

    def _changed(self) -> None:
        if not self._refresh.isActive():
            self._refresh.start()

    def _make(self, action: Action) -> list[QAction]:
        made = [self._bound(action, self._titles[action.id], action.keys, None)]
        if action.larger is not None:
            key, argument = action.larger
            made.append(self._bound(action, action.title, (key,), argument))
        return made

    def _bound(
        self, action: Action, title: str, keys: tuple[str, ...], argument: int | None
    ) -> QAction:
        made = QAction(title, self)
        made.setShortcuts([QKeySequence(k) for k in keys])
        made.triggered.connect(lambda: self._run(action.id, argument))
        if action.scope is Scope.MAP:
            made.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        hosts = self._map_parts if action.scope is Scope.MAP else (self._bar.window(),)
        for host in hosts:
            host.addAction(made)
        return made

    def _menu(self, title: str, shown: str) -> QMenu:
        menu = self._bar.addMenu(shown)
        menu.setToolTipsVisible(True)
        group = 0
        for action in ordered(MENUS[title]):
            if action.group != group and not menu.isEmpty():
                menu.addSeparator()
            group = action.group
            self._place_of(action, menu).addAction(self._made[action.id][0])
        menu.aboutToShow.connect(self._about_to_show)
        return menu

    def _place_of(self, action: Action, menu: QMenu) -> QMenu:
        """The menu itself, or the one inside it, made when its first entry comes."""
        if not action.inside:
            return menu
        title = f"&{action.inside}"
        found = next((a.menu() for a in menu.actions() if a.text() == title), None)
        made = found if isinstance(found, QMenu) else menu.addMenu(title)
        made.setToolTipsVisible(True)
        return made

    def _about_to_show(self) -> None:
        self.refresh()
        colour = THEMES[self._state.shell.theme].text2
        for action in ACTIONS:
            if action.icon:
                self._made[action.id][0].setIcon(icons.icon(action.icon, colour))


def _titles() -> dict[str, str]:
    """Command -> its title with the underlined letter it has in its menu."""
    found: dict[str, str] = {}
    for actions in MENUS.values():
        shown = lettered([a.title for a in ordered(actions)])
        found.update(zip((a.id for a in ordered(actions)), shown, strict=True))
    return found
