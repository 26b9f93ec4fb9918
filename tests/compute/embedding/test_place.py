from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from compute.core.control import Control
from compute.embedding import ESTIMATORS, embed, make_params
from compute.embedding.faith import trustworthiness
from compute.embedding.place import anchors_of, best_base, is_base, place, words
from compute.embedding.settle import affinities, settled
from tests.compute.embedding.conftest import MadeUpRows

QUICK = {"perplexity": 5, "n_iter": 100}


def ignore(_state: object) -> None:
    pass


def part(rows: MadeUpRows, kept) -> MadeUpRows:
    ids = tuple(rows.ids[k] for k in kept)
    return MadeUpRows(ids, rows.qs[list(kept)], rows.digest_of(ids))


@pytest.fixture
def rows(make_rows) -> MadeUpRows:
    """70 rows, two clusters along a walk."""
    made = make_rows(k=70)
    return replace(made, digest=made.digest_of(made.ids))


OLD = [k for k in range(70) if k % 7 != 3]
NEW = [k for k in range(70) if k % 7 == 3]


@pytest.mark.parametrize("dims", [2, 3])
@pytest.mark.parametrize("method", ESTIMATORS)
def test_that_old_points_stay_and_new_ones_lie_among_their_neighbours(
    rows: MadeUpRows, method: str, dims: int
) -> None:
    params = make_params(method, {**QUICK, "dims": dims})
    base = embed(part(rows, OLD), params, ignore, Control())
    assert is_base(base, rows, params)
    made = place(rows, base, Control())
    assert (made.coords[OLD] == base.coords).all()
    assert made.info["placed"] == [rows.ids[k] for k in NEW]
    assert (made.info["base"], anchors_of(made)) == (base.key, base.ids)
    trust = trustworthiness(rows.kl, made.coords)
    assert trust[NEW].min() > 0.9


@pytest.mark.parametrize("method", ESTIMATORS)
def test_that_an_entry_lies_at_the_same_place_whoever_came_with_it(
    rows: MadeUpRows, method: str
) -> None:
    base = embed(part(rows, OLD), make_params(method, QUICK), ignore, Control())
    at_once = place(rows, base, Control())
    some = place(part(rows, sorted([*OLD, *NEW[:4]])), base, Control())
    in_turn = place(rows, some, Control())
    assert (in_turn.coords[[rows.ids.index(i) for i in some.ids]] == some.coords).all()
    np.testing.assert_allclose(in_turn.coords, at_once.coords, atol=1e-6 * abs(base.coords).max())
    assert (in_turn.key, in_turn.info["placed"]) == (at_once.key, at_once.info["placed"])


def test_that_a_projected_row_lies_where_pca_of_the_base_puts_it(rows: MadeUpRows) -> None:
    from sklearn.decomposition import PCA

    params = make_params("pca", {"components": (3, 1)})
    old = part(rows, OLD)
    made = place(rows, embed(old, params, ignore, Control()), Control())
    theirs = PCA(3, svd_solver="full").fit(old.qs).transform(rows.qs)[:, [2, 0]]
    signs = np.sign((theirs * made.coords).sum(axis=0))
    np.testing.assert_allclose(made.coords, theirs * signs, atol=1e-5)


def test_that_a_twin_of_an_entry_lies_beside_it(rows: MadeUpRows) -> None:
    base = embed(part(rows, OLD), make_params("tsne", QUICK), ignore, Control())
    rows.qs[NEW[0]] = rows.qs[OLD[20]]
    made = place(replace(rows, digest="another"), base, Control())
    apart = np.linalg.norm(made.coords - made.coords[NEW[0]], axis=1)
    apart[NEW] = np.inf
    assert OLD[20] in np.argsort(apart)[:3]


