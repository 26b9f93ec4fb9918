"""A project of any size for measurements: random-walk runs, no model behind them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from compute import geometry, store
from compute.core.quantization import NULL_TAG
from compute.core.tables import Entry, TextSet, WeightDistances


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


def varied_project(path: Path, *, n_texts: int, n_runs: int = 20, n_steps: int = 95) -> None:
    """Runs as :func:`synthetic_project` makes them, and of the last checkpoint of each: a null
    control, an 8-bit and an FP4 variant and 2 layers; weight distances of every run."""
    synthetic_project(path, n_runs=n_runs, n_steps=n_steps, n_texts=n_texts)
    rng = np.random.default_rng(1)
    snapshot = store.read(path)
    entries, rows = [], {}
    for r in range(n_runs):
        base = next(e for e in snapshot.entries if e.id == f"run{r:02d}/step{(n_steps - 1) * 10}")
        own = snapshot.loglik[snapshot.row_of[base.id]]
        for made, noise in _made(base):
            entries.append(made)
            rows[made.id] = (own + noise * rng.standard_normal(n_texts)).astype(np.float32)
    store.commit(path, store.PutEntries(tuple(entries)), store.PutRows(rows))
    for r in range(n_runs):
        steps = np.arange(n_steps, dtype=np.int64) * 10
        squared = np.abs(steps[:, None] - steps[None, :]).astype(np.float64)
        store.commit(path, store.PutWeights(WeightDistances(f"run{r:02d}", steps, squared)))
    freeze(path)


def _made(base: Entry) -> Iterator[tuple[Entry, float]]:
    """What comes of a model, and how far its log-likelihoods are off, in nats."""
    bare = replace(base, run="", step=-1, parent=base.id)
    for how, tags, size, noise in (
        ("none", (NULL_TAG,), 1_840_000, 0.0),
        ("int8", (), 500_000, 2.0),
        ("fp4", (), 260_000, 9.0),
    ):
        name = "null control" if tags else how
        yield replace(bare, id=f"{base.id}/{name}", label=f"{base.label} {name}", tags=tags,
                      relation="quantized-from", quantization="" if tags else how,
                      metadata=(("bytes on disk", str(size)),)), noise  # fmt: skip
    for layer in (1, 2):
        yield replace(bare, id=f"{base.id}/layer{layer}", label=f"{base.label} layer {layer}",
                      relation="layer-of", layer=layer), 200.0 / layer  # fmt: skip
