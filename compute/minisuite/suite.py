"""Grow a suite: corpus, tokenizer, one training run after the other, checkpoints on disk."""

from __future__ import annotations

import json
import os
import platform
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from compute.core.control import Control
from compute.core.errors import InputError, UsageError
from compute.core.events import Emit, Notice, Progress, Started
from compute.core.files import os_problem, read_problem, write_atomically
from compute.core.specs import GrowSpec
from compute.minisuite.corpus import SourceFile, digest_of, read_corpus, training_texts
from compute.minisuite.saving import clear_leftovers, copy_checkpoint, save_checkpoint
from compute.minisuite.schedule import steps_to_save
from compute.minisuite.sizes import VOCABULARY, Size, sizes_named

SUITE = "suite.json"
FORMAT = 1
FAMILY = "mini"
LIBRARIES = ("torch", "transformers", "tokenizers", "safetensors", "numpy")
_EVERY_S = 0.25
_OVERHEAD_PARAMS = 400_000
"""A step of a model this small costs about as much as this many parameters, for the ETA."""


@dataclass(frozen=True, slots=True)
class Run:
    """One model of the suite."""

    size: Size
    seed: int

    @property
    def name(self) -> str:
        return f"{self.size.name}-seed{self.seed}"

    @property
    def cost(self) -> int:
        return self.size.n_params + _OVERHEAD_PARAMS


def grow(
    spec: GrowSpec, emit: Emit, control: Control, corpus: Sequence[SourceFile] | None = None
) -> Path:
    """Train the runs of ``spec`` and save their checkpoints; returns the suite's folder.

    A suite that was interrupted goes on: runs that are whole are skipped, further sizes and seeds
    may be added to a suite of the same recipe.

    Parameters
    ----------
    corpus : sequence of SourceFile, optional
        Instead of the standard library's source.

    Raises
    ------
    UsageError
        If the arguments make no sense.
    InputError
        If ``spec.out`` holds something else, or cannot be written (full disk, read-only).
    Cancelled
        When asked to stop; the checkpoints written so far are whole and stay.
    """
    runs, save_at = validate(spec)
    files = read_corpus() if corpus is None else tuple(corpus)
    out = Path(spec.out)
    suite = _suite(spec, runs, save_at, files)
    suite = _merged(out, suite)
    emit(Started(f"Growing {len(runs)} models", len(runs) * spec.steps, "steps"))
    _claim(out, suite)
    _train_all(_Work(out, spec, runs, save_at, suite), files, emit, control)
    return out


def validate(spec: GrowSpec) -> tuple[tuple[Run, ...], tuple[int, ...]]:
    """The runs and the steps to save.

    Raises
    ------
    UsageError
        If the arguments make no sense.
    """
    if spec.n_threads < 1:
        raise UsageError("The number of threads must be at least 1")
    if spec.n_texts < 0:
        raise UsageError("The number of texts must not be negative")
    if spec.every_file < 1:
        raise UsageError("The corpus is taken by every n-th file, with n at least 1")
    save_at = steps_to_save(spec.steps, spec.n_checkpoints, spec.interval)
    for step, what in ((spec.spike_at, "spike"), (spec.copy_at, "copy")):
        if step != -1 and step not in save_at[1:]:
            raise UsageError(f"There can be no {what} at step {step}, which is not saved")
    return _runs(spec), save_at


def held_out_files(folder: Path) -> tuple[str, ...]:
    """Names of the source files no model of the suite was trained on.

    Raises
    ------
    InputError
        If ``folder`` is not a suite.
    """
    return tuple(read_suite(folder)["held_out"])


def read_suite(folder: Path) -> dict[str, Any]:
    """The content of ``suite.json``.

    Raises
    ------
    InputError
        If it is not there, or not one that this klscope reads.
    """
    path = folder / SUITE
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as e:
        raise read_problem(e, f"Reading {path}") from e
    except (ValueError, RecursionError) as e:
        raise InputError(f"it is not valid JSON ({e})", tried=f"Reading {path}") from e
    if not isinstance(data, dict) or data.get("klscope_suite") != FORMAT:
        raise InputError("it does not describe a klscope suite", tried=f"Reading {path}")
    return data


