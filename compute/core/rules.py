"""How a vector was made, where that decides what it may be compared with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from compute.core.tables import Entry

HALVED = "batch-halved"
"""Tag of an entry whose batches were halved after memory ran out."""
WINDOWED = "long-texts-windowed"
"""Tag of an entry that scored texts longer than its context in overlapping windows."""

RULE_NAMES = {
    "tokenizer": "as the tokenizer does",
    "prepend": "BOS or EOS before every text",
    "skip-first": "from the second text token on",
}
"""BOS rule -> what it does, in a few words."""


def main_rule(entries: Iterable[Entry]) -> str:
    """The BOS rule that most entries have, the earlier one if two are as frequent; "" = unknown."""
    counts = Counter(entry.bos for entry in entries if entry.bos)
    return max(counts, key=counts.__getitem__, default="")


def other_rule(entry: Entry, rule: str) -> bool:
    """Whether an entry is known to have another BOS rule than ``rule``; unknown is no other."""
    return bool(rule and entry.bos and entry.bos != rule)


def cautions(entries: Iterable[Entry]) -> tuple[str, ...]:
    """Sentences about entries that are compared although they were scored in different ways."""
    found = tuple(entries)
    return tuple(filter(None, (_mixed_rules(found), _unknown_rules(found), _windows(found))))


def _mixed_rules(entries: tuple[Entry, ...]) -> str:
    counts = Counter(entry.bos for entry in entries if entry.bos)
    if len(counts) < 2:
        return ""
    named = ((rule, f" ({n})" if len(entries) > 2 else "") for rule, n in counts.most_common())
    parts = ", ".join(rule + n for rule, n in named)
    return (
        f"These entries were scored with different BOS rules: {parts}. "
        "Part of their KL comes from the rule and not from the models."
    )


def _unknown_rules(entries: tuple[Entry, ...]) -> str:
    unknown = sum(not entry.bos for entry in entries)
    if unknown in (0, len(entries)):
        return ""
    return (
        f"The BOS rule of {_of(unknown, entries)} is not known. "
        "If it is another one, part of the KL comes from it."
    )


def _windows(entries: tuple[Entry, ...]) -> str:
    windowed = sum(WINDOWED in entry.tags for entry in entries)
    if windowed in (0, len(entries)):
        return ""
    return (
        f"{_of(windowed, entries)} scored texts longer than the context in windows, the others "
        "did not. Part of the KL on those texts comes from the shorter context."
    )


def _of(n: int, entries: tuple[Entry, ...]) -> str:
    return f"{n} of {len(entries)} entries"
