"""The groups of the paper as the report measures them, and groups of one's own."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from compute.analysis.groups import Members, own_group
from compute.analysis.pairrules import parse_rule
from compute.analysis.scale import Measure, measure
from compute.core.errors import InputError, KlscopeError
from compute.report.settings import measures
from explorer.plots.contract import Column, Nothing, Request, Table
from explorer.plots.scale.spec import LEAST_VIOLIN, Answer, Row, density_of
from explorer.plots.source import Source
from explorer.state.notices import Act

NONE = (
    "No group of the scale has a pair here. Score the checkpoints of a run, another seed or size, "
    "or variants of a model."
)


def answer(source: Source, request: Request) -> Answer | Nothing:
    """Every group of the paper, and those that were added here."""
    found = source.once("scale", lambda: tuple(_row(m) for m in measures(source.study)))
    own = tuple(_own(source, each["title"], each["rule"]) for each in request.options["own"])
    rows = (*found, *own)
    if not any(row.n for row in rows):
        return Nothing(NONE, Act("Add models...", "library.add"))
    return Answer(rows, (_table(rows),), _about(rows))


def check(title: str, rule: str, source: Source) -> int:
    """How many pairs a rule has here.

    Raises
    ------
    UsageError, InputError
        If it is no rule, or allows no pairs here, or too many.
    """
    found = _own(source, title, rule, strict=True)
    if not found.n:
        raise InputError(found.reason, advice="Change the rule, or tick more in the library")
    return found.n


def _own(source: Source, title: str, rule: str, *, strict: bool = False) -> Row:
    """A group of one's own, under the recipe in use; what is wrong with it is its reason."""
    try:
        there = Members(source.snapshot.entries, frozenset(source.prepared.ids))
        group = own_group(title, parse_rule(rule), lambda _name: there)
        return _row(measure(group, source.prepared), own=f"own:{title}", rule=rule)
    except KlscopeError as error:
        if strict:
            raise
        nan, none = math.nan, np.zeros(0)
        return Row(f"own:{title}", title, rule, rule, none, none, (), nan, nan, nan, (nan, nan),
                   None, none, 0.0, 0.0, reason=error.message, own=True)  # fmt: skip


def _row(m: Measure, own: str = "", rule: str = "") -> Row:
    density, low, high = density_of(m.kl)
    theirs = (m.published.median, m.published.mean) if m.published is not None else None
    s, g = m.summary, m.group
    return Row(
        own or g.id, g.title, g.words, rule or (str(g.rule) if g.rule is not None else ""), m.kl,
        m.se, g.pairs, s.median, s.mean, s.sd if s.n >= LEAST_VIOLIN else math.nan,
        (s.interval.low, s.interval.high), theirs, density, low, high, g.notes, g.reason, m.recipe,
        bool(own),
    )  # fmt: skip


def _table(rows: Sequence[Row]) -> Table:
    columns = (
        Column("Group", digits=False), Column("Pairs"), Column("Median", "bits/byte"),
        Column("Low", "bits/byte"), Column("High", "bits/byte"), Column("Mean", "bits/byte"),
        Column("SD", "bits/byte"), Column("Published median", "bits/byte"),
        Column("Published mean", "bits/byte"), Column("Recipe", digits=False),
    )  # fmt: skip
    nan = math.nan
    body = tuple(
        (r.title, r.n, r.median, *r.interval, r.mean, r.sd, *(r.published or (nan, nan)), r.recipe)
        for r in rows
    )
    ids = tuple(tuple(dict.fromkeys(i for pair in r.ids for i in pair)) for r in rows)
    return Table(columns, body, ids, "How far apart are two models?")


def _about(rows: Sequence[Row]) -> tuple[str, ...]:
    recipes = dict.fromkeys(r.recipe for r in rows if r.recipe)
    return (
        "KL is half the variance over texts of log-likelihood differences, bits/byte.",
        f"Each group has its own recipe ({', '.join(recipes)}); your own have the one in use.",
        "Low and high: 95 % of 200 bootstraps of the median over pairs. Pairs that share a model "
        "are not independent, so the interval is rather too narrow.",
        "Published values: Table 2 of the paper, of other models and other texts.",
    )
