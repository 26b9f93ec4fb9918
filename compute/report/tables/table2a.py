"""Table 2(a): median, mean and SD of the KL of each setting, the paper's beside ours."""

from __future__ import annotations

from collections.abc import Sequence

from compute.analysis.scale import LEVEL, Measure, over_texts
from compute.core.numbers import count, percent
from compute.report.contract import DataTable, Missing, Piece
from compute.report.settings import measures, rows_of
from compute.report.study import Study


def make(study: Study) -> Piece:
    """The table of the settings."""
    found = measures(study)
    some = [m for m in found if len(m.kl)]
    if not some:
        raise Missing(
            "No group of the scale has a pair here",
            advice="Score the checkpoints of a run, or import models and their variants",
        )
    bootstrap = next((m.summary.interval.n for m in some if m.summary.interval.n), 0)
    options = study.options
    return Piece(
        caption=(
            f"Median, mean and SD (ddof 0) of the KL of each group. The {percent(LEVEL)} interval "
            f"of the median is by drawing the pairs again {count(bootstrap)} times (seed "
            f"{options.seed}); pairs that share a model are not independent, so it is rather too "
            f"narrow. {estimator()} {recipes(some)}"
        ),
        tables=tuple(
            t
            for t in (
                summary_table(found),
                _texts_table(study, some),
                drawn_table(found),
                rules_table(found),
            )
            if t.rows
        ),
        remarks=tuple(f"{m.group.title}: {note}" for m in found for note in m.group.notes),
    )


def estimator() -> str:
    return "KL is half the variance over texts of log-likelihood differences, bits/byte."


def recipes(found: Sequence[Measure]) -> str:
    """Recipe and N of each group; groups of the same ones together."""
    by_recipe: dict[tuple[str, int, float, bool], list[str]] = {}
    for m in found:
        key = (m.recipe, m.n_texts, m.mean_bytes, m.provisional)
        by_recipe.setdefault(key, []).append(m.group.title)
    whole = len(by_recipe) == 1
    return " ".join(
        f"{'' if whole else ', '.join(names) + ': '}N = {count(n)} texts of {size:.0f} bytes on "
        f"average, recipe {name}{', provisional' if provisional else ''}."
        for (name, n, size, provisional), names in by_recipe.items()
    )


def summary_table(found: Sequence[Measure]) -> DataTable:
    """One row for each setting, those without pairs among them."""
    bits = "bits/byte"
    columns = (
        ("group", ""), ("pairs", ""), ("median", bits), ("low", bits), ("high", bits),
        ("mean", bits), ("SD", bits), ("published median", bits), ("published mean", bits),
        ("published SD", bits), ("recipe", ""), ("N", "texts"),
    )  # fmt: skip
    return DataTable(
        "settings",
        "KL of the settings",
        columns,
        tuple(_row(m) for m in found),
        notes=(
            f"Low to high: {percent(LEVEL)} bootstrap interval of the median over pairs. The "
            "published 8-bit and 4-bit values have no null control."
        ),
    )


def _row(m: Measure) -> tuple[str | float | int | None, ...]:
    s, p = m.summary, m.published
    published = (p.median, p.mean, p.sd) if p else (None, None, None)
    sd = s.sd if s.n > 1 else None
    ours = (s.median, s.interval.low, s.interval.high, s.mean, sd)
    return (m.group.title, s.n, *ours, *published, m.recipe, m.n_texts or None)


MOST_PAIRS = 3_000
"""Groups with more pairs get no interval over texts: their median hardly depends on the pairs."""


def _texts_table(study: Study, found: Sequence[Measure]) -> DataTable:
    """How far the median depends on the texts: drawn again, the same for all pairs."""
    n, seed = study.options.bootstrap, study.options.seed
    rows = []
    for m in found:
        own = rows_of(study, m.group.analysis)[0]
        if own is None or len(m.kl) > MOST_PAIRS:
            continue
        interval = over_texts(own, m.group.pairs, study.snapshot.texts, bootstrap=n, seed=seed)
        if interval.n:
            low_high = (interval.low, interval.high)
            rows.append((m.group.title, m.summary.n, m.summary.median, *low_high, interval.n))
    bits = "bits/byte"
    columns = (
        ("group", ""), ("pairs", ""), ("median", bits), ("low", bits), ("high", bits),
        ("bootstraps", ""),
    )  # fmt: skip
    return DataTable(
        "texts",
        "How far the medians depend on the texts",
        columns,
        tuple(rows),
        notes=f"Low to high: {percent(LEVEL)} interval of the median over texts drawn again.",
    )


def drawn_table(found: Sequence[Measure]) -> DataTable:
    """For groups that are drawn at random: what other draws, and all pairs, would have given."""
    rows = tuple(
        (
            m.group.title, m.summary.n, m.summary.median, m.over_draws.n, m.over_draws.low,
            m.over_draws.high, m.all_pairs.n, m.all_pairs.median, m.all_pairs.mean,
        )
        for m in found
        if m.group.pools and len(m.kl)
    )  # fmt: skip
    bits = "bits/byte"
    columns = (
        ("group", ""), ("pairs drawn", ""), ("median", bits), ("draws", ""), ("low", bits),
        ("high", bits), ("all pairs", ""), ("median of all", bits), ("mean of all", bits),
    )  # fmt: skip
    return DataTable(
        "draws",
        "Groups that are drawn at random: other draws, and all pairs",
        columns,
        rows,
        notes=f"Low to high: the median in {percent(LEVEL)} of the draws.",
    )


def rules_table(found: Sequence[Measure]) -> DataTable:
    """Which pairs each group holds, and why some hold none."""
    rows = tuple(
        (m.group.title, m.group.words, m.group.reason, " ".join(m.group.notes)) for m in found
    )
    return DataTable(
        "rules",
        "What the groups hold",
        (("group", ""), ("rule", ""), ("no pairs because", ""), ("notes", "")),
        rows,
    )
