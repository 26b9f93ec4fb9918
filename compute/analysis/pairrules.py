"""Rules that say which pairs of entries form a group, as data, in words and typed.

A rule is a list of clauses, all of which have to hold, with commas or "and" between them:

``family = same``        both have the same, known, value; also ``size``, ``run``, ``step``, ...
``seed differs``         both are known and differ; also ``seed !=`` and ``seed ≠``
``step >= 700``          each of the two; numbers may read ``1,200``, ``1k``, ``410M``
``family = llama-2``     each of the two; alternatives with ``|``, and ``!=`` for none of them
``step = last``          the last step that all runs have
``step = next``          two checkpoints of one run, one regular interval apart
``layer = next``         layers k and k + 1 of one model
``relation = fine-tune-of``   the second declares the first as its one parent
``variant = 8-bit``      the second is quantized so: ``8-bit``, ``4-bit``, ``null``, or a type (NF4)
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compute.analysis.kinds import quantization_of
from compute.analysis.layers import stacks_of
from compute.analysis.members import is_variant, parent_in
from compute.analysis.runs import last_common_step, runs_of
from compute.core.errors import InputError, UsageError
from compute.core.numbers import count
from compute.core.tables import RELATIONS, Entry

Pairs = tuple[tuple[str, str], ...]
MOST_PAIRS = 500_000
"""More pairs than this are refused: a rule that says so little describes no group."""

NUMBERS: Mapping[str, Callable[[Entry], float]] = {
    "step": lambda e: float(e.step),
    "tokens": lambda e: float(e.tokens_seen),
    "params": lambda e: float(e.n_params),
    "seed": lambda e: float(e.seed),
    "layer": lambda e: float(e.layer),
}
"""Fields with a number; negative = unknown, which satisfies no clause."""

WORDS: Mapping[str, Callable[[Entry], tuple[str, ...]]] = {
    "family": lambda e: (e.family,),
    "run": lambda e: (e.run,),
    "size": lambda e: (e.size or (str(e.n_params) if e.n_params >= 0 else ""),),
    "label": lambda e: (e.label,),
    "parent": lambda e: (e.parent,),
    "dtype": lambda e: (e.dtype,),
    "quantization": lambda e: (e.quantization,),
    "bos": lambda e: (e.bos,),
    "tag": lambda e: e.tags,
}
"""Fields with words; "" = unknown, which satisfies no clause."""

SAME, DIFFERS, NEXT, LAST = "same", "differs", "next", "last"
_OPS = {"≤": "<=", "≥": ">=", "≠": "!=", ":": "=", "==": "=", "<>": "!="}
_SCALES = {"": 1.0, "k": 1e3, "m": 1e6, "b": 1e9, "t": 1e12}
_NUMBER = re.compile(r"(\d[\d,_ \u2009\u202f]*(?:\.\d+)?)\s*([kmbt]?)", re.IGNORECASE)
_CLAUSE = re.compile(
    r"\s*(?P<field>[A-Za-z_]+)\s*"
    r"(?:(?P<differs>differs?)|(?P<op><=|>=|!=|==|<>|[≤≥≠<>=:])\s*(?P<value>.*?))\s*",
    re.DOTALL,
)
_BETWEEN = re.compile(r"\s+and\s+|[;\n]|,(?!\d{3}(?:\D|$))", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition. ``value`` "" with the operator "!=" says that the two differ."""

    field: str
    op: str
    value: str = ""

    def __str__(self) -> str:
        if self.op == "!=" and not self.value:
            return f"{self.field} differs"
        shown = {"<=": "≤", ">=": "≥", "!=": "≠"}.get(self.op, self.op)
        return f"{self.field} {shown} {self.value}"


@dataclass(frozen=True, slots=True)
class PairRule:
    """Conditions on the two entries of a pair; all have to hold."""

    clauses: tuple[Clause, ...]

    def __str__(self) -> str:
        return ", ".join(map(str, self.clauses))

    def value_of(self, field: str) -> str:
        """What ``field = value`` says, "" = nothing."""
        found = (c.value for c in self.clauses if c.field == field and c.op == "=")
        return next(found, "")


def parse_rule(text: str) -> PairRule:
    """The rule that a text says.

    Raises
    ------
    UsageError
        If a clause is not understood: which one, and what could stand there.
    """
    parts = [part.strip() for part in _BETWEEN.split(text) if part.strip()]
    if not parts:
        raise UsageError("The rule is empty", advice="Write for example: size = same, seed differs")
    rule = PairRule(tuple(_clause(part) for part in parts))
    _checked_together(rule)
    return rule


