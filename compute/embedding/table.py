"""The table of estimators, by name; each is loaded on first use."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from compute.core.errors import UsageError
from compute.embedding.mds import MdsParams, SmacofParams
from compute.embedding.parameters import validated
from compute.embedding.pca import PcaParams
from compute.embedding.protocol import Fit, Params
from compute.embedding.tsne import TsneParams


@dataclass(frozen=True, slots=True)
class Estimator:
    """One way to make a map.

    Attributes
    ----------
    id, title, help : str
        ``id`` is also the parameters' ``method``.
    params : type
        Frozen dataclass with ranges, defaults and help.
    path : str
        ``module:function`` that fits.
    min_entries : int
        With fewer, the map is PCA.
    iterates : bool
        Whether ``fit`` has intermediate states (takes ``every`` and ``n_jobs``).
    version : int
        Raised when the same parameters give other coordinates: part of every key.
    """

    id: str
    title: str
    help: str
    params: type[Params]
    path: str
    min_entries: int = 1
    iterates: bool = False
    version: int = 1

    def fit(self) -> Callable[..., Fit]:
        """The function itself, imported now."""
        module, name = self.path.split(":")
        found: Callable[..., Fit] = getattr(importlib.import_module(module), name)
        return found


ESTIMATORS: dict[str, Estimator] = {
    e.id: e
    for e in (
        Estimator(
            "tsne",
            "t-SNE",
            "Keeps neighbours together; distances far apart mean little.",
            TsneParams,
            "compute.embedding.tsne:fit",
            min_entries=10,
            iterates=True,
        ),
        Estimator(
            "pca",
            "PCA",
            "The directions of largest mean KL; distances are true up to what is left out.",
            PcaParams,
            "compute.embedding.pca:fit",
        ),
        Estimator(
            "mds",
            "Classical MDS",
            "Distances sqrt(KL) scaled; the same points as PCA, judged by their stress.",
            MdsParams,
            "compute.embedding.mds:fit_classical",
        ),
        Estimator(
            "smacof",
            "Metric MDS",
            "Drawn distances as close to sqrt(KL) as they can be, near and far alike.",
            SmacofParams,
            "compute.embedding.mds:fit_metric",
            iterates=True,
        ),
    )
}


def make_params(method: str, values: Mapping[str, Any]) -> Params:
    """Parameters of a method from named values; values it does not have are left out.

    Raises
    ------
    UsageError
        If there is no such method or a value is out of its range.
    """
    if method not in ESTIMATORS:
        choice = ", ".join(ESTIMATORS)
        raise UsageError(f"There is no map called {method!r}", advice=f"Choose one of {choice}")
    cls = ESTIMATORS[method].params
    names = {f.name for f in dataclasses.fields(cls)}
    known = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items() if k in names}
    return validated(cls(**known))
