"""Which estimator runs with which parameters, under which key."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from compute.core.tables import Embedding, frozen
from compute.embedding.parameters import stored, validated
from compute.embedding.pca import PcaParams
from compute.embedding.protocol import Checkpoints, OnState, Params, Rows
from compute.embedding.table import ESTIMATORS


@dataclass(frozen=True, slots=True)
class Plan:
    """The parameters as used, and why they differ from those asked for ("" = they do not)."""

    params: Params
    note: str = ""


def plan(n_entries: int, params: Params) -> Plan:
    """The parameters as used for so many entries.

    Raises
    ------
    UsageError
        If one is out of its range.
    """
    estimator = ESTIMATORS[validated(params).method]
    if n_entries < estimator.min_entries:
        note = (
            f"This map is a PCA: {estimator.title} needs at least {estimator.min_entries} entries, "
            f"{n_entries} {'is' if n_entries == 1 else 'are'} here."
        )
        return Plan(PcaParams(dims=params.dims), note)
    used = params.fitted_to(n_entries)
    return Plan(used, _difference(params, used, n_entries))


def _difference(asked: Params, used: Params, n_entries: int) -> str:
    return " ".join(
        f"{f.metadata['title']} {getattr(used, f.name):.3g} is used, "
        f"{getattr(asked, f.name):.3g} was asked: {n_entries} entries allow no more."
        for f in dataclasses.fields(used)
        if isinstance(f.default, float) and getattr(used, f.name) != getattr(asked, f.name)
    )


def cache_key(rows: Rows, params: Params) -> str:
    """The key of a map: from the rows' digest, the parameters used and the estimator's version."""
    return key_of(rows.digest, plan(len(rows.ids), params).params)


def key_of(digest: str, used: Params) -> str:
    """The key of a map from the digest of its rows and the parameters as used."""
    version = ESTIMATORS[used.method].version
    parts = ["klscope embedding 1", digest, version, params_dict(used)]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


def params_dict(params: Params) -> dict[str, Any]:
    """Method and parameters as JSON values, as they go into keys and into the file."""
    return stored(params)


def embed(
    rows: Rows,
    params: Params,
    on_frame: OnState,
    control: Checkpoints,
    *,
    every: int = 0,
    n_jobs: int = 1,
) -> Embedding:
    """Compute a map; ``params`` as asked for, cut down here to what the entries allow.

    Parameters
    ----------
    rows : Rows
        For example ``geometry.prepare(...)``.
    params : Params
    on_frame : callable
        Gets every ``every``-th intermediate state of an estimator that iterates; the array in it
        changes afterwards.
    control : Checkpoints
        Asked at least every 50 iterations.
    every : int
        0 = no intermediate states.
    n_jobs : int
        Threads.

    Returns
    -------
    Embedding
        ``coords`` (K, dims) float32. Its ``info`` has no note: see :func:`plan`.

    Raises
    ------
    UsageError
        If a parameter is out of its range.
    MissingPart
        If the estimator's library is not installed.
    """
    used = plan(len(rows.ids), params).params
    estimator = ESTIMATORS[used.method]
    more = {"every": every, "n_jobs": n_jobs} if estimator.iterates else {}
    result = estimator.fit()(rows, used, on_frame, control, **more)
    return Embedding(
        key=cache_key(rows, params),
        ids=rows.ids,
        coords=frozen(np.ascontiguousarray(result.coords, dtype=np.float32)),
        params=params_dict(used),
        info=dict(result.info),
    )
