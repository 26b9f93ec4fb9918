"""Trajectories of the runs, and the bootstrap over texts: what the pool does."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from compute.analysis.diffusion import (
    SCALES,
    RunDiffusion,
    Trajectory,
    at_start,
    caution,
    exponents,
    in_loglikelihood,
    in_weights,
    text_draws,
    verdict,
)
from compute.analysis.diffusion.folding import folding
from compute.analysis.diffusion.scales import Scale, on_scale
from compute.analysis.diffusion.windows import (
    regular,
    representative,
    windows_of,
)
from compute.analysis.runs import Run, runs_of
from compute.core.numbers import count
from compute.report.study import Options, about
from explorer.plots.contract import Nothing, Request, too_many
from explorer.plots.diffusion import tables
from explorer.plots.diffusion.answers import Answer, Boot, Curve, Space
from explorer.plots.diffusion.refits import curves, plan, refit
from explorer.plots.diffusion.spec import (
    MOST_RUNS,
    USUAL_POINTS,
    USUAL_START,
)
from explorer.plots.source import Source
from explorer.state.notices import Act

NO_RUNS = (
    "No training run is ticked. Diffusion is measured between the checkpoints of one run: tick "
    "some in the library, or add a folder of checkpoints."
)
NO_WINDOW = (
    f"No run has a checkpoint with {USUAL_POINTS} regular intervals after it, so there is nothing "
    "to fit. Score more of its checkpoints, at equal steps."
)
ADD = Act("Add models...", "library.add")


# ---------------------------------------------------------------- the answer


def answer(source: Source, request: Request) -> Answer | Nothing:
    """The runs in the spaces of a tab."""
    if request.options["tab"] == "folding":
        return _folded(source, float(request.options["alpha"]))
    runs = source.once("diffusion-runs", lambda: _runs(source))
    if not runs:
        return Nothing(NO_RUNS, ADD)
    if len(runs) > MOST_RUNS:
        return too_many("training runs", len(runs), MOST_RUNS)
    paths = source.once("diffusion-loglik", lambda: _paths(source, runs))
    windows = [len(windows_of(path).starts) for path in paths]
    if not any(windows):
        return Nothing(NO_WINDOW, ADD)
    spaces = _scales(source, runs) if request.options["tab"] == "scale" else _spaces(source, runs)
    return source.once(
        ("diffusion", request.options["tab"]),
        lambda: _answer(source, request.options["tab"], runs, spaces, windows),
    )


def _answer(
    source: Source, tab: str, runs: tuple[Run, ...], spaces: tuple[Space, ...], windows: list[int]
) -> Answer:
    unmeasured = tuple(run.name for run in runs if run.name not in source.weights)
    short = tuple(run.name for run, n in zip(runs, windows, strict=True) if not n)
    paths = source.once("diffusion-loglik", lambda: _paths(source, runs))
    shown = source.once("diffusion-regular", lambda: tuple(regular(path) for path in paths))
    found = Answer(
        tab, runs, spaces, max(run.after for run in runs), unmeasured, short, shown, paths,
        about=_about(source, tab, unmeasured, short),
    )  # fmt: skip
    now = refit(found, plan(found, USUAL_POINTS), USUAL_START)
    usual = curves(found, USUAL_POINTS)
    every = tables.by_start(found, usual, USUAL_POINTS)
    return replace(found, tables=(tables.at_start(found, now, {}), every), curves=usual)


def _runs(source: Source) -> tuple[Run, ...]:
    """Runs that have a ticked checkpoint, with those that are set aside: they become gaps."""
    scored = (e for e in source.snapshot.entries if e.is_checkpoint and e.n_scored != 0)
    ticked = source.row_of
    return tuple(
        run for run in runs_of(scored, at_least=2) if sum(name in ticked for name in run.ids) >= 2
    )


def _paths(source: Source, runs: tuple[Run, ...]) -> tuple[Trajectory, ...]:
    return tuple(in_loglikelihood(source.prepared, run) for run in runs)


def _spaces(source: Source, runs: tuple[Run, ...]) -> tuple[Space, ...]:
    """Log-likelihoods, and weights where they were measured."""
    paths = source.once("diffusion-loglik", lambda: _paths(source, runs))
    first = Space("loglik", "Log-likelihood", "bits/byte", "log-likelihood", "q", paths)
    other = source.once("diffusion-weights", lambda: _in_weights(source, runs, paths))
    if all(path is None for path in other):
        return (first,)
    return first, Space("weights", "Weights", "", "weights", "w", other)


def _in_weights(
    source: Source, runs: tuple[Run, ...], paths: tuple[Trajectory, ...]
) -> tuple[Trajectory | None, ...]:
    return tuple(
        in_weights(source.weights[run.name], run, path.reasons)
        if run.name in source.weights
        else None
        for run, path in zip(runs, paths, strict=True)
    )


def _scales(source: Source, runs: tuple[Run, ...]) -> tuple[Space, ...]:
    literal, per_byte = SCALES
    return (
        Space("exp", "Exponentiated coordinates", literal.unit, "exp(qs), the literal reading",
              "exp", _on(source, runs, literal)),
        Space("byte", "Probability of a byte", per_byte.unit, "exp(l / B), the informative one",
              "byte", _on(source, runs, per_byte)),
    )  # fmt: skip


def _on(source: Source, runs: tuple[Run, ...], scale: Scale) -> tuple[Trajectory, ...]:
    return source.once(
        ("diffusion", scale.name),
        lambda: tuple(on_scale(scale, source.prepared, run) for run in runs),
    )


def _folded(source: Source, alpha: float) -> Answer:
    found = source.once(("folding", alpha), lambda: folding(alpha))
    said = (
        "An illustration, not a measurement: a Brownian path w in 8 dimensions is folded by "
        f"f(w) = v Σ 2^(−αk) saw(2^k ⟨u, w⟩) with α = {alpha:g}; saw is the distance to the "
        "nearest integer.",
        f"Squared distances are averaged over all {count(len(found.along))} starts. One path "
        "leaves the exponent of f uncertain by a few hundredths.",
    )
    return Answer("folding", folding=found, tables=(tables.of_folding(found),), about=said)


def _about(
    source: Source, tab: str, unmeasured: tuple[str, ...], short: tuple[str, ...]
) -> tuple[str, ...]:
    said = [
        "Exponents are those of the squared distance: slopes of ln(squared distance) on ln(lag), "
        "by least squares over the checkpoints of the window. Brownian motion has 1.",
        about(source.prepared),
    ]
    if tab == "scale":
        said.append(
            "Two readings of the paper's exponentiated coordinates: exp(qs), which agrees with c_q "
            "almost by construction, and exp(l / B), the geometric-mean probability of a byte."
        )
    if tab == "distance" and unmeasured and len(unmeasured) < 100:
        said.append(f"No weight distances of {', '.join(unmeasured)}.")
    if short:
        said.append(f"Too short for a window of {USUAL_POINTS} intervals: {', '.join(short)}.")
    return tuple(said)


# ---------------------------------------------------------------- with texts, on the pool


Boots = dict[tuple[str, int, int], Boot]
"""By run, position of its start, and intervals in a window."""


def bootstrap(names: tuple[str, ...], start: int, points: int, source: Source) -> Boots:
    """Some runs from one start with the bootstrap over texts, as the report has it."""
    options, rows = Options(), source.prepared
    draws = source.once(
        "diffusion-draws", lambda: text_draws(rows.n_texts, options.bootstrap, options.seed)
    )
    runs = source.once("diffusion-runs", lambda: _runs(source))
    paths = source.once("diffusion-loglik", lambda: _paths(source, runs))
    other = source.once("diffusion-weights", lambda: _in_weights(source, runs, paths))
    out: Boots = {}
    for run, path, weights in zip(runs, paths, other, strict=True):
        if run.name not in names:
            continue
        one = RunDiffusion(
            run, exponents(path, points),
            exponents(weights, points) if weights is not None else None, points, run.after,
        )  # fmt: skip
        at = representative(path, start, points)
        found = source.once(
            ("diffusion-at", run.name, at, points), partial(at_start, one, rows, at, draws)
        )
        said = verdict(found.laws, found.c_q, "c_q")
        note = caution(found.effective_dimension, found.n_texts)
        out[run.name, at, points] = Boot(found, said, note)
    return out


def curves_of(found: Answer, points: int, _source: Source) -> tuple[tuple[Curve | None, ...], ...]:
    """:func:`curves`, on the pool."""
    return curves(found, points)
