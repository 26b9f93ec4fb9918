from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from compute.core.control import Control
from compute.core.errors import Cancelled
from compute.embedding import State, embed, plan
from compute.embedding.tsne import TsneParams, nearest

QUICK = TsneParams(perplexity=5, n_iter=50)


def ignore(_state: State) -> None:
    pass


@pytest.mark.parametrize("dims", [2, 3])
def test_that_a_map_is_the_same_each_time(make_rows, dims: int) -> None:
    params = TsneParams(dims=dims, perplexity=5, n_iter=50)
    first = embed(make_rows(), params, ignore, Control())
    again = embed(make_rows(), params, ignore, Control(), every=7)
    assert first.coords.shape == (40, dims)
    assert (first.coords == again.coords).all()
    assert first.key == again.key


def test_that_the_map_keeps_clusters_apart(make_rows) -> None:
    rows = make_rows()
    coords = embed(rows, TsneParams(perplexity=5, n_iter=250), ignore, Control()).coords
    distance = ((coords[:, None] - coords) ** 2).sum(axis=2)
    np.fill_diagonal(distance, np.inf)
    nearest_row = distance.argmin(axis=1)
    assert ((nearest_row < 20) == (np.arange(40) < 20)).all()


def test_that_the_result_is_that_of_opentsne_called_directly(make_rows) -> None:
    import openTSNE

    from compute.embedding.tsne import initial_positions

    rows = make_rows()
    ours = embed(rows, QUICK, ignore, Control()).coords
    theirs = openTSNE.TSNE(
        perplexity=5,
        initialization=initial_positions(rows.kl, 2, 42),
        neighbors="exact",
        negative_gradient_method="bh",
        n_iter=50,
        n_jobs=1,
        random_state=42,
    ).fit(rows.qs)
    np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-3 * abs(theirs).max())


def test_that_exaggeration_after_the_early_phase_is_that_of_opentsne(make_rows) -> None:
    import openTSNE

    from compute.embedding.tsne import initial_positions

    rows = make_rows()
    params = TsneParams(perplexity=5, n_iter=50, exaggeration=4)
    ours = embed(rows, params, ignore, Control())
    theirs = openTSNE.TSNE(
        perplexity=5,
        initialization=initial_positions(rows.kl, 2, 42),
        neighbors="exact",
        negative_gradient_method="bh",
        n_iter=50,
        exaggeration=4,
        n_jobs=1,
        random_state=42,
    ).fit(rows.qs)
    np.testing.assert_allclose(ours.coords, theirs, rtol=1e-3, atol=1e-3 * abs(theirs).max())
    assert ours.params["exaggeration"] == 4
    assert ours.key != embed(rows, QUICK, ignore, Control()).key


def test_that_an_option_that_came_later_is_left_out_at_its_default(make_rows) -> None:
    made = embed(make_rows(), TsneParams(perplexity=5, n_iter=1), ignore, Control())
    assert made.params == {"method": "tsne", "dims": 2, "perplexity": 5, "seed": 42, "n_iter": 1}


def test_that_states_come_every_so_many_iterations(make_rows) -> None:
    seen: list[int] = []
    embed(make_rows(), QUICK, lambda s: seen.append(s.iteration), Control(), every=50)
    assert seen == [50, 100, 150, 200, 250, 300]


def test_that_cancel_stops_between_iterations(make_rows) -> None:
    control = Control()
    seen: list[int] = []

    def on_state(state: State) -> None:
        seen.append(state.iteration)
        control.cancel()

    with pytest.raises(Cancelled):
        embed(make_rows(), QUICK, on_state, control, every=10)
    assert seen == [10]


@pytest.mark.parametrize("equal", [3, 15, 40])
def test_that_equal_rows_do_not_break_the_map(make_rows, equal: int) -> None:
    rows = make_rows()
    rows.qs[:equal] = rows.qs[0]
    coords = embed(rows, QUICK, ignore, Control()).coords
    assert np.isfinite(coords).all()


def test_that_the_perplexity_used_is_cut_shown_and_kept(make_rows) -> None:
    used = plan(40, TsneParams(perplexity=30))
    assert used.params == TsneParams(perplexity=13)
    assert used.note == "Perplexity 13 is used, 30 was asked: 40 entries allow no more."
    made = embed(make_rows(), TsneParams(perplexity=30, n_iter=1), ignore, Control())
    assert made.params["perplexity"] == 13


def test_that_ten_entries_are_enough(make_rows) -> None:
    made = embed(make_rows(k=10), TsneParams(n_iter=20), ignore, Control())
    assert made.params["perplexity"] == 3
    assert np.isfinite(made.coords).all()


def test_that_neighbours_are_exact_and_leave_the_entry_itself_out() -> None:
    kl = np.array([[0, 0, 4, 1], [0, 0, 4, 1], [4, 4, 0, 1], [1, 1, 1, 0.0]])
    indices, distances = nearest(kl, 2)
    assert indices.tolist() == [[1, 3], [0, 3], [3, 0], [0, 1]]
    assert distances.tolist() == [[0, 1], [0, 1], [1, 2], [1, 1]]


def test_that_importing_the_estimators_loads_neither_opentsne_nor_scikit_learn() -> None:
    code = (
        "import sys, compute.embedding, compute.geometry;"
        "print([m for m in ('openTSNE', 'sklearn', 'scipy') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
