"""Holds every row of a project against the plain loop, written here with transformers alone.

    python tests/soak/agreement.py PROJECT.h5 SUITE

One text at a time, float32 log-softmax, float64 sum; prints the largest difference in nats and ends
with 1 if it is above 1e-3.
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import h5py
import numpy as np
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

LIMIT = 1e-3


def plain(folder: Path, texts: list[str]) -> np.ndarray:
    torch.set_num_threads(1)
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    model = AutoModelForCausalLM.from_pretrained(
        folder, local_files_only=True, dtype=torch.float32
    ).eval()
    out = np.zeros(len(texts))
    with torch.inference_mode():
        for s, text in enumerate(texts):
            ids = torch.tensor(tokenizer(text)["input_ids"])
            log_p = torch.log_softmax(model(ids[None]).logits[0].float(), dim=-1)
            out[s] = float(log_p[:-1].gather(1, ids[1:, None]).double().sum())
    return out


def main(project: str, suite: str) -> int:
    with h5py.File(project, "r") as file:
        texts = [t.decode() for t in file["texts/text"][:]]
        runs = [t.decode() for t in file["models/run"][:]]
        steps = file["models/step"][:]
        loglik = file["loglik"][:]
    folders = [Path(suite) / run / f"step{step}" for run, step in zip(runs, steps, strict=True)]
    worst = 0.0
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        for k, row in enumerate(pool.map(plain, folders, [texts] * len(folders))):
            difference = np.abs(row - loglik[k]).max()
            worst = max(worst, difference if np.isfinite(difference) else np.inf)
            print(f"{k + 1}/{len(runs)}  {folders[k]}: {difference:.2e} nats", flush=True)
    print(f"largest difference over {len(runs)} entries x {len(texts)} texts: {worst:.2e} nats")
    return int(worst > LIMIT)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
