"""The registry of commands: an ``app_model.Application`` filled from the tables.

Importing app-model costs about 0.3 s, so a registry is made after the first paint, away from the
GUI thread. Two things stay with Qt and the table: keys that belong to the map alone (app-model's
bindings know no focus), and the menu bar, which is painted before there is a registry.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from explorer.actions.action import Action, enabled
from explorer.actions.table import MENUS, ordered
from explorer.state.app import AppState

if TYPE_CHECKING:
    from app_model import Application

NAME = "klscope"
Run = Callable[[str, Any], None]
_SPELLED = {
    "Return": "Enter", "Esc": "Escape", "PgUp": "PageUp", "PgDown": "PageDown",
    "?": "Shift+/", "+": "Shift+=", "Del": "Delete",
}  # fmt: skip
"""Qt's portable name of a key -> app-model's; the shifted ones as on a US keyboard."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command as palette and sheet show it. ``why_not`` "" = it can be used now."""

    id: str
    menu: str
    title: str
    icon: str
    keys: tuple[str, ...]
    larger: tuple[str, int] | None
    why_not: str = ""


class Registry:
    """Filled once. :meth:`close` lets go of app-model's application."""

    def __init__(self, run: Run) -> None:
        from app_model import Application

        Application.destroy(NAME)
        self._app = Application(NAME)
        self._actions: dict[str, Action] = {}
        for menu, actions in MENUS.items():
            for place, action in enumerate(ordered(actions)):
                self._register(action, menu, place, run)

    @property
    def application(self) -> Application:
        """What libraries that speak app-model are given."""
        return self._app

    def commands(self, state: AppState) -> tuple[Command, ...]:
        """Every command in the order of the menus, with why it cannot be used in ``state``."""
        self._refresh(state)
        found = (item for menu in MENUS for item in self._in_menu(menu))
        return tuple(self._command(menu, rule) for menu, rule in found)

    def run(self, command: str) -> None:
        """Execute a command by id."""
        self._app.commands.execute_command(command)

    def close(self) -> None:
        self._app.destroy(NAME)

    def _register(self, action: Action, menu: str, place: int, run: Run) -> None:
        from app_model.expressions import parse_expression
        from app_model.types import Action as Registered
        from app_model.types import KeyBindingRule, MenuRule

        self._actions[action.id] = action
        condition = parse_expression(_condition(action)) if action.rule is not None else None
        self._app.register_action(
            Registered(
                id=action.id,
                title=action.title,
                tooltip=action.hint or None,
                callback=lambda: run(action.id, None),
                enablement=condition,
                menus=[MenuRule(id=menu, group=str(action.group), order=place)],
                keybindings=[KeyBindingRule(primary=key) for key in map(spelled, action.keys)],
            )
        )

    def _refresh(self, state: AppState) -> None:
        for action in self._actions.values():
            if action.rule is not None:
                self._app.context[_condition(action)] = enabled(action, state)

    def _in_menu(self, menu: str) -> Iterable[tuple[str, Any]]:
        items = sorted(self._app.menus.get_menu(menu), key=lambda item: item.order or 0)
        return [(menu, item.command) for item in items]

    def _command(self, menu: str, rule: Any) -> Command:
        action = self._actions[rule.id]
        can = rule.enablement is None or rule.enablement.eval(self._app.context)
        why_not = action.rule.why_not if action.rule is not None and not can else ""
        return Command(rule.id, menu, rule.title, action.icon, action.keys, action.larger, why_not)


def sheet(commands: Iterable[Command]) -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Menu -> (keys, title) of every command; without keys it is in the palette."""
    found: dict[str, list[tuple[str, str]]] = {}
    for command in commands:
        rows = found.setdefault(command.menu, [])
        rows.append((" or ".join(command.keys) or "palette", command.title))
        if command.larger:
            key, times = command.larger
            rows.append((key, f"{command.title}, {times} at once"))
    return {menu: tuple(rows) for menu, rows in found.items()}


def spelled(key: str) -> str:
    """A key as app-model spells it."""
    held, plus, last = key.rpartition("+") if not key.endswith("+") else (key[:-2], "+", "+")
    name = _SPELLED.get(last, last)
    return f"{held}+{name}" if held and plus else name


def _condition(action: Action) -> str:
    """The name in app-model's context that says whether a command can be used."""
    return "can_" + re.sub(r"\W", "_", action.id)
