"""Jobs of the window: what to start for a command, and what their events mean for the state."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from compute.core import events as ev
from compute.core.specs import DemoSpec, JobSpec, RecipeSpec, ScoreSpec, WeightsSpec
from compute.core.tables import Checkpoint, Recipe
from explorer.bridge.jobs import JobQueue
from explorer.bridge.session import Session
from explorer.state import jobs as rows
from explorer.state.app import AppState
from explorer.state.cost import learned

LEAST_S = 2.0
"""Shorter jobs say more about starting than about speed."""


class Work(QObject):
    """Turns commands into specs and events into rows.

    Signals
    -------
    notice : (sentence, level)
        For the notification hub.
    """

    notice = Signal(str, str)

    def __init__(self, state: AppState, queue: JobQueue, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._state, self._queue, self._session = state, queue, session
        self._projects: dict[str, str] = {}
        queue.event.connect(self._on_event)
        queue.started.connect(self._on_started)
        queue.ended.connect(self._on_ended)

    def score(self, project: Path, texts: str, checkpoints: tuple[Checkpoint, ...]) -> str:
        """Queue a scoring job for these checkpoints; returns its id."""
        new = self._state.new_job
        spec = ScoreSpec(
            project=str(project),
            checkpoints=checkpoints,
            texts=texts,
            dtype=new.dtype,
            device=new.device,
            low_priority=True,
            trusted=tuple(c.path for c in checkpoints if c.path in new.trusted),
            **asdict(new.options),
        )
        runs = sorted({c.run or c.label for c in checkpoints})
        name = runs[0] if len(runs) == 1 else f"{len(runs)} runs"
        return self._submit(spec, f"Score {name}", f"{len(checkpoints)} checkpoints")

    def score_tokens(
        self, project: Path, checkpoints: tuple[Checkpoint, ...], dtype: str, bos: str
    ) -> str:
        """Queue a job that adds the token detail of entries that are done; returns its id."""
        spec = ScoreSpec(
            project=str(project),
            checkpoints=checkpoints,
            dtype=dtype or "auto",
            bos=bos or "tokenizer",
            device=self._state.new_job.device,
            low_priority=True,
            tokens=True,
            one_visit=True,
            trusted=tuple(c.path for c in checkpoints if c.path in self._state.new_job.trusted),
        )
        return self._submit(spec, "Score tokens", " and ".join(c.label for c in checkpoints))

    def measure_weights(self, project: Path, runs: tuple[str, ...]) -> str:
        """Queue a job that measures distances between the weights of checkpoints; its id."""
        spec = WeightsSpec(project=str(project), runs=runs)
        said = runs[0] if len(runs) == 1 else f"{len(runs)} runs"
        return self._submit(spec, "Measure weight distances", said)

    def keep_recipe(self, project: Path, recipe: Recipe) -> str:
        """Queue a job that writes a recipe made by hand into the project; returns its id."""
        spec = RecipeSpec(
            project=str(project),
            action="make",
            name=recipe.name,
            base=recipe.base,
            dropped_texts=recipe.dropped_texts,
        )
        return self._submit(spec, f"Keep the recipe {recipe.name}", recipe.base)

    def grow(self, project: Path, out: Path) -> str:
        """Queue the demo: grow a small suite beside the project and score it into it."""
        spec = DemoSpec(project=str(project), out=str(out), low_priority=True)
        return self._submit(spec, "Grow and score a small suite", "2 sizes, 2 seeds")

    def again(self, job: str) -> None:
        """Start a stopped job again; it goes on where it stopped."""
        spec = self._queue.spec(job)
        row = self._row(job)
        if spec is not None and row is not None:
            self._state.jobs.rows = tuple(r for r in self._state.jobs.rows if r.id != job)
            self._submit(spec, row.title, row.subtitle)

    def cancel(self, job: str) -> None:
        row = self._row(job)
        if row is not None and row.status != "waiting":
            rows.put(self._state.jobs, row.with_(status="stopping", message="Stopping..."))
        self._queue.cancel(job)

    def move(self, asked: tuple[str, int]) -> None:
        """Put a job that waits into another place among those that wait."""
        state = self._state.jobs
        state.rows = rows.moved(state.rows, *asked)
        self._queue.order([row.id for row in state.rows])

    def pause(self, job: str) -> None:
        self._queue.pause(job)
        if row := self._row(job):
            rows.put(self._state.jobs, row.with_(status="paused"))

    def go_on(self, job: str) -> None:
        self._queue.resume(job)
        if row := self._row(job):
            rows.put(self._state.jobs, row.with_(status="running"))

    def log(self, job: str) -> str:
        return self._queue.log(job)

    def _submit(self, spec: JobSpec, title: str, subtitle: str) -> str:
        job = self._queue.submit(spec)
        self._projects[job] = str(getattr(spec, "project", ""))
        rows.put(self._state.jobs, rows.JobRow(job, title, subtitle))
        if isinstance(spec, ScoreSpec):
            self._mark_queued(spec)
        self._state.jobs.open = True
        self._queue.pump()
        return job

    def _mark_queued(self, spec: ScoreSpec) -> None:
        lib = self._state.library
        lib.queued = lib.queued | {"path:" + c.place for c in spec.checkpoints}

    def _row(self, job: str) -> rows.JobRow | None:
        return next((r for r in self._state.jobs.rows if r.id == job), None)

    def _on_started(self, job: str) -> None:
        if row := self._row(job):
            rows.put(self._state.jobs, row.with_(status="running", message=""))

    def _on_event(self, job: str, event: ev.Event) -> None:
        row = self._row(job)
        if row is not None:
            changed = rows.applied(row, event)
            if isinstance(event, ev.LAST):
                changed = changed.with_(ended=time.strftime("%H:%M"))
            if changed != row:
                rows.put(self._state.jobs, changed)
        match event:
            case ev.Progress(entry=entry, entry_fraction=fraction):
                here = self._is_shown(job)
                self._on_progress({entry: fraction} if entry and here else {})
            case ev.Partial(entry=entry, status=status, error=error):
                self._on_partial(job, entry, status, error)
            case ev.Finished(summary=summary):
                self._learn(job, summary)
            case ev.Failed(message=message):
                self.notice.emit(message, "danger")
            case ev.Notice(message=message):
                self.notice.emit(message, "warn")
            case _:
                pass

    def _learn(self, job: str, summary: Mapping[str, Any]) -> None:
        """Keep how quick a scoring job was, so that the next one can be told beforehand."""
        spec = self._queue.spec(job)
        sizes = [c.n_params for c in getattr(spec, "checkpoints", ()) if c.n_params > 0]
        seconds, tokens = summary.get("seconds", 0.0), summary.get("tokens", 0)
        if not isinstance(spec, ScoreSpec) or not sizes or seconds < LEAST_S or tokens <= 0:
            return
        speed = rows.Speed(sum(sizes) / len(sizes), tokens / seconds, spec.device, spec.dtype)
        self._state.new_job.speeds = learned(self._state.new_job.speeds, speed)

    def _is_shown(self, job: str) -> bool:
        """Whether a job is about the open project: another one may have entries of the same id."""
        return self._session.path is None or Path(self._projects[job]) == self._session.path

    def _on_progress(self, progress: Mapping[str, float]) -> None:
        lib, selection = self._state.library, self._state.selection
        if progress != lib.progress:
            lib.progress = progress
        scoring = next(iter(progress), "")
        if selection.scoring != scoring:
            selection.scoring = scoring

    def _on_partial(self, job: str, entry: str, status: str, error: str) -> None:
        if status in ("done", "failed"):
            lib = self._state.library
            if entry in lib.progress:
                lib.progress = {k: v for k, v in lib.progress.items() if k != entry}
        self._refresh(job)

    def _refresh(self, job: str, *, soon: bool = False) -> None:
        project = self._projects.get(job, "")
        if not project or not Path(project).exists():
            return
        if self._session.path is None:
            self._session.open(Path(project))
        elif Path(project) == self._session.path:
            self._session.refresh(soon=soon)

    def _on_ended(self, job: str) -> None:
        lib = self._state.library
        lib.progress = {}
        self._state.selection.scoring = ""
        if not self._queue.busy:
            lib.queued = frozenset()
        self._refresh(job, soon=True)

    def close(self) -> None:
        self._queue.event.disconnect(self._on_event)
        self._queue.started.disconnect(self._on_started)
        self._queue.ended.disconnect(self._on_ended)
