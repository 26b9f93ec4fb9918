"""The plots of each tab of the view of steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from compute.core.numbers import percent, plain
from explorer.plots.chart import Label, Plot
from explorer.plots.scales import Scale
from explorer.plots.steps.spec import Answer, Doubles, RunSteps, ends
from explorer.state.map import RunMark
from explorer.state.views import Unit
from explorer.theme.marks import colour_of
from explorer.theme.tokens import Tokens, mix

GREYED = 0.22
FEW = 4
"""Runs that are drawn with their points and errors."""
ODD = {"spike", "weights", "duplicate"}
"""Kinds of flags that have a mark on the curve."""


@dataclass(frozen=True)
class Look:
    """How the answer is drawn now: which runs in colour, hidden ids, axis, unit."""

    answer: Answer
    marks: Mapping[str, RunMark]
    shown: frozenset[str]
    log: bool
    band: bool
    unit: Unit
    tokens: Tokens
    hidden: frozenset[str] = frozenset()

    def colour(self, run: RunSteps) -> str:
        mark = self.marks.get(run.name)
        own = colour_of(mark.colour if mark is not None else -1, self.tokens)
        return own if run.name in self.shown else mix(self.tokens.canvas, own, GREYED)

    def shape(self, run: RunSteps) -> str:
        mark = self.marks.get(run.name)
        return mark.shape if mark is not None else "circle"

    @property
    def runs(self) -> tuple[RunSteps, ...]:
        """Greyed ones first, so that the others lie on them."""
        seen = [r for r in self.answer.runs if not self.hidden.issuperset(r.ids)]
        return tuple(sorted(seen, key=lambda r: r.name in self.shown))


def draw_kl(plot: Plot, look: Look) -> None:
    """KL between each checkpoint and the one before, with its error and what stands out."""
    plot.scale = Scale("symlog", factor=look.unit.factor)
    few = len(look.shown) <= FEW
    _begin(plot, look)
    for run in look.runs:
        x, colour = run.steps[1:], look.colour(run)
        own = run.name in look.shown
        if look.band and own and few:
            plot.band(x, run.kl - run.se, run.kl + run.se, colour)
        plot.curve(run.name, x, run.kl, colour, 1.8 if own else 1.0, 4.0 if few and own else 0.0)
    _mark_flags(plot, look)
    top = np.nanmax([np.nanmax(run.kl) for run in look.runs if np.isfinite(run.kl).any()])
    _finish(plot, look, lambda run: run.kl, (0.0, min(50.0, 1.15 * float(top))))
    plot.set_words(
        "KL between neighbouring checkpoints",
        f"{look.unit.title}, linear up to 0.1 bits/byte; band: one standard error",
    )


def draw_bits(plot: Plot, look: Look) -> None:
    """What a byte costs on average."""
    plot.scale = Scale()
    _begin(plot, look)
    for run in look.runs:
        own = run.name in look.shown
        plot.curve(run.name, run.steps, run.bits, look.colour(run), 1.8 if own else 1.0)
    values = np.concatenate([run.bits for run in look.runs])
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    _finish(plot, look, lambda run: run.bits, (low - 0.05 * (high - low), high))
    plot.set_words("Mean code length", "bits/byte on the texts in use, before clipping")


def draw_component(plot: Plot, look: Look, k: int) -> None:
    """One principal component against the step."""
    plot.scale = Scale()
    _begin(plot, look)

    def along(run: RunSteps) -> Doubles:
        return run.coords[:, k]

    for run in look.runs:
        own = run.name in look.shown
        plot.curve(run.name, run.steps, along(run), look.colour(run), 1.6 if own else 1.0)
    values = np.concatenate([along(run) for run in look.runs])
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    room = 0.06 * (high - low)
    _finish(plot, look, along, (low - room, high + room))
    share = percent(look.answer.shares[k])
    plot.set_words(f"Component {k + 1}", f"{share} of the mean KL, √(bits/byte)")


def draw_spiral(plot: Plot, look: Look) -> None:
    """Autocorrelation of the third component of each run's later part."""
    plot.clear()
    plot.scale, plot.log_step, plot.x_words = Scale(), False, "lag, steps"
    plot.set_tokens(look.tokens)
    runs = [r for r in look.runs if len(r.lags)]
    plot.level(0.0)
    for run in runs:
        own = run.name in look.shown
        x, colour = run.lags, look.colour(run)
        plot.curve(run.name, x, run.autocorrelation, colour, 1.8 if own else 1.0)
        if own and np.isfinite(run.period):
            at = np.interp(run.period, x, run.autocorrelation)
            plot.points(f"{run.name} period", np.array([run.period]), np.array([at]), colour,
                        9.0, shape=look.shape(run))  # fmt: skip
    plot.set_labels([
        Label(ends(r.autocorrelation),
              f"{r.name}: {plain_steps(r.period)}", look.colour(r), look.shape(r))
        for r in runs if r.name in look.shown
    ])  # fmt: skip
    longest = max((float(r.lags[-1]) for r in runs), default=1.0)
    plot.set_home((0.0, longest), (-1.0, 1.0))
    plot.set_words(
        "Does a run come back?",
        "autocorrelation of the third component of its later part; marks: the period",
    )


def plain_steps(period: float) -> str:
    return f"{round(period):,} steps" if np.isfinite(period) else "no period"


def _begin(plot: Plot, look: Look) -> None:
    plot.clear()
    plot.log_step, plot.x_words = look.log, "step"
    plot.set_tokens(look.tokens)
    if look.answer.warm_up > 0:
        plot.region(0.0, float(look.answer.warm_up), "warm-up")


def _finish(
    plot: Plot, look: Look, values: Callable[[RunSteps], Doubles], y: tuple[float, float]
) -> None:
    last = max(float(run.steps[-1]) for run in look.answer.runs)
    named = [run for run in look.answer.runs if run.name in look.shown]
    plot.set_labels(
        [Label(ends(values(run)), run.name, look.colour(run), look.shape(run)) for run in named]
        if len(named) <= 12
        else []
    )
    plot.set_home((0.0, last), y)


def _mark_flags(plot: Plot, look: Look) -> None:
    """Rings around the checkpoints that stand out."""
    by_run = {run.name: run for run in look.answer.runs}
    xs, ys = [], []
    for flag in look.answer.flags:
        run = by_run.get(flag.run)
        if run is None or flag.kind not in ODD or flag.id not in run.ids:
            continue
        t = run.ids.index(flag.id)
        if t > 0 and np.isfinite(run.kl[t - 1]):
            xs.append(run.steps[t])
            ys.append(run.kl[t - 1])
    if xs:
        plot.points("flags", np.array(xs), np.array(ys), look.tokens.warn, 11.0, hollow=True)


def words_of(run: RunSteps, row: int, unit: Unit) -> str:
    """What is said of a pair under the pointer."""
    kl, se = run.kl[row] * unit.factor, run.se[row] * unit.factor
    return f"{run.name}, step {run.steps[row + 1]:,.0f}: {plain(kl)} ± {plain(se)} {unit.title}"
