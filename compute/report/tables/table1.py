"""Table 1: diffusion exponents of weights and log-likelihood, and what follows from them."""

from __future__ import annotations

from compute.analysis import published
from compute.analysis.diffusion import (
    SCALES,
    AtStart,
    RunDiffusion,
    Spread,
    caution,
    embedding_dimension,
    late,
    verdict,
)
from compute.core.errors import InputError
from compute.report.contract import DataTable, Missing, Piece
from compute.report.diffusion import (
    Diffused,
    diffused,
    or_none,
    reasons,
    size_name,
    start_words,
)
from compute.report.study import Study

Cells = tuple[object, ...]
_PAPER = (("size", ""), ("run", ""), ("start", "step"), ("c_w", ""), ("c_q", ""),
          ("c_q from", "95 %"), ("c_q to", "95 %"), ("alpha", ""), (f"c of {SCALES[0].name}", ""),
          (f"difference, {SCALES[0].name}", ""), (f"c of {SCALES[1].name}", ""),
          (f"difference, {SCALES[1].name}", ""))  # fmt: skip
_PUBLISHED = (("size", ""), ("c_w", ""), ("c_w, paper", ""), ("c_q", ""), ("c_q, paper", ""),
              ("alpha", ""), ("alpha, paper", ""), ("likelihood", ""),
              ("likelihood, paper", ""))  # fmt: skip
_DERIVED = (("run", ""), ("Hurst exponent H", ""), ("trajectory dimension D", ""),
            ("dimensions m > 2D", ""), ("effective dimension", ""), ("texts", ""),
            ("R² of c_q", ""), ("R² of c_w", ""), ("points", ""))  # fmt: skip
_LAWS = (("run", ""), ("R² of power law", ""), ("R² of noise plus drift", ""),
         ("power law wins", "% of bootstraps"), ("noise a", "bits/byte"),
         ("drift over the window, b t", "bits/byte"), ("verdict", ""))  # fmt: skip
_LATE = (("run", ""), ("starts", ""), ("from", "step"), ("to", "step"), ("c_q, median", ""),
         ("c_q, lower quartile", ""), ("c_q, upper quartile", ""), ("c_w, median", ""),
         ("c_w, lower quartile", ""), ("c_w, upper quartile", ""))  # fmt: skip


def make(study: Study) -> Piece:
    """The runs of different size as in the paper; every run in a table of its own.

    Raises
    ------
    Missing
        If no run is long enough for a window.
    """
    found = diffused(study, "sizes")
    tables = (
        DataTable(
            "exponents", "Diffusion exponents", _PAPER, _rows(found), notes=_exponent_notes(found)
        ),
        *_beside_published(found),
        DataTable(
            "derived", "What follows from the exponents", _DERIVED,
            tuple(_derived(run, row) for run, row in _pairs(found)), notes=_DERIVED_NOTES,
        ),
        DataTable(
            "laws", "Power law against noise plus drift", _LAWS,
            tuple(_laws(run, row) for run, row in _pairs(found)), notes=_LAWS_NOTES,
        ),
        DataTable(
            "late", "Exponents over late starts", _LATE, tuple(_late(r) for r in found.runs),
            notes="The last 50 starts with a complete window, or the last half of those after "
            "warm-up where there are fewer than 100.",
        ),
        *_every_run(study, found),
    )  # fmt: skip
    n = study.options.bootstrap
    boots = f", with the 95 % interval of c_q over {n} bootstraps of the texts" if n else ""
    caption = (
        "Diffusion exponents of the squared distance from a start, of weights (c_w) and of "
        f"log-likelihoods (c_q), fitted from {start_words(row.start for row in found.starts)}"
        f"{boots}; alpha = c_q / c_w. {found.sentences}"
    )
    return Piece(caption, tables, remarks=(*_sentences(found), *found.remarks))


def _pairs(found: Diffused) -> list[tuple[RunDiffusion, AtStart]]:
    return list(zip(found.runs, found.starts, strict=True))


def _rows(found: Diffused) -> tuple[Cells, ...]:
    return tuple(_exponents(run, row) for run, row in _pairs(found))


