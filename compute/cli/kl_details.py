"""What ``klscope kl`` says about a few entries: neighbours, contributions, comparisons."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeAlias

import typer

from compute import geometry
from compute.cli.kl_files import write_csv
from compute.core.numbers import count, minus, percent, plain, with_se
from compute.core.tables import Entry, Recipe, Snapshot
from compute.geometry import Comparison, Contributions, Prepared, Selected

_SHOWN = 10
_WORDS = 60
Table: TypeAlias = list[list[Any]]


@dataclass(frozen=True, slots=True)
class Output:
    """Where an answer goes: text, one JSON object, and a CSV file beside either.

    ``warnings`` about the recipe are a part of the object; for people they are shown before.
    """

    as_json: bool = False
    csv_file: Path | None = None
    warnings: tuple[str, ...] = ()

    def json(self, values: dict[str, Any]) -> str:
        """The object, with ``warnings`` only where there are any."""
        return json.dumps(values | ({"warnings": list(self.warnings)} if self.warnings else {}))

    def show(self, text: str, values: dict[str, Any], table: Table) -> None:
        """``table`` has a header."""
        if self.csv_file is not None:
            write_csv(self.csv_file, table)
        typer.echo(self.json(values) if self.as_json else text)


def name_of(entry: Entry) -> str:
    """The label, else the id."""
    return entry.label or entry.id


def number(value: float, se: float) -> str:
    """``0.129 ± 0.012``."""
    shown, error = with_se(value, se)
    return f"{shown} ± {error}" if error else shown


def about(rows: Selected) -> dict[str, Any]:
    """What every JSON answer about prepared rows states."""
    values: dict[str, Any] = {
        "n_texts": rows.n_texts,
        "recipe": rows.recipe.name,
        "estimator": geometry.ESTIMATOR,
    }
    values |= {"provisional": True} if rows.provisional else {}
    return values | ({"cautions": list(rows.cautions)} if rows.cautions else {})


def about_text(rows: Selected) -> str:
    """The same in words, as last lines."""
    state = ", provisional" if rows.provisional else ""
    lines = [f"{geometry.ESTIMATOR} over {rows.sample}, recipe {rows.recipe.name}{state}"]
    return "\n".join([*lines, *(f"Caution: {caution}" for caution in rows.cautions)])


# ---------------------------------------------------------------- nearest


def nearest(snapshot: Snapshot, recipe: Recipe, entry: Entry, k: int, out: Output) -> None:
    """The entries of smallest KL to one."""
    rows = geometry.prepare_lean(snapshot, recipe)
    found = geometry.neighbours(rows, entry.id, k)
    labels = [name_of(snapshot.entries[snapshot.row_of[n.id]]) for n in found]
    wide = max(map(len, labels), default=0)
    lines = [
        f"{label:<{wide}}  {number(n.kl, n.se)}" for label, n in zip(labels, found, strict=True)
    ]
    head = f"Nearest to {name_of(entry)}, KL in bits/byte"
    values = {
        "entry": entry.id,
        "nearest": [
            {"id": n.id, "label": label, "kl_bits_per_byte": n.kl, "se": n.se}
            for label, n in zip(labels, found, strict=True)
        ],
    }
    table = [["id", "label", "kl_bits_per_byte", "se"]]
    table += [[n.id, label, n.kl, n.se] for label, n in zip(labels, found, strict=True)]  # type: ignore[list-item]
    lines = lines or ["No other entry can be compared with it"]
    out.show("\n".join([head, *lines, about_text(rows)]), values | about(rows), table)


# ---------------------------------------------------------------- contributions


def contributions(snapshot: Snapshot, recipe: Recipe, pair: Sequence[Entry], out: Output) -> None:
    """The texts and the domains that a KL comes from."""
    rows = _few(snapshot, recipe, pair)
    found = geometry.contributions(rows, snapshot.texts, pair[0].id, pair[1].id)
    texts = snapshot.texts
    table: Table = [["text", "domain", "share", "log_likelihood_difference_nats"]]
    by_text = dict(zip(found.texts.tolist(), found.difference.tolist(), strict=True))
    table += [
        [texts.ids[k], texts.domains[k], share, by_text[k]] for k, share in found.top(rows.n_texts)
    ]
    values = {
        "a": pair[0].id,
        "b": pair[1].id,
        "kl_bits_per_byte": found.kl,
        "se": found.se,
        "top_texts": found.n_top,
        "top_share": _finite(found.top_share),
        "effective_texts": _finite(found.effective_texts),
        "domains": [_without_nan(asdict(domain)) for domain in found.domains],
        "texts": [
            {"id": texts.ids[k], "domain": texts.domains[k], "share": _finite(share),
             "difference_nats": by_text[k]}
            for k, share in found.top(_SHOWN)
        ],
    }  # fmt: skip
    values |= {"reason": found.reason} if found.reason else {}
    out.show(_contributions_text(snapshot, pair, found, rows), values | about(rows), table)


def _contributions_text(
    snapshot: Snapshot, pair: Sequence[Entry], found: Contributions, rows: Prepared
) -> str:
    head = f"{name_of(pair[0])}  {name_of(pair[1])}\nKL {number(found.kl, found.se)} bits/byte"
    if found.reason:
        return "\n".join([head, f"No shares: {found.reason}", about_text(rows)])
    texts = "text" if found.n_top == 1 else f"{count(found.n_top)} texts"
    lines = [
        f"{percent(found.top_share)} from the {texts} (1 %) that contribute most; "
        f"effective number of texts {count(round(found.effective_texts))}"
    ]
    known = [d for d in found.domains if d.domain]
    if known:
        wide = max(len(d.domain or "unknown") for d in found.domains)
        lines += ["", f"{'domain':<{wide}}  share  of bytes  of texts"]
        lines += [
            f"{d.domain or 'unknown':<{wide}}  {percent(d.share):>5}  {percent(d.of_bytes):>8}  "
            f"{percent(d.of_texts):>8}"
            for d in found.domains
        ]
    lines += ["", "share  nats  text"]
    by_text = dict(zip(found.texts.tolist(), found.difference.tolist(), strict=True))
    lines += [
        f"{percent(share):>5}  {minus(f'{by_text[k]:.0f}'):>4}  {_start(snapshot.texts.texts[k])}"
        for k, share in found.top(_SHOWN)
    ]
    return "\n".join([head, *lines, "", about_text(rows)])


def _start(text: str) -> str:
    shown = " ".join(text[: 4 * _WORDS].split())
    return shown if len(shown) <= _WORDS else shown[: _WORDS - 1] + "…"


# ---------------------------------------------------------------- comparison


def compare(
    snapshot: Snapshot,
    recipe: Recipe,
    four: Sequence[Entry],
    draws: tuple[int, int],
    out: Output,
) -> None:
    """Whether the KL of the first two entries is larger than that of the others.

    ``draws``: number of resamples, seed.
    """
    rows = _few(snapshot, recipe, four)
    a, b, c, d = (rows.row(entry.id) for entry in four)
    found = geometry.compare(rows, (a, b), (c, d), n=draws[0], seed=draws[1])
    values: dict[str, Any] = {
        "first": {"a": four[0].id, "b": four[1].id},
        "second": {"a": four[2].id, "b": four[3].id},
        "kl_bits_per_byte": [found.first, found.second],
    }
    rest = {k: v for k, v in asdict(found).items() if k not in ("first", "second")}
    values |= rest | {"seed": draws[1]} | about(rows)
    flat = {"first": found.first, "second": found.second, **rest}
    out.show(
        f"{_comparison_text(four, found)}\n{about_text(rows)}", values,
        [list(flat), list(flat.values())],
    )  # fmt: skip


def _comparison_text(four: Sequence[Entry], found: Comparison) -> str:
    names = [name_of(entry) for entry in four]
    low, high = (_signed(v) for v in (found.low, found.high))
    return (
        f"{names[0]}  {names[1]}  KL {plain(found.first)} bits/byte\n"
        f"{names[2]}  {names[3]}  KL {plain(found.second)} bits/byte\n"
        f"Difference {number(found.difference, found.se)} bits/byte, "
        f"{percent(found.level)} interval {low} – {high}\n"
        f"The first is larger in {percent(found.p_larger)} of {count(found.n_resamples)} resamples "
        "of the texts, which both share"
    )


def _signed(value: float) -> str:
    return plain(value) if value >= 0 else minus("-") + plain(-value)


# ---------------------------------------------------------------- shared


def _few(snapshot: Snapshot, recipe: Recipe, entries: Sequence[Entry]) -> Prepared:
    """The rows of a few entries, each of which must be usable."""
    rows = geometry.prepare(snapshot, recipe, [entry.id for entry in entries])
    for entry in entries:
        rows.row(entry.id)
    return rows


def _finite(value: float) -> float | None:
    """JSON has no NaN."""
    return value if value == value else None


def _without_nan(values: dict[str, Any]) -> dict[str, Any]:
    return {k: _finite(v) if isinstance(v, float) else v for k, v in values.items()}
