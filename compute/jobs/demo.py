"""The live demo: grow a run of a small suite, score it, grow the next one."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from compute import sources
from compute.core.control import Control
from compute.core.events import Emit, Event, Progress, Started
from compute.core.specs import DemoSpec, GrowSpec, ScoreSpec
from compute.jobs.score import score
from compute.minisuite import PRESETS, grow

SEEDS = (2, 3)
"""Not those of the bundled example, so that the new runs join it under names of their own."""

GROWING = 0.7
"""Share of a run's time that growing takes, for the progress bar."""


def demo(spec: DemoSpec, emit: Emit, control: Control) -> Mapping[str, Any]:
    """Grow the demo preset run by run into ``spec.out``; score each on the project's texts.

    Returns
    -------
    mapping
        The sums of the scoring jobs' summaries.
    """
    preset = replace(PRESETS["demo"], out=spec.out, n_threads=spec.n_threads, n_texts=0)
    runs = [(size, seed) for seed in SEEDS for size in preset.sizes]
    emit(Started("Grow and score a small suite", len(runs), "runs"))
    total: Counter[str] = Counter()
    for n, (size, seed) in enumerate(runs):
        one = replace(preset, sizes=(size,), seeds=(seed,))
        summary = _one_run(spec, one, _part_of(emit, n / len(runs), 1 / len(runs)), control)
        total.update({k: v for k, v in summary.items() if isinstance(v, int | float)})
    return dict(total)


def _one_run(spec: DemoSpec, one: GrowSpec, emit: Emit, control: Control) -> Mapping[str, Any]:
    grow(one, _part_of(emit, 0.0, GROWING), control)
    run = Path(spec.out) / f"{one.sizes[0]}-seed{one.seeds[0]}"
    job = ScoreSpec(
        project=spec.project,
        checkpoints=sources.resolve(str(run)).checkpoints,
        n_threads=spec.n_threads,
        commit_every_s=2.0,
    )
    return score(job, _part_of(emit, GROWING, 1.0 - GROWING), _alone(control))


def _alone(control: Control) -> Control:
    """The same control for a part that starts no process: growing has loaded torch here already."""
    same = copy.copy(control)
    same.start = None
    return same


def _part_of(emit: Emit, start: float, share: float) -> Emit:
    """Events of one part, with the fraction of the whole; a part does not start the job again."""

    def send(event: Event) -> None:
        match event:
            case Started():
                return
            case Progress(fraction=fraction):
                emit(replace(event, fraction=start + share * fraction, eta_s=-1.0))
            case _:
                emit(event)

    return send
