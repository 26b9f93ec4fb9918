"""Finding the entry a person means."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from compute.core.errors import UsageError
from compute.core.tables import Entry


def find_entry(entries: Sequence[Entry], name: str) -> Entry:
    """The entry with that id, else with that label.

    Raises
    ------
    UsageError
        If none has it (names the closest) or several have the label (names their ids).
    """
    for entry in entries:
        if entry.id == name:
            return entry
    found = [entry for entry in entries if entry.label == name]
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(entry.id for entry in found)
        raise UsageError(f"{len(found)} entries are labelled {name!r}", advice=f"Use an id: {ids}")
    raise UsageError(f"There is no entry {name!r}", advice=_advice(entries, name))


def _advice(entries: Sequence[Entry], name: str) -> str:
    by_folded = {n.casefold(): n for e in entries for n in (e.id, e.label) if n}
    close = difflib.get_close_matches(name.casefold(), by_folded, n=3, cutoff=0.5)
    if close:
        return "Did you mean " + " or ".join(by_folded[c] for c in close) + "?"
    some = ", ".join(e.label or e.id for e in entries[:3])
    return f"Entries are named by label or id, for example {some}" if some else ""
