"""The map's choices, the frozen tables it is drawn from, and the shared selection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from psygnal import SignalGroupDescriptor

from compute.core.tables import Entry

METHODS = {"tsne": "t-SNE", "pca": "PCA", "mds": "MDS", "smacof": "metric MDS"}
FADES = {"log": "log step", "linear": "step", "none": "off"}
SHAPE_CODES = {
    "size": "model size",
    "run": "run",
    "family": "family",
    "kind": "kind",
    "none": "off",
}
SIZE_CODES = {"none": "off", "size": "model size", "bits": "mean bits/byte"}
WIDTH_CODES = {"length": "length of the step", "age": "age"}
TRUTHS = {"none": "off", "trust": "trustworthiness", "neighbours": "true neighbours"}
ASIDES = {"grey": "grey out", "hide": "hide"}
TOOLS = {"pan": "pan", "box": "box", "lasso": "lasso"}


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence that stands on the map. ``level`` is info or warn."""

    words: str
    level: str = "info"


@dataclass(frozen=True, slots=True)
class Colour:
    """What colours stand for.

    ``by`` is a key of :func:`explorer.state.colouring.options`; ``scale`` is "linear" or "log" and
    belongs to values; ``palette`` is the name of a colour map, "" = the usual one.
    """

    by: str = "run"
    scale: str = "linear"
    palette: str = ""


@dataclass
class MapState:
    """The choices of the map. ``perplexity`` is what was asked; what was used is in
    ``MapTables.params``.

    ``components`` are those of PCA, from 1; ``exaggeration`` is that of t-SNE after its early
    phase. ``tail`` is the share of the axis behind the playhead that stays bright, 0 = all of it.
    ``arrows`` go along runs, ``relations`` from models to their variants.
    ``camera`` () fits everything; else it is a vector of the canvas, of another length in 2D than
    in 3D. ``held``: a slider is held, so pictures are previews. ``preview``: this one is.
    ``halted``: a live t-SNE is paused.
    ``base`` "" or a sentence that names the picture into which entries were placed. ``note`` is
    about the picture, ``remarks`` are about the numbers: over which texts they are, and what was
    left out.
    """

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    method: str = "tsne"
    dims: int = 2
    components: tuple[int, int, int] = (1, 2, 3)
    perplexity: float = 30.0
    exaggeration: float = 1.0
    seed: int = 42
    colour: Colour = Colour()
    shape_by: str = "size"
    size_by: str = "none"
    width_by: str = "length"
    fade: str = "log"
    tail: float = 0.0
    arrows: bool = False
    relations: bool = False
    labels: bool = True
    jumps: bool = True
    truth: str = "none"
    aside: str = "grey"
    camera: tuple[float, ...] = ()
    held: bool = False
    halted: bool = False
    live: bool = False
    preview: bool = False
    base: str = ""
    note: str = ""
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class Named:
    """A selection with a name."""

    name: str
    ids: tuple[str, ...]


@dataclass
class SelectionState:
    """Shared by all views. Ids of entries; "" = none.

    ``chosen`` holds all that are selected, ``selected`` the one of them that the inspector shows;
    both are changed by :mod:`explorer.state.selection` alone. ``tool`` is a key of :data:`TOOLS`.
    """

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    hovered: str = ""
    selected: str = ""
    chosen: frozenset[str] = frozenset()
    named: tuple[Named, ...] = ()
    tool: str = "pan"
    scoring: str = ""


@dataclass
class TimelineState:
    """``at`` is the playhead in the unit of ``axis`` (:mod:`explorer.state.axes`).

    It may lie between checkpoints; infinity = the end.
    """

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    at: float = float("inf")
    axis: str = "log"
    playing: bool = False
    loop: bool = False
    speed: float = 1.0


