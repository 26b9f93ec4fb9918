"""Run one job from its spec, with exactly one last event."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, TypeAlias

from compute.core.control import Control
from compute.core.errors import Cancelled, InputError, KlscopeError, UsageError
from compute.core.events import CancelledEvent, Emit, Event, Failed, Finished
from compute.core.specs import JobSpec, kind_of

Job: TypeAlias = Callable[[Any, Emit, Control], Mapping[str, Any]]

JOBS: dict[str, str] = {
    "score": "compute.jobs.score:score",
    "score-worker": "compute.jobs.score_worker:serve",
    "grow": "compute.jobs.grow:grow",
    "tune": "compute.jobs.tune:tune",
    "replica": "compute.jobs.replica:replica",
    "embed": "compute.jobs.embed:embed",
    "embed-worker": "compute.jobs.embed_worker:serve",
    "demo": "compute.jobs.demo:demo",
    "edit": "compute.jobs.edit:edit",
    "recipe": "compute.jobs.recipes:change",
    "weights": "compute.jobs.weights:measure",
    "lens": "compute.jobs.lens:fit",
    "report": "compute.jobs.report:report",
    "import": "compute.jobs.importing:import_",
    "export": "compute.jobs.exporting:export",
}
"""Job kind -> where its function is, loaded on use."""

_MORE = " Run it again with --debug for more."
RESUMABLE = frozenset({"score", "demo", "grow", "tune", "replica", "weights"})
"""Kinds that continue where they stopped when started again with the same spec."""


def load(kind: str) -> Job:
    """The function of a job kind."""
    module, _, name = JOBS[kind].partition(":")
    job: Job = getattr(import_module(module), name)
    return job


def run(spec: JobSpec, emit: Emit, control: Control, *, details: bool = True) -> None:
    """Run the job that ``spec`` describes and send exactly one of Finished, Failed, Cancelled.

    Nothing is raised for what goes wrong inside the job: the last event says it, and with
    ``details`` what a person cannot use (a traceback) goes to stderr, which is the job's log.
    """
    last: Event = Failed("The job stopped before its end.", resumable=_resumable(spec))
    try:
        last = Finished(summary=dict(load(kind_of(spec))(spec, emit, control)))
    except (Cancelled, KeyboardInterrupt) as asked:
        last = CancelledEvent(str(asked) or "Cancelled. What was finished is kept.")
    except Exception as error:  # border: whatever a job meets ends as one sentence
        usage = isinstance(error, UsageError)
        if details and not isinstance(error, KlscopeError):
            traceback.print_exception(error, file=sys.stderr)
        said = _sentence(error) if details else _sentence(error, more=_MORE)
        last = Failed(said, resumable=_can_resume(spec, error), usage=usage)
    finally:
        emit(last)


def _resumable(spec: JobSpec) -> bool:
    return kind_of(spec) in RESUMABLE


def _can_resume(spec: JobSpec, error: Exception) -> bool:
    return _resumable(spec) and not isinstance(error, UsageError | InputError)


def _sentence(error: Exception, more: str = "") -> str:
    if isinstance(error, KlscopeError):
        return error.message
    if isinstance(error, MemoryError):
        return "There is not enough memory for this. What was finished is kept."
    what = " ".join(str(error).split()) or "no further word"
    return f"Something unexpected happened ({type(error).__name__}: {what[:300]}).{more}"
