"""A project of any size for measurements: random-walk runs, no model behind them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from compute import geometry, store
from compute.core.tables import Entry, TextSet


def synthetic_project(
    path: Path, *, n_runs: int, n_steps: int, n_texts: int, seed: int = 0
) -> None:
    """Write a project of ``n_runs * n_steps`` done entries on ``n_texts`` made-up texts."""
    rng = np.random.default_rng(0)
    texts = tuple(f"text {i} " + "x" * 1000 for i in range(n_texts))
    ids = tuple(str(i) for i in range(n_texts))
    store.create(path, TextSet(ids, texts, ("",) * n_texts, source="made up for a measurement"))
    base = -700.0 - 80.0 * rng.standard_normal(n_texts)
    entries, rows = [], {}
    for r in range(n_runs):
        drift = rng.standard_normal((n_steps, n_texts)) * np.linspace(30, 4, n_steps)[:, None]
        walk = base + np.cumsum(drift, axis=0)
        for k in range(n_steps):
            name = f"run{r:02d}/step{k * 10}"
            entries.append(
                Entry(
                    id=name, label=f"run{r:02d} step {k * 10}", run=f"run{r:02d}", step=k * 10,
                    n_params=460_000, status="done", n_scored=n_texts,
                )
            )  # fmt: skip
            rows[name] = walk[k].astype(np.float32)
    store.commit(path, store.PutEntries(tuple(entries)), store.PutRows(rows))


def freeze(path: Path) -> None:
    """Fix the clip value of the default recipe, as the end of a project's first job does."""
    snapshot = store.read(path)
    recipe = geometry.freeze(snapshot, geometry.find_recipe(snapshot, "clip2"))
    store.commit(path, store.PutRecipe(recipe))
