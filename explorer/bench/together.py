"""Scoring and t-SNE on the same cores: together beside the sum of their times alone."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from compute import sources, store
from compute.core.control import Control
from compute.core.errors import KlscopeError
from compute.core.events import Failed
from compute.core.specs import EmbedSpec, GrowSpec, JobSpec, ScoreSpec
from compute.executors.local import LocalExecutor
from compute.jobs.grow import grow
from explorer.bench.synthetic import synthetic_project

N_TEXTS = 256


def suite(folder: Path) -> tuple[Path, Path]:
    """A small grown suite and its text set; made once per folder."""
    out = folder / "suite"
    if not (out / "texts.jsonl").exists():
        spec = GrowSpec(str(out), sizes=("s",), seeds=(0,), steps=64, n_texts=N_TEXTS)
        grow(spec, lambda _event: None, Control())
    return out, out / "texts.jsonl"


def measure(repeats: int = 1, folder: Path = Path(".")) -> Mapping[str, Any]:
    """Seconds of a scoring job and of a t-SNE of 1,000 entries, alone and at once; the ratio."""
    out, text_file = suite(folder)
    listing = sources.resolve(str(out))
    project = folder / "synthetic.h5"
    if not project.exists():
        synthetic_project(project, n_runs=20, n_steps=50, n_texts=512)
    embed = EmbedSpec(str(project), cache=False, frame_every=10)
    rows = []
    for turn in range(repeats):
        target = folder / f"together-{turn}.h5"
        score = ScoreSpec(str(target), listing.checkpoints, texts=str(text_file))
        alone_score = _run(score)
        target.unlink()
        alone_tsne = _run(embed)
        both = _run(score, embed)
        target.unlink()
        rows.append((alone_score, alone_tsne, both))
    best = min(rows, key=lambda r: r[2] / (r[0] + r[1]))
    worst = max(r[2] / (r[0] + r[1]) for r in rows)
    return {
        "scoring alone, s": round(best[0], 2),
        "t-SNE alone, s": round(best[1], 2),
        "both at once, s": round(best[2], 2),
        "ratio to the sum (best)": round(best[2] / (best[0] + best[1]), 3),
        "ratio to the sum (worst)": round(worst, 3),
    }


def _run(*specs: JobSpec) -> float:
    """Seconds until every job has ended; started together."""
    t0 = time.perf_counter()
    executor = LocalExecutor()
    handles = [executor.start(s, lambda _event: None, lambda _exit: None) for s in specs]
    exits = [handle.wait() for handle in handles]
    seconds = time.perf_counter() - t0
    for end in exits:
        if end is not None and isinstance(end.last, Failed):
            raise KlscopeError(end.last.message)
    for spec in specs:
        if isinstance(spec, ScoreSpec):
            store.read(Path(spec.project))
    return seconds
