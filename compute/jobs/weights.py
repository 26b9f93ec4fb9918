"""The job behind ``klscope weights``: distances between the checkpoints of runs, kept in a project.

Interrupted, it goes on where it was: the sums so far lie beside the project, with the names, sizes
and times of the files they were made from.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from compute import sources, store, weights
from compute.core.control import Control
from compute.core.errors import InputError, KlscopeError, UsageError
from compute.core.events import Emit, Notice, Partial, Started
from compute.core.events import Progress as Told
from compute.core.numbers import count
from compute.core.specs import WeightsSpec
from compute.core.tables import Checkpoint, Snapshot, WeightDistances, frozen
from compute.core.weights import weight_files

SAVE_EVERY_S = 10.0


def measure(spec: WeightsSpec, emit: Emit, control: Control) -> Mapping[str, Any]:
    """Work out the distances of each run and store them; a run that cannot be is said and skipped.

    Returns
    -------
    mapping
        ``runs``: those that are stored now, ``failed``: run -> why not, ``duplicates``.

    Raises
    ------
    UsageError
        If a run is not in the project.
    InputError
        If no run could be done; says why.
    StoreError, BusyError
        If the project cannot be written.
    """
    path = Path(spec.project)
    snapshot = store.read(path)
    runs = _wanted(snapshot, spec.runs)
    emit(Started(f"Weight distances of {path.name}", len(runs), "runs"))
    failed: dict[str, str] = {}
    duplicates: dict[str, list[list[int]]] = {}
    for k, run in enumerate(runs):
        try:
            found = _measured(_Run(spec, run, runs, k, emit, control), snapshot)
        except InputError as error:
            failed[run] = error.message
            emit(Notice(f"{run}: {error.message}"))
            continue
        duplicates[run] = _equal(found)
        for pair in duplicates[run]:
            emit(Notice(f"{run}: steps {pair[0]} and {pair[1]} have the same weights"))
        emit(Partial(run, "done", committed=True))
    done = [run for run in runs if run not in failed]
    if not done:
        raise InputError(_none_of(failed))
    return {
        "runs": done,
        "failed": failed,
        "duplicates": {k: v for k, v in duplicates.items() if v},
    }


def _none_of(failed: Mapping[str, str]) -> str:
    """Why no run could be measured; what is the same for all of them is said once."""
    reasons = dict.fromkeys(failed.values())
    if len(failed) > 1 and len(reasons) == 1:
        return f"None of the runs {', '.join(failed)} could be measured. {next(iter(reasons))}"
    return "; ".join(f"{run}: {why}" for run, why in failed.items())


def _wanted(snapshot: Snapshot, asked: Sequence[str]) -> tuple[str, ...]:
    known = tuple(dict.fromkeys(e.run for e in snapshot.entries if e.is_checkpoint))
    if not known:
        raise InputError(
            f"{snapshot.path.name} has no training run",
            advice="Distances in weight space are between checkpoints of one run",
        )
    for run in asked:
        if run not in known:
            raise UsageError(
                f"{snapshot.path.name} has no run {run!r}", advice=f"It has {', '.join(known)}"
            )
    return tuple(asked) or known


class _Run:
    """One run under way: what is asked, how far it is, and where it keeps that."""

    def __init__(
        self, spec: WeightsSpec, name: str, runs: Sequence[str], at: int, emit: Emit,
        control: Control,
    ) -> None:  # fmt: skip
        self.spec, self.name, self.runs, self.at = spec, name, runs, at
        self.emit, self.control = emit, control
        self.mark = ""
        self._saved = self._told = time.monotonic()

    @property
    def path(self) -> Path:
        return Path(self.spec.project)

    @property
    def kept(self) -> Path:
        """Where the sums so far are kept."""
        name = hashlib.sha256(self.name.encode()).hexdigest()[:24]
        return store.parts_folder(self.path) / f"{name}.weights.npz"

    def start(self, mark: str) -> weights.Progress | None:
        """The progress kept for the same files and plan, None = begin."""
        self.mark = mark
        try:
            with np.load(self.kept, allow_pickle=False) as kept:
                if str(kept["mark"]) != mark:
                    return None
                sums = tuple(kept[f"sum{k}"] for k in range(int(kept["n_sums"])))
                return weights.Progress(int(kept["done"]), int(kept["total"]), sums)
        except (OSError, ValueError, KeyError, EOFError):
            return None

    def follow(self, progress: weights.Progress, seconds: Callable[[], float]) -> None:
        """Say how far it is now and then, keep it more rarely, and see whether to stop."""
        now = seconds()
        if now - self._saved >= SAVE_EVERY_S or self.control.cancelled:
            self.keep(progress)
            self._saved = now
        if now - self._told >= 0.2 or progress.done == progress.total:
            share = progress.done / max(progress.total, 1)
            self.emit(
                Told(
                    (self.at + share) / len(self.runs), self.at, len(self.runs), self.name,
                    entry=self.name, entry_fraction=share,
                )
            )  # fmt: skip
            self._told = now
        self.control.checkpoint()

    def keep(self, progress: weights.Progress) -> None:
        """Write the sums so far, whole or not at all; a place that refuses is no reason to stop."""
        numbers: dict[str, Any] = {f"sum{k}": s for k, s in enumerate(progress.sums)}
        numbers |= {"done": np.array(progress.done), "total": np.array(progress.total)}
        data = io.BytesIO()
        np.savez(data, mark=np.array(self.mark), n_sums=len(progress.sums), **numbers)
        temporary = self.kept.with_suffix(".tmp")
        try:
            self.kept.parent.mkdir(exist_ok=True)
            temporary.write_bytes(data.getvalue())
            os.replace(temporary, self.kept)
        except OSError:
            temporary.unlink(missing_ok=True)

    def forget(self) -> None:
        """What was kept is stored in the project now."""
        self.kept.unlink(missing_ok=True)
        try:
            self.kept.parent.rmdir()
        except OSError:
            return


def _measured(run: _Run, snapshot: Snapshot) -> WeightDistances:
    checkpoints, missing = _found(snapshot, run.name, run.spec.source)
    if missing:
        run.emit(Notice(f"{run.name}: no weights for {count(len(missing))} of its steps"))
    folders = [Path(c.path) for c in checkpoints]
    tensors = [weights.tensors_of(folder) for folder in folders]
    labels = [f"step {c.step}" for c in checkpoints]
    plan = weights.plan(tensors, weights.shared_tensors(labels, tensors), window=run.spec.window)
    resume = run.start(_mark(folders, plan))
    squared = weights.distances(
        plan, resume=resume, on_progress=lambda p: run.follow(p, time.monotonic)
    )
    found = WeightDistances(
        run.name,
        frozen(np.array([c.step for c in checkpoints], np.int64)),
        frozen(squared),
        source=checkpoints[0].source,
    )
    store.commit(run.path, store.PutWeights(found), texts=snapshot.texts)
    run.forget()
    return found


def _found(snapshot: Snapshot, run: str, source: str) -> tuple[list[Checkpoint], list[int]]:
    """The checkpoints of a run that are on this machine, by step, and the steps that are not."""
    members = [e for e in snapshot.entries if e.is_checkpoint and e.run == run]
    places = [source] if source else list(dict.fromkeys(e.source for e in members))
    by_step: dict[int, Checkpoint] = {}
    for place in places:
        for checkpoint in _listed(place, run):
            by_step.setdefault(checkpoint.step, checkpoint)
    steps = sorted({e.step for e in members})
    there = [by_step[step] for step in steps if step in by_step]
    if len(there) < 2:
        raise InputError(
            f"{count(len(there))} of its {count(len(steps))} checkpoints are in "
            f"{' or '.join(places) or 'no known place'}",
            advice="Name the folder with --from",
        )
    return there, [step for step in steps if step not in by_step]


def _listed(place: str, run: str) -> list[Checkpoint]:
    try:
        rows = sources.resolve(place, digests=False).checkpoints
    except KlscopeError as error:
        raise InputError(error.message, advice="Name the folder with --from") from error
    rows = tuple(c for c in rows if c.step >= 0 and not _unreadable(c))
    own = [c for c in rows if c.run == run]
    runs = {c.run for c in rows}
    return own or (list(rows) if len(runs) == 1 else [])


def _unreadable(checkpoint: Checkpoint) -> bool:
    return bool(checkpoint.problem) and not weight_files(Path(checkpoint.path))


def _mark(folders: Sequence[Path], plan: weights.Plan) -> str:
    """A digest of the files and of the order in which they are read."""
    files = [
        (str(path), path.stat().st_size, path.stat().st_mtime_ns)
        for folder in folders
        for path in weight_files(folder)
    ]
    what = [files, plan.window, plan.n_chunk, plan.blocks, [row[0].name for row in plan.tensors]]
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()


def _equal(found: WeightDistances) -> list[list[int]]:
    """Pairs of steps whose weights are the same."""
    i, j = np.nonzero(np.triu(found.squared == 0.0, 1))
    return [[int(found.steps[a]), int(found.steps[b])] for a, b in zip(i, j, strict=True)]