def _exponents(run: RunDiffusion, row: AtStart) -> Cells:
    literal, per_byte = row.c_scales
    numbers = (
        row.c_w, row.c_q, *row.c_q_interval, row.alpha, literal, literal - row.c_q, per_byte,
        per_byte - row.c_q,
    )  # fmt: skip
    start = row.start if row.start >= 0 else None
    return (size_name(run.run), run.run.name, start, *map(or_none, numbers))


def _exponent_notes(found: Diffused) -> str:
    scales = "; ".join(f"{scale.name}: {scale.title}" for scale in SCALES)
    return f"Likelihood scale, in two readings. {scales}. {reasons(found)}".strip()


def _beside_published(found: Diffused) -> tuple[DataTable, ...]:
    rows: list[Cells] = []
    for run, row in _pairs(found):
        paper = published.EXPONENTS.get(size_name(run.run))
        if paper is not None:
            rows.append(
                (
                    size_name(run.run), or_none(row.c_w), paper.weights, or_none(row.c_q),
                    paper.loglik, or_none(row.alpha), paper.alpha, or_none(row.c_scales[0]),
                    paper.likelihood,
                )
            )  # fmt: skip
    if not rows:
        return ()
    notes = "The paper's values are of Pythia on 10,000 texts; runs are matched by size alone."
    return (DataTable("published", "Beside the paper's", _PUBLISHED, tuple(rows), notes=notes),)


_DERIVED_NOTES = (
    "Read as a fractional Brownian motion: H = c_q / 2, D = 2 / c_q; almost every map into more "
    "than 2D dimensions keeps the trajectory one-to-one. Effective dimension is "
    "(sum v)² / sum v² of the mean squares v of the texts' steps within the window; below about 30 "
    "the exponent is unreliable."
)
_LAWS_NOTES = (
    "Noise plus drift is a + b t. Both laws have two parameters and are fitted by least squares of "
    "ln(squared distance); R² is on that scale, bootstraps are the same. A winner is named when it "
    "wins in 95 % of them."
)


def _derived(run: RunDiffusion, row: AtStart) -> Cells:
    fewest = embedding_dimension(row.dimension)
    return (
        run.run.name, or_none(row.hurst), or_none(row.dimension),
        fewest if fewest > 0 else None, or_none(row.effective_dimension), row.n_texts,
        or_none(row.r2_q), or_none(row.r2_w), row.n_points,
    )  # fmt: skip


def _laws(run: RunDiffusion, row: AtStart) -> Cells:
    laws = row.laws
    numbers = (
        laws.r2_power,
        laws.r2_drift,
        100 * laws.wins,
        laws.noise,
        laws.drift * (row.end - row.start),
    )
    none = "too close to call" if or_none(laws.wins) is not None else "not compared"
    return (run.run.name, *map(or_none, numbers), laws.winner or none)


def _late(run: RunDiffusion) -> Cells:
    chosen = late(run.loglik, run.after)
    steps = run.loglik.steps[chosen]
    q = Spread.of(run.loglik.law.exponent[chosen])
    w = Spread.of(
        run.weights.law.exponent[chosen] if run.weights is not None else run.loglik.law.r2[:0]
    )
    numbers = (q.median, q.low, q.high, w.median, w.low, w.high)
    ends = (int(steps[0]), int(steps[-1])) if len(steps) else (None, None)
    return (run.run.name, q.n, *ends, *map(or_none, numbers))


def _sentences(found: Diffused) -> tuple[str, ...]:
    """The verdict on each run, and the caution about few dimensions."""
    out = []
    for run, row in _pairs(found):
        if row.reason:
            continue
        words = (
            f"{verdict(row.laws, row.c_q, 'c_q')} {caution(row.effective_dimension, row.n_texts)}"
        )
        out.append(f"{run.run.name}: {words.strip()}")
    return tuple(out)


def _every_run(study: Study, sizes: Diffused) -> tuple[DataTable, ...]:
    """The same of every run, prepared together; () where those are the runs of the sizes."""
    known = {one.run.name for one in sizes.runs} | set(sizes.without)
    try:
        if {run.name for run in study.runs("pretraining")} <= known:
            return ()
        found = diffused(study, "pretraining")
    except (InputError, Missing):
        return ()
    notes = f"Prepared together: {found.rows.n_texts} texts, recipe {found.rows.recipe.name}."
    return (
        DataTable(
            "every-run", "Every training run", _PAPER, _rows(found),
            notes=f"{notes} {reasons(found)}".strip(),
        ),
    )  # fmt: skip
