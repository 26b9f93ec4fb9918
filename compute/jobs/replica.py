"""The replica: the paper in miniature, grown, scored and measured here, stage by stage.

The stages are data (:mod:`compute.minisuite.replica`). Each is one or more jobs that go on where
they stopped, in a process of its own where one can be started; ``OUT/replica.json`` notes those
that are done. The same command goes on; nothing that is there is made again.
"""

from __future__ import annotations

import copy
import json
import platform
import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from compute import sources, store
from compute.analysis.making import OWN
from compute.core.control import Control
from compute.core.errors import Cancelled, InputError, KlscopeError
from compute.core.events import (
    CancelledEvent,
    Emit,
    Event,
    Failed,
    Finished,
    Frame,
    Notice,
    Partial,
    Progress,
    Started,
)
from compute.core.files import os_problem, write_atomically
from compute.core.specs import (
    EmbedSpec,
    JobSpec,
    RecipeSpec,
    ReplicaSpec,
    ScoreSpec,
    Tuned,
    TuneSpec,
    WeightsSpec,
    kind_of,
)
from compute.core.tables import Checkpoint, Entry
from compute.jobs import runner
from compute.jobs.domains import write_domains
from compute.minisuite.replica import Plan, Stage, Tune, plan_named
from compute.minisuite.subjects import held_out_by_domain

RECORD = "replica.json"
SUITE, TUNED, TEXTS = "suite", "tuned", "texts.jsonl"
PROJECT, EXAMPLE = "replica.h5", "example.h5"
FORMAT = 1
LICENCE = "PSF-2.0, and the texts of licences themselves"
_POLL_S = 0.2


def replica(spec: ReplicaSpec, emit: Emit, control: Control) -> Mapping[str, Any]:
    """Carry out the plan of ``spec`` in ``spec.out``; stages that are done are passed over.

    Returns
    -------
    mapping
        ``out``, ``project``, ``example`` (paths), ``seconds`` by stage over all runs of the
        command, ``skipped``: stage -> why.

    Raises
    ------
    UsageError
        If there is no such plan.
    InputError
        If the folder holds something else, or cannot be written.
    KlscopeError
        If a stage fails; says which. The same command goes on from there.
    Cancelled
        When asked to stop; what is finished is kept.
    """
    plan = plan_named(spec.plan)
    out = Path(spec.out).absolute()
    record = _Record.of(out, plan)
    stages = plan.stages
    emit(Started(f"The paper in miniature, in {out}", len(stages), "stages"))
    clock = _Clock(stages, record, emit)
    for stage in stages:
        control.checkpoint()
        if record.is_done(stage) and _product(plan, stage, out).exists():
            continue
        if why := _missing(stage):
            record.skip(stage, why)
            emit(Notice(f"{stage.title}: left out. {why}"))
            continue
        clock.begin(stage)
        began = time.monotonic()
        try:
            _carry_out(plan, stage, out, clock.part, control)
        except KlscopeError as error:
            record.spent(stage, time.monotonic() - began)
            raise KlscopeError(error.message, tried=stage.title) from error
        except Cancelled:
            record.spent(stage, time.monotonic() - began)
            raise
        record.done(stage, time.monotonic() - began)
        clock.end(stage)
    return {
        "out": str(out),
        "project": str(out / PROJECT),
        "example": str(out / EXAMPLE),
        "seconds": record.seconds,
        "skipped": record.skipped,
    }


def _missing(stage: Stage) -> str:
    """ "" or what this Python lacks for a stage, in words."""
    lacking = [module for module, _ in stage.needs if find_spec(module) is None]
    extras = dict.fromkeys(extra for module, extra in stage.needs if module in lacking)
    if not lacking:
        return ""
    install = ",".join(extras)
    return f"It needs {' and '.join(lacking)} (pip install 'klscope[{install}]')"


def _product(plan: Plan, stage: Stage, out: Path) -> Path:
    """A file that is there when a stage is done."""
    if stage.id == "texts":
        return out / TEXTS
    if stage.id in ("sizes", "seeds", "copy", "spike"):
        grown = plan.grown(stage.id, "")
        return out / SUITE / f"{grown.sizes[-1]}-seed{grown.seeds[-1]}" / f"step{plan.steps}"
    if stage.id.startswith("tune"):
        return out / TUNED / _generation(plan, stage)[-1].name
    return out / (EXAMPLE if stage.id == "example" else PROJECT)


def _generation(plan: Plan, stage: Stage) -> tuple[Tune, ...]:
    return plan.tunes[int(stage.id.removeprefix("tune")) - 2]


# ---------------------------------------------------------------- stages


def _carry_out(plan: Plan, stage: Stage, out: Path, emit: Emit, control: Control) -> None:
    match stage.id:
        case "texts":
            _write_texts(plan, out, emit)
        case "example":
            _finish(out, control)
        case _:
            specs = _specs(plan, stage, out)
            for k, spec in enumerate(specs):
                _job(spec, _share_of(emit, k / len(specs), 1 / len(specs)), control)


