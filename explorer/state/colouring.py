"""What colours stand for: names (runs, families, tags) or values (step, size, bits/byte).

A choice is a key of :func:`options`: it depends on what the entries say. Names get the data colours
in order, values the colours of a colour map along a bar.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from compute.core.numbers import count, short_count
from compute.core.tables import Entry
from explorer.state import columns
from explorer.state.map import Colour, Faith
from explorer.state.query import NUMBERS, kind_of

MOST_NAMES = 8
TAG = "tag:"
_TITLES = {
    "run": "run",
    "family": "family",
    "kind": "kind",
    "step": "step",
    "tokens": "tokens seen",
    "size": "model size",
    "bits": "mean bits/byte",
    "trust": "trustworthiness",
}
COLOURS = {key: _TITLES[key] for key in ("run", "family", "step", "size", "bits")}
"""The choices that every project may have, in words."""
_UNITS = {"step": "step", "tokens": "tokens", "size": "parameters", "bits": "bits/byte"}


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to colour by. ``values`` = a number, which has a scale and a colour map."""

    key: str
    title: str
    values: bool


def options(entries: tuple[Entry, ...]) -> tuple[Option, ...]:
    """What these entries can be coloured by, in the order of the menu.

    A tag "lr=0.1" gives "lr", coloured by its values; a plain tag is there or not.
    """
    found = [Option("run", "run", False)]
    if len({e.family for e in entries if e.family}) > 1:
        found.append(Option("family", "family", False))
    if len({kind_of(e) for e in entries}) > 1:
        found.append(Option("kind", "kind", False))
    for key, known in (
        ("step", any(e.step >= 0 for e in entries)),
        ("tokens", any(e.tokens_seen >= 0 for e in entries)),
        ("size", len({e.n_params for e in entries if e.n_params > 0}) > 1),
        ("bits", bool(entries)),
        ("trust", bool(entries)),
    ):
        if known:
            found.append(Option(key, _TITLES[key], True))
    names = dict.fromkeys(t.partition("=")[0] for e in entries for t in e.tags)
    for name in names:
        key = TAG + name
        found.append(Option(key, f"tag {name}", _numbers_of(key, entries) is not None))
    return tuple(found)


@dataclass(frozen=True, eq=False)
class Names:
    """Colours by name. ``index`` (K,) int32 counts ``names``; -1 = others or unknown."""

    names: tuple[str, ...]
    index: NDArray[np.int32]
    n_others: int = 0


@dataclass(frozen=True, eq=False)
class Bar:
    """The colour bar. ``low`` and ``high`` are in ``unit``; ``ticks`` (share of the bar, words)."""

    title: str
    unit: str
    low: float
    high: float
    log: bool
    ticks: tuple[tuple[float, str], ...]
    colours: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Values:
    """Colours by value. ``share`` (K,) float64 in [0, 1] along the bar, NaN = unknown."""

    share: NDArray[np.float64]
    bar: Bar


def coded(
    entries: tuple[Entry, ...],
    bits: NDArray[np.float64],
    faith: Faith | None,
    colour: Colour,
    ramp: NDArray[np.float32],
) -> Names | Values:
    """What each entry's colour stands for. ``ramp`` (256, 3) is the colour map of values.

    Of a choice that says nothing about these entries comes one name, "unknown".
    """
    numbers = _values(colour.by, entries, bits, faith)
    if numbers is None:
        return named(colour.by, entries)
    return _along(numbers, colour, ramp)


def named(by: str, entries: tuple[Entry, ...]) -> Names:
    """Names in order of first appearance; the ninth and later are others."""
    words, which = columns.sorts(_namer(by), entries)
    order = {name: i for i, name in enumerate(w for w in words if w)}
    of_word = np.array([order.get(w, -1) for w in words], np.int32)
    index = of_word[which] if len(words) else np.zeros(0, np.int32)
    index[index >= MOST_NAMES] = -1
    names = tuple(order)[:MOST_NAMES]
    return Names(names, index, max(0, len(order) - MOST_NAMES))


def _namer(by: str) -> Callable[[Entry], str]:
    if by == "family":
        return family_of
    if by == "kind":
        return kind_of
    return _tagged(by) if by.startswith(TAG) else run_of_entry