@dataclass(frozen=True, eq=False)
class Links:
    """Consecutive entries of the runs, in the order of :func:`explorer.state.tracks.consecutive`.

    Attributes
    ----------
    rows : ndarray, (S, 2) int32
        Entry rows.
    kl : ndarray, (S,) float64, bits/byte
    gap : ndarray, (S,) float32
        Rank by drawn length minus rank by KL, both in [0, 1]; NaN = not known yet. See
        :mod:`explorer.state.faith`.
    se : ndarray, (S,) float64, bits/byte
        Standard errors of ``kl`` over texts; may be empty.
    """

    rows: NDArray[np.int32] = field(default_factory=lambda: np.zeros((0, 2), np.int32))
    kl: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    gap: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    se: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))


@dataclass(frozen=True, eq=False)
class Faith:
    """How true a finished picture is to the KL, per entry.

    Attributes
    ----------
    trust : ndarray, (K,) float32
        Trustworthiness of each point, in [0, 1].
    neighbours : ndarray, (K, k) int32
        Rows of the entries that are nearest by KL, nearest first.
    """

    trust: NDArray[np.float32]
    neighbours: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class MapTables:
    """What the map is drawn from. Rows agree: ``entries[k]``, ``coords[k]``, ``bits_per_byte[k]``.

    Attributes
    ----------
    entries : tuple of Entry, (K,)
    coords : ndarray, (K, dims) float32
        dims is 2 or 3. No unit (t-SNE) or sqrt(bits/byte) (PCA, MDS).
    bits_per_byte : ndarray, (K,) float64
        Mean bits/byte of each entry over the texts in use.
    params, info : mapping
        Of the embedding, as used.
    links : Links
        Consecutive entries of the runs. Empty where their KL is not known.
    faith : Faith, optional
        None while the picture is not final.
    """

    entries: tuple[Entry, ...] = ()
    coords: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 2), np.float32))
    bits_per_byte: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    params: Mapping[str, Any] = field(default_factory=dict)
    info: Mapping[str, Any] = field(default_factory=dict)
    links: Links = field(default_factory=Links)
    faith: Faith | None = None


@dataclass(frozen=True, slots=True)
class Neighbour:
    """One entry's KL to another: ``kl`` and ``se`` in bits/byte."""

    id: str
    label: str
    run: str
    step: int
    kl: float
    se: float


@dataclass(frozen=True, eq=False)
class InspectorModel:
    """Everything the inspector says about one entry.

    ``sample`` says over which texts the numbers are where these are not all, ``n_total`` how many
    there are, ``rule`` the BOS rule that most of the project has.
    """

    entry: Entry
    bits_per_byte: float
    n_texts: int
    recipe: str
    provisional: bool
    neighbours: tuple[Neighbour, ...] = ()
    ladder: tuple[Neighbour, ...] = ()
    sample: str = ""
    n_total: int = 0
    rule: str = ""


@dataclass(frozen=True, slots=True)
class RunMark:
    """The two codes of a run: ``colour`` 0-7 or -1 (text3), ``shape`` a name of the canvas."""

    run: str
    colour: int
    shape: str


NO_MARK = RunMark("", -1, "circle")
"""What is in no run, or in one that is not known."""


def run_marks(entries: tuple[Entry, ...]) -> Mapping[str, RunMark]:
    """Run -> mark. Colours in order of first appearance in the project, so they stay for its life;
    shape by size (parameters), smallest first: triangle, circle, diamond, star, cross, hexagon.
    """
    shapes = ("triangle", "circle", "diamond", "star", "cross", "hexagon")
    runs: dict[str, int] = {}
    for e in entries:
        runs.setdefault(e.run or e.label, e.n_params)
    sizes = sorted(set(runs.values()))
    order = {size: shapes[min(i, len(shapes) - 1)] for i, size in enumerate(sizes)}
    only = len(sizes) == 1
    return {
        run: RunMark(run, i if i < 8 else -1, "circle" if only else order[size])
        for i, (run, size) in enumerate(runs.items())
    }