def _clause(text: str) -> Clause:
    found = _CLAUSE.fullmatch(text)
    if found is None:
        raise UsageError(
            f"The rule says {text!r}, which is no condition",
            advice="A condition is a field, a sign and a value, for example: step >= 700",
        )
    field, value = found["field"].lower(), (found["value"] or "").strip().strip("\"'")
    op = "!=" if found["differs"] else _OPS.get(found["op"], found["op"])
    if field not in _CHECKS:
        close = difflib.get_close_matches(field, _CHECKS, n=1, cutoff=0.6)
        hint = f"Did you mean {close[0]}" if close else f"There are {', '.join(_CHECKS)}"
        raise UsageError(f"Entries have no field {field!r}", advice=hint)
    if op == "=" and value.lower() in ("differs", "different", "other"):
        op, value = "!=", ""
    if not value and op != "!=":
        raise UsageError(f"The rule says {text!r} without a value")
    return _CHECKS[field](Clause(field, op, _folded(field, value)), text)


def _folded(field: str, value: str) -> str:
    keyword = value.lower() in (SAME, NEXT, LAST)
    return value.lower() if keyword or field in ("relation", "variant") else value


def _number_clause(clause: Clause, text: str) -> Clause:
    if clause.op == "=" and clause.value in _WORDS_OF_NUMBERS[clause.field]:
        return clause
    if clause.op == "!=" and not clause.value:
        return clause
    if np.isnan(_number(clause.value)):
        words = _WORDS_OF_NUMBERS[clause.field]
        raise UsageError(
            f"{clause.field} is a number, and the rule says {text!r}",
            advice=f"Write a number such as 1,200, or {clause.field} = {' or '.join(words)}",
        )
    return clause


def _word_clause(clause: Clause, text: str) -> Clause:
    if clause.op not in ("=", "!="):
        raise UsageError(
            f"{clause.field} has no order, and the rule says {text!r}",
            advice=f"Write {clause.field} = {clause.value}, or params >= 1B for a size",
        )
    return clause


def _relation_clause(clause: Clause, text: str) -> Clause:
    if clause.op != "=" or clause.value not in RELATIONS[1:]:
        known = ", ".join(RELATIONS[1:])
        raise UsageError(f"The rule says {text!r}", advice=f"A relation is one of {known}")
    return clause


def _variant_clause(clause: Clause, text: str) -> Clause:
    if clause.op != "=":
        advice = "Write variant = 8-bit, 4-bit, null or a type such as NF4"
        raise UsageError(f"The rule says {text!r}", advice=advice)
    return clause


_WORDS_OF_NUMBERS = dict.fromkeys(NUMBERS, (SAME,)) | {
    "step": (SAME, NEXT, LAST),
    "layer": (SAME, NEXT),
}
_CHECKS: Mapping[str, Callable[[Clause, str], Clause]] = {
    **dict.fromkeys(NUMBERS, _number_clause),
    **dict.fromkeys(WORDS, _word_clause),
    "relation": _relation_clause,
    "variant": _variant_clause,
}


def _checked_together(rule: PairRule) -> None:
    sources = [c for c in rule.clauses if c.field == "relation" or c.value == NEXT]
    if len(sources) > 1:
        raise UsageError(
            f"A pair is given by one of {' and '.join(map(str, sources))}, not by both at once"
        )
    if any(c.field == "variant" for c in rule.clauses) and not sources:
        raise UsageError(
            "The rule asks for a variant without saying of what",
            advice="Add: relation = quantized-from",
        )


def _number(text: str) -> float:
    found = _NUMBER.fullmatch(text.strip())
    if found is None:
        return float("nan")
    return float(re.sub(r"[^\d.]", "", found[1])) * _SCALES[found[2].lower()]


def pairs_of(entries: Iterable[Entry], rule: PairRule, *, most: int = MOST_PAIRS) -> Pairs:
    """All pairs of entries that a rule allows, as ids, in project order.

    Each pair once, the earlier entry first; with a relation the parent first, with ``next`` the
    lower step or layer.

    Raises
    ------
    InputError
        If there are more than ``most``.
    """
    found = tuple(entries)
    allowed = [e for e in found if _allowed(e, rule)]
    allowed = _at_last_step(allowed, found) if rule.value_of("step") == LAST else allowed
    source = next((c for c in rule.clauses if c.field == "relation" or c.value == NEXT), None)
    if source is None:
        return _compared(allowed, rule, most)
    candidates = _SOURCES[source.field](found, source.value)
    ids = {e.id for e in allowed}
    out = tuple(
        (a.id, b.id)
        for a, b in candidates
        if a.id in ids and b.id in ids and _is_variant(b, rule) and _fits(a, b, rule)
    )
    return _few_enough(out, len(out), most)


def _few_enough(pairs: Pairs, n: int, most: int) -> Pairs:
    if n > most:
        raise InputError(
            f"the rule allows {count(n)} pairs, more than {count(most)}",
            tried="Finding the pairs of a group",
            advice="Add a condition, for example: family = same",
        )
    return pairs


