"""What every item of the report draws from: the project, its analyses and their rows, once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from compute.analysis.analyses import Analysis, analysis_of
from compute.analysis.runs import Run, runs_of
from compute.core.numbers import count
from compute.core.tables import Benchmarks, Entry, Snapshot, WeightDistances
from compute.geometry import Prepared, Selected, prepare
from compute.report.contract import MapRequest, Missing

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Options:
    """``recipe`` is the project's recipe for everything but pretraining. ``after`` is the first
    step after warm-up, ``start`` the start of the diffusion panel; -1 = by the run's own steps.
    ``n_drop`` texts are dropped as outliers in pretraining, -1 = 3 %.
    """

    recipe: str = "clip2"
    bootstrap: int = 200
    seed: int = 42
    perplexity: float = 30.0
    after: int = -1
    start: int = -1
    n_drop: int = -1


@dataclass(frozen=True)
class Drawn:
    """Coordinates of one map.

    Attributes
    ----------
    ids : tuple of str, (K,)
        Entry ids; for weight space the steps of the run as text.
    coords : ndarray, (K, dims) float64
    info : mapping
        What the embedding says about itself.
    """

    ids: tuple[str, ...]
    coords: NDArray[np.float64]
    info: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Study:
    """A project under report. Everything derived is worked out once, when first asked for.

    ``maps`` holds what the items asked for, ``no_maps`` a sentence for each that could not be made.
    """

    snapshot: Snapshot
    weights: Mapping[str, WeightDistances] = field(default_factory=dict)
    benchmarks: Benchmarks | None = None
    options: Options = Options()
    maps: Mapping[MapRequest, Drawn] = field(default_factory=dict)
    no_maps: Mapping[MapRequest, str] = field(default_factory=dict)
    _analyses: dict[str, Analysis] = field(default_factory=dict)
    _prepared: dict[str, Prepared] = field(default_factory=dict)
    _known: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False)

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What ``make`` gives; for one key it is called once, whichever items ask for it."""
        if key not in self._known:
            self._known[key] = make()
        found: T = self._known[key]
        return found

    @cached_property
    def entries(self) -> Mapping[str, Entry]:
        """Entry id -> entry."""
        return {entry.id: entry for entry in self.snapshot.entries}

    @cached_property
    def every_run(self) -> tuple[Run, ...]:
        """The runs of the whole project: colours and marks go by their order here."""
        return runs_of(self.snapshot.entries)

    def analysis(self, name: str) -> Analysis:
        """The entries and the recipe of one analysis: those of ``analyses.NAMES``.

        Raises
        ------
        InputError
            If the project has none of its entries.
        """
        if name not in self._analyses:
            options = self.options
            self._analyses[name] = analysis_of(
                self.snapshot, name, recipe=options.recipe, after=options.after,
                n_drop=options.n_drop, weights=self.weights,
            )  # fmt: skip
        return self._analyses[name]

    def prepared(self, name: str) -> Prepared:
        """The rows of one analysis after its recipe, jointly centred."""
        if name not in self._prepared:
            found = self.analysis(name)
            self._prepared[name] = prepare(self.snapshot, found.recipe, found.ids)
        return self._prepared[name]

    def runs(self, name: str) -> tuple[Run, ...]:
        """The runs of one analysis; excluded checkpoints are still among their steps."""
        return runs_of(self.entries[i] for i in self.analysis(name).ids)

    def map(self, request: MapRequest) -> Drawn:
        """The coordinates that were made for a request.

        Raises
        ------
        Missing
            If they could not be made.
        """
        if request not in self.maps:
            raise Missing(self.no_maps.get(request, "its map was not asked for"))
        return self.maps[request]


def about(rows: Selected) -> str:
    """Estimator, unit, N and recipe, as every caption ends."""
    state = ", provisional" if rows.provisional else ""
    return (
        f"KL is half the variance over texts of log-likelihood differences, bits/byte; "
        f"N = {count(rows.n_texts)} texts of {rows.mean_bytes:.0f} bytes on average; "
        f"recipe {rows.recipe.name}{state}."
    )
