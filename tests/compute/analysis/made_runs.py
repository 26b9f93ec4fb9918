"""Made-up projects of training runs, with planted oddities. Plain numpy, nothing of ours."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from compute.core.tables import BUILT_IN_RECIPES, Entry, Snapshot, TextSet


def project(
    runs, *, n_texts=200, n_steps=16, every=1000, seed=0, step_sd=3.0, apart_sd=20.0, domains=None
) -> Snapshot:
    """Runs as random walks over texts; ``runs`` maps a name to fields of its entries.

    A run has steps 0, every, ..., (n_steps - 1) * every. All walks start at one random vector, and
    each has an offset of its own.
    """
    rng = np.random.default_rng(seed)
    start = rng.normal(-600, 120, n_texts)
    entries, rows = [], []
    for name, fields in runs.items():
        walk = rng.normal(0, step_sd, (n_steps, n_texts)).cumsum(axis=0)
        own = start + rng.normal(0, apart_sd, n_texts) + walk
        for t, row in enumerate(own):
            entries.append(
                Entry(
                    f"{name}/step{t * every}", label=f"{name} step {t * every}", run=name,
                    step=t * every, status="done", n_scored=n_texts, n_prefix=n_texts,
                    relation="checkpoint-of", **fields,
                )
            )  # fmt: skip
            rows.append(row)
    names = tuple(f"t{k}" for k in range(n_texts))
    sizes = rng.integers(257, 1025, n_texts)
    texts = TextSet(names, tuple("x" * int(s) for s in sizes), domains or ("",) * n_texts)
    loglik = np.array(rows, np.float32)
    return Snapshot(
        Path("made-up.h5"), texts, tuple(entries), loglik, {r.name: r for r in BUILT_IN_RECIPES}
    )


FIVE_SIZES = {
    f"p-{size}": {"family": "p", "size": size, "n_params": k + 1}
    for k, size in enumerate(["410M", "1B", "1.4B", "2.8B", "6.9B"])
}
SEEDS = {
    f"p-410M-seed{k}": {"family": "p", "size": "410M", "n_params": 1, "seed": k}
    for k in range(1, 7)
}
TWELVE = FIVE_SIZES | SEEDS


def changed(snapshot: Snapshot, change) -> Snapshot:
    """``change(loglik, row_of)`` on a copy of the matrix."""
    loglik = snapshot.loglik.copy()
    change(loglik, snapshot.row_of)
    return replace(snapshot, loglik=loglik)


def without(snapshot: Snapshot, *ids: str) -> Snapshot:
    """The project without some entries."""
    kept = [k for k, e in enumerate(snapshot.entries) if e.id not in ids]
    return replace(
        snapshot,
        entries=tuple(snapshot.entries[k] for k in kept),
        loglik=snapshot.loglik[kept],
    )


def with_entries(snapshot: Snapshot, *entries: Entry, seed: int = 5) -> Snapshot:
    """The project with more entries, of random scores."""
    rng = np.random.default_rng(seed)
    n = len(snapshot.texts)
    rows = rng.normal(-600, 120, (len(entries), n)).astype(np.float32)
    done = tuple(e.with_(status="done", n_scored=n, n_prefix=n) for e in entries)
    return replace(
        snapshot, entries=snapshot.entries + done, loglik=np.concatenate([snapshot.loglik, rows])
    )


def with_recipe(snapshot: Snapshot, recipe) -> Snapshot:
    return replace(snapshot, recipes={**snapshot.recipes, recipe.name: recipe})
