"""The tables of all menus as one, and what is read from it."""

from __future__ import annotations

from collections.abc import Mapping

from explorer.actions.action import Action
from explorer.actions.tables import analysis, edit, file, help, models, timeline, view

MENUS: Mapping[str, tuple[Action, ...]] = {
    "File": file.ACTIONS,
    "Edit": edit.ACTIONS,
    "View": view.ACTIONS,
    "Models": models.ACTIONS,
    "Analysis": analysis.ACTIONS,
    "Timeline": timeline.ACTIONS,
    "Help": help.ACTIONS,
}
"""Title of a menu -> its commands, in the order they are shown."""

ACTIONS: tuple[Action, ...] = tuple(a for actions in MENUS.values() for a in actions)


def ordered(actions: tuple[Action, ...]) -> tuple[Action, ...]:
    """By group; inside a group the order of the table."""
    return tuple(sorted(actions, key=lambda a: a.group))


def keys() -> Mapping[str, str]:
    """Command -> its first key, as tooltips name it."""
    return {a.id: a.keys[0].replace("Return", "Enter") for a in ACTIONS if a.keys}
