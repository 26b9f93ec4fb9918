"""Which entries take part in an analysis, and how much of the scoring order each has settled."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from compute.core.errors import InputError, UsageError
from compute.core.numbers import count
from compute.core.rules import main_rule, other_rule
from compute.core.tables import Entry, Recipe, Snapshot, TextSet

MOST_NAMED = 10
FEWEST_TEXTS = 2
"""Texts that a variance over texts needs."""
MORE_TEXTS = "Take a recipe that drops fewer, or score more"


class LeftOut(NamedTuple):
    """An entry that was asked for and is not used, with the reason in a few words."""

    id: str
    reason: str


def prefix_of(entry: Entry, texts: TextSet) -> int:
    """Leading texts of the order on which an entry can be used; 0 = it cannot be used yet.

    All of them for a finished entry; for a partial one those that it has settled, once they are
    at least the first round.
    """
    if entry.status == "done":
        return len(texts)
    usable = entry.status == "partial" and entry.n_prefix >= texts.first_round
    return min(entry.n_prefix, len(texts)) if usable else 0


def usable(
    snapshot: Snapshot, recipe: Recipe, chosen: Sequence[int], *, one_rule: bool
) -> tuple[list[int], int, list[LeftOut]]:
    """The rows to use, their common prefix of the order, and what is left out.

    Parameters
    ----------
    snapshot : Snapshot
    recipe : Recipe
        Its excluded entries are left out.
    chosen : sequence of int
        Rows asked for, in project order.
    one_rule : bool
        Leave out entries whose BOS rule is not the most frequent one, and those whose scoring
        stopped before the common prefix of the others.
    """
    rows, left_out = [], []
    for k in chosen:
        entry = snapshot.entries[k]
        reason = _reason(snapshot, recipe, k)
        if reason:
            left_out.append(LeftOut(entry.id, reason))
        else:
            rows.append(k)
    if one_rule:
        rows, others = _of_main_rule(snapshot, rows)
        rows, behind = _without_stopped(snapshot, rows)
        left_out += others + behind
    prefix = min((prefix_of(snapshot.entries[k], snapshot.texts) for k in rows), default=0)
    return rows, prefix, left_out


def nothing_usable(snapshot: Snapshot, rows: Iterable[int], recipe: Recipe | None = None) -> str:
    """What to say when none of these entries can be used."""
    first, rows = snapshot.texts.first_round, list(rows)
    out = set(recipe.excluded) if recipe else set()
    if rows and recipe and all(snapshot.entries[k].id in out for k in rows):
        return f"the recipe {recipe.name!r} excludes every entry that was asked for"
    if any(snapshot.entries[k].status == "partial" for k in rows):
        return f"no entry has all of the first {count(first)} texts yet"
    return "no entry has been scored yet"


def one_text(n: int) -> str:
    """What to say when KL is asked for on fewer than two texts."""
    return f"KL is a variance over texts, and only {count(n)} text{'s' * (n != 1)} can be used"


def kept_texts(snapshot: Snapshot, recipe: Recipe) -> NDArray[np.bool_]:
    """(N,) bool: the texts that a recipe keeps: of its domains, and not dropped.

    Raises
    ------
    UsageError
        If it names a text or a domain that the project does not have.
    InputError
        If it keeps none.
    """
    kept = of_domains(snapshot, recipe)
    if recipe.dropped_texts:
        dropped = set(recipe.dropped_texts)
        unknown = dropped.difference(snapshot.texts.ids)
        if unknown:
            raise UsageError(
                f"The recipe {recipe.name!r} drops the text {min(unknown)!r}, "
                f"which {snapshot.path.name} does not have"
            )
        kept &= np.array([name not in dropped for name in snapshot.texts.ids], dtype=bool)
    if not kept.any():
        raise InputError(f"the recipe {recipe.name!r} drops every text", tried="Choosing texts")
    return kept


def of_domains(snapshot: Snapshot, recipe: Recipe) -> NDArray[np.bool_]:
    """(N,) bool: the texts of the recipe's domains, all where it names none.

    Raises
    ------
    UsageError
        If no text has one of the domains; names those there are.
    """
    domains = snapshot.texts.domains
    if not recipe.domains:
        return np.ones(len(domains), dtype=bool)
    known, wanted = dict.fromkeys(domains), set(recipe.domains)
    unknown = next((name for name in recipe.domains if name not in known), None)
    if unknown is not None:
        some = [name or '""' for name in known]
        more = f" and {count(len(some) - MOST_NAMED)} others" * (len(some) > MOST_NAMED)
        raise UsageError(
            f"The recipe {recipe.name!r} keeps texts of the domain {unknown!r}, "
            f"which {snapshot.path.name} does not have",
            advice=f"Its domains are: {', '.join(some[:MOST_NAMED])}{more}",
        )
    return np.array([name in wanted for name in domains], dtype=bool)


def leading(texts: TextSet, n: int) -> NDArray[np.int64]:
    """The first ``n`` texts of the order as ascending indices, (n,) int64."""
    return np.arange(len(texts)) if n == len(texts) else np.sort(texts.order[:n])


def _reason(snapshot: Snapshot, recipe: Recipe, row: int) -> str:
    entry = snapshot.entries[row]
    if entry.id in recipe.excluded:
        return f"the recipe {recipe.name!r} excludes it"
    if entry.status == "planned":
        return "it has not been scored yet"
    if entry.status == "failed":
        return f"its scoring failed: {entry.error}" if entry.error else "its scoring failed"
    n = prefix_of(entry, snapshot.texts)
    if not n:
        return _too_few(snapshot, row)
    values = snapshot.loglik[row]
    values = values if n == len(values) else values[snapshot.texts.order[:n]]
    return "" if np.isfinite(values).any() else "it has no finite score"


def _too_few(snapshot: Snapshot, row: int) -> str:
    texts = snapshot.texts
    first = texts.first_round
    scored = int(np.isfinite(snapshot.loglik[row, texts.order[:first]]).sum())
    of = f"{count(first)}" if first == len(texts) else f"the first {count(first)}"
    return f"only {count(scored)} of {of} texts have been scored"


def _of_main_rule(snapshot: Snapshot, rows: list[int]) -> tuple[list[int], list[LeftOut]]:
    rule = main_rule(snapshot.entries[k] for k in rows)
    kept = [k for k in rows if not other_rule(snapshot.entries[k], rule)]
    others = [snapshot.entries[k] for k in rows if other_rule(snapshot.entries[k], rule)]
    return kept, [LeftOut(e.id, _rule_reason(e, rule)) for e in others]


def _rule_reason(entry: Entry, rule: str) -> str:
    return (
        f"scored with another BOS rule ({entry.bos}) than most ({rule}); "
        "name it explicitly to compare it all the same"
    )


def _without_stopped(snapshot: Snapshot, rows: list[int]) -> tuple[list[int], list[LeftOut]]:
    """What a job gave up half-way does not hold the others back to its few texts."""
    texts, entries = snapshot.texts, snapshot.entries
    stopped = {k for k in rows if entries[k].status == "partial" and entries[k].error}
    common = min((prefix_of(entries[k], texts) for k in rows if k not in stopped), default=0)
    behind = {k for k in stopped if prefix_of(entries[k], texts) < common}
    kept = [k for k in rows if k not in behind]
    reason = "its scoring stopped half-way: {}"
    return kept, [LeftOut(entries[k].id, reason.format(entries[k].error)) for k in sorted(behind)]
