"""How soon there is a map, and how good its standard errors are.

    python tests/soak/anytime.py [--texts 10000] [--folder DIR]

Grows two runs of the 0.46-million-parameter model (17 checkpoints each) and scores them on short
texts, 60 to 120 tokens of the Python standard library, through the real job. Prints when a KL
matrix and a PCA over the first round exist, as a share of the job's time. Then, from the finished
file alone, draws 20 random orders and prints the mean share of pairs whose first-round KL is within
3 standard errors of the final one. Ends with 1 if there is no map before 10 % of the time, or the
share is below 0.90. About 15 minutes on 2 cores. Not part of the test command.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402

from compute import geometry, store  # noqa: E402
from compute.core.control import Control  # noqa: E402
from compute.core.errors import KlscopeError  # noqa: E402
from compute.core.events import Finished, Started  # noqa: E402
from compute.core.specs import GrowSpec, ScoreSpec  # noqa: E402
from compute.core.tables import Snapshot, TextSet  # noqa: E402
from compute.embedding.pca import principal_coordinates  # noqa: E402
from compute.executors import LocalExecutor  # noqa: E402
from compute.geometry.kl import half_variance  # noqa: E402
from compute.jobs.grow import grow  # noqa: E402
from compute.minisuite.corpus import read_corpus  # noqa: E402
from compute.sources import resolve  # noqa: E402
from compute.texts import write_texts  # noqa: E402

SHORTEST, LONGEST = 190, 380
"""Characters of a text: 60 to 120 tokens under the suite's tokenizer."""
LATEST, LEAST_SHARE = 0.10, 0.90
WITHIN_SE = 3.0


@dataclass(frozen=True)
class Map:
    """The first map: seconds since the job's start, entries and texts in it."""

    seconds: float
    n_entries: int
    n_texts: int


def short_texts(n: int) -> TextSet:
    """``n`` pieces of random length from all over the corpus."""
    rng = random.Random(0)
    pieces: list[str] = []
    for file in read_corpus():
        text, start = file.raw.decode(), 0
        while start < len(text):
            length = rng.randint(SHORTEST, LONGEST)
            pieces.append(text[start : start + length])
            start += length
    pieces = [p for p in pieces if len(p) >= SHORTEST]
    return TextSet(tuple(map(str, range(n))), tuple(rng.sample(pieces, n)), ("",) * n)


def prepare(folder: Path, n_texts: int, steps: int) -> ScoreSpec:
    suite = folder / "suite"
    if not (suite / "suite.json").exists():
        spec = GrowSpec(str(suite), ("s",), (0, 1), steps, n_checkpoints=17, n_texts=0)
        grow(spec, lambda event: None, Control())
    write_texts(short_texts(n_texts), folder / "texts.jsonl")
    return ScoreSpec(
        str(folder / "anytime.h5"),
        resolve(str(suite)).checkpoints,
        str(folder / "texts.jsonl"),
    )


def first_map(path: Path, n_entries: int) -> tuple[int, int] | None:
    """(entries, texts) of a map of every entry, once there is one; it is really made."""
    try:
        snapshot = store.read(path)
        prepared = geometry.prepare(snapshot, geometry.find_recipe(snapshot, "clip2"))
    except KlscopeError:
        return None
    if len(prepared.ids) < n_entries:
        return None
    coords, _ = principal_coordinates(geometry.kl_matrix(prepared), 2)
    assert np.isfinite(coords).all()
    return len(prepared.ids), prepared.n_texts


def run(spec: ScoreSpec) -> tuple[Map, float, dict]:
    """The first map, seconds of the whole job, its summary."""
    began: list[float] = []

    def hear(event: object) -> None:
        if isinstance(event, Started):
            began.append(time.monotonic())

    handle = LocalExecutor().start(spec, hear, lambda ended: None)
    path, found = Path(spec.project), None
    while (ended := handle.wait(0.5)) is None:
        if found is None and path.exists():
            made = first_map(path, len(spec.checkpoints))
            if made is not None:
                found = Map(time.monotonic() - began[0], *made)
                print(f"a map of {made[0]} entries on {made[1]} texts after {found.seconds:.1f} s")
    seconds = time.monotonic() - began[0]
    if not isinstance(ended.last, Finished) or found is None:
        raise SystemExit(f"the job ended without a first map: {ended.last}")
    return found, seconds, dict(ended.last.summary)


def shares(snapshot: Snapshot, recipe: str, n_orders: int) -> list[float]:
    """For each random order, the share of pairs within 3 SE of the final KL after one round."""
    prepared = geometry.prepare(snapshot, geometry.find_recipe(snapshot, recipe))
    values, final = prepared.loglik, geometry.kl_matrix(prepared)
    n_bytes = snapshot.texts.n_bytes[prepared.texts]
    found = []
    for seed in range(n_orders):
        order = np.random.default_rng(seed).permutation(len(n_bytes))
        first = order[: snapshot.texts.first_round]
        mean_bytes, inside = float(n_bytes[first].mean()), []
        for i, j in combinations(range(len(values)), 2):
            kl, se = half_variance(values[i, first] - values[j, first], mean_bytes=mean_bytes)
            inside.append(abs(kl - final[i, j]) <= WITHIN_SE * se)
        found.append(float(np.mean(inside)))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--texts", type=int, default=10_000)
    parser.add_argument("--steps", type=int, default=352)
    parser.add_argument("--orders", type=int, default=20)
    parser.add_argument("--folder", type=Path, help="keeps suite and project")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="klscope-anytime-") as temporary:
        folder = asked.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        spec = prepare(folder, asked.texts, asked.steps)
        Path(spec.project).unlink(missing_ok=True)
        print(f"{len(spec.checkpoints)} checkpoints, {asked.texts} texts", flush=True)
        first, seconds, summary = run(spec)
        early = first.seconds / seconds
        print(
            f"whole job: {seconds:.1f} s, {summary['tokens']} tokens, first round "
            f"{summary['first_round_s']:.1f} s; the map came after {100 * early:.1f} % of the time"
        )
        snapshot = store.read(Path(spec.project))
        good = early < LATEST
        for recipe in ("clip2", "raw"):
            each = shares(snapshot, recipe, asked.orders)
            print(
                f"{recipe}: within {WITHIN_SE:g} SE of the final KL after one round: mean "
                f"{np.mean(each):.3f} of pairs over {len(each)} orders "
                f"({min(each):.3f} to {max(each):.3f})"
            )
            good = good and float(np.mean(each)) >= LEAST_SHARE
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
