"""Paths and runs made to measure."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from compute.analysis.diffusion.trajectories import Trajectory, from_rows
from compute.analysis.runs import Run
from compute.core.tables import BUILT_IN_RECIPES, Entry, Snapshot, TextSet

Array = NDArray[np.float64]


def run_at(steps: Any, name: str = "run") -> Run:
    steps = np.asarray(steps, np.int64)
    return Run(name, tuple(f"{name}/step{step}" for step in steps.tolist()), steps)


@pytest.fixture
def trajectory() -> Callable[..., Trajectory]:
    """Through points (T, N) at steps (T,), without those that ``reasons`` speaks of."""

    def make(points: Array, steps: Any = None, reasons: dict[int, str] | None = None) -> Trajectory:
        steps = 1_000 * np.arange(len(points)) if steps is None else steps
        why = tuple((reasons or {}).get(k, "") for k in range(len(points)))
        return from_rows(points[[not text for text in why]], run_at(steps), why, "units")

    return make


@pytest.fixture
def fractional() -> Callable[..., Array]:
    """Fractional Brownian paths (T, dims), exact: E|x(t) - x(s)|^2 = |t - s|^c in each dimension.

    By the Cholesky factor of the covariance of all times, for all dimensions at once.
    """

    def make(exponent: float, n_times: int, dims: int, seed: int = 0) -> Array:
        t = np.arange(1.0, n_times)
        between = np.abs(t[:, None] - t)
        covariance = (t[:, None] ** exponent + t**exponent - between**exponent) / 2
        normal = np.random.default_rng(seed).normal(size=(n_times - 1, dims))
        return np.vstack([np.zeros(dims), np.linalg.cholesky(covariance) @ normal])

    return make


@pytest.fixture
def project() -> Callable[..., Snapshot]:
    """Projects of runs whose log-likelihoods follow given paths, nats: name -> (T, N)."""

    def make(paths: dict[str, Array], steps: Any = None) -> Snapshot:
        n = next(iter(paths.values())).shape[1]
        rng = np.random.default_rng(5)
        base = rng.normal(-600, 100, n)
        rows, entries = [], []
        for name, path in paths.items():
            for k, point in enumerate(path):
                step = int(1_000 * k if steps is None else steps[k])
                entries.append(
                    Entry(
                        f"{name}/step{step}",
                        label=name,
                        run=name,
                        step=step,
                        size=name,
                        relation="checkpoint-of",
                        status="done",
                        n_scored=n,
                    )
                )
                rows.append(base + point)
        texts = tuple("x" * int(size) for size in rng.integers(300, 1_025, n))
        return Snapshot(
            Path("made-up.h5"),
            TextSet(tuple(f"t{k}" for k in range(n)), texts, ("",) * n),
            tuple(entries),
            np.array(rows, np.float32),
            {recipe.name: recipe for recipe in BUILT_IN_RECIPES},
        )

    return make
