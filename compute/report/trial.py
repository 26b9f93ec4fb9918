"""A project of the shape of the paper's, made of random numbers: to measure a report on it.

Nothing in it means anything but its size: log-likelihoods move along a few hundred random
directions, runs as walks whose steps shrink, models around their type, layers from far to near.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compute.core.tables import Benchmarks, Entry, TextSet, WeightDistances

SIZES = (("410m", 405), ("1b", 1012), ("1.4b", 1414), ("2.8b", 2775), ("6.9b", 6857))
TYPES = ("llama-2", "llama-3", "mistral", "gemma", "falcon", "opt", "gpt_neox", "deepseek")
DIRECTIONS = 200
_BYTES = 972


@dataclass(frozen=True, eq=False)
class Trial:
    """``rows`` (K, N) float32, nats, one for each of ``entries``."""

    texts: TextSet
    entries: tuple[Entry, ...]
    rows: NDArray[np.float32]
    weights: tuple[WeightDistances, ...]
    benchmarks: Benchmarks


def trial(n_entries: int = 2000, n_texts: int = 10_000, seed: int = 0) -> Trial:
    """About ``n_entries`` entries, at least 400: checkpoints of runs, layers, models, variants.

    Of 2,000 entries 1,100 are checkpoints of 5 sizes and 5 more seeds, 300 layers of 10 models,
    40 quantized ones of 20 models, the others models of eight types, every third fine-tuned.
    """
    rng = np.random.default_rng(seed)
    share = n_entries / 2000
    steps = _steps(max(40, round(110 * share)))
    made = [
        *_runs(rng, steps, max(2, round(5 * share))),
        *_layers(rng, max(3, round(10 * share)), 8 if share < 0.2 else 30),
        *_models(rng, max(16, round(580 * share)), max(2, round(20 * share))),
    ]
    entries = tuple(
        entry.with_(status="done", n_scored=n_texts, n_prefix=n_texts) for entry, _ in made
    )
    places = np.array([place for _, place in made])
    rows = _rows(rng, places, n_texts)
    models = [k for k, e in enumerate(entries) if e.family and not e.run and e.layer < 0]
    scores = 50 + 10 * (places[models] @ rng.normal(size=(DIRECTIONS, 3))) / places.std()
    ids = tuple(entries[k].id for k in models)
    benchmarks = Benchmarks(("arc", "mmlu", "gsm8k"), ids, scores, "random numbers")
    return Trial(_texts(n_texts), entries, rows, tuple(_weights(rng, steps)), benchmarks)


_Made = Iterator[tuple[Entry, NDArray[np.float64]]]
"""Entries and where they are, (DIRECTIONS,) float64."""


def _steps(n: int) -> NDArray[np.int64]:
    """0, powers of two to 512, then as many regular ones."""
    early = [0, *(2**k for k in range(10))]
    return np.array([*early, *(1000 * k for k in range(1, n - len(early) + 1))])


def _runs(rng: np.random.Generator, steps: NDArray[np.int64], n_seeds: int) -> _Made:
    """Runs of every size, and so many more seeds of the smallest."""
    names = [(size, n, 0) for size, n in SIZES]
    names += [(*SIZES[0], seed) for seed in range(1, n_seeds + 1)]
    common = np.cumsum(_walk(rng, steps), axis=0)
    for size, n, seed in names:
        own = np.cumsum(_walk(rng, steps), axis=0)
        run = size if not seed else f"{size}-seed{seed}"
        for k, step in enumerate(steps.tolist()):
            entry = Entry(
                f"{run}/step{step}", label=f"{run} step {step}", family="pythia", run=run,
                step=step, seed=seed, size=size, n_params=n * 10**6, relation="checkpoint-of",
            )  # fmt: skip
            yield entry, common[k] + 0.5 * own[k]


def _walk(rng: np.random.Generator, steps: NDArray[np.int64]) -> NDArray[np.float64]:
    width = 3.0 / np.sqrt(1 + np.arange(len(steps)))
    found: NDArray[np.float64] = rng.normal(size=(len(steps), DIRECTIONS)) * width[:, None]
    return found


def _layers(rng: np.random.Generator, n_models: int, n_layers: int) -> _Made:
    for m in range(n_models):
        family = TYPES[m % 3]
        way, far = rng.normal(size=DIRECTIONS), rng.normal(size=DIRECTIONS)
        for layer in range(n_layers):
            entry = Entry(
                f"m{m:03}/layer{layer}", label=f"{family} {m} layer {layer}", family=family,
                layer=layer, parent=f"m{m:03}", relation="layer-of",
            )  # fmt: skip
            left = 1 - layer / (n_layers - 1)
            yield entry, 2 * way + 6 * left**2 * far + 0.3 * rng.normal(size=DIRECTIONS)


def _models(rng: np.random.Generator, n: int, n_quantized: int) -> _Made:
    centres = 3 * rng.normal(size=(len(TYPES), DIRECTIONS))
    last: tuple[str, NDArray[np.float64]] = ("", centres[0])
    for m in range(n):
        t = m % len(TYPES)
        child = bool(last[0]) and m % 3 == 2
        place = last[1] if child else centres[t]
        place = place + (0.4 if child else 1.2) * rng.normal(size=DIRECTIONS)
        family = TYPES[(m - 1) % len(TYPES)] if child else TYPES[t]
        entry = Entry(
            f"m{m:03}", label=f"org/{family}-{m}", family=family, n_params=7 * 10**9,
            parent=last[0] if child else "", relation="fine-tune-of" if child else "",
        )  # fmt: skip
        last = (entry.id, place)
        yield entry, place
        if m < n_quantized:
            for bits, much in (("8bit", 0.15), ("4bit", 0.4)):
                yield _quantized(entry, bits), place + much * rng.normal(size=DIRECTIONS)


def _quantized(entry: Entry, bits: str) -> Entry:
    return Entry(
        f"{entry.id}-{bits}", label=f"{entry.label} {bits}", family=entry.family,
        parent=entry.id, relation="quantized-from", quantization=bits,
    )  # fmt: skip


def _rows(
    rng: np.random.Generator, places: NDArray[np.float64], n_texts: int
) -> NDArray[np.float32]:
    """(K, N) float32, nats: about -1 bit per byte and what the directions add, and some noise."""
    level = -rng.gamma(40, 17, size=n_texts).astype(np.float32)
    loading = rng.normal(0, 3, size=(DIRECTIONS, n_texts)).astype(np.float32)
    rows = places.astype(np.float32) @ loading
    rows += level
    for row in rows:
        row += rng.normal(0, 4, size=n_texts).astype(np.float32)
    return np.asarray(np.minimum(rows, np.float32(-1.0)))


def _weights(rng: np.random.Generator, steps: NDArray[np.int64]) -> Iterator[WeightDistances]:
    for size, _ in SIZES:
        paths = np.cumsum(_walk(rng, steps), axis=0)
        squared = ((paths[:, None] - paths[None]) ** 2).sum(axis=2)
        yield WeightDistances(size, steps, squared, "random numbers")


def _texts(n: int) -> TextSet:
    body = "x" * _BYTES
    texts = tuple(f"{k:06} {body}"[:_BYTES] for k in range(n))
    domains = tuple(("web", "code", "books", "papers")[k % 4] for k in range(n))
    return TextSet(tuple(f"t{k}" for k in range(n)), texts, domains, source="random numbers")
