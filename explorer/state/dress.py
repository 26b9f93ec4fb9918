"""How every entry and every step between two of them looks, whatever the playhead: pure arrays.

Made anew when tables, choices, filter or theme change; :mod:`explorer.state.scene` puts the
playhead on top, many times a second.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from compute.core.numbers import short_count
from compute.core.tables import Entry
from explorer.state import columns
from explorer.state.colouring import Bar, Names, Values, coded, family_of, run_of_entry
from explorer.state.faith import THRESHOLDS
from explorer.state.filter import Sight
from explorer.state.map import Colour, Faith, Links, RunMark, run_marks
from explorer.state.query import NUMBERS, kind_of
from explorer.state.tracks import following, runs_of, steps_of

Floats: TypeAlias = NDArray[np.float32]
Ints: TypeAlias = NDArray[np.int32]
Rgb: TypeAlias = tuple[float, float, float]

SHAPES = ("circle", "triangle", "diamond", "star", "cross", "hexagon", "square", "ring", "dashed")


_SORTS = {"family": family_of, "kind": kind_of}
CODES = ("triangle", "circle", "diamond", "star", "cross", "hexagon")
"""Shapes as a second code, in order."""
VARIANTS = ("quantized", "adapter", "merge")
FUTURE_MIX, FUTURE_WIDTH, GREY_MIX = 0.22, 1.2, 0.18
DOT, DOT_RIM, HEAD, HEAD_RIM = 2.3, 0.8, 7.0, 1.5
CROWD, CROWDED = 60, 1500
"""Entries without steps are drawn smaller from so many on, and as dots of 3 px at so many."""
LEGEND_RUNS = 8
DOTTED, ARROW = 1, 2


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours a scene is mixed from, as floats in [0, 1]; ``runs`` are the data colours.

    ``ramp`` is the colour map of values, (256, 3) float32.
    """

    canvas: Rgb
    text: Rgb
    text3: Rgb
    runs: tuple[Rgb, ...]
    mark_scale: float = 1.0
    line_scale: float = 1.0
    ramp: Floats = field(
        default_factory=lambda: np.linspace(0, 1, 256, dtype=np.float32)[:, None].repeat(3, 1),
        compare=False,
    )

    def of(self, mark: RunMark) -> Rgb:
        """The colour of a run; a palette may have fewer than there are runs."""
        return self.runs[mark.colour] if 0 <= mark.colour < len(self.runs) else self.text3


MADE_OF = ("quantized-from", "fine-tune-of", "adapter-on", "merge-of")
"""Relations of what is made of a model by changing it."""


@dataclass(frozen=True, eq=False)
class Tracks:
    """Entries sorted into runs. ``order`` (K,) holds entry rows by run, then step.

    ``bounds`` (R + 1,) cuts ``order`` into runs; ``steps`` (K,) float64 belongs to entry rows and
    is NaN where an entry has no step. ``run_of`` (K,) int32 is the run of each entry row,
    ``partial`` (K,) bool whether it is only partly scored; ``pairs`` (S, 2) int32 are entry rows
    that follow each other.
    """

    entries: tuple[Entry, ...]
    runs: tuple[str, ...]
    marks: tuple[RunMark, ...]
    order: NDArray[np.int64]
    bounds: NDArray[np.int64]
    steps: NDArray[np.float64]
    run_of: Ints
    partial: NDArray[np.bool_]
    pairs: Ints

    @cached_property
    def relations(self) -> Ints:
        """(R, 2) int32: rows of a model and of what was made of it, where both are here."""
        row = {entry.id: k for k, entry in enumerate(self.entries)}
        found = [
            (row[parent], k)
            for k, entry in enumerate(self.entries)
            if entry.relation in MADE_OF
            for parent in entry.parents
            if parent in row
        ]
        return np.array(found, np.int32).reshape(-1, 2)

    @property
    def last_step(self) -> float:
        """The largest step of all runs, at least 1."""
        known = self.steps[np.isfinite(self.steps)]
        return float(max(known.max(initial=1.0), 1.0))

    @cached_property
    def run_colours(self) -> NDArray[np.int64]:
        """(R,) number of the data colour of each run; -1 = none."""
        return np.array([m.colour for m in self.marks], np.int64)

    @cached_property
    def run_shapes(self) -> Ints:
        """(R,) shape of each run; indexes :data:`SHAPES`."""
        return np.array([SHAPES.index(m.shape) for m in self.marks], np.int32)

    @cached_property
    def size_key(self) -> tuple[tuple[str, str], ...]:
        """What each shape says about the number of parameters, where there are several shapes."""
        sizes = columns.numbers(NUMBERS["size"], self.entries)
        shapes = self.run_shapes[self.run_of]
        rows = []
        for shape in np.unique(shapes[sizes > 0]):
            found = sizes[(shapes == shape) & (sizes > 0)]
            rows.append((found.min(), found.max(), SHAPES[shape]))
        if len(rows) < 2:
            return ()
        return tuple(
            (shape, short_count(a) if a == b else f"{short_count(a)} – {short_count(b)}")
            for a, b, shape in sorted(rows)
        )


