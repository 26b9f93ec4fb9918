"""Which fields of an entry people may change, how they read and what they may hold. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from compute.core.errors import UsageError
from compute.core.numbers import count
from compute.core.rules import HALVED, WINDOWED
from compute.core.tables import RELATIONS, Entry

LONGEST = 200
MOST = 2**62
KEPT_TAGS = (HALVED, WINDOWED)
"""Tags that say how a vector was made: scoring writes them, people do not."""
_SCALES = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9, "t": 10**12}
_NUMBER = re.compile(r"(\d[\d, _\u2009\u202f]*)(?:\.(\d+))?\s*([kmbt]?)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Field:
    """A field of :class:`~compute.core.tables.Entry` that can be edited.

    ``shown`` is its value as text in an editor; ``parsed`` the inverse, which raises
    :class:`~compute.core.errors.UsageError` with one sentence; ``hint`` stands in an empty editor.
    ``everyday``: the inspector of the window shows it; the others are corrected by command.
    """

    name: str
    title: str
    hint: str
    shown: Callable[[Entry], str]
    parsed: Callable[[str], Any]
    everyday: bool = False


def _line(text: str) -> str:
    text = " ".join(text.split())
    if len(text) > LONGEST:
        raise UsageError(f"That is {count(len(text))} characters; at most {LONGEST} are kept")
    if not text.isprintable():
        raise UsageError("That holds a character that cannot be shown")
    return text


def _label(text: str) -> str:
    if not (text := _line(text)):
        raise UsageError("An entry needs a label")
    return text


def _whole(text: str) -> int:
    """Digits with or without separators and a unit; "" = unknown."""
    text = text.strip()
    if not text:
        return -1
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise UsageError(f"{text!r} is not a whole number, such as 1,200 or 1.74M")
    whole, rest, unit = re.sub(r"\D", "", found[1]), found[2] or "", found[3].lower()
    scale = _SCALES[unit]
    value, left = divmod(int(whole + rest) * scale, int(10 ** len(rest)))
    if left or value > MOST:
        raise UsageError(f"{text!r} is not a whole number, such as 1,200 or 1.74M")
    return value


def _listed(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for part in text.split(",") if (word := _line(part))))


def _relation(text: str) -> str:
    if (text := _line(text)) not in RELATIONS:
        known = ", ".join(filter(None, RELATIONS))
        raise UsageError(f"{text!r} is no relation to a parent", advice=f"Use {known}, or nothing")
    return text


def _text_field(name: str, title: str, parsed: Callable[[str], str] = _line) -> Field:
    return Field(name, title, "Unknown", lambda e: str(getattr(e, name)), parsed)


def _number_field(name: str, title: str) -> Field:
    return Field(name, title, "Unknown", lambda e: _number(getattr(e, name)), _whole)


def _list_field(name: str, title: str) -> Field:
    hint = "Words, with commas between"
    return Field(name, title, hint, lambda e: ", ".join(getattr(e, name)), _listed)


_EVERYDAY = (
    Field("label", "Label", "A name", lambda e: e.label, _label),
    _number_field("step", "Step"),
    _number_field("tokens_seen", "Tokens seen"),
    _text_field("family", "Family"),
    _list_field("tags", "Tags"),
)
_OTHERS = (
    _text_field("run", "Run"),
    _number_field("seed", "Seed"),
    _text_field("size", "Size"),
    _number_field("n_params", "Parameters"),
    _number_field("layer", "Layer"),
    _text_field("quantization", "Quantization"),
    _text_field("parent", "Parent"),
    _list_field("other_parents", "Other parents"),
    _text_field("relation", "Relation to the parent", _relation),
)
FIELDS: Mapping[str, Field] = {
    **{field.name: replace(field, everyday=True) for field in _EVERYDAY},
    **{field.name: field for field in _OTHERS},
}
"""Everything that a source or a name may have said wrongly."""


def _number(value: int) -> str:
    return count(value) if value >= 0 else ""


def edited(entry: Entry, changes: Mapping[str, Any]) -> Entry:
    """The entry with new values in fields of :data:`FIELDS`.

    Raises
    ------
    UsageError
        If a field cannot be edited, or a value does not fit it.
    """
    values = {name: _checked(entry, name, value) for name, value in changes.items()}
    return entry.with_(**values)


def _checked(entry: Entry, name: str, value: Any) -> Any:
    """What the file can hold. Looser than an editor: undo may bring back what was never typed."""
    if name not in FIELDS:
        raise UsageError(f"{name!r} cannot be edited", advice=f"Use {', '.join(FIELDS)}")
    value = tuple(value) if isinstance(value, list) else value
    now = getattr(entry, name)
    if type(value) is not type(now) or not _storable(value):
        raise UsageError(f"{value!r} cannot be a {FIELDS[name].title.lower()}")
    if name == "tags":
        for tag in KEPT_TAGS:
            if (tag in value) != (tag in now):
                raise UsageError(f"The tag {tag} says how this was scored, and is kept as it is")
    if name == "relation" and value not in RELATIONS:
        raise UsageError(f"{value!r} cannot be a relation to the parent")
    if entry.id in ({"parent": (value,), "other_parents": value}.get(name) or ()):
        raise UsageError(f"{entry.label or entry.id} cannot be its own parent")
    return value


def _storable(value: Any) -> bool:
    match value:
        case int():
            return -1 <= value <= MOST
        case str():
            return "\0" not in value
        case _:
            return all(isinstance(part, str) and part and _storable(part) for part in value)


def differences(entry: Entry, other: Entry) -> dict[str, Any]:
    """The editable fields in which ``other`` differs, with its values."""
    return {
        name: getattr(other, name)
        for name in FIELDS
        if getattr(other, name) != getattr(entry, name)
    }
