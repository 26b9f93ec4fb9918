"""The data of the paper's figures, and what the tables say beside it, worked out plainly.

As ``plain.py`` it knows nothing of klscope, and takes log-likelihoods from a release as they are:
differences of rows, one pair at a time, each bootstrap from the texts that it draws.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
from plain import (
    GROUP,
    INTERVAL,
    LN2,
    SEEDS,
    SIZES,
    START,
    WARM,
    WINDOW,
    Models,
    Pretraining,
    kl,
    power_law,
)


def squared_from(own: Pretraining, name: str, start: int, steps) -> list:
    return [own.kl((name, start), (name, step))[0] for step in steps]


# -- Fig. 4 and 14 ---------------------------------------------------------------------------------


def consecutive(own: Pretraining) -> dict:
    """(run, step, next step) -> (KL, SE), None where one is not in use or steps are missing."""
    found = {}
    for name, grid in own.grid.items():
        for a, b in itertools.pairwise(grid):
            there = (name, a) in own.rows and (name, b) in own.rows and b - a <= INTERVAL
            found[name, a, b] = own.kl((name, a), (name, b)) if there else None
    return found


def groups(own: Pretraining) -> dict:
    """(run, group) -> number, median, mean and SD of the KLs, and the first and last step."""
    found = {}
    for name, grid in own.grid.items():
        every = [(s, own.next(name, s)) for s in range(WARM, max(grid), INTERVAL)]
        there = [(s, one[0]) for s, one in every if one is not None]
        for group, some in (("early", there[:GROUP]), ("later", there[-GROUP:])):
            v = [value for _, value in some]
            found[name, group] = (
                len(v), float(np.median(v)), float(np.mean(v)), float(np.std(v)),
                some[0][0], some[-1][0] + INTERVAL,
            )  # fmt: skip
    return found


# -- diffusion -------------------------------------------------------------------------------------


def all_fits(own: Pretraining, weights: dict) -> dict:
    """(run, space, start) -> (exponent, R^2, points) over what was saved up to 10,000 steps later.

    Starts without ten thousand steps after them are not there; None = an excluded start, or fewer
    than two points.
    """
    found = {}
    for name, grid in own.grid.items():
        for i, start in enumerate(grid):
            if start + WINDOW * INTERVAL > grid[-1]:
                continue
            later = [s for s in grid if start < s <= start + WINDOW * INTERVAL]
            used = [s for s in later if (name, s) in own.rows and (name, start) in own.rows]
            spaces = {
                "log-likelihood": squared_from(own, name, start, used),
                "weights": [float(weights[name][i][grid.index(s)]) for s in used],
            }
            for space, squared in spaces.items():
                points = [(s - start, d) for s, d in zip(used, squared, strict=True) if d > 0]
                fit = power_law(*zip(*points, strict=True)) if len(points) > 1 else None
                found[name, space, start] = fit and (*fit, len(points))
    return found


def noise_plus_drift(times, squared) -> tuple[float, float, float]:
    """(a, b, R^2) of ln(squared) on ln(a + b t), a and b at least 0.

    With the share of b fixed the best size is a mean of logarithms; the best share is where the sum
    of squares has no slope, found by halving; the ends are a = 0 and b = 0.
    """
    t, y = np.asarray(times, float), np.log(np.asarray(squared, float))

    def rest(u):
        r = y - np.log(1 - u + u * t / t.mean())
        return r - r.mean()

    def slope(u):
        g = (t / t.mean() - 1) / (1 - u + u * t / t.mean())
        return float(-(rest(u) * (g - g.mean())).sum())

    grid = np.linspace(0, 1, 201)
    slopes = np.array([slope(u) for u in grid])
    shares = [0.0, 1.0]
    for k in np.flatnonzero((slopes[:-1] < 0) & (slopes[1:] > 0)):
        low, high = grid[k], grid[k + 1]
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if slope(middle) < 0 else (low, middle)
        shares.append((low + high) / 2)
    u = min(shares, key=lambda u: float((rest(u) ** 2).sum()))
    size = math.exp(float((y - np.log(1 - u + u * t / t.mean())).mean()))
    r2 = 1 - float((rest(u) ** 2).sum() / ((y - y.mean()) ** 2).sum())
    return size * (1 - u), size * u / t.mean(), r2


def drawn_texts(n: int, times: int, seed: int) -> list:
    """The texts of each bootstrap over texts: n of n with replacement."""
    rng = np.random.default_rng(seed)
    return [rng.integers(0, n, n) for _ in range(times)]


def at_start(own: Pretraining, name: str, n_boots: int, seed: int) -> dict:
    """What Table 1 says beside c_q and c_w of one run from step 120,000."""
    steps = [s for s in own.grid[name] if START < s <= START + WINDOW * INTERVAL]
    steps = [s for s in steps if (name, s) in own.rows]
    times = [s - START for s in steps]
    squared = squared_from(own, name, START, steps)
    a, b, r2 = noise_plus_drift(times, squared)
    window = np.array([own.rows[name, s] for s in (START, *steps)])
    exponents, wins = [], []
    for chosen in drawn_texts(own.n_texts, n_boots, seed):
        again = [kl(row[chosen], window[0][chosen], own.mean_bytes)[0] for row in window[1:]]
        c, r2_power = power_law(times, again)
        exponents.append(c)
        wins.append(r2_power > noise_plus_drift(times, again)[2])
    return {
        "interval": tuple(float(v) for v in np.quantile(exponents, [0.025, 0.975])),
        "noise": a,
        "drift": b * (steps[-1] - START),
        "r2_drift": r2,
        "wins": float(np.mean(wins)),
        "dimension": effective_dimension(window),
    }


def effective_dimension(window) -> float:
    """(sum v)^2 / sum v^2 with v the mean square over the steps of a window, text by text."""
    centred = window - window.mean(axis=1, keepdims=True)
    v = [
        float(np.mean([(b[s] - a[s]) ** 2 for a, b in itertools.pairwise(centred)]))
        for s in range(window.shape[1])
    ]
    return sum(v) ** 2 / sum(x * x for x in v)


def coordinates(own: Pretraining) -> dict:
    """(run, step) -> row, centred over texts, then over rows, in sqrt(bits/byte)."""
    rows = np.array(list(own.rows.values()))
    rows = rows - rows.mean(axis=1, keepdims=True)
    rows = (rows - rows.mean(axis=0)) / math.sqrt(2 * own.n_texts * own.mean_bytes * LN2)
    return dict(zip(own.rows, rows, strict=True))


def on_likelihood_scales(own: Pretraining, name: str) -> tuple[float, float]:
    """Exponents from step 120,000 of exp(coordinates) and of exp(l / mean bytes)."""
    at = coordinates(own)
    steps = [s for s in own.grid[name] if START < s <= START + WINDOW * INTERVAL]
    steps = [s for s in steps if (name, s) in own.rows]
    readings = (
        lambda step: np.exp(at[name, step]),
        lambda step: np.exp(own.rows[name, step] / own.mean_bytes),
    )
    found = []
    for point in readings:
        squared = [float(((point(s) - point(START)) ** 2).sum()) for s in steps]
        found.append(power_law([s - START for s in steps], squared)[0])
    return found[0], found[1]


# -- Fig. 8 and 9 ----------------------------------------------------------------------------------


def components(own: Pretraining, n: int) -> tuple[dict, list, float]:
    """(run, step) -> n components, their shares of variance, and the mean KL of ordered pairs."""
    at = coordinates(own)
    u, sizes, _ = np.linalg.svd(np.array(list(at.values())), full_matrices=False)
    shares = sizes**2 / (sizes**2).sum()
    rows = np.array(list(at.values()))
    mean = float(np.mean([((rows - row) ** 2).sum(axis=1).mean() for row in rows]))
    return dict(zip(at, (u * sizes)[:, :n], strict=True)), shares[:n].tolist(), mean


# -- outliers --------------------------------------------------------------------------------------


class Texts:
    """Outlier texts of the sizes: every step after warm-up, text by text."""

    def __init__(self, runs: dict, n_bytes) -> None:
        own = Pretraining(runs, SIZES, n_bytes)
        self.grid, self.n_bytes = own.grid, n_bytes
        self.rows = {
            key: np.maximum(np.asarray(runs[key[0]][key[1]], float), own.tau) for key in own.rows
        }
        steps = np.array([b - a for a, b in self.pairs(WARM)])
        self.maximum, self.sd = abs(steps).max(axis=0), steps.std(axis=0)
        self.order = np.argsort(-self.maximum, kind="stable")

    def pairs(self, first: int, names=SIZES):
        for name in names:
            for step in range(first, max(self.grid[name]), INTERVAL):
                a, b = (name, step), (name, step + INTERVAL)
                if a in self.rows and b in self.rows:
                    yield self.rows[a], self.rows[b]

    def curve(self, name: str, n_dropped: int) -> list:
        """KL to the next checkpoint from step 10,000 on without the worst texts."""
        kept = np.sort(self.order[n_dropped:])
        size = float(self.n_bytes[kept].mean())
        return [kl(a[kept], b[kept], size)[0] for a, b in self.pairs(10_000, (name,))]


def weight_steps(weights: dict, grid) -> dict:
    """(run, step) -> squared distance of the weights to those one interval later."""
    return {
        (name, s): float(weights[name][grid.index(s)][grid.index(s + INTERVAL)])
        for name in SIZES
        for s in range(0, max(grid), INTERVAL)
    }


def seeds_at_the_end(runs: dict, own: Pretraining, n_bytes) -> dict:
    """(run, run) -> KL at the last step, the original 410m among the seeds, as these are clipped
    and over their texts."""
    size, step = own.mean_bytes, own.last()
    rows = {name: own.rows[name, step] for name in SEEDS}
    kept = own.kept
    rows["410m"] = np.maximum(np.asarray(runs["410m"][step], float), own.tau)[kept]
    assert abs(float(n_bytes[kept].mean()) - size) < 1e-9
    return {(a, b): kl(rows[a], rows[b], size)[0] for a, b in itertools.product(rows, rows)}


def other_seeds(every: Pretraining) -> tuple[float, float]:
    """Mean KL of 410m to its seeds at the last step of all, and its standard error over texts."""
    step = every.last()
    names = [n for n in every.grid if n.startswith("410m") and n != "410m"]
    squares = []
    for name in names:
        d = every.rows["410m", step] - every.rows[name, step]
        squares.append((d - d.mean()) ** 2)
    u = np.mean(squares, axis=0) / (2 * every.mean_bytes * LN2)
    return float(u.mean()), float(u.std() / math.sqrt(len(u)))


# -- bootstraps and halves -------------------------------------------------------------------------


def median_over_pairs(values, times: int, seed: int) -> tuple[float, float]:
    """95 % interval of the median when the pairs are drawn again."""
    rng = np.random.default_rng(seed)
    v = np.asarray(values, float)
    medians = [np.median(v[rng.integers(0, len(v), len(v))]) for _ in range(times)]
    low, high = np.quantile(medians, [0.025, 0.975])
    return float(low), float(high)


def median_over_texts(pairs, n_bytes, times: int, seed: int) -> tuple[float, float]:
    """95 % interval of the median when the texts are drawn again, each with their own bytes."""
    n = len(n_bytes)
    rng = np.random.default_rng(seed)
    medians = []
    for counts in rng.multinomial(n, np.full(n, 1 / n), size=times):
        drawn = np.repeat(np.arange(n), counts)
        size = float(n_bytes[drawn].mean())
        medians.append(np.median([kl(a[drawn], b[drawn], size)[0] for a, b in pairs]))
    low, high = np.quantile(medians, [0.025, 0.975])
    return float(low), float(high)


def interval_pairs(own: Pretraining, *, later: bool) -> list:
    """The rows of the pairs in a group of intervals."""
    found = []
    for name, grid in own.grid.items():
        steps = range(WARM, max(grid), INTERVAL)
        there = [
            (own.rows[name, s], own.rows[name, s + INTERVAL])
            for s in steps
            if (name, s) in own.rows and (name, s + INTERVAL) in own.rows
        ]
        found += there[-GROUP:] if later else there[:GROUP]
    return found


def pearson(x, y) -> float:
    x, y = np.asarray(x) - np.mean(x), np.asarray(y) - np.mean(y)
    return float((x * y).sum() / math.sqrt(float((x * x).sum() * (y * y).sum())))


def halves(own: Pretraining, n_bytes, name: str, splits: int, seed: int) -> list:
    """(n of first, n of second, entries, Pearson, ratio of means) of all pairs of one run after
    warm-up on two random halves of the texts, each with its own mean bytes."""
    rng = np.random.default_rng(seed)
    rows = [own.rows[name, s] for s in own.grid[name] if s >= WARM and (name, s) in own.rows]
    n = own.n_texts
    found = []
    for _ in range(splits):
        order = rng.permutation(n)
        parts = np.sort(order[: n // 2]), np.sort(order[n // 2 :])
        x, y = (
            [
                kl(a[part], b[part], float(n_bytes[own.kept][part].mean()))[0]
                for a, b in itertools.combinations(rows, 2)
            ]
            for part in parts
        )
        sizes = (len(parts[0]), len(parts[1]), len(rows))
        found.append((*sizes, pearson(x, y), float(np.mean(y) / np.mean(x))))
    return found


# -- shifts ----------------------------------------------------------------------------------------


def shift_rows(models: Models, variants: dict) -> tuple[list, np.ndarray]:
    """Type of each model, and its shift, centred over texts."""
    names = [name for name, row in variants.items() if row is not None]
    d = np.array([models.clipped(variants[n]) - models.models[n] for n in names])
    return [models.types.get(n, "") for n in names], d - d.mean(axis=1, keepdims=True)


def cosine(a, b) -> float:
    return float(a @ b / math.sqrt(float(a @ a) * float(b @ b)))


def mean_cosine(rows) -> float:
    return float(np.mean([cosine(a, b) for a, b in itertools.combinations(rows, 2)]))


def across(types: list, rows) -> dict:
    """(type, type) -> mean cosine of shifts of two types."""
    found: dict = {}
    for (t, a), (u, b) in itertools.combinations(list(zip(types, rows, strict=True)), 2):
        if t != u:
            found.setdefault(frozenset((t, u)), []).append(cosine(a, b))
    return {pair: float(np.mean(values)) for pair, values in found.items()}


def spread_of_random_groups(rows, size: int, trials: int) -> float:
    """SD of the mean cosine of random groups, by draws of our own."""
    unit = rows / np.sqrt((rows**2).sum(axis=1))[:, None]
    rng = np.random.default_rng(2024)
    means = []
    for _ in range(trials):
        some = unit[rng.permutation(len(unit))[:size]]
        means.append(((some.sum(axis=0) ** 2).sum() - size) / (size * (size - 1)))
    return float(np.std(means))