def _specs(plan: Plan, stage: Stage, out: Path) -> list[JobSpec]:
    """The jobs of a stage, one after the other."""
    project = str(out / PROJECT)
    if stage.id in ("sizes", "seeds", "copy", "spike"):
        return [plan.grown(stage.id, str(out / SUITE))]
    if stage.id.startswith("tune"):
        return [_tuning(plan, _generation(plan, stage), out)]
    if stage.id == "weights":
        return [WeightsSpec(project, source=str(out / SUITE))]
    if stage.id == "recipes":
        return [RecipeSpec(project, "make", OWN[a], analysis=a, replace=True) for a in OWN]
    if stage.id == "maps":
        shown = _shown_at_first(out / PROJECT)
        return [EmbedSpec(project, dims=d, entries=shown, frame_every=0) for d in plan.maps]
    queue = ScoreSpec(
        project, (), texts=str(out / TEXTS), dtype="float32", device="cpu",
        n_threads=plan.n_threads,
    )  # fmt: skip
    wanted = {
        "score": lambda: replace(queue, checkpoints=_all(out / SUITE)),
        "score-tuned": lambda: replace(queue, checkpoints=_all(out / TUNED)),
        "tokens": lambda: replace(queue, checkpoints=_last(plan, plan.layered, out), tokens=True),
        "layers": lambda: replace(queue, checkpoints=_last(plan, plan.layered, out), layers=(-1,)),
        "quantized": lambda: replace(
            queue,
            checkpoints=_last(plan, plan.quantized, out),
            quantize=plan.ways,
            null_controls=True,
        ),
    }
    return [wanted[stage.id]()]


def _tuning(plan: Plan, tunes: tuple[Tune, ...], out: Path) -> TuneSpec:
    """The job of one generation. A card names a parent by its id in the project."""
    runs = {f"{size}-seed{seed}" for size, seed in plan.runs}
    made = []
    for t in tunes:
        is_run = t.parent in runs
        base = f"{t.parent}/step{plan.steps}" if is_run else t.parent
        parent = out / (SUITE if is_run else TUNED) / base
        made.append(
            Tuned(t.name, str(parent), base, t.subject, family=f"mini-{t.size}", size=t.size)
        )
    return TuneSpec(str(out / TUNED), tuple(made), steps=plan.tune_steps, n_threads=plan.n_threads)


def _all(folder: Path) -> tuple[Checkpoint, ...]:
    return sources.resolve(str(folder), digests=False).checkpoints


def _last(plan: Plan, names: tuple[str, ...], out: Path) -> tuple[Checkpoint, ...]:
    """The last checkpoints of runs, and fine-tuned models, in this order."""
    rows = {c.run: c for c in _all(out / SUITE) if c.step == plan.steps}
    rows |= {c.label: c for c in _all(out / TUNED) if not c.run}
    return tuple(rows[name] for name in names)


def _shown_at_first(project: Path) -> tuple[str, ...]:
    """What the window puts on the map of a project that it has not opened before: no layers."""
    return tuple(e.id for e in store.read(project).entries if e.layer < 0)


def _write_texts(plan: Plan, out: Path, emit: Emit) -> None:
    source = f"Python {platform.python_version()}: its library, reference, tests, and licences"
    _, notes = write_domains(
        held_out_by_domain(), plan.domains, out / TEXTS, source=source, licence=LICENCE
    )
    for note in notes:
        emit(Notice(note))


def _finish(out: Path, control: Control) -> None:
    """The project once more: compressed, and with names in place of the folders of this machine."""
    plain, target = out / ".example.h5", out / EXAMPLE
    for path in (plain, target):
        path.unlink(missing_ok=True)
    try:
        store.copy(out / PROJECT, plain, compressed=False)
        snapshot = store.read(plain)
        entries = tuple(_placeless(entry, out) for entry in snapshot.entries)
        weights = store.read_weights(plain).values()
        store.commit(
            plain,
            store.PutEntries(entries),
            *(store.PutWeights(replace(w, source=_short(w.source, out))) for w in weights),
            texts=snapshot.texts,
        )
        store.copy(plain, target, compressed=True, done=lambda _share: control.checkpoint())
        store.copy_tokens(out / PROJECT, target)
    finally:
        plain.unlink(missing_ok=True)


def _placeless(entry: Entry, out: Path) -> Entry:
    return entry.with_(source=_short(entry.source, out))


def _short(source: str, out: Path) -> str:
    path = Path(source)
    return path.relative_to(out).as_posix() if path.is_relative_to(out) else source


# ---------------------------------------------------------------- jobs within the job


def _job(spec: JobSpec, emit: Emit, control: Control) -> None:
    """Run one job to its end, in a process of its own where one can be started.

    Raises
    ------
    KlscopeError
        If it fails.
    Cancelled
        If it, or this job, is asked to stop.
    """
    if control.start is None:
        alone = copy.copy(control)
        runner.load(kind_of(spec))(spec, emit, alone)
        return
    last: list[Event] = []

    def hear(event: Event) -> None:
        if isinstance(event, Finished | Failed | CancelledEvent):
            last.append(event)
        else:
            emit(event)

    child = control.start(spec, hear, lambda _exit: None)
    paused = stopping = False
    while (ended := child.wait(_POLL_S)) is None:
        if control.cancelled and not stopping:
            stopping = True
            child.cancel()
        if control.paused != paused:
            paused = control.paused
            (child.pause if paused else child.resume)()
    match last[-1] if last else ended.last:
        case Finished():
            return
        case Failed(message=message):
            raise KlscopeError(message)
        case _:
            raise Cancelled