def test_that_the_affinities_have_the_perplexity_of_the_map(rows: MadeUpRows) -> None:
    from openTSNE.affinity import PerplexityBasedNN

    shares = affinities(rows.kl[NEW][:, OLD], 7.0)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        entropy = -np.nansum(shares * np.log(shares), axis=1)
    np.testing.assert_allclose(np.exp(entropy), 7.0, rtol=1e-6)
    known = PerplexityBasedNN(rows.qs[OLD], perplexity=7, method="exact", n_jobs=1)
    theirs = known.to_new(rows.qs[NEW], perplexity=7).toarray()
    np.testing.assert_allclose(shares, theirs, atol=1e-4)


def test_that_equal_distances_get_equal_affinities_and_no_warning() -> None:
    shares = affinities(np.array([[0.0, 0, 0, 0], [1, 1, 1, 1], [0, 0, 0, 9]]), 3.0)
    np.testing.assert_allclose(shares[:2], 0.25)
    assert np.isfinite(shares).all()


def test_that_changed_rows_or_other_parameters_are_no_base(rows: MadeUpRows) -> None:
    params = make_params("tsne", QUICK)
    base = embed(part(rows, OLD), params, ignore, Control())
    assert not is_base(base, rows, make_params("tsne", {**QUICK, "perplexity": 6}))
    assert not is_base(base, part(rows, OLD[1:]), params)
    placed = place(part(rows, sorted([*OLD, NEW[0]])), base, Control())
    assert is_base(placed, rows, params)
    rows.qs[NEW[0]] += 0.1
    assert not is_base(placed, rows, params)
    assert is_base(base, rows, params)
    rows.qs[OLD[0]] += 0.1
    assert not is_base(base, rows, params)


def test_that_the_base_is_the_map_of_most_entries_and_then_the_fullest(rows: MadeUpRows) -> None:
    params = make_params("pca", {})
    small, large = (embed(part(rows, k), params, ignore, Control()) for k in (OLD[:20], OLD))
    fuller = place(part(rows, sorted([*OLD, NEW[0]])), large, Control())
    assert best_base((small, fuller, large), rows, params) is fuller
    assert best_base((small, large), rows, params) is large
    assert best_base((large,), part(rows, OLD[:30]), params) is None


def test_that_a_fallback_for_few_entries_is_no_base_for_a_tsne(rows: MadeUpRows) -> None:
    params = make_params("tsne", QUICK)
    few = embed(part(rows, OLD[:9]), params, ignore, Control())
    assert few.params["method"] == "pca"
    assert not is_base(few, rows, params)


def test_that_a_placed_picture_names_its_base() -> None:
    assert words({"placed": ["a"] * 12}, 222) == "12 entries placed into the map of 210"
    assert words({"placed": ["a"]}, 1019) == "1 entry placed into the map of 1,018"
    assert words({}, 210) == ""


@pytest.mark.parametrize("method", ["pca", "mds", "smacof"])
@pytest.mark.parametrize("k", [2, 3, 4, 6, 12])
def test_that_no_row_is_placed_farther_out_than_its_distances_allow(method: str, k: int) -> None:
    rng = np.random.default_rng(k)
    line = np.linspace(0, 1, k)[:, None] * rng.normal(size=30)
    qs = np.concatenate([line, rng.normal(size=(20, 30))])
    made = MadeUpRows(tuple(f"e{i}" for i in range(len(qs))), qs)
    made = replace(made, digest=made.digest_of(made.ids))
    for dims in (2, 3):
        params = make_params(method, {"dims": dims})
        base = embed(part(made, range(k)), params, ignore, Control())
        placed = place(made, base, Control()).coords
        out = np.linalg.norm(placed - placed[:k].mean(axis=0), axis=1)
        assert out.max() < 1.5 * np.sqrt(made.kl[:, :k].max())


@pytest.mark.parametrize("dims", [2, 3])
def test_that_rows_that_are_alike_to_all_others_do_not_fly_away(dims: int) -> None:
    rng = np.random.default_rng(0)
    anchors = rng.normal(size=(11, dims))
    kl = np.ones((1, 11))
    at = settled(affinities(kl, 1.0), kl, anchors, 1.0)
    assert np.linalg.norm(at) < 4 * np.linalg.norm(anchors, axis=1).max()