def tracks(entries: tuple[Entry, ...], marks: Mapping[str, RunMark] | None = None) -> Tracks:
    """Sort entries into runs. ``marks`` defaults to the order of these entries."""
    found = dict(marks or {})
    found.update({k: v for k, v in run_marks(entries).items() if k not in found})
    names, run_of = runs_of(entries)
    steps = steps_of(entries)
    order = np.lexsort((np.arange(len(entries)), steps, run_of))
    bounds = np.searchsorted(run_of[order], np.arange(len(names) + 1))
    partial = np.array([e.status == "partial" for e in entries], bool)
    marked, pairs = tuple(found[n] for n in names), following(run_of, steps)
    return Tracks(entries, names, marked, order, bounds, steps, run_of, partial, pairs)


@dataclass(frozen=True, slots=True)
class Look:
    """The choices of the map that say how things look; see ``MapState``."""

    colour: Colour = field(default_factory=Colour)
    shape_by: str = "size"
    size_by: str = "none"
    width_by: str = "length"
    fade: str = "log"
    arrows: bool = False
    jumps: bool = True
    dims: int = 2
    relations: bool = False


@dataclass(frozen=True, eq=False)
class Material:
    """What is known of the entries of the map; rows agree with ``tracks.entries``."""

    tracks: Tracks
    bits: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    links: Links = field(default_factory=Links)
    faith: Faith | None = None
    sight: Sight | None = None


@dataclass(frozen=True, slots=True)
class LegendRow:
    """A name in the legend; ``shape`` is "circle" where shapes stand for something else."""

    run: str
    colour: Rgb
    shape: str


@dataclass(frozen=True, eq=False)
class Dress:
    """Looks by entry row (K) and by pair of entries that follow each other (S, those seen).

    Attributes
    ----------
    seen, greyed : ndarray, (K,) bool
    colour : ndarray, (K, 3) float32
        In full; mixing with the canvas by age comes with the playhead.
    age : ndarray, (K,) float32
        Share of ``colour`` on the canvas; 0.18 where greyed.
    radius : ndarray, (K,) float32, px
        Factor on the usual radius of dots and heads.
    shape : ndarray, (K,) int32
        Of heads; indexes :data:`SHAPES`.
    pairs : ndarray, (S, 2) int32; link : ndarray, (S,) int32
        ``link`` indexes ``Links``, -1 = not known.
    width : ndarray, (S, 2) float32, px; kind : ndarray, (S,) uint8
        ``kind`` has the bits :data:`DOTTED` and :data:`ARROW`.
    relations : ndarray, (R, 2) int32
        Models and their variants, both seen; none unless they are asked for.
    n_jumps, n_looked : int
        Segments that are drawn longer than their KL, of how many; -1 = not known yet.
    """

    tracks: Tracks
    palette: Palette
    look: Look
    seen: NDArray[np.bool_]
    greyed: NDArray[np.bool_]
    colour: Floats
    age: Floats
    radius: Floats
    shape: Ints
    pairs: Ints
    link: Ints
    width: Floats
    kind: NDArray[np.uint8]
    relations: Ints
    n_jumps: int = -1
    n_looked: int = 0
    legend: tuple[LegendRow, ...] = ()
    bar: Bar | None = None
    n_others: int = 0
    shapes: tuple[tuple[str, str], ...] = ()


