"""What people type to find entries: words, /regular expressions/ and facets. Pure.

seed0 llama            both words occur in label, run, family or a tag
"step 100"             these words together
/seed[01] step \\d+0$/  a regular expression on "run label", any case (see ``patterns``)
step<=1200  size>1M    facets; also step ≤ 1,200 and step:800..1050
family:llama,opt       one of several
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

import numpy as np
from numpy.typing import NDArray

from compute.core.numbers import count
from compute.core.tables import Entry
from explorer.state import columns
from explorer.state.patterns import compiled

NUMBERS: dict[str, Callable[[Entry], float]] = {
    "step": lambda e: float(e.step),
    "tokens": lambda e: float(e.tokens_seen),
    "size": lambda e: float(e.n_params),
    "seed": lambda e: float(e.seed),
    "layer": lambda e: float(e.layer),
}
"""Facets with a number; negative = unknown, which no number matches."""

WORDS: dict[str, Callable[[Entry], tuple[str, ...]]] = {
    "family": lambda e: (e.family,),
    "run": lambda e: (e.run or e.label,),
    "label": lambda e: (e.label,),
    "kind": lambda e: (kind_of(e),),
    "status": lambda e: (e.status,),
    "tag": lambda e: e.tags,
    "dtype": lambda e: (e.dtype,),
    "quantization": lambda e: (e.quantization,),
    "bos": lambda e: (e.bos,),
    "source": lambda e: (e.source,),
}
KINDS = {
    "fine-tune-of": "fine-tune",
    "quantized-from": "quantized",
    "layer-of": "layer",
    "adapter-on": "adapter",
    "merge-of": "merge",
}
OPS = ("<=", ">=", "!=", "=", "<", ">")
MOST_S, MOST_LETTERS = 0.5, 200
"""Seconds for all entries together, and how much of "run label" a regular expression sees."""
_SHOWN = {"<=": "≤", ">=": "≥", "!=": "≠"}
_SCALES = {"k": 1e3, "m": 1e6, "b": 1e9, "t": 1e12}
_NUMBER = re.compile(r"^([0-9][0-9,_]*(?:\.[0-9]+)?)\s*([kmbt]?)$", re.IGNORECASE)
_PIECES = re.compile(
    r"""/(?P<regex>(?:[^/\\]|\\.)*)/?
      | "(?P<quoted>[^"]*)"?
      | (?P<field>[a-z]+)\s*(?P<op><=|>=|!=|[≤≥≠<>=:])\s*(?P<value>"[^"]*"|[^\s]*)
      | (?P<word>[^\s]+)""",
    re.VERBOSE | re.IGNORECASE,
)


def kind_of(entry: Entry) -> str:
    """What an entry is: "checkpoint", "model", or a variant by its relation to its parent."""
    if entry.relation in KINDS:
        return KINDS[entry.relation]
    return "checkpoint" if entry.step >= 0 else "model"


@dataclass(frozen=True, slots=True)
class Term:
    """One facet. Text fields take "=" and "!=" with alternatives separated by commas."""

    field: str
    op: str
    value: str


@dataclass(frozen=True, slots=True)
class Query:
    """Everything in it has to hold. ``problem`` "" or why a part of it was not understood."""

    terms: tuple[Term, ...] = ()
    words: tuple[str, ...] = ()
    patterns: tuple[re.Pattern[str], ...] = field(default=())
    problem: str = ""

    @property
    def empty(self) -> bool:
        return not (self.terms or self.words or self.patterns)


def parse(text: str) -> Query:
    """What was typed. A part that makes no sense is left out and named in ``problem``."""
    terms: list[Term] = []
    words: list[str] = []
    patterns: list[re.Pattern[str]] = []
    problem = ""
    for piece in _PIECES.finditer(text):
        found = piece.groupdict()
        if found["regex"]:
            try:
                patterns.append(compiled(found["regex"]))
            except ValueError as e:
                problem = f"{_short(piece.group())} {e}."
        elif found["field"] is not None and found["field"].lower() in {**NUMBERS, **WORDS}:
            made, why = _terms(found["field"].lower(), found["op"], found["value"].strip('"'))
            terms += made
            problem = problem or why
        else:
            words.append((found["quoted"] or piece.group().strip('"')).lower())
            if found["field"] is not None:
                problem = problem or _no_facet(found["field"].lower(), found["op"])
    return Query(tuple(terms), tuple(w for w in words if w), tuple(patterns), problem)


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"


def _terms(name: str, op: str, value: str) -> tuple[list[Term], str]:
    op = {"≤": "<=", "≥": ">=", "≠": "!=", ":": "="}.get(op, op)
    if name in WORDS:
        if op not in ("=", "!="):
            return [], f"{name} has no order. Write {name}:{value}."
        return ([Term(name, op, value)] if value else []), ""
    low, _, high = value.partition("..")
    if high and op == "=":
        ends = [Term(name, ">=", low)] if low else []
        made = [*ends, Term(name, "<=", high)]
    else:
        made = [Term(name, op, value)]
    if any(np.isnan(number_of(t.value)) for t in made):
        return [], f"{name} needs a number, for example {name} <= 1,200." if value else ""
    return made, ""


def _no_facet(name: str, op: str) -> str:
    """A slip in the name of a facet; with : or = it may as well be a part of a label."""
    known = (*NUMBERS, *WORDS)
    if near := get_close_matches(name, known, 1):
        return f"{name} is no facet. Is it {near[0]}?"
    return "" if op in ":=" else f"{name} is no facet. Those with a number: {', '.join(NUMBERS)}."


def number_of(text: str) -> float:
    """A number as people write it: 1200, 1,200, 1.2k, 70M; NaN where it is none."""
    found = _NUMBER.match(text.strip())
    if found is None:
        return float("nan")
    digits = found.group(1).replace(",", "").replace("_", "")
    return float(digits) * _SCALES.get(found.group(2).lower(), 1.0)


def text_of(term: Term) -> str:
    """A facet as its chip says it; :func:`parse` understands it."""
    value = term.value
    if term.field in NUMBERS:
        number = number_of(value)
        whole = number < 1e6 and number == int(number)
        value = count(int(number)) if whole else value
        return f"{term.field} {_SHOWN.get(term.op, term.op)} {value}"
    quoted = f'"{value}"' if " " in value else value
    return f"{term.field}{':' if term.op == '=' else ' ≠ '}{quoted}"


class TooSlow(Exception):  # noqa: N818 - what the search field says, not a failure
    """A regular expression takes too long on these entries."""

    words = "That regular expression takes too long. Write it with fewer repeats."


def matches(query: Query, entry: Entry) -> bool:
    """Whether everything in the query holds for an entry."""
    return (
        all(_holds(term, entry) for term in query.terms)
        and (not query.words or _has_words(query.words, entry))
        and (not query.patterns or _fits(query.patterns, entry))
    )


def mask(query: Query, entries: Sequence[Entry]) -> NDArray[np.bool_]:
    """(K,) bool, :func:`matches` for many.

    Raises
    ------
    TooSlow
        If regular expressions take longer than :data:`MOST_S`.
    """
    if query.empty:
        return np.ones(len(entries), bool)
    shown = np.ones(len(entries), bool)
    for term in query.terms:
        shown &= _column(term, entries)
    rest = Query((), query.words, query.patterns)
    if not rest.empty:
        end = time.perf_counter() + MOST_S
        for k in np.flatnonzero(shown).tolist():
            shown[k] = matches(rest, entries[k])
            if rest.patterns and time.perf_counter() > end:
                raise TooSlow
    return shown


def _column(term: Term, entries: Sequence[Entry]) -> NDArray[np.bool_]:
    if term.field in NUMBERS:
        return _compared(columns.numbers(NUMBERS[term.field], entries), term)
    values, index = columns.sorts(WORDS[term.field], entries)
    holds = np.fromiter((_is_among(term, words) for words in values), bool, len(values))
    return holds[index] if len(holds) else np.zeros(len(entries), bool)


def _compared(values: NDArray[np.float64], term: Term) -> NDArray[np.bool_]:
    asked = number_of(term.value)
    found: NDArray[np.bool_] = {
        "<=": values <= asked,
        ">=": values >= asked,
        "<": values < asked,
        ">": values > asked,
        "=": values == asked,
        "!=": values != asked,
    }[term.op]
    return found & (values >= 0)


def _holds(term: Term, entry: Entry) -> bool:
    if term.field in NUMBERS:
        return bool(_compared(np.array([NUMBERS[term.field](entry)]), term)[0])
    return _is_among(term, WORDS[term.field](entry))


def _is_among(term: Term, words: Sequence[str]) -> bool:
    asked = {v.strip().lower() for v in term.value.split(",")}
    has = not asked.isdisjoint(w.lower() for w in words)
    return has if term.op == "=" else not has


def _has_words(words: Sequence[str], entry: Entry) -> bool:
    text = " ".join((entry.run, entry.label, entry.family, *entry.tags)).lower()
    return all(word in text for word in words)


def _fits(patterns: Sequence[re.Pattern[str]], entry: Entry) -> bool:
    text = (f"{entry.run} {entry.label}" if entry.run else entry.label)[:MOST_LETTERS]
    return all(pattern.search(text) for pattern in patterns)
