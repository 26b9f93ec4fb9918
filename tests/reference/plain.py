"""The paper's tables from the authors' release folder, worked out one number at a time.

    python tests/reference/plain.py FOLDER

prints them as JSON. Knows nothing of klscope: plain pickle (for a folder of our own making), plain
loops, float64 from the first line on, no matrices of pairs. The report has to agree to 1e-9. It
follows the method page, sections 1 to 4, and appendix E.1 of the paper.
"""

from __future__ import annotations

import itertools
import json
import math
import pickle
import sys
from pathlib import Path

import numpy as np

LN2 = math.log(2)
SIZES = ("410m", "1b", "1.4b", "2.8b", "6.9b")
SEEDS = tuple(f"410m-seed{k}" for k in (1, 2, 5, 6, 7, 8, 9))
OUTLIERS = {("1b", 116_000)}
WARM, INTERVAL, GROUP, WINDOW, START = 2000, 1000, 50, 10, 120_000


def load(folder: Path, name: str):
    with open(folder / name, "rb") as file:
        return json.load(file) if name.endswith(".json") else pickle.load(file)


def kl(a, b, mean_bytes: float) -> tuple[float, float]:
    """KL and its SE, bits/byte: half the variance over texts of the difference."""
    d = np.asarray(a, float) - np.asarray(b, float)
    squares = (d - d.mean()) ** 2
    unit = 2 * mean_bytes * LN2
    return float(squares.mean() / unit), float(squares.std() / math.sqrt(len(d)) / unit)


def summary(values) -> dict:
    return {
        "n": len(values),
        "median": float(np.median(values)),
        "mean": float(np.mean(values)),
        "sd": float(np.std(values)),
    }


class Pretraining:
    """Some runs: outlier checkpoints out, clipped at 2 %, the top 3 % of outlier texts out."""

    def __init__(self, runs: dict, names: tuple, n_bytes) -> None:
        self.grid = {name: sorted(runs[name]) for name in names}
        found = {
            (name, step): np.asarray(vector, float)
            for name in names
            for step, vector in runs[name].items()
            if vector is not None and (name, step) not in OUTLIERS
        }
        self.tau = float(np.quantile(np.concatenate(list(found.values())), 0.02))
        clipped = {key: np.maximum(row, self.tau) for key, row in found.items()}
        score = np.zeros(len(n_bytes))
        for name in names:
            for a, b in itertools.pairwise(self.grid[name]):
                if a >= WARM and (name, a) in clipped and (name, b) in clipped:
                    score = np.maximum(score, abs(clipped[name, b] - clipped[name, a]))
        out = np.argsort(-score, kind="stable")[: round(0.03 * len(score))]
        self.kept = kept = np.setdiff1d(np.arange(len(score)), out)
        self.rows = {key: row[kept] for key, row in clipped.items()}
        self.n_texts, self.mean_bytes = len(kept), float(n_bytes[kept].mean())

    def kl(self, a, b) -> tuple[float, float]:
        return kl(self.rows[a], self.rows[b], self.mean_bytes)

    def next(self, name: str, step: int):
        """KL to the checkpoint one interval later, None where one of the two is not in use."""
        a, b = (name, step), (name, step + INTERVAL)
        return self.kl(a, b) if a in self.rows and b in self.rows else None

    def intervals(self, *, later: bool) -> list:
        found = []
        for name, grid in self.grid.items():
            every = (self.next(name, step) for step in range(WARM, max(grid), INTERVAL))
            there = [one[0] for one in every if one is not None]
            found += there[-GROUP:] if later else there[:GROUP]
        return found

    def last(self) -> int:
        """The last step that every run has."""
        own = [{step for run, step in self.rows if run == name} for name in self.grid]
        return max(set.intersection(*own))

    def at_the_end(self) -> dict:
        """(run, run) -> (KL, SE) of every pair at the last common step."""
        step = self.last()
        return {
            (a, b): self.kl((a, step), (b, step)) for a, b in itertools.combinations(self.grid, 2)
        }


def power_law(times, squared) -> tuple[float, float]:
    """Exponent and R^2 of a least-squares line through the logarithms."""
    x, y = np.log(np.asarray(times, float)), np.log(np.asarray(squared, float))
    x, y = x - x.mean(), y - y.mean()
    slope = float((x * y).sum() / (x * x).sum())
    return slope, float(1 - ((y - slope * x) ** 2).sum() / (y * y).sum())


def window(own: Pretraining, name: str, start: int):
    """Steps in use of the ten after a start; None without a start or ten later steps."""
    steps = [step for step in own.grid[name] if step > start][:WINDOW]
    if (name, start) not in own.rows or len(steps) < WINDOW:
        return None
    return [step for step in steps if (name, step) in own.rows]


def fits(own: Pretraining, name: str, weights, start: int):
    """(exponent, R^2) in log-likelihood and in weights from one start, None without a window."""
    steps = window(own, name, start)
    if steps is None:
        return None
    times = [step - start for step in steps]
    loglik = power_law(times, [own.kl((name, start), (name, step))[0] for step in steps])
    i, grid = own.grid[name].index(start), own.grid[name]
    return loglik, power_law(times, [weights[i][grid.index(step)] for step in steps])


def diffusion(own: Pretraining, weights: dict) -> tuple[dict, dict]:
    """Table 1 and table 4."""
    table1, table4 = {}, {}
    for name, grid in own.grid.items():
        at = fits(own, name, weights[name], START)
        (c_q, r2_q), (c_w, r2_w) = at
        table1[name] = {"c_q": c_q, "c_w": c_w, "alpha": c_q / c_w, "r2_q": r2_q, "r2_w": r2_w}
        every = [fits(own, name, weights[name], s) for s in grid if s >= WARM]
        found = [one for one in every if one is not None]
        q, w = ([one[k][1] for one in found] for k in (0, 1))
        table4[name] = {
            "n": len(found),
            "loglik": (float(np.mean(q)), float(np.std(q))),
            "weights": (float(np.mean(w)), float(np.std(w))),
        }
    return table1, table4


