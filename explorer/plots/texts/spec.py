"""Why two models differ: the description of the view, its words, and its draft of dropped texts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from compute.core.numbers import THIN, count, minus, percent
from compute.core.tables import Entry, TextSet
from explorer.plots.contract import Option, PlotKind
from explorer.state.reading import flag, one_of, text

RANKS = {"share": "contribution", "outlier": "outlier score"}
TOPS = (10, 30)
"""How many of the first texts are left out in the words at the bottom."""
CAP = 3.0
"""Nats at which the colour of a difference is as strong as it gets."""
LEAST, SLOPE = 0.15, 1.6
"""Share of the diverging colour in a cell: ``LEAST + |d| / SLOPE``, d as a part of the cap."""


def names(value: Any) -> tuple[str, ...]:
    """Reads a list of names, each once, in its order."""
    if not isinstance(value, (list, tuple)):
        raise TypeError(value)
    return tuple(dict.fromkeys(text(v) for v in value))


KIND = PlotKind(
    id="texts",
    title="Texts",
    icon="text-aa",
    tip="why two models differ: domains, texts, tokens",
    ask="explorer.plots.texts.ask:answer",
    view="explorer.plots.texts.view:TextsView",
    options=(
        Option("swapped", "Swapped", False, flag),
        Option("text", "Text", "", text, asks=False),
        Option("rank", "Rank", "share", one_of(RANKS), choices=RANKS, asks=False),
        Option("dropped", "Dropped texts", (), names, asks=False),
        Option("domains", "Dropped domains", (), names, asks=False),
    ),
    follows=True,
    side="none",
    help=(
        "The KL of two models is a mean of squares over texts, so a few texts can make up most of "
        "it. The bars say how much each domain contributes; the line across a bar is what its "
        "number of texts would have contributed. A bar that reaches far beyond its line is a "
        "domain on which the two models differ more than elsewhere.",
        "Below, texts are ranked by their part of the KL, or by how far they jump between "
        "checkpoints. A bar has the colour of the model that finds the text easier than usual. "
        "Untick texts or domains to see what is left of the KL; *Preview on the map* shows every "
        "view without them, and nothing is written until you keep it as a recipe.",
        "At the right every token is coloured by the difference of the two log-probabilities, up "
        "to 3 nats. Models with different tokenizers are compared by the shortest stretches at "
        "whose ends both have a boundary.",
    ),
)


# ---------------------------------------------------------------- the draft


def gone(options: Mapping[str, Any], texts: TextSet) -> frozenset[int]:
    """Indices of the texts that the draft drops, by themselves or with their domain."""
    ids, domains = set(options["dropped"]), set(options["domains"])
    if not ids and not domains:
        return frozenset()
    rows = zip(texts.ids, texts.domains, strict=True)
    return frozenset(k for k, (i, d) in enumerate(rows) if i in ids or d in domains)


def with_text(
    options: Mapping[str, Any], texts: TextSet, index: int, *, kept: bool
) -> dict[str, Any]:
    """The draft with one text dropped or kept. One text that is kept out of a dropped domain leaves
    the others dropped one by one."""
    name, domain = texts.ids[index], texts.domains[index]
    dropped, domains = list(options["dropped"]), tuple(options["domains"])
    if not kept:
        return {"dropped": (*dropped, name) if name not in dropped else tuple(dropped)}
    if domain in domains:
        dropped += [i for i, d in zip(texts.ids, texts.domains, strict=True) if d == domain]
        domains = tuple(d for d in domains if d != domain)
    return {"dropped": names([i for i in dropped if i != name]), "domains": domains}


def with_domain(
    options: Mapping[str, Any], texts: TextSet, domain: str, *, kept: bool
) -> dict[str, Any]:
    """The draft with a whole domain dropped or kept."""
    domains = tuple(d for d in options["domains"] if d != domain)
    inside = {i for i, d in zip(texts.ids, texts.domains, strict=True) if d == domain}
    dropped = tuple(i for i in options["dropped"] if i not in inside)
    return {"domains": domains if kept else (*domains, domain), "dropped": dropped}


def preview_name(base: str, n: int, taken: Iterable[str]) -> str:
    """A name for a recipe without ``n`` texts that no other has: "clip2 without 12 texts"."""
    name = f"{base} without {n} text{'s' * (n != 1)}"
    used, k, found = set(taken), 1, name
    while found in used:
        k += 1
        found = f"{name} {k}"
    return found


# ---------------------------------------------------------------- words


def step_words(entry: Entry) -> str:
    """What stands behind the run of a checkpoint: its step; "" = its label says it all."""
    return count(entry.step) if entry.run and entry.step >= 0 else ""


def name_words(entry: Entry) -> str:
    """The run of a plain checkpoint, else the label."""
    return entry.run if entry.is_checkpoint else entry.label or entry.id


def short(entry: Entry, other: Entry) -> str:
    """A name that tells an entry from the other one of the pair."""
    name = name_words(entry)
    return name if name != name_words(other) else entry.label or entry.id


def title_of(text_id: str) -> str:
    """ "Text 834" for a number, else the id itself."""
    return f"Text {text_id}" if text_id.isdigit() else text_id


def first_line(words: str, most: int = 160) -> str:
    """The beginning of a text on one line."""
    return " ↵ ".join(part.strip() for part in words[:most].split("\n") if part.strip())


def share_words(share: float) -> str:
    """``1.97 %``: three digits, as shares of texts are small."""
    if not math.isfinite(share):
        return "–"
    value = 100 * share
    return f"{value:.2f}{THIN}%" if value < 9.995 else percent(share)


def nats_words(nats: float, places: int = 1, *, sign: bool = False) -> str:
    """``−2,388.7``."""
    if not math.isfinite(nats):
        return "–"
    shown = f"{nats:{'+' if sign else ''},.{places}f}"
    return minus(shown) if any(digit in shown for digit in "123456789") else f"{0:.{places}f}"


def chance_words(nats: float) -> str:
    """``0.39 %``: the probability of so many nats, to two digits, never an exponent."""
    if not math.isfinite(nats):
        return "–"
    value = 100 * math.exp(min(nats, 0.0))
    if value >= 9.95:
        return f"{value:.0f}{THIN}%"
    if value < 0.0001:
        return f"< 0.0001{THIN}%"
    places = max(0, 1 - math.floor(math.log10(value)))
    return f"{value:.{places}f}{THIN}%"


def easier_words(a: str, b: str, difference: float) -> tuple[str, str, str]:
    """("s-seed0 finds this text ", "209 nats", " easier.")."""
    if not math.isfinite(difference):
        return "Not both models have a score of this text.", "", ""
    n = f"{abs(difference):,.0f}" if abs(difference) >= 9.5 else f"{abs(difference):.1f}"
    if float(n.replace(",", "")) == 0:
        return "Both models find this text equally easy.", "", ""
    return f"{a if difference > 0 else b} finds this text ", f"{n} nats", " easier."


def telling_words(words: Sequence[tuple[str, float]], difference: float) -> tuple[str, ...]:
    """Pieces of "Most of the gain comes from four tokens: o +35, ..."; words, nats, words, ..."""
    if not words or not math.isfinite(difference) or difference == 0:
        return ()
    part = sum(nats for _, nats in words) / difference
    n = {1: "one token", 2: "two tokens", 3: "three tokens", 4: "four tokens"}[len(words)]
    head = f"Most of the gain comes from {n}: " if part > 0.5 else f"The largest part is of {n}: "
    return (head, *(piece for token, nats in words for piece in (token_words(token), gain(nats))))


def token_words(token: str, most: int = 16) -> str:
    """A token as it can be quoted: blanks seen, cut when long."""
    shown = (
        token.replace("\n", "↵").replace("\t", "⇥").replace(" ", "␣" if not token.strip() else " ")
    )
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"


def gain(nats: float) -> str:
    """The absolute size of a gain, ``+35``."""
    size = abs(nats)
    return f"+{size:.0f}" if size >= 9.5 else f"+{size:.1f}"


def colour_at(difference: float) -> tuple[float, float]:
    """(place in the diverging map, share of it in the cell); the first model's side is 0."""
    part = max(-1.0, min(1.0, difference / CAP))
    return 0.5 - part / 2, LEAST + abs(part) / SLOPE


def dropped_words(n: int) -> str:
    return f"{count(n)} text{'s' * (n != 1)} dropped"
