"""A small made-up project with every kind of entry: runs, variants, fine-tunes, merges, layers.

Its rows have directions that are known: each family, size and kind of variant moves along one of
its own, so that tests can say what must come out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from compute.core.tables import BUILT_IN_RECIPES, Entry, Snapshot, TextSet

STEPS = (0, 1, 2, 4, *range(100, 2001, 100))
RUNS = {"xs": (0,), "s": (0, 1, 2, 3), "m": (0,)}
FAMILIES = ("ant", "bee", "cat")
N_LAYERS = 12


def made_texts(n: int, rng: np.random.Generator) -> TextSet:
    sizes = rng.integers(257, 1025, size=n)
    domains = tuple(("code", "prose", "web")[i % 3] for i in range(n))
    return TextSet(
        tuple(f"t{i}" for i in range(n)),
        tuple(f"{i:04d}" + "x" * int(s - 4) for i, s in enumerate(sizes)),
        domains,
    )


def made_snapshot(entries: Sequence[Entry], rows: NDArray[np.float64], texts: TextSet) -> Snapshot:
    n = len(texts)
    done = tuple(e.with_(status="done", n_scored=n, n_prefix=n, bos="tokenizer") for e in entries)
    recipes = {r.name: r for r in BUILT_IN_RECIPES}
    return Snapshot(Path("made-up.h5"), texts, done, rows.astype(np.float32), recipes)


@dataclass
class Suite:
    """Collects entries and their rows."""

    n: int
    rng: np.random.Generator
    entries: list[Entry] = field(default_factory=list)
    rows: list[NDArray[np.float64]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.base = self.rng.normal(-620, 140, self.n)

    def direction(self, sd: float) -> NDArray[np.float64]:
        return self.rng.normal(0, sd, self.n)

    def add(self, entry: Entry, row: NDArray[np.float64]) -> NDArray[np.float64]:
        self.entries.append(entry)
        self.rows.append(row)
        return row


def made_suite(n: int = 240, seed: int = 0, *, per_family: int = 4) -> Snapshot:
    """The whole project; ``n`` texts. See the functions below for what it holds."""
    suite = Suite(n, np.random.default_rng(seed))
    add_runs(suite)
    for family in FAMILIES:
        add_family(suite, family, per_family)
    add_layers(suite)
    texts = made_texts(n, suite.rng)
    return made_snapshot(suite.entries, np.array(suite.rows), texts)


def add_runs(suite: Suite) -> None:
    """Runs of three sizes, one size with four seeds; "s-seed0" lacks step 1,500."""
    towards = suite.direction(40)
    for n_params, (size, seeds) in enumerate(RUNS.items(), 1):
        of_size = suite.direction(9)
        for seed in seeds:
            own, walk = suite.direction(6), np.zeros(suite.n)
            for step in STEPS:
                walk += suite.direction(8 if step < 1000 else 4)
                if (size, seed, step) == ("s", 0, 1500):
                    continue
                name = f"{size}-seed{seed}"
                entry = Entry(
                    f"{name}/step{step}", label=f"{name} step {step}", family="mini", run=name,
                    step=step, seed=seed, size=size, n_params=n_params * 10**6,
                )  # fmt: skip
                late = 1 - np.exp(-step / 400)
                suite.add(entry, suite.base - 300 + late * (300 + towards + of_size + own) + walk)


def add_family(suite: Suite, family: str, n_models: int) -> None:
    """Base models, a line of two fine-tunes from the first, quantized variants, a null control."""
    of_family, shift8 = suite.direction(30), suite.direction(12)
    for k in range(n_models):
        base = Entry(f"{family}/base-{k}", label=f"{family}-base-{k}", family=family)
        row = suite.add(base, suite.base + of_family + suite.direction(15))
        tune = Entry(
            f"{family}/tune-{k}", label=f"{family}-tune-{k}", family=family,
            parent=base.id, relation="fine-tune-of",
        )  # fmt: skip
        tuned = suite.add(tune, row + suite.direction(12))
        if k == 0:
            again = tune.with_(
                id=f"{family}/tune-0-dpo", label=f"{family}-tune-0-dpo", parent=tune.id
            )
            suite.add(again, tuned + suite.direction(5))
        add_variants(suite, base, row, shift8)
    merge = Entry(
        f"{family}/merge", label=f"{family}-merge", family=family, relation="fine-tune-of",
        parent=f"{family}/base-0", other_parents=(f"{family}/base-1",),
    )  # fmt: skip
    suite.add(merge, suite.base + of_family + suite.direction(14))
    orphan = merge.with_(
        id=f"{family}/orphan", label=f"{family}-orphan", parent="elsewhere", other_parents=()
    )
    suite.add(orphan, suite.base + of_family + suite.direction(14))


def add_variants(
    suite: Suite, base: Entry, row: NDArray[np.float64], shift8: NDArray[np.float64]
) -> None:
    """An 8-bit variant along its family's shift, an NF4 one along its own, a null control."""
    for how, shifted, n_bytes in (
        ("8bit", row + shift8 + suite.direction(3), 8_000_000),
        ("nf4", row + suite.direction(10), 4_500_000),
        ("none", row + suite.direction(0.02), 16_000_000),
    ):
        entry = Entry(
            f"{base.id}/{how}", label=f"{base.label} {how}", family=base.family, parent=base.id,
            relation="quantized-from", quantization=how,
            metadata=(("bytes_on_disk", str(n_bytes)),),
        )  # fmt: skip
        suite.add(entry, shifted)


def add_layers(suite: Suite) -> None:
    """Layers of three models of each family; "bee-base-1" lacks layer 5."""
    final = {e.id: row for e, row in zip(suite.entries, suite.rows, strict=True)}
    for family in FAMILIES:
        ways = [suite.direction(90) for _ in range(N_LAYERS + 1)]
        for k in range(3):
            model = f"{family}/base-{k}"
            for layer in range(N_LAYERS + 1):
                if (model, layer) == ("bee/base-1", 5):
                    continue
                left = 1 - layer / N_LAYERS
                path = sum((w for w in ways[layer + 1 :]), np.zeros(suite.n))
                row = final[model] - 900 * left + path * 0.5 + suite.direction(14 * left)
                entry = Entry(
                    f"{model}/layer{layer}", label=f"{family}-base-{k} layer {layer}",
                    family=family, parent=model, relation="layer-of", layer=layer,
                )  # fmt: skip
                suite.add(entry, row)