def ages(steps: NDArray[np.float64], last: float, fade: str) -> Floats:
    """Age in [0.25, 1]: a = 0.25 + 0.75 (log(1 + step) / log(1 + last))^3; unknown steps are 1.

    ``fade`` "linear" takes the step itself, "none" makes all of them 1.
    """
    if fade == "none":
        return np.ones(len(steps), np.float32)
    part = steps / last if fade == "linear" else np.log1p(steps) / np.log1p(last)
    age = 0.25 + 0.75 * np.clip(part, 0, 1) ** 3
    return np.where(np.isfinite(steps), age, 1.0).astype(np.float32)


def dress(material: Material, look: Look, palette: Palette) -> Dress:
    """The looks of everything."""
    t = material.tracks
    hidden, greyed = _sight(material)
    code = _coded(material, look, palette)
    colour = _colours(t, code, look, palette)
    colour[greyed & ~np.isfinite(colour[:, 0])] = palette.text3
    age = ages(t.steps, t.last_step, "none" if isinstance(code, Values) else look.fade)
    age[greyed] = GREY_MIX
    shape, shapes = _shapes(t, look.shape_by)
    if look.shape_by == "size" and look.colour.by == "run":
        shapes = ()  # the legend of the runs shows them
    whole = len(material.links.kl) == len(t.pairs) > 0
    seen_pair = ~hidden[t.pairs].any(axis=1) if len(t.pairs) else np.zeros(0, bool)
    link = np.flatnonzero(seen_pair).astype(np.int32)
    pairs = t.pairs[link]
    kind, n_jumps, n_looked = _kinds(material.links if whole else Links(), link, look)
    return Dress(
        t, palette, look, ~hidden, greyed, colour, age,
        radius=_radii(material, look.size_by),
        shape=shape,
        pairs=pairs,
        link=link if whole else np.full(len(link), -1, np.int32),
        width=_widths(material.links.kl[link] if whole else None, age[pairs], look, palette),
        kind=kind,
        relations=_relations(t, hidden) if look.relations else np.zeros((0, 2), np.int32),
        n_jumps=n_jumps,
        n_looked=n_looked,
        legend=_legend(t, code, look, palette),
        bar=code.bar if isinstance(code, Values) else None,
        n_others=_others(t, code, look),
        shapes=shapes,
    )  # fmt: skip


def _relations(t: Tracks, hidden: NDArray[np.bool_]) -> Ints:
    """(R, 2) rows of models and variants that are seen."""
    found = t.relations
    return found[~hidden[found].any(axis=1)] if len(found) else found


def _coded(material: Material, look: Look, palette: Palette) -> Names | Values:
    """What colours stand for; runs have their marks, however many there are."""
    if look.colour.by == "run":
        return Names((), np.zeros(0, np.int32))
    entries = material.tracks.entries
    return coded(entries, material.bits, material.faith, look.colour, palette.ramp)


def _sight(material: Material) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    n, s = len(material.tracks.entries), material.sight
    if s is None or len(s.hidden) != n:
        return np.zeros(n, bool), np.zeros(n, bool)
    return s.hidden, s.greyed


def _colours(t: Tracks, code: Names | Values, look: Look, palette: Palette) -> Floats:
    """(K, 3) full colours; unknown values and others are ``text3``."""
    if isinstance(code, Values):
        known = np.isfinite(code.share)
        at = np.clip(np.where(known, code.share, 0) * 255 + 0.5, 0, 255).astype(np.int64)
        out = palette.ramp[at].astype(np.float32)
        out[~known] = palette.text3
        return out
    table = np.array([*palette.runs, palette.text3], np.float32)
    if look.colour.by == "run":
        index = t.run_colours[t.run_of] if len(t.run_of) else np.zeros(0, np.int64)
    else:
        index = code.index.astype(np.int64)
    return table[np.where(index >= len(palette.runs), -1, index)]


