"""What the view of variants shows. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

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
DIMS = {"2": "Map", "3": "In 3D", "origin": "From one origin"}
ORIGIN = "origin"
FACTORS = {
    "auto": "so that they show", "1": "as they are", "3": "3 times", "10": "10 times",
    "30": "30 times", "100": "100 times",
}  # fmt: skip
VISIBLE = 0.07
"""Share of the map's extent that half of the shifts reach where the factor is chosen here."""
MOST_VALUES = 400
OTHERS = "other models"
OTHER = RunMark(OTHERS, -1, "circle")

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
               "Arrows on a map, flat or in space (3), or all shifts from one origin", asks=False),
        Option("factor", "Length", "auto", one_of(FACTORS), "menu", FACTORS,
               "Draw shifts on the map longer than they are, by a factor that stands above it",
               asks=False),
    ),
    help=(
        "An arrow leads from each model to what was made of it. Places are components of the KL "
        "between all models and variants shown, so lengths and directions mean something; small "
        "shifts are drawn longer by a factor that stands above the picture. From one origin, "
        "shifts alone are compared: rings say how far they reach.",
        "KL against bytes says what a smaller file costs. A line joins the variants of a model "
        "that none of its others beats in both; those that are beaten are hollow. Bars are one SE. "
        "Beside every KL stands the null control: the unmodified model scored once more the same "
        "way. What is not clearly above it, or in the hatched noise floor, is no effect.",
        "The matrix says whether shifts point the same way: 1 is the same direction, 0 none in "
        "common. Below it, all pairs within a family stand beside random groups, whose mean and "
        "spread are the diamond and its bar: a high cosine that those have too says nothing.",
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
    drawn whatever their family. NaN where ``reason`` says why. ``values`` are the cosines of pairs
    within families, at most :data:`MOST_VALUES`, evenly taken.
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
    values: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False)
class Answer:
    """Variants and their models.

    Attributes
    ----------
    made : tuple of Made, (P,)
        By kind, then in the order of the project.
    entries : tuple of Entry, (K,)
        Models and variants, ``looks`` as the map draws them; ``coords`` (K, 3) float64,
        sqrt(bits/byte), are their components, ``base_row`` (K,) int64 the row of the model of each,
        -1 = it is none's.
    cosines : ndarray, (Q, Q) float64
        Of the shifts of ``made[k] for k in shifted``; NaN = one of the two has no length.
    tips : ndarray, (Q, 2) float64, sqrt(bits/byte)
        Of the same shifts from one origin, in their first two components, which hold
        ``tip_share`` of their squared length.
    shares : tuple of float, (3,)
        Of the mean KL along each component.
    """

    made: tuple[Made, ...]
    entries: tuple[Entry, ...]
    looks: tuple[Entry, ...]
    coords: Doubles
    base_row: NDArray[np.int64]
    bits: Doubles
    shifted: tuple[int, ...]
    cosines: Doubles
    tips: Doubles
    tip_share: float
    alike: tuple[Alike, ...]
    shares: tuple[float, ...]
    mean_kl: float
    remarks: tuple[str, ...]
    tables: tuple[Table, ...]
    about: tuple[str, ...] = ()

    @property
    def bases(self) -> tuple[str, ...]:
        """The models, in order."""
        return tuple(dict.fromkeys(m.base for m in self.made))

    def of(self, entry_id: str) -> str:
        """The model that an entry is, or is a variant of; "" = neither."""
        return self._base_of.get(entry_id, "")

    @cached_property
    def _base_of(self) -> Mapping[str, str]:
        variants = {m.id: m.base for m in reversed(self.made)}
        return variants | {m.base: m.base for m in self.made}


def best_of(made: Sequence[tuple[int, float]]) -> tuple[bool, ...]:
    """Which of (bytes, KL) no other one beats in both; unknown bytes are never best."""
    out = []
    for n, kl in made:
        beaten = any(0 < m <= n and other <= kl and (m, other) != (n, kl) for m, other in made)
        out.append(n > 0 and bool(np.isfinite(kl)) and not beaten)
    return tuple(out)


def as_map(answer: Answer, dims: int, factor: float) -> MapTables:
    """Models and variants as a map, joined by arrows.

    Shifts are ``factor`` times as long as they are; of a variant of a variant the whole way is.
    """
    places = np.empty_like(answer.coords)
    for k in _outwards(answer.base_row):
        b = int(answer.base_row[k])
        own = answer.coords[k]
        places[k] = own if b < 0 else places[b] + factor * (own - answer.coords[b])
    params = {"method": "pca", "components": tuple(range(1, dims + 1))}
    info = {"explained": list(answer.shares[:dims]), "mean_kl": answer.mean_kl}
    return MapTables(answer.looks, places[:, :dims].astype(np.float32), answer.bits, params, info)


def looks_of(
    entries: Sequence[Entry], made: Sequence[Made], marks: Mapping[str, RunMark]
) -> tuple[Entry, ...]:
    """Entries as the map draws them: each on its own, in the colour of its model, with its arrow.

    What is only a model here has no arrow to it: that one would not be drawn longer. Runs without
    a colour of their own share one name of the legend.
    """
    runs = {m.id: m.run for m in made}

    def run(e: Entry) -> str:
        name = runs.get(e.id, e.run or e.label)
        return name if marks.get(name, OTHER).colour >= 0 else OTHERS

    return tuple(
        replace(e, run=run(e), label=name_of(e), step=-1,
                relation=e.relation if e.id in runs else "")
        for e in entries
    )  # fmt: skip


def factor_of(answer: Answer, dims: int, chosen: str) -> float:
    """How many times as long as they are shifts are drawn: as chosen, or so that they show."""
    if chosen != "auto":
        return float(chosen)
    at = answer.coords[:, :dims]
    null = {m.id for m in answer.made if m.kind == "null"}
    moved = [k for k, e in enumerate(answer.entries)
             if answer.base_row[k] >= 0 and e.id not in null]  # fmt: skip
    if not moved:
        return 1.0
    half = float(np.median(np.linalg.norm(at[moved] - at[answer.base_row[moved]], axis=1)))
    reach = VISIBLE * float(np.linalg.norm(np.ptp(at, axis=0)))
    fit = [float(f) for f in FACTORS if f != "auto" and float(f) * half <= reach]
    return max(fit, default=1.0)


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
