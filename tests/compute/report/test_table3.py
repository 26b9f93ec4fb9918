"""KL between sizes at their last common step."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from compute.core.tables import BUILT_IN_RECIPES, Entry, Snapshot, TextSet
from compute.geometry import kl_pair
from compute.report.contract import Missing, Piece
from compute.report.study import Study
from compute.report.tables.table3 import make

SIZES = {"410M": 410_000_000, "1.4B": 1_400_000_000, "1B": 1_000_000_000}
N = 80


def study(last: dict[str, int], family: str = "pythia", interval: int = 1000) -> Study:
    """Runs of three sizes with checkpoints up to a last step of each."""
    rng = np.random.default_rng(0)
    entries, rows = [], []
    for size, n_params in SIZES.items():
        for step in range(0, last.get(size, -1) + 1, interval):
            entries.append(
                Entry(f"{size}/{step}", run=size, step=step, size=size, n_params=n_params,
                      family=family, status="done", n_scored=N, n_prefix=N)
            )  # fmt: skip
            rows.append(rng.normal(-600, 50, N))
    texts = TextSet(tuple(map(str, range(N))), tuple("x" * (300 + k) for k in range(N)), ("",) * N)
    recipes = {r.name: r for r in BUILT_IN_RECIPES}
    loglik = np.array(rows, np.float32).reshape(-1, N)
    return Study(Snapshot(Path("p.h5"), texts, tuple(entries), loglik, recipes))


def lines(piece: Piece) -> dict[tuple[str, str], tuple]:
    return {row[:2]: row[2:] for row in piece.tables[0].rows}


def test_that_every_pair_of_sizes_is_at_the_last_step_all_have_smallest_first() -> None:
    made = study({"410M": 9000, "1.4B": 8000, "1B": 9000})
    piece = make(made)
    found = lines(piece)
    assert list(found) == [("410M", "1B"), ("410M", "1.4B"), ("1B", "1.4B")]
    recipe = made.analysis("sizes").recipe
    for (a, b), (step, kl, se, known) in found.items():
        pair = kl_pair(made.snapshot, recipe, f"{a}/8000", f"{b}/8000")
        assert (step, known) == (8000, None)
        assert (kl, se) == pytest.approx((pair.kl, pair.se), rel=1e-9)
    triangle = piece.tables[1]
    assert [name for name, _ in triangle.columns] == ["Size", "1B", "1.4B"]
    assert [[cell is None for cell in row] for row in triangle.rows] == [
        [False, False, False],
        [False, True, False],
    ]
    assert triangle.rows[0][2] == found["410M", "1.4B"][1]
    n_texts = made.prepared("sizes").n_texts
    for words in ("half the variance", "bits/byte", f"N = {n_texts} texts"):
        assert words in piece.caption
    assert "at step 8,000" in piece.caption


def test_that_published_values_stand_beside_the_papers_own_runs_only() -> None:
    last = dict.fromkeys(SIZES, 143_000)
    assert [row[3] for row in lines(make(study(last, interval=14_300))).values()] == [
        0.28,
        0.52,
        0.15,
    ]
    others = lines(make(study(last, family="olmo", interval=14_300)))
    assert {row[3] for row in others.values()} == {None}


def test_that_an_excluded_last_checkpoint_moves_the_step() -> None:
    made = study(dict.fromkeys(SIZES, 9000))
    snapshot = made.snapshot
    entries = tuple(e.with_(status="failed") if e.id == "1B/9000" else e for e in snapshot.entries)
    found = lines(make(Study(replace(snapshot, entries=entries))))
    assert {row[0] for row in found.values()} == {8000}


def test_that_one_size_is_missing_with_the_reason() -> None:
    with pytest.raises(Missing, match=r"fewer than two runs.*two sizes"):
        make(study({"1B": 5000}))
