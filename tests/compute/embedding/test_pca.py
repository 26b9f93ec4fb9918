from __future__ import annotations

import numpy as np
import pytest

from compute.core.control import Control
from compute.core.errors import UsageError
from compute.embedding import ESTIMATORS, cache_key, embed, make_params, options_of, plan
from compute.embedding.pca import PcaParams, principal_coordinates
from compute.embedding.tsne import TsneParams


def ignore(_state: object) -> None:
    pass


def test_that_pca_is_that_of_scikit_learn_up_to_sign(make_rows) -> None:
    from sklearn.decomposition import PCA

    rows = make_rows()
    found = embed(rows, PcaParams(dims=3), ignore, Control())
    theirs = PCA(3, svd_solver="full").fit(rows.qs)
    expected = theirs.transform(rows.qs)
    signs = np.sign((expected * found.coords).sum(axis=0))
    np.testing.assert_allclose(found.coords, expected * signs, atol=1e-6)
    np.testing.assert_allclose(found.info["explained"], theirs.explained_variance_ratio_, rtol=1e-9)


def test_that_distances_along_all_components_are_kl(make_rows) -> None:
    kl = make_rows(k=12).kl
    coords, shares = principal_coordinates(kl, 11)
    out = ((coords[:, None] - coords) ** 2).sum(axis=2)
    np.testing.assert_allclose(out, kl, atol=1e-12)
    assert shares.sum() == pytest.approx(1)


def test_that_chosen_components_are_columns_of_all_of_them(make_rows) -> None:
    rows = make_rows()
    coords, shares = principal_coordinates(rows.kl, 7)
    made = embed(rows, PcaParams(components=(7, 2)), ignore, Control())
    np.testing.assert_allclose(made.coords, coords[:, [6, 1]], atol=1e-6)
    np.testing.assert_allclose(made.info["explained"], shares[[6, 1]], rtol=1e-9)
    asked = (PcaParams(components=(1, 2, 5)), PcaParams(components=(1, 2)), PcaParams())
    assert len({cache_key(rows, params) for params in asked}) == 1
    with pytest.raises(UsageError, match="no component 5: 5 entries have 4"):
        plan(5, PcaParams(components=(1, 5)))
    with pytest.raises(UsageError, match="2 components are chosen for a map in 3D"):
        plan(5, PcaParams(dims=3, components=(1, 2)))


def test_that_mean_kl_over_ordered_pairs_is_twice_the_total_variance(make_rows) -> None:
    rows = make_rows()
    info = embed(rows, PcaParams(), ignore, Control()).info
    assert info["mean_kl"] == pytest.approx(2 * (rows.qs**2).sum() / len(rows.ids))


def test_that_many_rows_give_the_coordinates_of_the_full_decomposition() -> None:
    rng = np.random.default_rng(0)
    points = rng.normal(size=(500, 30)) * np.linspace(3, 0.1, 30)
    points -= points.mean(axis=0)
    squared = ((points[:, None] - points) ** 2).sum(axis=2)
    coords, _ = principal_coordinates(squared, 3)
    u, s, _ = np.linalg.svd(points, full_matrices=False)
    expected = u[:, :3] * s[:3]
    expected *= np.sign((expected * coords).sum(axis=0))
    np.testing.assert_allclose(coords, expected, atol=1e-8)


def test_that_the_farthest_entry_of_each_axis_is_on_its_negative_side(make_rows) -> None:
    coords, _ = principal_coordinates(make_rows().kl, 3)
    assert (-coords.min(axis=0) == abs(coords).max(axis=0)).all()


@pytest.mark.parametrize("k", [1, 2])
def test_that_fewer_entries_than_dimensions_leave_the_rest_zero(make_rows, k: int) -> None:
    rows = make_rows(k=k)
    coords = embed(rows, PcaParams(dims=3), ignore, Control()).coords
    assert coords.shape == (k, 3)
    assert (coords[:, k - 1 :] == 0).all()


def test_that_below_ten_entries_the_map_is_pca_and_says_why(make_rows) -> None:
    rows = make_rows(k=9)
    asked = TsneParams(dims=3)
    assert plan(9, asked).params == PcaParams(dims=3)
    assert plan(9, asked).note == "This map is a PCA: t-SNE needs at least 10 entries, 9 are here."
    assert embed(rows, asked, ignore, Control()).params == {"method": "pca", "dims": 3}
    assert plan(10, TsneParams(perplexity=3)).note == ""


def test_that_keys_come_from_the_parameters_used(make_rows) -> None:
    rows = make_rows(k=40)
    assert cache_key(rows, TsneParams(perplexity=30)) == cache_key(rows, TsneParams(perplexity=50))
    keys = {
        cache_key(rows, TsneParams(perplexity=10)),
        cache_key(rows, TsneParams(perplexity=11)),
        cache_key(rows, TsneParams(perplexity=10, dims=3)),
        cache_key(rows, TsneParams(perplexity=10, seed=1)),
        cache_key(rows, PcaParams()),
    }
    assert len(keys) == 5


def test_that_parameters_out_of_range_are_refused_with_the_range() -> None:
    with pytest.raises(UsageError, match="whole number from 2 to 3"):
        make_params("tsne", {"dims": 4})
    with pytest.raises(UsageError, match="from 1 to 500"):
        make_params("tsne", {"perplexity": float("nan")})
    with pytest.raises(UsageError, match="Choose one of tsne, pca"):
        make_params("umap", {})
    assert make_params("pca", {"dims": 3, "perplexity": 9}) == PcaParams(dims=3)


@pytest.mark.parametrize("cls", [e.params for e in ESTIMATORS.values()])
def test_that_each_option_has_help_and_a_default_in_its_range(cls) -> None:
    for opt in options_of(cls):
        for value in opt.default if opt.many else (opt.default,):
            assert opt.low <= value <= opt.high
        assert opt.title
        assert opt.help.endswith(".")
