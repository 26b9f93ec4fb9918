"""The tables of all menus as one, and what is read from it."""

from __future__ import annotations

from collections.abc import Mapping

from explorer.actions.action import Action
from explorer.actions.tables import edit, file, help, models, timeline, view

MENUS: Mapping[str, tuple[Action, ...]] = {
    "File": file.ACTIONS,
    "Edit": edit.ACTIONS,
    "View": view.ACTIONS,
    "Models": models.ACTIONS,
    "Timeline": timeline.ACTIONS,
    "Help": help.ACTIONS,
}
"""Title of a menu -> its commands, in the order they are shown."""

ACTIONS: tuple[Action, ...] = tuple(a for actions in MENUS.values() for a in actions)


def ordered(actions: tuple[Action, ...]) -> tuple[Action, ...]:
    """By group; inside a group the order of the table."""
    return tuple(sorted(actions, key=lambda a: a.group))


def sheet() -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Menu -> (keys, title) of every command that has keys."""
    found = {menu: tuple(_rows(ordered(actions))) for menu, actions in MENUS.items()}
    return {menu: rows for menu, rows in found.items() if rows}


def _rows(actions: tuple[Action, ...]) -> list[tuple[str, str]]:
    rows = []
    for action in actions:
        if action.keys:
            rows.append((" or ".join(action.keys), action.title))
        if action.larger:
            key, times = action.larger
            rows.append((key, f"{action.title}, {times} at once"))
    return rows
