"""Made-up projects that several folders of tests use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from compute.core.tables import BUILT_IN_RECIPES, Entry, Snapshot, TextSet

PYTHIA_STEPS = (0, *(2**k for k in range(10)), *range(1000, 143_001, 1000))
"""The 154 steps of which Pythia saved checkpoints."""

MakePythia = Callable[..., Snapshot]


@pytest.fixture
def pythia_steps() -> tuple[int, ...]:
    return PYTHIA_STEPS


@pytest.fixture
def make_pythia() -> MakePythia:
    """Projects like the paper's: runs of several sizes and seeds over the steps of Pythia."""
    return pythia


def pythia(
    runs: Sequence[str] = ("410m", "1b"),
    n: int = 60,
    seed: int = 0,
    steps: Sequence[int] = PYTHIA_STEPS,
    missing: Sequence[tuple[str, int]] = (),
) -> Snapshot:
    """``runs`` are named like "410m" or "410m-seed3"; ``missing`` are pairs (run, step).

    Each run learns towards a place of its size and wanders about it, the slower the later; its
    checkpoint at step t has the id "RUN/stepT". Texts have two domains.
    """
    rng = np.random.default_rng(seed)
    base, common = rng.normal(-900, 120, n), rng.normal(250, 60, n)
    places = {size: rng.normal(0, 12, n) for size in dict.fromkeys(map(_size, runs))}
    progress = np.log1p(steps) / np.log1p(max(steps[-1], 1))
    entries, blocks = [], []
    for name in runs:
        noise = rng.normal(0, 1, (len(steps), n)) / np.sqrt(1 + np.arange(len(steps)))[:, None]
        goal = common + places[_size(name)] + rng.normal(0, 3, n)
        path = base + progress[:, None] * goal + 8 * np.cumsum(noise, axis=0)
        kept = [t for t, step in enumerate(steps) if (name, step) not in missing]
        blocks.append(path[kept])
        entries += [_checkpoint(name, steps[t], n) for t in kept]
    lengths = rng.integers(257, 1025, n)
    texts = TextSet(
        tuple(f"t{s}" for s in range(n)),
        tuple(f"{s} " + "x" * int(length) for s, length in enumerate(lengths)),
        tuple(("Wikipedia (en)", "Github")[s % 2] for s in range(n)),
    )
    loglik = np.concatenate(blocks).astype(np.float32)
    recipes = {r.name: r for r in BUILT_IN_RECIPES}
    return Snapshot(Path("pythia.h5"), texts, tuple(entries), loglik, recipes)


def _size(run: str) -> str:
    return run.split("-")[0].upper()


def _checkpoint(run: str, step: int, n: int) -> Entry:
    size = _size(run)
    number = float(size[:-1]) * {"M": 1e6, "B": 1e9}[size[-1]]
    seed = int(run.split("seed")[1]) if "seed" in run else -1
    return Entry(
        f"{run}/step{step}", label=f"{run}@{step}", family="gpt_neox", run=run, step=step,
        seed=seed, size=size, n_params=int(number), status="done", n_scored=n,
    )  # fmt: skip
