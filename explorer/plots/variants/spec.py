"""What the view of variants shows. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from compute.core.tables import Entry
from explorer.plots.contract import Option, PlotKind, Table
from explorer.state.map import MapTables, RunMark
from explorer.state.reading import one_of

Doubles = NDArray[np.float64]
KINDS = {
    "null": "null control", "8-bit": "8-bit", "4-bit": "4-bit", "other": "other quantization",
    "fine-tune": "fine-tune", "adapter": "adapter", "merge": "merge",
}  # fmt: skip
"""What a variant is, in the order in which they are listed."""
QUANTIZED = ("null", "8-bit", "4-bit", "other")
SHOWN = {"quantized": "quantized", "tuned": "fine-tuned", "all": "all"}
DIMS = {"2": "2D", "3": "3D"}
FACTORS = {"1": "as they are", "3": "3 times", "10": "10 times", "30": "30 times"}
TAG, MODEL = "made by", "model"
"""Tag of the entries on this map, after which they are coloured; its value for models."""
OTHER = RunMark("", -1, "circle")

KIND = PlotKind(
    id="variants",
    title="Variants",
    icon="arrows-left-right",
    tip="what quantizing and fine-tuning change",
    ask="explorer.plots.variants.ask:answer",
    view="explorer.plots.variants.view:Variants",
    options=(
        Option("shown", "Show", "quantized", one_of(SHOWN), "segments", SHOWN,
               "Which variants: quantized models, or fine-tuned ones, adapters and merges"),
        Option("dims", "Space", "2", one_of(DIMS), "segments", DIMS,
               "Arrows flat or in space (3)", asks=False),
        Option("factor", "Shifts", "1", one_of(FACTORS), "menu", FACTORS,
               "Draw shifts longer than they are, by a factor that stands above the picture",
               asks=False),
    ),
    help=(
        "An arrow leads from each model to what was made of it. Places are components of the KL "
        "between all models and variants shown, so lengths and directions mean something; small "
        "shifts can be drawn longer by a factor that stands above the picture.",
        "KL against bytes says what a smaller file costs. A line joins the variants of a model "
        "that none of its others beats in both; those that are beaten are hollow. Beside every KL "
        "stands the null control: the unmodified model scored once more the same way. What is not "
        "clearly above it is no effect.",
        "The matrix says whether shifts point the same way: 1 is the same direction, 0 none in "
        "common. Compare the mean within a family with that of random groups beside it; a high "
        "cosine that random groups have too says nothing about the family.",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Made:
    """A variant of a model. KL and SE to its model in bits/byte; NaN and -1 = unknown.

    ``control`` is the KL of the model's null control, ``floor`` the noise floor of the pair.
    ``kind`` is a key of :data:`KINDS`, ``what`` says more: "NF4", "fine-tune". ``parent`` names its
    model, ``run`` what the colour of that goes by. ``best``: no other variant of the model is
    smaller and as near.
    """

    id: str
    label: str
    base: str
    parent: str
    run: str
    family: str
    kind: str
    what: str
    n_bytes: int
    n_params: int
    kl: float
    se: float
    control: float
    floor: float
    best: bool = False


@dataclass(frozen=True, slots=True)
class Alike:
    """How much shifts of one kind point the same way: within families, and random groups beside.

    ``n_models`` shifts have a length. ``within`` is the mean over pairs within families, from
    ``low`` to ``high``, ``n_pairs`` of them; ``random`` and ``sd`` are those of groups of ``size``
    drawn whatever their family. NaN where ``reason`` says why.
    """

    kind: str
    n_models: int
    n_pairs: int
    within: float
    low: float
    high: float
    size: int
    random: float
    sd: float
    reason: str = ""


@dataclass(frozen=True, eq=False)
class Answer:
    """Variants and their models.

    Attributes
    ----------
    made : tuple of Made, (P,)
        By kind, then in the order of the project.
    entries : tuple of Entry, (K,)
        Models and variants; ``coords`` (K, 3) float64, sqrt(bits/byte), are their components,
        ``base_row`` (K,) int64 the row of the model of each, -1 = it is none's.
    cosines : ndarray, (Q, Q) float64
        Of the shifts of ``made[k] for k in shifted``; NaN = one of the two has no length.
    shares : tuple of float, (3,)
        Of the mean KL along each component.
    """

    made: tuple[Made, ...]
    entries: tuple[Entry, ...]
    coords: Doubles
    base_row: NDArray[np.int64]
    bits: Doubles
    shifted: tuple[int, ...]
    cosines: Doubles
    alike: tuple[Alike, ...]
    shares: tuple[float, ...]
    mean_kl: float
    remarks: tuple[str, ...]
    tables: tuple[Table, ...]
    about: tuple[str, ...] = ()

    @property
    def colours(self) -> dict[str, int]:
        """Kind -> number of its data colour; models have 0. In the order of the map's legend."""
        return {kind: k for k, kind in enumerate(dict.fromkeys(m.kind for m in self.made), start=1)}

    @property
    def bases(self) -> tuple[str, ...]:
        """The models, in order."""
        return tuple(dict.fromkeys(m.base for m in self.made))

    def of(self, entry_id: str) -> str:
        """The model that an entry is, or is a variant of; "" = neither."""
        if any(m.base == entry_id for m in self.made):
            return entry_id
        return next((m.base for m in self.made if m.id == entry_id), "")