def _allowed(entry: Entry, rule: PairRule) -> bool:
    return all(_holds(entry, c) for c in rule.clauses if _is_for_each(c))


def _is_for_each(clause: Clause) -> bool:
    compared = clause.value in (SAME, NEXT, LAST) or (clause.op == "!=" and not clause.value)
    return clause.field not in ("relation", "variant") and not compared


def _holds(entry: Entry, clause: Clause) -> bool:
    if clause.field in WORDS:
        values = {v for v in WORDS[clause.field](entry) if v}
        named = {part.strip() for part in clause.value.split("|")}
        if clause.field == "quantization" and "none" in named and not values:
            return clause.op == "="
        hit = bool(values & named)
        return hit if clause.op == "=" else bool(values) and not hit
    value = NUMBERS[clause.field](entry)
    return value >= 0 and _COMPARE[clause.op](value, _number(clause.value))


_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
}


def _at_last_step(allowed: Sequence[Entry], found: Sequence[Entry]) -> list[Entry]:
    names = {e.run for e in allowed}
    last = last_common_step([run for run in runs_of(found) if run.name in names])
    return [e for e in allowed if e.is_checkpoint and e.step == last]


def _is_variant(entry: Entry, rule: PairRule) -> bool:
    wanted = rule.value_of("variant")
    if not wanted:
        return True
    found = quantization_of(entry)
    return found is not None and wanted in (found.kind.lower(), found.type.lower())


def _related(entries: Sequence[Entry], relation: str) -> Iterator[tuple[Entry, Entry]]:
    present = {e.id: e for e in entries}
    for entry in entries:
        unsaid = relation == "quantized-from" and not entry.relation and is_variant(entry)
        parent = parent_in(entry, present) if entry.relation == relation or unsaid else ""
        if parent:
            yield present[parent], entry


def _next_steps(entries: Sequence[Entry], _: str) -> Iterator[tuple[Entry, Entry]]:
    by_id = {e.id: e for e in entries}
    for run in runs_of(entries):
        yield from ((by_id[run.ids[a]], by_id[run.ids[b]]) for a, b in run.pairs())


def _next_layers(entries: Sequence[Entry], _: str) -> Iterator[tuple[Entry, Entry]]:
    by_id = {e.id: e for e in entries}
    for stack in stacks_of(entries):
        yield from ((by_id[stack.ids[a]], by_id[stack.ids[b]]) for a, b in stack.pairs())


_SOURCES: Mapping[str, Callable[[Sequence[Entry], str], Iterator[tuple[Entry, Entry]]]] = {
    "relation": _related,
    "step": _next_steps,
    "layer": _next_layers,
}


def _key(entry: Entry, field: str) -> str:
    """The value by which two entries are compared, "" = unknown."""
    if field in NUMBERS:
        value = NUMBERS[field](entry)
        return str(value) if value >= 0 else ""
    return "\n".join(sorted(v for v in WORDS[field](entry) if v))


def _compared_fields(rule: PairRule) -> tuple[tuple[str, ...], tuple[str, ...]]:
    same = tuple(c.field for c in rule.clauses if c.op == "=" and c.value == SAME)
    return same, tuple(c.field for c in rule.clauses if c.op == "!=" and not c.value)


def _fits(a: Entry, b: Entry, rule: PairRule) -> bool:
    same, differs = _compared_fields(rule)
    keys = {field: (_key(a, field), _key(b, field)) for field in (*same, *differs)}
    known = all(one and other for one, other in keys.values())
    equal = {field: one == other for field, (one, other) in keys.items()}
    return known and all(equal[f] for f in same) and not any(equal[f] for f in differs)


def _compared(entries: Sequence[Entry], rule: PairRule, most: int) -> Pairs:
    same, differs = _compared_fields(rule)
    known = [e for e in entries if all(_key(e, f) for f in (*same, *differs))]
    alike: dict[tuple[str, ...], list[int]] = {}
    for at, entry in enumerate(known):
        alike.setdefault(tuple(_key(entry, f) for f in same), []).append(at)
    if not differs:
        _few_enough((), sum(len(m) * (len(m) - 1) // 2 for m in alike.values()), most)
    codes = [_codes([_key(e, f) for e in known]) for f in differs]
    found: list[tuple[int, int]] = []
    for members in alike.values():
        for at, row in enumerate(members):
            later = np.array(members[at + 1 :], np.int64)
            unlike = np.ones(len(later), bool)
            for code in codes:
                unlike &= code[later] != code[row]
            found += [(row, int(k)) for k in later[unlike]]
        _few_enough((), len(found), most)
    return tuple((known[i].id, known[j].id) for i, j in sorted(found))


def _codes(keys: Sequence[str]) -> NDArray[np.int64]:
    numbers = {key: n for n, key in enumerate(dict.fromkeys(keys))}
    return np.array([numbers[key] for key in keys], np.int64)