def _runs(spec: GrowSpec) -> tuple[Run, ...]:
    if not spec.seeds:
        raise UsageError("No seed was named")
    if min(spec.seeds) < 0:
        raise UsageError("A seed must not be negative")
    sizes = sizes_named(spec.sizes)
    return tuple(Run(size, seed) for size in sizes for seed in dict.fromkeys(spec.seeds))


def _suite(
    spec: GrowSpec, runs: Sequence[Run], save_at: Sequence[int], files: Sequence[SourceFile]
) -> dict[str, Any]:
    from compute.minisuite import training as t

    return {
        "klscope_suite": FORMAT,
        "family": FAMILY,
        "arguments": {k: v for k, v in asdict(spec).items() if k not in ("out", "low_priority")},
        "recipe": {
            "trainer": t.VERSION,
            "corpus": digest_of(files),
            "vocabulary": VOCABULARY,
            "steps": spec.steps,
            "checkpoints": list(save_at),
            "n_threads": spec.n_threads,
            "batch": t.BATCH,
            "sequence": t.SEQUENCE,
            "peak_learning_rate": t.PEAK,
            "betas": list(t.BETAS),
            "weight_decay": t.WEIGHT_DECAY,
            "gradient_clip": t.CLIP,
        },
        "software": {
            "python": platform.python_version(),
            **{name: version(name) for name in LIBRARIES},
        },
        "tokens_per_step": t.BATCH * t.SEQUENCE,
        "tokens_seen": {str(s): s * t.BATCH * t.SEQUENCE for s in save_at},
        "runs": {run.name: _run_row(run, spec) for run in runs},
        "held_out": [f.name for f in files if f.held_out],
    }


def _run_row(run: Run, spec: GrowSpec) -> dict[str, Any]:
    """What is noted of a run; what was done to it on purpose is never left unsaid."""
    from compute.minisuite import training as t

    row: dict[str, Any] = {
        "size": run.size.name,
        "seed": run.seed,
        "n_params": run.size.n_params,
    }
    if spec.spike_at >= 0:
        row["spike"] = {"at": spec.spike_at, "steps": t.BURST_STEPS, "times": t.BURST_FACTOR}
    if spec.copy_at >= 0:
        row["copy_at"] = spec.copy_at
    return row


def _merged(out: Path, suite: dict[str, Any]) -> dict[str, Any]:
    """``suite`` with the runs of the one already in ``out``, which must have the same recipe."""
    if out.exists() and not out.is_dir():
        raise InputError("it is a file, not a folder", tried=f"Growing a suite in {out}")
    if not (out / SUITE).exists():
        others = [p.name for p in out.iterdir()] if out.exists() else []
        if others:
            raise InputError(
                f"the folder holds other files ({', '.join(sorted(others)[:3])})",
                tried=f"Growing a suite in {out}",
                advice="Choose an empty or a new folder",
            )
        return suite
    old = read_suite(out)
    for part in ("recipe", "software"):
        _same(old.get(part), suite[part], out)
    for name, row in suite["runs"].items():
        if old["runs"].get(name, row) != row:
            raise InputError(
                f"the run {name} there is another one", tried=f"Growing a suite in {out}",
                advice="Choose another folder, or the same arguments",
            )  # fmt: skip
    return {**suite, "runs": {**old["runs"], **suite["runs"]}}


def _same(old: Any, new: Mapping[str, Any], out: Path) -> None:
    known = old if isinstance(old, dict) else {}
    different = [key for key in new if known.get(key) != new[key]]
    if different:
        key = different[0]
        raise InputError(
            f"the suite there was grown with another {key.replace('_', ' ')} "
            f"({_short(known.get(key))}, asked for now: {_short(new[key])})",
            tried=f"Growing a suite in {out}",
            advice="Choose another folder, or the same arguments",
        )


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 24 else text[:21] + "..."


def _claim(out: Path, suite: Mapping[str, Any]) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise os_problem(e, f"Making the folder {out}") from e
    write_atomically(out / SUITE, [json.dumps(suite, indent=1) + "\n"])