class Models:
    """The published models, their variants and layers, clipped at the models' own 2 %."""

    def __init__(self, folder: Path, n_bytes) -> None:
        names = load(folder, "model_info/model_list.json")
        matrix = np.asarray(load(folder, "logp/oyama2025_logp.pkl"), np.float32)
        self.tau = float(np.quantile(matrix.astype(float), 0.02))
        self.models = dict(zip(names, map(self.clipped, matrix), strict=True))
        self.types = load(folder, "model_info/modelname2type.json")
        self.parents = load(folder, "model_info/sibling_info.json")
        self.eight = load(folder, "logp/8bit_quantization_logp.pkl")
        self.four = load(folder, "logp/4bit_quantization_logp.pkl")
        self.layers = load(folder, "logp/layer_logp.pkl")
        self.mean_bytes = float(n_bytes.mean())

    def clipped(self, row):
        return np.maximum(np.asarray(row, float), self.tau)

    def quantized(self, variants: dict) -> list:
        return [
            kl(self.models[name], self.clipped(row), self.mean_bytes)[0]
            for name, row in variants.items()
            if row is not None
        ]

    def families(self) -> list:
        """(child, parent) where one parent is declared and both are here."""
        found = []
        for child, declared in self.parents.items():
            given = declared if isinstance(declared, list) else [declared]
            given = [name for name in given if name]
            if len(given) == 1 and child in self.models and given[0] in self.models:
                found.append((child, given[0]))
        return found

    def fine_tuned(self) -> list:
        return [kl(self.models[a], self.models[b], self.mean_bytes)[0] for a, b in self.families()]

    def pools(self) -> tuple[dict, set]:
        """The models of each type's pairs, and all of them together."""
        pools: dict = {}
        for child, parent in self.families():
            pools.setdefault(self.types.get(child, ""), set()).update((child, parent))
        return pools, set().union(*pools.values())

    def all_pairs(self, names) -> list:
        return [
            kl(self.models[a], self.models[b], self.mean_bytes)[0]
            for a, b in itertools.combinations(sorted(names), 2)
        ]

    def adjacent(self) -> dict:
        """(model, k) -> (KL, SE) from layer k to k + 1, not clipped."""
        return {
            (name, k): kl(rows[k], rows[k + 1], self.mean_bytes)
            for name, rows in self.layers.items()
            if rows is not None
            for k in sorted(rows)
            if rows[k] is not None and rows.get(k + 1) is not None
        }

    def shifts(self, variants: dict) -> dict:
        """Type -> mean cosine over pairs of models of the shifts that quantizing makes."""
        rows: dict = {}
        for name, row in variants.items():
            if row is not None:
                d = self.clipped(row) - self.models[name]
                rows.setdefault(self.types.get(name, ""), []).append(d - d.mean())
        out = {}
        for kind, some in rows.items():
            cosines = [
                float(a @ b / math.sqrt((a @ a) * (b @ b)))
                for a, b in itertools.combinations(some, 2)
            ]
            if cosines:
                out[kind] = float(np.mean(cosines))
        return out


def tables(folder: Path) -> dict:
    """Everything, by table."""
    n_bytes = np.array([len(text.encode()) for text in load(folder, "texts.json")], float)
    runs = load(folder, "logp/pretraining_logp.pkl")
    weights = load(folder, "weight_distance/weight_distance.pkl")
    sizes = Pretraining(runs, SIZES, n_bytes)
    seeds = Pretraining(runs, SEEDS, n_bytes)
    models = Models(folder, n_bytes)
    table1, table4 = diffusion(sizes, weights)
    pools, union = models.pools()
    inside = [value for names in pools.values() for value in models.all_pairs(names)]
    return {
        "tau": {"sizes": sizes.tau, "seeds": seeds.tau, "models": models.tau},
        "n_texts": {"sizes": sizes.n_texts, "seeds": seeds.n_texts},
        "table1": table1,
        "table2a": {
            "Later": summary(sizes.intervals(later=True)),
            "Early": summary(sizes.intervals(later=False)),
            "Seed": summary([one[0] for one in seeds.at_the_end().values()]),
            "Size": summary([one[0] for one in sizes.at_the_end().values()]),
            "8-bit": summary(models.quantized(models.eight)),
            "4-bit": summary(models.quantized(models.four)),
            "Fine-tune": summary(models.fine_tuned()),
            "Layer": summary([one[0] for one in models.adjacent().values()]),
        },
        "all pairs": {"Same type": summary(inside), "Random": summary(models.all_pairs(union))},
        "table2b": {step: sizes.next("410m", step) for step in (10_000, 50_000, 100_000)},
        "table3": sizes.at_the_end(),
        "table4": table4,
        "layers": models.adjacent(),
        "shifts": {"8-bit": models.shifts(models.eight), "4-bit": models.shifts(models.four)},
        "consecutive": {
            (name, step): sizes.next(name, step)
            for name in SIZES
            for step in range(INTERVAL, 143_000, INTERVAL)
        },
    }


def main() -> None:
    found = tables(Path(sys.argv[1]))
    text = {k: {str(key): v for key, v in part.items()} for k, part in found.items()}
    print(json.dumps(text, indent=1))


if __name__ == "__main__":
    main()
