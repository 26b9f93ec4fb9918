"""What is fitted now, and what is kept of it while the window moves. No Qt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.plots.diffusion import refits
from explorer.plots.diffusion.answers import Answer, Boot, Curve, Plan, Refit
from explorer.plots.diffusion.look import Look
from explorer.plots.diffusion.spec import FEWEST_POINTS, MOST_ROWS, USUAL_POINTS

QUICK_RUNS, AT_ONCE = 60, 4
"""Runs whose curves are found at once; runs of one bootstrap."""
Curves = tuple[tuple[Curve | None, ...], ...]
Key = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Choice:
    """A window: the step of its start (-1 = the usual one), and its length in intervals."""

    start: int
    points: int


class Fitting:
    """The fits of one answer."""

    def __init__(self, answer: Answer, choice: Choice) -> None:
        self.answer = answer
        self.longest = refits.most_points(answer)
        self.curves: Curves = answer.curves
        self.curves_of = USUAL_POINTS
        self.boots: dict[Key, Boot] = {}
        self.plan: Plan
        self.refit: Refit
        self.fit(choice)

    def fit(self, choice: Choice) -> None:
        """Fit every run from another start."""
        points = min(max(choice.points, FEWEST_POINTS), self.longest)
        if not hasattr(self, "plan") or self.plan.points != points:
            self.plan = refits.plan(self.answer, points)
        self.refit = refits.refit(self.answer, self.plan, choice.start)

    @property
    def has_curves(self) -> bool:
        """Whether the curves are those of the windows now."""
        return self.curves_of == self.plan.points

    @property
    def quick(self) -> bool:
        """Whether curves can be found while somebody waits."""
        return len(self.answer.runs) <= QUICK_RUNS

    def find_curves(self) -> None:
        self.take_curves(refits.curves(self.answer, self.plan.points), self.plan.points)

    def take_curves(self, curves: Curves, points: int) -> None:
        self.curves, self.curves_of = curves, points

    # -- one run ----------------------------------------------------------------------------------

    def key(self, r: int) -> Key:
        """A run at its start, with windows as long as now."""
        return self.answer.names[r], int(self.refit.fits[0].at[r]), self.refit.points

    def boot(self, r: int) -> Boot | None:
        """Its bootstrap, None = not there yet."""
        return self.boots.get(self.key(r)) if r >= 0 else None

    def missing(self, look: Look) -> tuple[str, ...]:
        """The next runs to bootstrap: first the one in detail, then a few at once."""
        at = self.refit.fits[0].at
        wanted = [r for r in look.named if at[r] >= 0][:MOST_ROWS]
        found = [r for r in wanted if self.key(r) not in self.boots]
        n = 1 if found[:1] == [look.strong] else AT_ONCE
        return tuple(self.answer.names[r] for r in found[:n])

    def now(self) -> dict[str, Boot]:
        """The bootstraps that belong to the window, by run."""
        found = ((name, self.boot(r)) for r, name in enumerate(self.answer.names))
        return {name: boot for name, boot in found if boot is not None}

    # -- windows ----------------------------------------------------------------------------------

    def start_of(self, r: int) -> int:
        """Step of the start of a run, -1 = it has none."""
        at = int(self.refit.fits[0].at[r]) if r >= 0 else -1
        return int(self.answer.runs[r].steps[at]) if at >= 0 else -1

    def end_of(self, r: int) -> float:
        """Last step of its window."""
        fits = self.refit.fits[0]
        reach = np.nanmax(np.where(fits.inside[r], fits.lags[r], 0.0), initial=0.0)
        return self.start_of(r) + float(reach)

    def dragged(self, r: int, part: str, step: float) -> Choice:
        """The window after one of its parts was dragged to a step."""
        path, start, points = self.answer.loglik[r], self.start_of(r), self.refit.points
        if part == "window":
            starts = path.steps[self.plan.starts[r]]
            return Choice(int(starts[np.argmin(np.abs(starts - step))]), points)
        if part == "end":
            room = (float(path.steps[-1]) - start) / path.spacing
            wanted = min((step - start) / path.spacing, room)
            return Choice(start, max(round(wanted), FEWEST_POINTS))
        end = self.end_of(r)
        places = path.steps[path.usable & (path.steps <= end - FEWEST_POINTS * path.spacing)]
        if not len(places):
            return Choice(start, points)
        moved = int(places[np.argmin(np.abs(places - step))])
        return Choice(moved, max(round((end - moved) / path.spacing), FEWEST_POINTS))

    def stepped(self, r: int, name: str, by: int) -> Choice:
        """The window after a key: its start or its length goes on by so many."""
        points = self.refit.points
        if name == "points":
            longer = min(max(points + by, FEWEST_POINTS), self.longest)
            return Choice(self.start_of(r), longer)
        starts = self.plan.starts[r]
        now = int(np.searchsorted(starts, self.refit.fits[0].at[r]))
        to = min(max(now + by, 0), len(starts) - 1)
        return Choice(int(self.answer.runs[r].steps[starts[to]]), points)
