"""Scoring against the plain loop, as ratios within one run: blocks interleaved, medians compared.

    python tests/soak/speed.py [--texts 64] [--blocks 7]

Random models of the mini suite's shapes, texts of about 350 tokens, two threads. Not part of the
test command; means something only while nothing else runs.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "compute" / "scoring")]

import numpy as np  # noqa: E402
import tiny_models  # noqa: E402
import torch  # noqa: E402

from compute.core.tables import TextSet  # noqa: E402
from compute.minisuite import SIZES  # noqa: E402
from compute.scoring import Settings, open_scorer  # noqa: E402
from compute.scoring.reference import plain_loop  # noqa: E402


def made_texts(n: int) -> TextSet:
    rng = random.Random(0)
    lengths = [int(min(700, max(120, rng.gauss(350, 60)))) for _ in range(n)]
    texts = tuple("".join(rng.choices("abcdefghij klmn", k=k)) for k in lengths)
    return TextSet(tuple(str(k) for k in range(n)), texts, ("",) * n)


def measure(name: str, folder: Path, texts: TextSet, blocks: int) -> str:
    """One line: seconds of a block both ways, their ratio, the largest difference in nats."""
    size, threads = SIZES[name], 2
    shape = {
        "vocab_size": 2048,
        "hidden_size": size.hidden,
        "num_hidden_layers": size.layers,
        "num_attention_heads": size.heads,
        "intermediate_size": 4 * size.hidden,
    }
    tiny_models.save_model(folder, **shape)
    scorer = open_scorer("torch", Settings(device="cpu", n_threads=threads))
    model = scorer.open(tiny_models.checkpoint(folder), texts)
    plan, row = model.plan(), np.zeros(len(texts))
    ours, plain, plain_row = [], [], row
    for _ in range(blocks + 1):
        began = time.perf_counter()
        for scored in model.score(plan, plan.batches):
            row[list(scored.batch.texts)] = scored.values
        ours.append(time.perf_counter() - began)
        model._threads.close()
        torch.set_num_threads(threads)
        began = time.perf_counter()
        plain_row = plain_loop(model._net.module, model._tokens.ids)
        plain.append(time.perf_counter() - began)
    scorer.close()
    a, b = statistics.median(ours[1:]), statistics.median(plain[1:])
    gap = np.abs(row - plain_row).max()
    return (
        f"{name:4s} {size.n_params / 1e6:5.2f} M: {a:.3f} s, plain {b:.3f} s, ratio {b / a:.2f}; "
        f"128 texts {128 * a / len(texts):.2f} s; largest difference {gap:.1e} nats"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--texts", type=int, default=64)
    parser.add_argument("--blocks", type=int, default=7)
    asked = parser.parse_args()
    texts = made_texts(asked.texts)
    with tempfile.TemporaryDirectory(prefix="klscope-speed-") as folder:
        for name in SIZES:
            print(measure(name, Path(folder) / name, texts, asked.blocks), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
