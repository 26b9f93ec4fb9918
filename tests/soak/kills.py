"""Kill -9 a scoring job at random moments, resume it, and compare with an uninterrupted run.

    python tests/soak/kills.py [--kills 50] [--seed 0]

Real models, the real runner, worker process, executor and store; every second kill takes the worker
too, after the others it has to end by itself. Ends with a summary and exit code 0 only if the file
opened after every kill, no committed score changed, no worker was left behind, and every finished
project is bit-identical to the uninterrupted one. Not part of the test command.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [
    str(ROOT),
    str(ROOT / "tests" / "compute" / "scoring"),
    str(ROOT / "tests" / "soak"),
]

import endurance  # noqa: E402

from compute import store  # noqa: E402
from compute.core.events import Event, Finished, Partial  # noqa: E402
from compute.core.specs import ScoreSpec  # noqa: E402
from compute.executors import Exit, LocalExecutor  # noqa: E402
from compute.sources import resolve  # noqa: E402
from compute.texts import write_texts  # noqa: E402

SHAPE = {
    "vocab_size": 2048,
    "hidden_size": 64,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "intermediate_size": 256,
}


@dataclass
class Tally:
    kills: int = 0
    while_scoring: int = 0
    projects: int = 0
    identical: int = 0
    changed_scores: int = 0
    lost_entries: int = 0


def prepare(folder: Path, n_checkpoints: int, n_texts: int) -> ScoreSpec:
    """A run of random models of 0.46 million parameters, and texts."""
    import tiny_models

    for seed in range(n_checkpoints):
        tiny_models.save_model(folder / "run" / f"step{seed}", seed, **SHAPE)
    write_texts(tiny_models.texts(n_texts), folder / "texts.jsonl")
    return ScoreSpec(
        project=str(folder / "whole.h5"),
        checkpoints=resolve(str(folder / "run")).checkpoints,
        texts=str(folder / "texts.jsonl"),
        batch_tokens=2048,
        commit_every_s=0.5,
        n_threads=2,
    )


def run(
    spec: ScoreSpec, on_event: Callable[[Event], None], kill_after: float | None, tree: bool = False
) -> Exit:
    """Run a job to its end, or kill it ``kill_after`` seconds after its first scores, with its
    worker or alone."""
    scoring = threading.Event()

    def hear(event: Event) -> None:
        on_event(event)
        if isinstance(event, Partial) and event.status in ("partial", "done"):
            scoring.set()

    handle = LocalExecutor().start(spec, hear, lambda ended: scoring.set())
    if kill_after is not None:
        scoring.wait(120)
        time.sleep(kill_after)
        workers = endurance.children(handle.pid)
        endurance.kill((handle.pid, *(workers if tree else ())))
        if any(not endurance.ends(pid) for pid in workers):
            raise SystemExit("a worker outlived its job")
    ended = handle.wait(600)
    assert ended is not None
    return ended


def committed(path: Path) -> dict[str, tuple[str, np.ndarray]]:
    if not path.exists():
        return {}
    store.read(path)
    project = store.read(path, parts=False)
    return {e.id: (e.status, project.loglik[k]) for k, e in enumerate(project.entries)}


def compare(before: dict, after: dict, tally: Tally) -> None:
    for name, (status, row) in before.items():
        if name not in after or (status == "done" and after[name][0] != "done"):
            tally.lost_entries += 1
            continue
        known = np.isfinite(row)
        tally.changed_scores += int((row[known] != after[name][1][known]).sum())


def soak(spec: ScoreSpec, kills: int, longest_s: float, rng: random.Random) -> Tally:
    """Kill and resume until ``kills`` are done and the last project is finished."""
    whole = store.read(Path(spec.project)).loglik.tobytes()
    tally, before = Tally(), {}
    path = Path(spec.project).with_name("p0.h5")
    while True:
        wait = rng.uniform(0, longest_s) if tally.kills < kills else None
        tree = tally.kills % 2 == 1
        ended = run(replace(spec, project=str(path)), lambda event: None, wait, tree)
        after = committed(path)
        compare(before, after, tally)
        before = after
        if isinstance(ended.last, Finished):
            tally.projects += 1
            tally.identical += store.read(path).loglik.tobytes() == whole
            path, before = path.with_name(f"p{tally.projects}.h5"), {}
            if tally.kills >= kills:
                return tally
        elif ended.code == -9:
            tally.kills += 1
            tally.while_scoring += any(status != "done" for status, _ in after.values())
            print(f"kill {tally.kills:3d}: {_standing(after)}", flush=True)
        else:
            raise SystemExit(f"the job ended by itself: {ended}")


def _standing(rows: dict) -> str:
    done = sum(status == "done" for status, _ in rows.values())
    return f"{done} of {len(rows)} entries in the file"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--checkpoints", type=int, default=8)
    parser.add_argument("--texts", type=int, default=96)
    parser.add_argument("--longest", type=float, default=3.0, help="seconds of scoring per kill")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="klscope-soak-") as folder:
        spec = prepare(Path(folder), asked.checkpoints, asked.texts)
        began = time.monotonic()
        assert isinstance(run(spec, lambda event: None, None).last, Finished)
        print(f"uninterrupted: {time.monotonic() - began:.1f} s", flush=True)
        tally = soak(spec, asked.kills, asked.longest, random.Random(asked.seed))
    print(
        f"{tally.kills} kills, {tally.while_scoring} of them with entries unfinished; the file "
        f"opened after each; {tally.lost_entries} entries lost, {tally.changed_scores} committed "
        f"scores changed; {tally.identical} of {tally.projects} finished projects bit-identical "
        f"to the uninterrupted one"
    )
    good = not tally.lost_entries and not tally.changed_scores
    return int(not (good and tally.identical == tally.projects and tally.projects))


if __name__ == "__main__":
    sys.exit(main())
