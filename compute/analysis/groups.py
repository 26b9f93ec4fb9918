"""The settings of the paper and which pairs each holds here, found from the model table alone.

Paper, section 3, table 2(a) and appendices E to H; method page, section 3. A new setting is a
function that gives a :class:`Group` and one line in :data:`SETTINGS`.

Decided: each group names the analysis whose rows its KL is taken from, so both members of a pair
went through the same clipping. A group without pairs says why. Groups that are drawn at random
(same type, random) are one seeded draw of as many pairs as the fine-tuned ones, as in the paper;
the pool stays with the group, so that all its pairs or many draws can be shown beside it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from compute.analysis import pairs as checkpoints
from compute.analysis.kinds import quantization_of
from compute.analysis.layers import stacks_of
from compute.analysis.lineage import Descent, lineage_of
from compute.analysis.pairrules import PairRule, Pairs, pairs_of, parse_rule
from compute.analysis.runs import Run, runs_of
from compute.core.numbers import count
from compute.core.tables import Entry


@dataclass(frozen=True, eq=False)
class Members:
    """The entries of one analysis, those its recipe excludes among them.

    ``in_use`` are the ids that have rows. ``problem`` says why there are none.
    """

    entries: tuple[Entry, ...] = ()
    in_use: Collection[str] = frozenset()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Pool:
    """Models of which ``n`` distinct pairs are drawn."""

    name: str
    ids: tuple[str, ...]
    n: int


@dataclass(frozen=True, eq=False)
class Group:
    """Pairs of entries whose KL is one setting of the scale.

    Attributes
    ----------
    id, title : str
    words : str
        The rule in words, with what it came to here.
    analysis : str
        Whose rows the KL is taken from (:mod:`compute.analysis.analyses`).
    pairs : tuple of (str, str), (P,)
        Entry ids.
    parts : tuple of str, (P,)
        The run, size, family or model that each pair belongs to.
    rule : PairRule, optional
        The same as data, where the rule language says it.
    pools : tuple of Pool
        What the pairs were drawn from, () = they were not drawn.
    notes : tuple of str
        Sentences about what was left out, and about missing controls.
    reason : str
        Why there are no pairs.
    """

    id: str
    title: str
    words: str
    analysis: str
    pairs: Pairs = ()
    parts: tuple[str, ...] = ()
    rule: PairRule | None = None
    pools: tuple[Pool, ...] = ()
    notes: tuple[str, ...] = field(default=())
    reason: str = ""


Source = Callable[[str], Members]
"""Name of an analysis -> its members."""


def settings(source: Source, *, after: int = -1, seed: int = 42) -> tuple[Group, ...]:
    """All settings of the paper, in its order, those without pairs among them.

    Parameters
    ----------
    source : callable
        Gives the members of each analysis.
    after : int
        First step after warm-up, -1 = by each run's own interval.
    seed : int
        Of the random draws.
    """
    how = How(source, after, seed)
    return tuple(make(how) for make in SETTINGS.values())


@dataclass(frozen=True, slots=True)
class How:
    """What every setting is found from."""

    source: Source
    after: int = -1
    seed: int = 42


def _later(how: How) -> Group:
    return _steps(how, "later", "Later", 1)


def _early(how: How) -> Group:
    return _steps(how, "early", "Early", 0)


def _steps(how: How, name: str, title: str, which: int) -> Group:
    """``which`` window of :func:`~compute.analysis.pairs.windows`: 0 early, 1 later."""
    members = how.source("sizes")
    windows = [
        (run, checkpoints.windows(run, how.after, members.in_use)[which])
        for run in runs_of(members.entries)
    ]
    found = [(r, w, checkpoints.within(r, w, members.in_use)) for r, w in windows]
    some = [(run, window, p) for run, window, p in found if len(p)]
    n_omitted = sum(len(p.omitted) for *_, p in found)
    return Group(
        name,
        title,
        "Checkpoints one regular interval apart" + _window_words(some),
        "sizes",
        tuple(pair for *_, p in some for pair in zip(p.a, p.b, strict=True)),
        tuple(_size(run) for run, _, p in some for _ in range(len(p))),
        rule=parse_rule("step = next"),
        notes=(_left_out(n_omitted, "a checkpoint is missing or excluded"),) if n_omitted else (),
        reason=members.problem
        or _unless(some, "no training run has two regular intervals after warm-up"),
    )


def _window_words(
    some: Sequence[tuple[Run, checkpoints.Window, checkpoints.Pairs]],
) -> str:
    """Which intervals of which runs; runs of the same steps are named together."""
    alike: dict[str, list[str]] = {}
    for run, window, _ in some:
        about = "" if run.spacing == run.interval else "about "
        words = (
            f"{window.n_slots} pairs {about}{count(run.interval)} steps apart from "
            f"{count(window.first)} to {count(window.last)}"
        )
        alike.setdefault(words, []).append(run.name)
    return "".join(
        f"{'; ' if k else ': '}{words} of {', '.join(names)}"
        for k, (words, names) in enumerate(alike.items())
    )


def _seed(how: How) -> Group:
    members = how.source("seeds")
    alike: dict[tuple[str, str], list[Run]] = {}
    for run in runs_of(members.entries):
        alike.setdefault((run.family, _size(run)), []).append(run)
    return _across(members, list(alike.values()), ("seed", "Seed", "seeds"), "differ in the seed")


def _size_(how: How) -> Group:
    members = how.source("sizes")
    runs = [list(runs_of(members.entries))]
    return _across(members, runs, ("size", "Size", "sizes"), "differ in size")


def _across(
    members: Members, sets: Sequence[list[Run]], names: tuple[str, str, str], differ: str
) -> Group:
    found = [(runs, checkpoints.across(runs, members.in_use)) for runs in sets if len(runs) > 1]
    some = [(runs, p) for runs, p in found if len(p)]
    name, title, analysis = names
    notes = [f"{o.what}: {o.reason}" for _, p in found for o in p.omitted]
    return Group(
        name,
        title,
        f"Runs that {differ}: " + "; ".join(p.rule for _, p in some)
        if some
        else f"Runs that {differ}, at the last step that all of them have",
        analysis,
        tuple(pair for _, p in some for pair in zip(p.a, p.b, strict=True)),
        tuple(_size(runs[0]) if name == "seed" else "" for runs, p in some for _ in p.a),
        rule=parse_rule(
            "family = same, size = same, seed differs, step = last"
            if name == "seed"
            else "size differs, step = last"
        ),
        notes=tuple(notes),
        reason=members.problem
        or _unless(some, f"no two runs {differ} and have a last step in common"),
    )


def _eight(how: How) -> Group:
    return _quantized(how, "8-bit")


def _four(how: How) -> Group:
    return _quantized(how, "4-bit")


def _quantized(how: How, kind: str) -> Group:
    members = how.source("quantization")
    rule = parse_rule(f"relation = quantized-from, variant = {kind}")
    pairs, n_out = _of_rule(members, rule)
    by_id = {e.id: e for e in members.entries}
    types = Counter(q.type for _, b in pairs if (q := quantization_of(by_id[b])) is not None)
    kinds = ", ".join(f"{name} ({count(n)})" for name, n in types.items())
    controls, _ = _of_rule(members, parse_rule("relation = quantized-from, variant = null"))
    notes = [_left_out(n_out, "one of the two is not in use")] if n_out else []
    if pairs and not controls:
        notes.append("There is no null control: the unmodified model scored again the same way.")
    return Group(
        kind,
        kind,
        f"{kind} variants and the models they were made from" + (f": {kinds}" if kinds else ""),
        "quantization",
        pairs,
        tuple(by_id[a].family for a, _ in pairs),
        rule=rule,
        notes=tuple(notes),
        reason=members.problem or _unless(pairs, f"no {kind} variant is here with its model"),
    )


def _null(how: How) -> Group:
    members = how.source("quantization")
    rule = parse_rule("relation = quantized-from, variant = null")
    pairs, _ = _of_rule(members, rule)
    by_id = {e.id: e for e in members.entries}
    return Group(
        "null",
        "Null",
        "The unmodified model, scored again through the pipeline of its quantized variants",
        "quantization",
        pairs,
        tuple(by_id[a].family for a, _ in pairs),
        rule=rule,
        reason=members.problem or _unless(pairs, "no unmodified model was scored again"),
    )


def _fine_tune(how: How) -> Group:
    members = how.source("fine-tuning")
    lineage = lineage_of(members.entries)
    kept = descents_in_use(members)
    relations = {e.relation for e in members.entries if e.id in {d.child for d in kept}}
    notes = [
        _left_out(len(lineage.merges), "it merges several models", "model"),
        _left_out(len(lineage.orphans), "the declared parent is not here", "model"),
        _left_out(len(lineage.descents) - len(kept), "one of the two is not in use"),
    ]
    return Group(
        "fine-tune",
        "Fine-tune",
        "A fine-tuned model and its one declared parent",
        "fine-tuning",
        tuple((d.parent, d.child) for d in kept),
        tuple(d.type for d in kept),
        rule=parse_rule("relation = fine-tune-of") if relations <= {"fine-tune-of"} else None,
        notes=tuple(filter(None, notes)),
        reason=members.problem or _unless(kept, "no model is here with its one declared parent"),
    )


def descents_in_use(members: Members) -> tuple[Descent, ...]:
    """Fine-tuned models and their parents, where both have rows."""
    found = lineage_of(members.entries).descents
    return tuple(d for d in found if d.parent in members.in_use and d.child in members.in_use)


def _same_type(how: How) -> Group:
    members = how.source("fine-tuning")
    pools = pools_of(descents_in_use(members))
    drawn = [(pool, draw(pool, how.seed + k)) for k, pool in enumerate(pools)]
    return Group(
        "same-type",
        "Same type",
        "Random pairs of models that occur in the fine-tuning pairs of one type, as many as "
        f"those pairs (seed {how.seed})",
        "fine-tuning",
        tuple(pair for _, pairs in drawn for pair in pairs),
        tuple(pool.name for pool, pairs in drawn for _ in pairs),
        pools=pools,
        reason=members.problem or _unless(pools, "it is drawn from fine-tuning pairs, none here"),
    )


def _random(how: How) -> Group:
    members = how.source("fine-tuning")
    descents = descents_in_use(members)
    pool = union_of(descents)
    drawn = draw(pool, how.seed) if descents else ()
    return Group(
        "random",
        "Random",
        f"Random pairs of all models of the fine-tuning pairs, as many as those (seed {how.seed})",
        "fine-tuning",
        drawn,
        ("",) * len(drawn),
        pools=(pool,) if descents else (),
        reason=members.problem
        or _unless(descents, "it is drawn from fine-tuning pairs, none here"),
    )


def pools_of(descents: Sequence[Descent]) -> tuple[Pool, ...]:
    """Child type -> the models that occur in its pairs, with the number of pairs."""
    by_type: dict[str, list[Descent]] = {}
    for descent in descents:
        by_type.setdefault(descent.type, []).append(descent)
    return tuple(
        Pool(name, tuple(dict.fromkeys(n for d in found for n in (d.parent, d.child))), len(found))
        for name, found in by_type.items()
    )


def union_of(descents: Sequence[Descent]) -> Pool:
    """All models of fine-tuning pairs."""
    names = tuple(dict.fromkeys(n for d in descents for n in (d.parent, d.child)))
    return Pool("", names, len(descents))


def draw(pool: Pool, seed: int) -> Pairs:
    """``pool.n`` distinct pairs at random, all if it has no more; the same for the same seed."""
    total = math.comb(len(pool.ids), 2)
    n = min(pool.n, total)
    rng = np.random.default_rng(seed)
    chosen = np.sort(rng.choice(total, n, replace=False)) if n else np.empty(0, np.int64)
    return tuple(_pair(pool.ids, int(k)) for k in chosen)


def _pair(ids: tuple[str, ...], k: int) -> tuple[str, str]:
    """The ``k``-th pair in the order (1, 0), (2, 0), (2, 1), (3, 0), ..."""
    high = (1 + math.isqrt(1 + 8 * k)) // 2
    return ids[k - high * (high - 1) // 2], ids[high]


def _layers(how: How) -> Group:
    members = how.source("layers")
    stacks = stacks_of(members.entries, at_least=2)
    rule = parse_rule("layer = next")
    pairs, n_out = _of_rule(members, rule)
    owner = {name: stack.label for stack in stacks for name in stack.ids}
    n_models = len({owner[a] for a, _ in pairs})
    return Group(
        "layers",
        "Layer",
        "Adjacent layers k and k + 1 of one model by the logit lens"
        + (f", {count(n_models)} model{'s' * (n_models != 1)}" if pairs else ""),
        "layers",
        pairs,
        tuple(owner[a] for a, _ in pairs),
        rule=rule,
        notes=(_left_out(n_out, "one of the two is not in use"),) if n_out else (),
        reason=members.problem or _unless(pairs, "no model has two adjacent layers"),
    )


SETTINGS: Mapping[str, Callable[[How], Group]] = {
    "later": _later,
    "early": _early,
    "seed": _seed,
    "size": _size_,
    "null": _null,
    "8-bit": _eight,
    "4-bit": _four,
    "fine-tune": _fine_tune,
    "same-type": _same_type,
    "random": _random,
    "layers": _layers,
}
"""Id -> how its group is found, in the order of Fig. 3; "null" is ours."""


def own_group(title: str, rule: PairRule, source: Source, *, analysis: str = "everything") -> Group:
    """A group that somebody defined by a rule.

    Raises
    ------
    InputError
        If the rule allows more pairs than a group can hold.
    """
    members = source(analysis)
    pairs, n_out = _of_rule(members, rule)
    return Group(
        title,
        title,
        f"All pairs with {rule}",
        analysis,
        pairs,
        ("",) * len(pairs),
        rule=rule,
        notes=(_left_out(n_out, "one of the two is not in use"),) if n_out else (),
        reason=members.problem or _unless(pairs, f"no two entries have {rule}"),
    )


def _of_rule(members: Members, rule: PairRule) -> tuple[Pairs, int]:
    """The pairs of a rule of which both have rows, and how many do not."""
    found = pairs_of(members.entries, rule)
    kept = tuple((a, b) for a, b in found if a in members.in_use and b in members.in_use)
    return kept, len(found) - len(kept)


def _size(run: Run) -> str:
    return run.size or (str(run.n_params) if run.n_params >= 0 else run.name)


def _left_out(n: int, why: str, what: str = "pair") -> str:
    return f"{count(n)} {what}{'s' * (n != 1)} left out: {why}." if n else ""


def _unless(found: Collection[object], why: str) -> str:
    return "" if len(found) else why