def _share_of(emit: Emit, start: float, share: float) -> Emit:
    """Events of one of several jobs, with the fraction of their stage."""

    def send(event: Event) -> None:
        if isinstance(event, Progress):
            event = replace(event, fraction=start + share * event.fraction)
        emit(event)

    return send


class _Clock:
    """Turns the progress of stages into that of the whole, by their budgets."""

    def __init__(self, stages: tuple[Stage, ...], record: _Record, emit: Emit) -> None:
        self._emit = emit
        self._all = sum(stage.minutes for stage in stages)
        self._left = sum(stage.minutes for stage in stages if not record.is_done(stage))
        self._here = 0.0
        self._stage = stages[0]
        self._began = time.monotonic()

    def begin(self, stage: Stage) -> None:
        self._stage = stage
        self._tell(Progress(0.0, message=stage.title))

    def end(self, stage: Stage) -> None:
        self._tell(Progress(1.0, message=stage.title))
        self._here += stage.minutes
        self._left -= stage.minutes

    def part(self, event: Event) -> None:
        """An event of the stage's job, as one of this job."""
        match event:
            case Progress():
                self._tell(replace(event, message=event.message or self._stage.title))
            case Notice() | Partial():
                self._emit(event)
            case Started() | Frame() | _:
                return

    def _tell(self, event: Progress) -> None:
        part = self._stage.minutes * event.fraction
        done = self._here + part
        left = max(0.0, self._left - part)
        pace = (time.monotonic() - self._began + 60.0) / (done + 1.0)  # budgets, until it shows
        fraction = min(1.0, max(0.0, round(1 - left / self._all, 9)))
        self._emit(replace(event, fraction=fraction, eta_s=left * pace))


class _Record:
    """What is done, in ``replica.json``: seconds by stage, over all runs of the command."""

    def __init__(self, path: Path, data: dict[str, Any]) -> None:
        self._path, self._data = path, data

    @classmethod
    def of(cls, out: Path, plan: Plan) -> _Record:
        """The record of a folder, a new one for an empty folder.

        Raises
        ------
        InputError
            If the folder holds something else, or a replica by another plan.
        """
        path, tried = out / RECORD, f"Making a replica in {out}"
        asked = json.loads(json.dumps(_described(plan)))
        try:
            out.mkdir(parents=True, exist_ok=True)
            others = [p.name for p in out.iterdir()]
            text = path.read_text(encoding="utf-8") if path.exists() else ""
        except OSError as e:
            raise os_problem(e, tried) from e
        if not text:
            if others:
                raise InputError(
                    f"the folder holds other files ({', '.join(sorted(others)[:3])})",
                    tried=tried, advice="Choose an empty or a new folder",
                )  # fmt: skip
            new = cls(
                path, {"klscope_replica": FORMAT, "plan": asked, "stages": {}, "left_out": {}}
            )
            new._write()
            return new
        try:
            data = json.loads(text)
            known = data["plan"], data["stages"], data["left_out"]
        except (ValueError, KeyError, TypeError) as e:
            raise InputError(f"{RECORD} is damaged ({e})", tried=tried) from e
        if known[0] != asked:
            raise InputError(
                "the replica there was made by another plan", tried=tried,
                advice="Choose another folder",
            )  # fmt: skip
        return cls(path, data)

    def is_done(self, stage: Stage) -> bool:
        return bool(self._data["stages"].get(stage.id, {}).get("done"))

    def done(self, stage: Stage, seconds: float) -> None:
        self._data["left_out"].pop(stage.id, None)
        self.spent(stage, seconds, done=True)

    def spent(self, stage: Stage, seconds: float, *, done: bool = False) -> None:
        before = self._data["stages"].get(stage.id, {}).get("seconds", 0.0)
        self._data["stages"][stage.id] = {
            "done": done, "seconds": round(before + seconds, 1), "budget_minutes": stage.minutes
        }  # fmt: skip
        self._write()

    def skip(self, stage: Stage, why: str) -> None:
        self._data["left_out"][stage.id] = why
        self._write()

    @property
    def seconds(self) -> Mapping[str, float]:
        return {name: row["seconds"] for name, row in self._data["stages"].items()}

    @property
    def skipped(self) -> Mapping[str, str]:
        return dict(self._data["left_out"])

    def _write(self) -> None:
        write_atomically(self._path, [json.dumps(self._data, indent=1) + "\n"])


def _described(plan: Plan) -> dict[str, Any]:
    """What the result depends on; budgets are no part of it."""
    return {k: v for k, v in asdict(plan).items() if k != "minutes"}
