"""From each older format to the next: one file per step, run on the copy that a commit makes.

A step gets the open copy and changes it; it may read the core types and the schema's own lines.
To add one: a file ``from_<n>.py`` with a function ``step(file)``, one line in :data:`STEPS`, a
fixture of the new format. A kill in a step costs the copy; the project stays as it was.

Decided: reading never migrates. A file that is only looked at stays byte for byte what it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from compute.store import hooks
from compute.store.migrations import from_1, from_2
from compute.store.nodes import Node
from compute.store.opening import format_version

STEPS: Mapping[int, Callable[[Node], None]] = {1: from_1.step, 2: from_2.step}
"""Format version -> what makes the next version of it."""


def migrate(file: Node) -> None:
    """Bring an open copy of a project to the newest format.

    Raises
    ------
    StoreError
        If it does not hold what its format says.
    """
    while (step := STEPS.get(version := format_version(file))) is not None:
        step(file)
        hooks.at("migrate:half")
        file.attrs["format_version"] = version + 1
        file.flush()
        hooks.at("migrate:stepped")


__all__ = ["STEPS", "migrate"]
