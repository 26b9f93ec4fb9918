"""The demo job: grow a small suite, then score it into a project, one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from compute import minisuite, sources
from compute.core.control import Control
from compute.core.events import Emit, Event, Frame, Partial, Progress, Started
from compute.core.specs import DemoSpec, ScoreSpec
from compute.jobs.score import score

GROWING = 0.6
"""Share of the whole that growing takes, for the progress bar (measured: 0.55 to 0.65)."""


def demo(spec: DemoSpec, emit: Emit, control: Control) -> Mapping[str, Any]:
    """Grow the demo preset into ``spec.out`` and score it on the texts of ``spec.project``."""
    emit(Started("Grow and score a small suite", 0, "checkpoints"))
    grow = replace(minisuite.PRESETS["demo"], out=spec.out, n_threads=spec.n_threads)
    minisuite.grow(grow, _share(emit, 0.0, GROWING), control)
    listing = sources.resolve(spec.out)
    job = ScoreSpec(
        project=spec.project,
        checkpoints=listing.checkpoints,
        n_threads=spec.n_threads,
        commit_every_s=2.0,
    )
    return score(job, _share(emit, GROWING, 1.0 - GROWING), control)


def _share(emit: Emit, start: float, share: float) -> Emit:
    """Events of one half, with the fraction of the whole."""

    def send(event: Event) -> None:
        match event:
            case Started():
                return
            case Progress(fraction=fraction):
                emit(replace(event, fraction=start + share * fraction))
            case Partial() | Frame():
                emit(event)
            case _:
                emit(event)

    return send
