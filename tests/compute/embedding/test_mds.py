from __future__ import annotations

import numpy as np
import pytest

from compute.core.control import Control
from compute.core.errors import Cancelled
from compute.embedding import State, embed
from compute.embedding.mds import MdsParams, SmacofParams, stress
from compute.embedding.pca import PcaParams


def ignore(_state: State) -> None:
    pass


def test_that_classical_scaling_of_sqrt_kl_is_pca_and_says_how_good_it_is(make_rows) -> None:
    rows = make_rows()
    scaled = embed(rows, MdsParams(dims=3), ignore, Control())
    assert (scaled.coords == embed(rows, PcaParams(dims=3), ignore, Control()).coords).all()
    assert 0 <= scaled.info["negative_share"] < 1e-12
    assert scaled.info["stress"] == pytest.approx(stress(rows.kl, scaled.coords), rel=1e-5)


def test_that_distances_that_are_not_euclidean_have_negative_eigenvalues(make_rows) -> None:
    from compute.embedding.mds import _negative_share

    bent = make_rows().kl ** 2.0
    assert _negative_share(bent) > 0.01


def test_that_metric_scaling_is_that_of_scikit_learn_from_the_same_start(make_rows) -> None:
    from sklearn.manifold import smacof

    rows = make_rows()
    start = embed(rows, MdsParams(), ignore, Control()).coords
    ours = embed(rows, SmacofParams(n_iter=30), ignore, Control())
    theirs, *_ = smacof(
        np.sqrt(rows.kl), init=start, n_init=1, max_iter=30, eps=0, normalized_stress=False
    )
    np.testing.assert_allclose(ours.coords, theirs, atol=1e-5)
    assert ours.info["n_iter"] == 30


def test_that_metric_scaling_lowers_the_stress_of_the_classical_start(make_rows) -> None:
    info = embed(make_rows(), SmacofParams(), ignore, Control()).info
    assert info["stress"] < 0.95 * info["start_stress"]
    assert info["n_iter"] < 750


def test_that_metric_scaling_draws_a_plane_without_stress_and_equal_rows_as_one() -> None:
    points = np.random.default_rng(0).normal(size=(30, 2))
    points[1] = points[0]
    kl = ((points[:, None] - points) ** 2).sum(axis=2)
    rows = type("Flat", (), {"ids": tuple(map(str, range(30))), "kl": kl, "digest": "flat"})()
    made = embed(rows, SmacofParams(), ignore, Control())
    assert made.info["stress"] < 1e-6
    assert np.abs(made.coords[0] - made.coords[1]).max() < 1e-5


def test_that_states_of_metric_scaling_come_and_cancel_ends_it(make_rows) -> None:
    seen: list[int] = []
    control = Control()

    def on_state(state: State) -> None:
        seen.append(state.iteration)
        if len(seen) == 2:
            control.cancel()

    with pytest.raises(Cancelled):
        embed(make_rows(), SmacofParams(), on_state, control, every=10)
    assert seen == [10, 20]
