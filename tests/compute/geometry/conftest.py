"""Small made-up projects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from compute.core.tables import BUILT_IN_RECIPES, Entry, Snapshot, TextSet

MakeSnapshot = Callable[..., Snapshot]


@pytest.fixture
def make_snapshot() -> MakeSnapshot:
    """Projects of ``k`` done entries along a random walk over ``n`` texts."""

    def make(k: int = 6, n: int = 200, seed: int = 0) -> Snapshot:
        rng = np.random.default_rng(seed)
        walk = np.cumsum(rng.normal(0, 8, size=(k, n)), axis=0)
        loglik = (rng.normal(-600, 150, size=n) + walk).astype(np.float32)
        sizes = rng.integers(257, 1025, size=n)
        names = tuple(f"t{i}" for i in range(n))
        texts = TextSet(names, tuple("é" + "x" * int(s - 2) for s in sizes), ("",) * n)
        entries = tuple(
            Entry(f"e{i}", label=f"run@{i}", run="run", step=i, status="done", n_scored=n)
            for i in range(k)
        )
        recipes = {r.name: r for r in BUILT_IN_RECIPES}
        return Snapshot(Path("made-up.h5"), texts, entries, loglik, recipes)

    return make


@pytest.fixture
def make_partial() -> MakeSnapshot:
    """Projects where some entries have settled only the leading texts of the order."""

    def make(snapshot: Snapshot, prefixes: dict[int, int], beyond: int = 0) -> Snapshot:
        """``prefixes``: row -> settled texts; each also has the last ``beyond`` of the order."""
        loglik, entries = snapshot.loglik.copy(), list(snapshot.entries)
        order = snapshot.texts.order
        for k, n in prefixes.items():
            loglik[k, order[n : len(order) - beyond]] = np.nan
            entries[k] = entries[k].with_(
                status="partial", n_scored=int(np.isfinite(loglik[k]).sum()), n_prefix=n
            )
        return replace(snapshot, entries=tuple(entries), loglik=loglik)

    return make


@pytest.fixture(scope="session")
def make_texts() -> MakeSnapshot:
    """Projects of two entries and ``n`` texts whose rows a test puts in; usable with hypothesis."""

    def make(n: int) -> Snapshot:
        sizes = np.random.default_rng(n).integers(257, 1025, size=n)
        texts = TextSet(tuple(f"t{i}" for i in range(n)), tuple("x" * s for s in sizes), ("",) * n)
        entries = (Entry("e0"), Entry("e1"))
        return Snapshot(Path("made-up.h5"), texts, entries, np.zeros((2, n), np.float32), {})

    return make