def family_of(entry: Entry) -> str:
    return entry.family


def run_of_entry(entry: Entry) -> str:
    return entry.run or entry.label


@lru_cache(maxsize=32)
def _tagged(by: str) -> Callable[[Entry], str]:
    return lambda entry: _tag(by, entry) or f"no {by[len(TAG) :]}"


@lru_cache(maxsize=32)
def _tag_of(by: str) -> Callable[[Entry], str]:
    return lambda entry: _tag(by, entry)


def _tag(by: str, entry: Entry) -> str:
    """The value of a tag "name=value", or the name of a plain one, or ""."""
    wanted = by[len(TAG) :]
    for tag in entry.tags:
        name, is_pair, value = tag.partition("=")
        if name == wanted:
            return value if is_pair else name
    return ""


def _numbers_of(by: str, entries: tuple[Entry, ...]) -> NDArray[np.float64] | None:
    """Values of a tag that is a number wherever it has a value; None = names."""
    words, which = columns.sorts(_tag_of(by), entries)
    plain = by[len(TAG) :]
    try:
        numbers = np.array([float(w) if w and w != plain else np.nan for w in words])
    except ValueError:
        return None
    numbers[np.isinf(numbers)] = np.nan
    if len(np.unique(numbers[np.isfinite(numbers)])) < 2:
        return None
    return numbers[which]


def _values(
    by: str, entries: tuple[Entry, ...], bits: NDArray[np.float64], faith: Faith | None
) -> NDArray[np.float64] | None:
    if by in ("step", "tokens", "size"):
        found = columns.numbers(NUMBERS[by], entries)
        return np.where(found >= 0, found, np.nan)
    if by == "bits":
        return bits if len(bits) == len(entries) else np.full(len(entries), np.nan)
    if by == "trust":
        known = faith is not None and len(faith.trust) == len(entries)
        return (
            np.asarray(faith.trust, np.float64)
            if known and faith
            else np.full(len(entries), np.nan)
        )
    return _numbers_of(by, entries) if by.startswith(TAG) else None


def _along(numbers: NDArray[np.float64], colour: Colour, ramp: NDArray[np.float32]) -> Values:
    known = numbers[np.isfinite(numbers)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    log = colour.scale == "log" and low >= 0 and high > low
    shift = 1.0 if log and low < 1 else 0.0
    title = _TITLES.get(colour.by, colour.by.removeprefix(TAG))
    unit = _UNITS.get(colour.by, "")

    def place(values: NDArray[np.float64]) -> NDArray[np.float64]:
        if high <= low:
            return np.where(np.isfinite(values), 0.5, np.nan)
        if log:
            a, b = np.log(low + shift), np.log(high + shift)
            return np.asarray((np.log(np.maximum(values, 0) + shift) - a) / (b - a))
        return np.asarray((values - low) / (high - low))

    at = _round_numbers(low, high, log=log)
    shares = np.clip(place(np.array(at)), 0, 1)
    ticks = tuple((float(s), _words(v, colour.by)) for s, v in zip(shares, at, strict=True))
    return Values(place(numbers), Bar(title, unit, low, high, log, ticks, ramp))


def _round_numbers(low: float, high: float, *, log: bool) -> list[float]:
    """Round numbers inside, at most six, or the only one there is."""
    if high <= low:
        return [low]
    if log:
        top = np.floor(np.log10(max(high, 1e-12)))
        tens = [10.0**k for k in np.arange(top, top - 6, -1)]
        inside = sorted(v for v in ([0.0] if low == 0 else []) + tens if low <= v <= high)
        return inside or [low, high]
    unit = 10.0 ** np.floor(np.log10((high - low) / 3))
    every = next(m * unit for m in (1, 2, 5, 10) if (high - low) / (m * unit) <= 5)
    first = np.ceil(low / every - 1e-9)
    return [float(k * every) for k in np.arange(first, np.floor(high / every + 1e-9) + 1)]


def _words(value: float, by: str) -> str:
    if by in ("step", "tokens", "size"):
        return count(round(value)) if value < 1e5 else short_count(value)
    return f"{value:.3g}"
