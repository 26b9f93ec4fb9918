"""Facets: which values entries have, and the terms that choose among them. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from compute.core.numbers import count, millions
from compute.core.tables import Entry
from explorer.state.query import NUMBERS, WORDS, Term, number_of, text_of

TITLES = {
    "family": "family",
    "size": "size",
    "step": "step",
    "kind": "kind",
    "status": "status",
    "tag": "tags",
}
"""Facets in the order of the menu -> what their chips say."""
USUAL = ("family", "size", "step")
"""Those that have a chip of their own while they choose nothing."""
_STATUS = {"planned": "not scored"}


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a facet: ``key`` for terms, its words, how many entries have it."""

    key: str
    words: str
    n: int


def values(field: str, entries: Iterable[Entry]) -> tuple[Value, ...]:
    """What entries have in ``field``, by number or by name; unknown is left out."""
    if field in NUMBERS:
        numbers = Counter(int(NUMBERS[field](e)) for e in entries)
        known = sorted(item for item in numbers.items() if item[0] >= 0)
        return tuple(Value(str(key), _number(field, key), n) for key, n in known)
    words = Counter(word for e in entries for word in WORDS[field](e) if word and "," not in word)
    return tuple(Value(key, _STATUS.get(key, key), n) for key, n in sorted(words.items()))


def several(field: str, entries: Iterable[Entry]) -> bool:
    """Whether there is anything to choose; looks no further than the second value."""
    first: object = None
    for entry in entries:
        found = (NUMBERS[field](entry),) if field in NUMBERS else tuple(WORDS[field](entry))
        if first is not None and found != first:
            return True
        first = found
    return False


def _number(field: str, value: int) -> str:
    return millions(value) if field == "size" else count(value)


def chip(term: Term) -> str:
    """What the chip of a term says."""
    if term.field == "size" and math.isfinite(number_of(term.value)):
        shown = Term(term.field, term.op, "1")
        return text_of(shown)[:-1] + millions(int(number_of(term.value)))
    if term.field == "status":
        words = [_STATUS.get(v, v) for v in term.value.split(",")]
        return text_of(Term(term.field, term.op, ", ".join(words)))
    return text_of(Term(term.field, term.op, ", ".join(term.value.split(","))))


def chosen(field: str, terms: Sequence[Term]) -> frozenset[str]:
    """The values that a facet of words is narrowed to; () = all."""
    mine = [t for t in terms if t.field == field and t.op == "="]
    return frozenset(v for t in mine for v in t.value.split(",") if v)


def with_values(terms: Sequence[Term], field: str, keys: Iterable[str]) -> tuple[Term, ...]:
    """Terms with a facet narrowed to ``keys``; none = all of it again."""
    rest = tuple(t for t in terms if t.field != field)
    value = ",".join(sorted(keys))
    return (*rest, Term(field, "=", value)) if value else rest


def span(field: str, terms: Sequence[Term]) -> tuple[str, str]:
    """From and to of a facet with numbers, "" = open."""
    low = next((t.value for t in terms if t.field == field and t.op in (">=", "=")), "")
    high = next((t.value for t in terms if t.field == field and t.op in ("<=", "=")), "")
    return low, high


def with_span(terms: Sequence[Term], field: str, low: str, high: str) -> tuple[Term, ...]:
    """Terms with a facet from ``low`` to ``high``, as typed; "" = open.

    Raises
    ------
    ValueError
        With a sentence, where one is no number or they are the wrong way round.
    """
    ends = []
    for text in (low.strip(), high.strip()):
        number = number_of(text)
        if text and math.isnan(number):
            raise ValueError(f"'{text}' is not a number, such as 1,200 or 70M.")
        ends.append(number if text else math.nan)
    if ends[0] > ends[1]:
        raise ValueError(f"{low.strip()} is more than {high.strip()}.")
    rest = tuple(t for t in terms if t.field != field)
    if ends[0] == ends[1]:
        return (*rest, Term(field, "=", _exact(ends[0])))
    made = [(op, end) for op, end in zip((">=", "<="), ends, strict=True) if not math.isnan(end)]
    return (*rest, *(Term(field, op, _exact(end)) for op, end in made))


def _exact(number: float) -> str:
    return str(int(number)) if number == int(number) else str(number)