def best_of(made: Sequence[tuple[int, float]]) -> tuple[bool, ...]:
    """Which of (bytes, KL) no other one beats in both; unknown bytes are never best."""
    out = []
    for n, kl in made:
        beaten = any(0 < m <= n and other <= kl and (m, other) != (n, kl) for m, other in made)
        out.append(n > 0 and bool(np.isfinite(kl)) and not beaten)
    return tuple(out)


def as_map(answer: Answer, dims: int, factor: float) -> MapTables:
    """Models and variants as a map: each on its own, joined by arrows.

    Shifts are ``factor`` times as long as they are; of a variant of a variant the whole way is.
    """
    places = np.empty_like(answer.coords)
    for k in _outwards(answer.base_row):
        b = int(answer.base_row[k])
        own = answer.coords[k]
        places[k] = own if b < 0 else places[b] + factor * (own - answer.coords[b])
    kinds = {m.id: KINDS[m.kind] for m in answer.made}
    entries = tuple(
        replace(e, run="", label=name_of(e), step=-1, tags=(f"{TAG}={kinds.get(e.id, MODEL)}",))
        for e in answer.entries
    )
    params = {"method": "pca", "components": tuple(range(1, dims + 1))}
    info = {"explained": list(answer.shares[:dims]), "mean_kl": answer.mean_kl}
    return MapTables(entries, places[:, :dims].astype(np.float32), answer.bits, params, info)


def name_of(entry: Entry) -> str:
    """A model by its run, a variant by its label."""
    return entry.run if entry.is_checkpoint else entry.label or entry.id


def _outwards(base_row: NDArray[np.int64]) -> list[int]:
    """Rows in an order in which every model comes before its variants."""
    done: list[int] = []
    seen: set[int] = set()

    def take(k: int) -> None:
        if k not in seen:
            seen.add(k)
            if base_row[k] >= 0:
                take(int(base_row[k]))
            done.append(k)

    for k in range(len(base_row)):
        take(k)
    return done


@dataclass(frozen=True, slots=True)
class Cells:
    """Where the matrix stands: its corner and the side of a cell, in pixels."""

    x: float
    y: float
    side: float

    def at(self, px: float, py: float, n: int) -> tuple[int, int]:
        """The cell under a place, (-1, -1) = none."""
        j, i = (px - self.x) // self.side, (py - self.y) // self.side
        return (int(i), int(j)) if 0 <= i < n and 0 <= j < n else (-1, -1)


STRIP, GAP, BAR, FOOT, EDGE = 8.0, 4.0, 10.0, 18.0, 6.0
NAME = 74.0


def cells(width: float, height: float, n: int) -> Cells:
    """The square of cells between names at the left and the scale of colours at the right."""
    room_w = width - NAME - STRIP - GAP - 3 * EDGE - BAR - 34
    room_h = height - STRIP - GAP - 2 * EDGE - FOOT
    side = max(min(room_w, room_h), 20.0) / max(n, 1)
    return Cells(NAME + STRIP + GAP, STRIP + GAP + EDGE, min(side, 40.0))


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rows of one kind: from ``start`` to before ``stop``."""

    kind: str
    start: int
    stop: int


def stretches(kinds: Sequence[str]) -> tuple[Stretch, ...]:
    """The rows by kind."""
    out: list[Stretch] = []
    for k, kind in enumerate(kinds):
        if out and out[-1].kind == kind:
            out[-1] = replace(out[-1], stop=k + 1)
        else:
            out.append(Stretch(kind, k, k + 1))
    return tuple(out)