@dataclass(frozen=True)
class _Work:
    out: Path
    spec: GrowSpec
    runs: Sequence[Run]
    save_at: Sequence[int]
    suite: Mapping[str, Any]

    def step_folder(self, run: Run, step: int) -> Path:
        return self.out / run.name / f"step{step}"

    def missing(self, run: Run) -> bool:
        return any(not self.step_folder(run, s).is_dir() for s in self.save_at)


def _train_all(work: _Work, files: Sequence[SourceFile], emit: Emit, control: Control) -> None:
    todo = [run for run in work.runs if work.missing(run)]
    for run in work.runs:
        if run not in todo:
            emit(Notice("was grown already and is kept", run.name))
    if not todo:
        return
    emit(Progress(0.0, message="Training the tokenizer"))
    from compute.minisuite import tokenizer, training

    texts = training_texts(files)
    clear_leftovers(work.out)
    scratch = work.out / f".tokenizer.{os.getpid()}.tmp"
    try:
        pieces = tokenizer.train(texts)
        control.checkpoint()
        extras = tokenizer.save(pieces, scratch)
        tokens = tokenizer.encode(pieces, texts, _tokens_needed(work))
        clock = _Clock(work, todo, emit, control)
        with training.reproducible(work.spec.n_threads):
            for run in todo:
                _train_one(work, run, (pieces, tokens, extras), clock)
    except OSError as e:
        raise os_problem(e, f"Growing a suite in {work.out}") from e
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _tokens_needed(work: _Work) -> int:
    """One pass: no sequence is seen twice as long as the corpus lasts. At least one batch."""
    return max(1, work.spec.steps) * int(work.suite["tokens_per_step"]) + 1


def _train_one(work: _Work, run: Run, material: tuple[Any, Any, Any], clock: _Clock) -> None:
    from compute.minisuite import training

    pieces, tokens, extras = material
    plan = training.Plan(
        size=run.size,
        seed=run.seed,
        steps=work.spec.steps,
        save_at=work.save_at,
        tokens=tokens,
        vocabulary=len(pieces),
        end=pieces.eos_token_id,
        spike_at=work.spec.spike_at,
    )
    clock.start(run)

    def save(step: int, model: Any) -> None:
        folder = work.step_folder(run, step)
        if folder.is_dir():
            return
        if step == work.spec.copy_at:
            before = max(s for s in work.save_at if s < step)
            copy_checkpoint(work.step_folder(run, before), folder)
        else:
            save_checkpoint(model, extras, folder)

    training.train(plan, save, clock.step)


class _Clock:
    """Turns steps into progress events, and asks whether to go on."""

    def __init__(self, work: _Work, todo: Sequence[Run], emit: Emit, control: Control) -> None:
        self._work, self._emit, self._control = work, emit, control
        self._total = sum(run.cost for run in todo) * max(1, work.spec.steps)
        self._n_steps = len(todo) * work.spec.steps
        self._began = self._said = time.monotonic()
        self._cost = self._done = 0
        self._marks: list[tuple[float, int]] = []
        self._run = todo[0]

    def start(self, run: Run) -> None:
        self._control.checkpoint()
        self._run, self._marks = run, [(time.monotonic(), 0)]

    def step(self, step: int, loss: float) -> None:
        self._control.checkpoint()
        self._done += 1
        self._cost += self._run.cost
        now = time.monotonic()
        last = step == self._work.spec.steps
        if now - self._said < _EVERY_S and not last:
            return
        self._said = now
        self._emit(self._progress(step, loss, now))

    def _progress(self, step: int, loss: float, now: float) -> Progress:
        self._marks = [*self._marks[-20:], (now, step)]
        (t0, s0), (t1, s1) = self._marks[0], self._marks[-1]
        per_step = self._work.suite["tokens_per_step"]
        fraction = self._cost / self._total
        return Progress(
            fraction=fraction,
            done=self._done,
            total=self._n_steps,
            message=f"{self._run.name} step {step}, loss {loss:.2f} nats/token",
            entry=self._run.name,
            entry_fraction=step / self._work.spec.steps,
            rate=(s1 - s0) * per_step / max(1e-9, t1 - t0),
            eta_s=(now - self._began) * (1 - fraction) / fraction,
        )
