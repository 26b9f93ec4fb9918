"""The pair, its texts and its tokens: answers. On the pool; no Qt, no torch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from compute.analysis import making
from compute.analysis.outliers import TextScores, drop_curves, n_outliers, text_scores
from compute.analysis.runs import Run
from compute.core.errors import KlscopeError
from compute.core.numbers import count, percent, plain
from compute.core.tables import Entry, Recipe, TextSet, TokenDetail
from compute.geometry import (
    ESTIMATOR,
    Contributions,
    Prepared,
    contributions,
    find_recipe,
    kl_to,
    without,
    without_first,
)
from explorer.plots.contract import Column, Nothing, Request, Table
from explorer.plots.source import Source
from explorer.plots.texts.stretches import Stretch, Tokens, stretches
from explorer.state.notices import Act

NO_SCORES = (
    "No run has two neighbouring checkpoints after its warm-up, so there is no outlier score."
)


@dataclass(frozen=True, eq=False)
class Ranked:
    """The texts of a pair in one order.

    Attributes
    ----------
    order : ndarray, (N,) int64
        Positions in ``Contributions.texts``, first the one that matters most.
    values : ndarray, (N,) float64
        What they are ordered by, at each position: shares, or nats of an outlier score.
    carried : ndarray, (N + 1,) float64
        Part of the KL that the first n carry.
    fading : ndarray, (N - 1,) float64, bits/byte
        The KL without the first n.
    reason : str
        Why there is no such order; "" = there is.
    steps : tuple of (int, float)
        Mean KL, bits/byte, between neighbouring checkpoints of all runs without the first n texts,
        for the numbers of the paper's curves; () = not worked out.
    n_runs : int
        How many runs that is over.
    """

    order: NDArray[np.int64]
    values: NDArray[np.float64]
    carried: NDArray[np.float64]
    fading: NDArray[np.float64]
    reason: str = ""
    steps: tuple[tuple[int, float], ...] = ()
    n_runs: int = 0


@dataclass(frozen=True, eq=False)
class Why:
    """What the KL of two entries is made of.

    Attributes
    ----------
    a, b : Entry
    kl, se : float, bits/byte
        Under the recipe in use, over ``n_texts``.
    recipe, base : str
        The recipe in use, and the one under which ``found`` is: the same unless the one in use is
        a preview of dropped texts.
    found : Contributions
    loglik : ndarray, (2, texts of the project) float32, nats
        As scored: nothing clipped.
    entries : tuple of Entry
        Those a pair can be made of.
    n_detailed : int
        How many of them have token detail.
    base_dropped : frozenset of str
        Ids of the texts that the base drops itself.
    """

    a: Entry
    b: Entry
    kl: float
    se: float
    n_texts: int
    recipe: str
    base: str
    provisional: bool
    found: Contributions
    texts: TextSet
    loglik: NDArray[np.float32]
    entries: tuple[Entry, ...]
    n_detailed: int
    by_share: Ranked
    base_dropped: frozenset[str] = frozenset()

    @property
    def previews(self) -> bool:
        """Whether the recipe in use is one that only tries something out."""
        return self.recipe != self.base

    @cached_property
    def tables(self) -> Sequence[Table]:
        return texts_table(self, self.by_share, "share"), domains_table(self)

    @property
    def about(self) -> Sequence[str]:
        f = self.found
        return (
            f"KL of the pair: {ESTIMATOR}, in bits/byte, over {count(self.n_texts)} texts, recipe "
            f"{self.recipe}{', provisional' if self.provisional else ''}.",
            f"The parts of texts and domains are those under {self.base}, over "
            f"{count(len(f.texts))} texts: squared centred differences, which add up to the KL.",
            f"As many as {f.effective_texts:.0f} texts that contribute alike would give the same "
            f"error; the largest {count(f.n_top)} carry {100 * f.top_share:.0f} %.",
            "KL without some texts: as if the recipe dropped them, at the same clip value.",
            "Outlier score: the largest step of a text between neighbouring checkpoints of any run "
            "after its warm-up, on clipped values.",
            f"Token detail is kept for {count(self.n_detailed)} of {count(len(self.entries))} "
            "entries: log-probabilities in nats, rounded to 11 bits.",
        )


def answer(source: Source, request: Request) -> Why | Nothing:
    """Why the two models of the selection differ."""
    pair = pair_of(source, request)
    if pair is None:
        return Nothing(
            "Two models are needed to say why they differ. Score another one, or tick more.",
            Act("Add models...", "library.add"),
        )
    a, b = reversed(pair) if request.options.get("swapped") else pair
    base, rows = base_of(source)
    found = source.once(("why", a, b, base), lambda: _contributions(source, rows, a, b))
    now = found
    if rows is not source.prepared:
        now = contributions(source.prepared, source.snapshot.texts, a, b)
    prepared, snapshot = source.prepared, source.snapshot
    return Why(
        a=source.by_id[a],
        b=source.by_id[b],
        kl=now.kl,
        se=now.se,
        n_texts=prepared.n_texts,
        recipe=prepared.recipe.name,
        base=base,
        provisional=prepared.provisional,
        found=found,
        texts=snapshot.texts,
        loglik=snapshot.loglik[[snapshot.row_of[a], snapshot.row_of[b]]],
        entries=source.entries,
        n_detailed=source.once("with tokens", lambda: sum(map(source.has_tokens, prepared.ids))),
        by_share=_ranked(found, snapshot.texts.n_bytes, found.share),
        base_dropped=frozenset(find_recipe(snapshot, base).dropped_texts),
    )


def base_of(source: Source) -> tuple[str, Prepared]:
    """The recipe that a draft of dropped texts goes out from, and the ticked rows under it.

    It is the recipe in use; but under a preview the recipe it was made from, so that texts that
    were dropped can be seen and kept again.
    """
    used = source.recipe
    if used.version >= 1 or not used.base or used.base not in source.snapshot.recipes:
        return used.name, source.prepared
    base = find_recipe(source.snapshot, used.base)
    return base.name, source.rows(source.prepared.ids, base)


def _contributions(source: Source, rows: Prepared, a: str, b: str) -> Contributions:
    return contributions(rows, source.snapshot.texts, a, b)


def _ranked(
    found: Contributions, n_bytes: NDArray[np.int64], values: NDArray[np.float64]
) -> Ranked:
    order = np.argsort(-np.nan_to_num(values, nan=-math.inf), kind="stable").astype(np.int64)
    share = np.nan_to_num(found.share[order])
    return Ranked(
        order,
        values,
        np.concatenate([[0.0], np.cumsum(share)]),
        without_first(found, n_bytes, order),
    )


# ---------------------------------------------------------------- which two


def pair_of(source: Source, request: Request) -> tuple[str, str] | None:
    """Two entries: the two that are selected.

    Of more, the one that is shown and the one farthest from it. One selected and its nearest
    neighbour. None: the last checkpoints of the two longest runs.
    """
    ids = source.prepared.ids
    if len(ids) < 2:
        return None
    chosen = [i for i in request.chosen if i in source.row_of]
    shown = request.shown if request.shown in source.row_of else ""
    first = shown or (chosen[0] if chosen else "")
    if not first:
        return _usual_pair(source)
    kl, _ = source.once(("kl to", first), lambda: kl_to(source.prepared, first))
    others = [i for i in chosen if i != first]
    if others:
        return first, max(others, key=lambda i: float(kl[source.row_of[i]]))
    at = min((k for k, i in enumerate(ids) if i != first), key=lambda k: float(kl[k]))
    return first, ids[at]


def _usual_pair(source: Source) -> tuple[str, str]:
    ids = source.prepared.ids
    lasts = [run.ids[-1] for run in sorted(source.runs, key=lambda run: -len(run.ids))]
    if len(lasts) > 1:
        return lasts[0], lasts[1]
    last = lasts[0] if lasts else ids[-1]
    return last, next(i for i in ids if i != last)


# ---------------------------------------------------------------- other orders, other texts


def by_outlier_score(source: Source, found: Contributions) -> Ranked:
    """The texts of the pair by how far they jump between neighbouring checkpoints."""
    base, rows = base_of(source)
    scores = source.once(("text scores", base), lambda: text_scores(rows, source.runs))
    n_bytes = source.snapshot.texts.n_bytes
    if not scores.n_pairs:
        return replace(_ranked(found, n_bytes, found.share), reason=NO_SCORES)
    steps, n_runs = source.once(
        ("text steps", base), lambda: _steps(rows, source.runs, scores, n_bytes)
    )
    return replace(_ranked(found, n_bytes, scores.maximum), steps=steps, n_runs=n_runs)


def _steps(
    rows: Prepared, runs: Sequence[Run], scores: TextScores, n_bytes: NDArray[np.int64]
) -> tuple[tuple[tuple[int, float], ...], int]:
    """What dropping the worst texts does to neighbouring checkpoints (paper, Fig. 13)."""
    curves = [drop_curves(rows, run, scores, n_bytes) for run in runs]
    curves = [one for one in curves if len(one.steps)]
    if not curves:
        return (), 0
    mean = np.mean([one.kl.mean(axis=1) for one in curves], axis=0)
    return tuple(zip(curves[0].n_dropped, mean.tolist(), strict=True)), len(curves)


def steps_words(ranked: Ranked, factor: float = 1.0) -> str:
    """What dropping the usual 3 % does to neighbouring checkpoints, as a sentence; "" = unknown."""
    if not ranked.steps:
        return ""
    kl = dict(ranked.steps)
    n = min(kl, key=lambda k: abs(k - n_outliers(len(ranked.order))))
    runs = f"{count(ranked.n_runs)} run{'s' * (ranked.n_runs != 1)}"
    return (
        f"KL of neighbouring checkpoints, mean of {runs}: {plain(kl[0] * factor)}; without the top "
        f"{count(n)} texts ({percent(n / len(ranked.order))}): {plain(kl[n] * factor)}."
    )


def left(why: Why, dropped: frozenset[int]) -> tuple[float, float, int]:
    """KL and SE, bits/byte, without texts of these indices; and how many of those in use go."""
    gone = np.isin(why.found.texts, np.fromiter(dropped, np.int64, len(dropped)))
    kl, se = without(why.found, why.texts.n_bytes, gone)
    return kl, se, int(gone.sum())


def preview(source: Source, base: str, dropped: frozenset[int], name: str) -> Recipe:
    """A recipe without these texts; version 0: it is in no file.

    Raises
    ------
    InputError
        If fewer than two texts are left.
    """
    ids = tuple(source.snapshot.texts.ids[k] for k in sorted(dropped))
    return making.made(source.snapshot, making.Wish(name, base, dropped_texts=ids))


# ---------------------------------------------------------------- tokens of one text


@dataclass(frozen=True, eq=False)
class Detail:
    """One text of a pair, token by token.

    ``missing`` says why there is no detail, with what can be done about it; "" = there is.
    ``equal``: both models have the same tokens.
    """

    index: int
    pair: tuple[str, str]
    stretches: tuple[Stretch, ...] = ()
    n_tokens: tuple[int, int] = (-1, -1)
    equal: bool = True
    missing: str = ""
    act: Act | None = None


def detail(source: Source, a: str, b: str, index: int) -> Detail:
    """The tokens of one text for both models."""
    try:
        kept = {i: _kept(source, i) for i in (a, b)}
    except KlscopeError as error:
        return Detail(index, (a, b), missing=error.message)
    known = [found for found in kept.values() if found is not None]
    if len(known) < 2:
        sentence, act = absent(tuple(source.by_id[i] for i in (a, b) if kept[i] is None))
        return Detail(index, (a, b), missing=sentence, act=act)
    counts = len(known[0].of(index)), len(known[1].of(index))
    placeless = [source.by_id[i] for i in (a, b) if _placeless(kept[i])]
    if placeless:
        names = " and ".join(e.label or e.id for e in placeless)
        why = f"Where the tokens of {names} begin is not known: its detail was imported."
        return Detail(index, (a, b), n_tokens=counts, missing=why)
    tokens = [_tokens(found, index) for found in known]
    equal = np.array_equal(tokens[0].lengths, tokens[1].lengths)
    found = stretches(source.snapshot.texts.texts[index], tokens[0], tokens[1])
    return Detail(index, (a, b), found, counts, equal)


def _kept(source: Source, entry_id: str) -> TokenDetail | None:
    return source.once(("tokens", entry_id), lambda: source.read_tokens(entry_id))


def _placeless(kept: TokenDetail | None) -> bool:
    return kept is not None and kept.lengths is None


def _tokens(kept: TokenDetail, index: int) -> Tokens:
    lengths = kept.lengths_of(index)
    assert lengths is not None
    return Tokens(kept.of(index).astype(np.float64), lengths.astype(np.int64))


def absent(entries: tuple[Entry, ...]) -> tuple[str, Act]:
    """What to say of entries without token detail, and what to do."""
    names = " and ".join(e.label or e.id for e in entries)
    lost = next((e for e in entries if not findable(e)), None)
    if lost is None:
        words = "Score it again with tokens" if len(entries) == 1 else "Score them with tokens"
        ids = tuple(e.id for e in entries)
        return f"Token detail was not kept for {names}.", Act(words, "job.tokens", ids)
    why = "is a layer" if lost.layer >= 0 else f"{lost.source or 'its source'} is not here"
    which = f"{lost.label or lost.id} {why}" if lost.layer >= 0 else why
    return (
        f"Token detail was not kept for {names}, and {which}. Add checkpoints and score them with "
        "Tokens: Kept.",
        Act("Add models...", "library.add"),
    )


def findable(entry: Entry) -> bool:
    """Whether the files of an entry may be found: its folder is there, or it has a name of a hub
    (the job that is asked for says what is wrong with that)."""
    if entry.layer >= 0 or not entry.source:
        return False
    try:
        if Path(entry.source).expanduser().exists():
            return True
    except (OSError, ValueError, RuntimeError):
        return False
    return entry.source.count("/") == 1 and not entry.source.startswith((".", "/", "~"))


# ---------------------------------------------------------------- tables


def texts_table(why: Why, ranked: Ranked, rank: str) -> Table:
    """The ranked texts as numbers."""
    f, texts = why.found, why.texts
    outlier = rank == "outlier" and not ranked.reason
    rows = []
    for place, k in enumerate(ranked.order.tolist(), start=1):
        s = int(f.texts[k])
        row = [
            place,
            texts.ids[s],
            texts.domains[s],
            100 * float(f.share[k]),
            float(f.difference[k]),
        ]
        row += [float(v) for v in why.loglik[:, s]]
        rows.append((*row, float(ranked.values[k])) if outlier else tuple(row))
    columns = (
        Column("Rank"),
        Column("Text", digits=False),
        Column("Domain", digits=False),
        Column("Part of the KL", "%"),
        Column("Difference less its mean", "nats"),
        Column(f"Log-likelihood, {why.a.label or why.a.id}", "nats"),
        Column(f"Log-likelihood, {why.b.label or why.b.id}", "nats"),
        *((Column("Outlier score", "nats"),) if outlier else ()),
    )
    return Table(columns, tuple(rows), title="Texts")


def domains_table(why: Why) -> Table:
    """The domains as numbers."""
    rows = tuple((d.domain, d.n_texts, 100 * d.share, 100 * d.of_texts) for d in why.found.domains)
    columns = (
        Column("Domain", digits=False),
        Column("Texts"),
        Column("Part of the KL", "%"),
        Column("Expected from its texts", "%"),
    )
    return Table(columns, rows, title="Domains")