def _shapes(t: Tracks, by: str) -> tuple[Ints, tuple[tuple[str, str], ...]]:
    """(K,) shapes of heads, and (shape, words) of what they stand for where colours do not say."""
    if not len(t.entries):
        return np.zeros(0, np.int32), ()
    key: tuple[tuple[str, str], ...] = ()
    if by == "size":
        out = t.run_shapes[t.run_of]
        key = t.size_key
    elif by == "none":
        out = np.zeros(len(t.entries), np.int32)
    else:
        names, which = columns.sorts(_SORTS.get(by, run_of_entry), t.entries)
        words = [CODES[(min(i, len(CODES) - 1) + 1) % len(CODES)] for i in range(len(names))]
        if by == "kind":
            words = ["square" if n in VARIANTS else w for w, n in zip(words, names, strict=True)]
        out = np.array([SHAPES.index(word) for word in words], np.int32)[which]
        key = tuple(zip(words, names, strict=True))[: len(CODES)] if by != "run" else ()
    kinds, which = columns.sorts(kind_of, t.entries)
    variant = np.array([kind in VARIANTS for kind in kinds])[which]
    return np.where(variant, SHAPES.index("square"), out).astype(np.int32), key


def _radii(material: Material, by: str) -> Floats:
    """(K,) factors: for sizes by logarithm from 0.7 to 1.7, for bits/byte the better the larger.

    A crowd of entries without steps is drawn smaller.
    """
    t = material.tracks
    out = np.ones(len(t.entries), np.float32)
    values = np.full(len(t.entries), np.nan)
    if by == "size":
        sizes = columns.numbers(NUMBERS["size"], t.entries)
        values = np.log(np.where(sizes > 0, sizes, np.nan))
    elif by == "bits" and len(material.bits) == len(out):
        values = -material.bits
    known = np.isfinite(values)
    if known.any() and np.ptp(values[known]) > 0:
        low, span = values[known].min(), np.ptp(values[known])
        out[known] = 0.7 + (values[known] - low) / span
    single = ~np.isfinite(t.steps)
    crowd = int(single.sum())
    if crowd > CROWD:
        share = min(1.0, np.log(crowd / CROWD) / np.log(CROWDED / CROWD))
        out[single] *= np.float32(1 - share * (1 - 3 / HEAD))
    return out


def _widths(kl: NDArray[np.float64] | None, age: Floats, look: Look, palette: Palette) -> Floats:
    """(S, 2) px: 1.2 + 1.6 q, where q is the age or where the step's length lies among all.

    A length is sqrt(KL), on a logarithmic scale between the 5 % and the 95 % quantile.
    """
    share = age
    if look.width_by == "length" and kl is not None and len(kl):
        length = 0.5 * np.log(np.maximum(kl, 1e-12))
        low, high = np.quantile(length, (0.05, 0.95))
        if high > low:
            q = np.clip((length - low) / (high - low), 0, 1).astype(np.float32)
            share = np.repeat(q[:, None], 2, axis=1)
    return ((1.2 + 1.6 * share) * palette.line_scale).astype(np.float32)


def _kinds(links: Links, link: Ints, look: Look) -> tuple[NDArray[np.uint8], int, int]:
    kind = np.full(len(link), ARROW if look.arrows else 0, np.uint8)
    if len(links.gap) != len(links.kl) or not len(links.kl):
        return kind, -1, 0
    gap = links.gap[link]
    known = np.isfinite(gap)
    if not known.any():
        return kind, -1, 0
    jump = known & (gap > THRESHOLDS.get(look.dims, THRESHOLDS[2]))
    if look.jumps:
        kind[jump] |= DOTTED
    return kind, int(jump.sum()), int(known.sum())


def _legend(t: Tracks, code: Names | Values, look: Look, palette: Palette) -> tuple[LegendRow, ...]:
    if isinstance(code, Values):
        return ()
    if look.colour.by == "run":
        shaped = look.shape_by in ("size", "run")
        few = slice(LEGEND_RUNS)
        return tuple(
            LegendRow(run, palette.of(mark), mark.shape if shaped else "circle")
            for run, mark in zip(t.runs[few], t.marks[few], strict=True)
        )
    colours = (*palette.runs, *((palette.text3,) * len(code.names)))
    return tuple(LegendRow(n, colours[i], "circle") for i, n in enumerate(code.names))


def _others(t: Tracks, code: Names | Values, look: Look) -> int:
    if isinstance(code, Values):
        return 0
    return max(0, len(t.runs) - LEGEND_RUNS) if look.colour.by == "run" else code.n_others
