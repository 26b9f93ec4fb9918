"""The job that writes edits of entries into a project: labels, runs, steps, parents and such."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from compute import store
from compute.core.control import Control
from compute.core.edits import edited
from compute.core.events import Emit, Partial, Started
from compute.core.specs import EditSpec
from compute.core.tables import Entry
from compute.geometry import find_entry


def edit(spec: EditSpec, emit: Emit, control: Control) -> Mapping[str, Any]:
    """Write every edit of ``spec``, all or none.

    A field that a scoring job changes meanwhile keeps what that job wrote, and the other way round.

    Returns
    -------
    mapping
        n_edited, the entries that changed.

    Raises
    ------
    UsageError
        If an entry is not there, or a value does not fit its field.
    StoreError, BusyError
        If the project cannot be written; it is then as it was.
    """
    path = Path(spec.project)
    emit(Started("Saving edits", len(spec.edits), "entries"))
    entries = store.read(path).entries
    before = {entry.id: entry for entry in entries}
    after: dict[str, Entry] = {}
    for name, changes in spec.edits:
        found = find_entry(entries, name)
        changes = _by_id(entries, changes)
        after[found.id] = edited(after.get(found.id, found), changes)
    changed = tuple(entry for name, entry in after.items() if entry != before[name])
    if changed:
        control.checkpoint()
        store.commit(path, store.PutEntries(changed, {e.id: before[e.id] for e in changed}))
    for entry in changed:
        emit(Partial(entry.id, entry.status, entry.n_scored, committed=True))
    return {"n_edited": len(changed)}


def _by_id(entries: Sequence[Entry], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The changes with parents by id that are named by a label, where one entry alone has it."""
    ids = {entry.id for entry in entries}
    labels: dict[str, list[str]] = {}
    for entry in entries:
        labels.setdefault(entry.label, []).append(entry.id)

    def one(name: Any) -> Any:
        found = [] if name in ids else labels.get(name, [])
        return found[0] if len(found) == 1 and name else name

    out = dict(changes)
    if isinstance(parent := out.get("parent"), str):
        out["parent"] = one(parent)
    if isinstance(others := out.get("other_parents"), tuple | list):
        out["other_parents"] = [one(name) if isinstance(name, str) else name for name in others]
    return out
