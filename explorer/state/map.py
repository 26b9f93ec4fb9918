"""The map's choices, the frozen tables it is drawn from, and the shared selection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from psygnal import SignalGroupDescriptor

from compute.core.tables import Entry

METHODS = {"tsne": "t-SNE", "pca": "PCA"}
FADES = {"log": "log step", "linear": "step"}


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence that stands on the map. ``level`` is info or warn."""

    words: str
    level: str = "info"


@dataclass
class MapState:
    """``perplexity`` is what was asked; what was used is in ``MapTables.params``.

    ``note`` is about the picture, ``remarks`` are about the numbers: over which texts they are,
    and what was left out.
    """

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    method: str = "tsne"
    dims: int = 2
    perplexity: float = 30.0
    seed: int = 42
    fade: str = "log"
    note: str = ""
    remarks: tuple[Remark, ...] = ()
    live: bool = False


@dataclass
class SelectionState:
    """Shared by all views. Ids of entries; "" = none."""

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    hovered: str = ""
    selected: str = ""
    scoring: str = ""


@dataclass
class TimelineState:
    """``step`` is the playhead in training steps, may lie between checkpoints; NaN = no steps."""

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    step: float = float("inf")
    axis: str = "log"
    playing: bool = False
    loop: bool = False
    speed: float = 1.0


@dataclass(frozen=True, eq=False)
class MapTables:
    """What the map is drawn from. Rows agree: ``entries[k]``, ``coords[k]``, ``bits_per_byte[k]``.

    Attributes
    ----------
    entries : tuple of Entry, (K,)
    coords : ndarray, (K, dims) float32
        dims is 2 or 3. No unit (t-SNE) or sqrt(bits/byte) (PCA).
    bits_per_byte : ndarray, (K,) float64
        Mean bits/byte of each entry over the texts in use.
    params, info : mapping
        Of the embedding, as used.
    """

    entries: tuple[Entry, ...] = ()
    coords: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 2), np.float32))
    bits_per_byte: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    params: Mapping[str, Any] = field(default_factory=dict)
    info: Mapping[str, Any] = field(default_factory=dict)


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
