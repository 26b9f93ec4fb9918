"""Thousands of checkpoints through one queue, with kill -9 at random moments and memory watched.

    python tests/soak/endurance.py [--checkpoints 2000] [--kills 40] [--seed 0]

Tiny real models through the real job, worker process, executor and store, in two rounds of short
texts. First without a disturbance: the memory of job and worker after the first 100 checkpoints may
not grow by more than 50 MB. Then again while the job, its worker or both are killed: the file opens
after every kill, no committed score changes, no worker outlives its job, and in the end every bit
is that of the first run. Prints counts and memory; exit code 0 only if all of it holds. About 20
minutes on 2 cores. Not part of the test command, which runs the same with a stand-in scorer.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "compute" / "scoring")]

from compute import store  # noqa: E402
from compute.core.events import Event, Finished, Progress  # noqa: E402
from compute.core.specs import ScoreSpec  # noqa: E402
from compute.core.tables import Checkpoint, TextSet  # noqa: E402
from compute.executors import Exit, LocalExecutor  # noqa: E402
from compute.texts import write_texts  # noqa: E402

MB = 1 << 20
SETTLED, MOST_GROWTH = 100, 50 * MB
KINDS = ("job", "worker", "both")
_TICK_S = 0.05


@dataclass
class Memory:
    """Bytes of a kind of process: when the first 100 checkpoints were through, and at most."""

    settled: int = 0
    most: int = 0

    def note(self, n_seen: int, n_bytes: int) -> None:
        if not n_bytes:
            return
        if n_seen <= SETTLED:
            self.settled = max(self.settled, n_bytes)
        self.most = max(self.most, n_bytes)

    @property
    def growth(self) -> int:
        return self.most - self.settled

    def words(self) -> str:
        return (
            f"{self.settled / MB:.0f} MB after {SETTLED} checkpoints, {self.most / MB:.0f} MB at "
            f"most: {self.growth / MB:+.1f} MB"
        )


@dataclass
class Session:
    """One life of a job's process."""

    spec: ScoreSpec
    seen: set[str] = field(default_factory=set)
    job: Memory = field(default_factory=Memory)
    worker: Memory = field(default_factory=Memory)

    def start(self) -> None:
        self.handle = LocalExecutor().start(self.spec, self._hear, lambda ended: None)

    def _hear(self, event: Event) -> None:
        if isinstance(event, Progress) and event.entry:
            self.seen.add(event.entry)

    def wait(self, seconds: float) -> Exit | None:
        """Watch memory for so long, or until the job ends."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if (ended := self.handle.wait(_TICK_S)) is not None:
                return ended
            self.job.note(len(self.seen), resident(self.handle.pid))
            self.worker.note(len(self.seen), sum(map(resident, children(self.handle.pid))))
        return None

    def kill(self, kind: str) -> str:
        """Kill -9; returns the kind, "" if there was nothing of it to kill."""
        workers = children(self.handle.pid)
        if kind != "job" and not workers:
            return ""
        if kind == "worker":
            kill(workers)
            return kind
        kill((self.handle.pid, *(workers if kind == "both" else ())))
        self.handle.wait(60)
        if left := [pid for pid in workers if not ends(pid)]:
            raise SystemExit(f"a worker outlived its job: {left}")
        return kind


def kill(pids: tuple[int, ...]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def children(pid: int) -> tuple[int, ...]:
    """Direct child processes."""
    found = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += (task / "children").read_text().split()
    return tuple(int(child) for child in found)


def resident(pid: int) -> int:
    """Bytes in memory without mapped files; 0 if the process is gone."""
    try:
        _, pages, shared, *_ = Path(f"/proc/{pid}/statm").read_text().split()
    except (OSError, ValueError):
        return 0
    return (int(pages) - int(shared)) * os.sysconf("SC_PAGE_SIZE")


def ends(pid: int, patience_s: float = 20.0) -> bool:
    """Whether a process is gone, or goes soon."""
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        with suppress(OSError, ValueError, IndexError):
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
            if state != "Z":
                time.sleep(_TICK_S)
                continue
        return True
    return False


# ------------------------------------------------------------------ the two runs


def undisturbed(spec: ScoreSpec) -> Session:
    session = Session(spec)
    session.start()
    ended = session.wait(86_400)
    if ended is None or not isinstance(ended.last, Finished):
        raise SystemExit(f"the job did not finish: {ended and ended.last}")
    return session


def disturbed(
    spec: ScoreSpec, n_kills: int, longest_s: float, rng: random.Random, kinds: tuple[str, ...]
) -> Counter[str]:
    """Kill and go on until ``n_kills`` are done, then let it end; how many kills of each kind.

    Raises
    ------
    SystemExit
        If something is lost, changed or left behind.
    """
    kills: Counter[str] = Counter()
    before: dict[str, tuple[str, np.ndarray]] = {}
    while True:
        session = Session(spec)
        session.start()
        before_kills = sum(kills.values())
        ended = _life(session, kills, n_kills, longest_s, rng, kinds)
        after = committed(Path(spec.project))
        compare(before, after)
        before = after
        if ended is not None and not isinstance(ended.last, Finished):
            raise SystemExit(f"the job ended by itself: {ended.last}")
        print(f"{sum(kills.values())} kills, {_standing(after)}", flush=True)
        if ended is not None and all(status == "done" for status, _ in after.values()):
            return kills
        # What lost its worker twice is left out by one job and scored by the next.
        if ended is not None and sum(kills.values()) == before_kills:
            raise SystemExit("a job that nobody disturbed left entries undone")


def _life(
    session: Session,
    kills: Counter[str],
    n_kills: int,
    longest_s: float,
    rng: random.Random,
    kinds: tuple[str, ...],
) -> Exit | None:
    """Until the job is killed (None) or ends; its worker may be killed several times before."""
    while not session.seen:  # no kill before there is work
        if (ended := session.wait(_TICK_S)) is not None:
            return ended
    while True:
        enough = sum(kills.values()) >= n_kills
        ended = session.wait(86_400 if enough else rng.uniform(0, longest_s))
        if ended is not None:
            return ended
        kind = session.kill(rng.choice(kinds))
        if kind:
            kills[kind] += 1
        if kind in ("job", "both"):
            return None


def committed(path: Path) -> dict[str, tuple[str, np.ndarray]]:
    """Entry id -> (status, row) in the file itself; it must open, with its parts too."""
    if not path.exists():
        return {}
    store.read(path)
    project = store.read(path, parts=False)
    return {e.id: (e.status, project.loglik[k]) for k, e in enumerate(project.entries)}


def compare(before: dict, after: dict) -> None:
    for name, (status, row) in before.items():
        if name not in after or (status == "done" and after[name][0] != "done"):
            raise SystemExit(f"the entry {name} is lost")
        known = np.isfinite(row)
        if row[known].tobytes() != after[name][1][known].tobytes():
            raise SystemExit(f"committed scores of {name} changed")


def _standing(rows: dict) -> str:
    states = Counter(status for status, _ in rows.values())
    return ", ".join(f"{n} {status}" for status, n in sorted(states.items())) or "no file yet"


def identical(a: Path, b: Path) -> bool:
    first, second = store.read(a), store.read(b)
    return [e.id for e in first.entries] == [e.id for e in second.entries] and (
        first.loglik.tobytes() == second.loglik.tobytes()
    )


# ------------------------------------------------------------------ what is scored


def short_texts(n: int) -> TextSet:
    rng = random.Random(1)
    words = ("import", "os", "self", "return", "def", "class", "value", "None", "range")
    made = tuple(" ".join(rng.choices(words, k=rng.randint(1, 4))) for _ in range(n))
    return TextSet(tuple(map(str, range(n))), made, ("",) * n)


def tiny_checkpoints(folder: Path, n: int) -> Iterator[Checkpoint]:
    """``n`` models of a few thousand parameters: one file each of its own, the others linked."""
    import tiny_models

    first = tiny_models.save_model(
        folder / "step0", hidden_size=8, num_hidden_layers=1, num_attention_heads=1
    )
    raw = (first / "model.safetensors").read_bytes()
    head = 8 + int.from_bytes(raw[:8], "little")
    weights = np.frombuffer(raw, dtype="<f4", offset=head)
    for step in range(n):
        place = folder / f"step{step}"
        if step:
            place.mkdir()
            for path in first.iterdir():
                if path.suffix != ".safetensors":
                    os.link(path, place / path.name)
            changed = (weights * np.float32(1 + step / n)).astype("<f4").tobytes()
            (place / "model.safetensors").write_bytes(raw[:head] + changed)
        yield Checkpoint(str(place), f"run step {step}", run="run", step=step)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoints", type=int, default=2000)
    parser.add_argument("--texts", type=int, default=600)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--longest", type=float, default=30.0, help="seconds between two kills")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="klscope-endurance-"))
    try:
        return _both(asked, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _both(asked: argparse.Namespace, folder: Path) -> int:
    write_texts(short_texts(asked.texts), folder / "texts.jsonl")
    run = tuple(tiny_checkpoints(folder / "run", asked.checkpoints))
    spec = ScoreSpec(str(folder / "whole.h5"), run, str(folder / "texts.jsonl"), n_threads=1)
    began = time.monotonic()
    session = undisturbed(spec)
    print(f"undisturbed: {len(run)} checkpoints in {time.monotonic() - began:.0f} s")
    for name, memory in (("job", session.job), ("worker", session.worker)):
        print(f"memory of the {name}: {memory.words()}", flush=True)
    again = replace(spec, project=str(folder / "killed.h5"))
    kills = disturbed(again, asked.kills, asked.longest, random.Random(asked.seed), KINDS)
    same = identical(Path(spec.project), Path(again.project))
    each = ", ".join(f"{n} of the {kind}" for kind, n in sorted(kills.items()))
    print(
        f"{sum(kills.values())} kills ({each}); the file opened after each, nothing committed was "
        f"lost or changed, no worker outlived its job; the result is "
        f"{'bit-identical' if same else 'NOT THE SAME'}"
    )
    steady = max(session.job.growth, session.worker.growth) <= MOST_GROWTH
    return int(not (same and steady))


if __name__ == "__main__":
    sys.exit(main())
