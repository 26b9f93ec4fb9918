"""openTSNE and scikit-learn called as their own documentation says, to measure ours beside them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.embedding.tsne import (
    EXAGGERATED_ITERATIONS,
    EXAGGERATION,
    MOMENTUM,
    TsneParams,
    warm,
)


def begun(qs: NDArray[np.float64], params: TsneParams, n_jobs: int = 1) -> Any:
    """openTSNE's own start on rows (K, N): neighbours, affinities, PCA. The first half of its fit.

    ``neighbors="exact"``, ``negative_gradient_method="bh"``, and the arguments of ``params``.
    """
    warm()
    import openTSNE

    made: Any = openTSNE.TSNE(
        n_components=params.dims,
        perplexity=params.perplexity,
        initialization="pca",
        metric="euclidean",
        neighbors="exact",
        negative_gradient_method="bh",
        n_jobs=n_jobs,
        random_state=params.seed,
    ).prepare_initial(qs)
    return made


def ended(embedding: Any, params: TsneParams) -> NDArray[np.float64]:
    """Its optimisation, the second half of its fit: (K, dims)."""
    phases = ((EXAGGERATED_ITERATIONS, EXAGGERATION), (params.n_iter, params.exaggeration))
    for n_iter, exaggeration in phases:
        embedding.optimize(n_iter, exaggeration=exaggeration, momentum=MOMENTUM, inplace=True)
    return np.asarray(embedding)


def scikit_learn(
    qs: NDArray[np.float64], params: TsneParams, n_jobs: int = 1
) -> NDArray[np.float64]:
    """The same by ``sklearn.manifold.TSNE``, Barnes-Hut."""
    from sklearn.manifold import TSNE

    made = TSNE(
        n_components=params.dims,
        perplexity=params.perplexity,
        max_iter=params.n_iter + EXAGGERATED_ITERATIONS,
        init="pca",
        method="barnes_hut",
        n_jobs=n_jobs,
        random_state=params.seed,
    ).fit_transform(qs)
    return np.asarray(made, dtype=np.float64)
