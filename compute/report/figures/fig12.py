"""Fig. 12: two scores of outlier texts, the largest step and the standard deviation of steps."""

from __future__ import annotations

import math
from typing import Any

from compute.core.numbers import count
from compute.report import kit
from compute.report.contract import DataTable, Drawing, Piece
from compute.report.figures.outliers import Texts, texts_of, wide
from compute.report.study import Study


def make(study: Study) -> Piece:
    """A point for each text; those that the recipe drops are marked."""
    found = texts_of(study)
    scores, n = found.work.scores, int(found.dropped.sum())
    r = scores.correlation
    agree = f"Pearson correlation {r:.2f}" if math.isfinite(r) else "no correlation: none vary"
    caption = (
        f"Outlier scores of {count(len(scores.texts))} texts, nats: the largest absolute "
        "difference of clipped log-likelihoods between checkpoints one interval apart, and "
        f"the standard deviation of these differences, over {count(scores.n_pairs)} pairs of "
        f"{count(len(found.work.runs))} runs from {found.after} on. {agree}. "
        f"The {count(n)} texts with the highest maximum are dropped. "
        f"{_not_drawn(found)}{found.made_from}"
    )
    return Piece(
        caption,
        (_table(study, found),),
        (Drawing("scores", lambda: _draw(found)),),
    )


def _not_drawn(found: Texts) -> str:
    """Texts that are clipped in every checkpoint have no place on a logarithmic axis."""
    n = int((found.work.scores.sd == 0).sum())
    if not n or not wide(found.work.scores.maximum):
        return ""
    return f"{count(n)} texts with a score of 0 (always clipped) are not drawn. "


def _table(study: Study, found: Texts) -> DataTable:
    scores, texts = found.work.scores, study.snapshot.texts
    rows = tuple(
        (
            rank, texts.ids[k], texts.domains[k], float(scores.maximum[at]), float(scores.sd[at]),
            bool(found.dropped[at]),
        )
        for rank, (at, k) in enumerate(
            zip(scores.order, scores.texts[scores.order], strict=True), start=1
        )
    )  # fmt: skip
    columns = (
        ("Rank", ""), ("Text", ""), ("Domain", ""), ("Maximum", "nats"), ("SD", "nats"),
        ("Dropped", ""),
    )  # fmt: skip
    return DataTable("scores", "Outlier scores of texts", columns, rows)


def _draw(found: Texts) -> Any:
    scores, out = found.work.scores, found.dropped
    fig, (ax,) = kit.figure(kit.SINGLE, 2.7)
    r = scores.correlation
    log = wide(scores.maximum)
    size = kit.among(2.8, len(out)) ** 2
    words = f"; Pearson {r:.2f}" if math.isfinite(r) else ""
    scale = "; both axes logarithmic" if log else ""
    kit.title(ax, "Two scores of outlier texts", f"SD of differences, nats{scale}{words}")
    for part, colour, name in (
        (~out, kit.LIGHT.control, f"{count(int((~out).sum()))} kept"),
        (out, kit.LIGHT.warn, f"{count(int(out.sum()))} dropped"),
    ):
        part = part & (scores.sd > 0) if log else part
        if part.any():
            ax.scatter(
                scores.maximum[part], scores.sd[part], size, colour, lw=0, zorder=3, label=name,
                marker="o" if name.endswith("kept") else "^", rasterized=len(out) > 3000,
            )  # fmt: skip
    if log:
        ax.set_xscale("log")
        ax.set_yscale("log")
        kit.plain_log(ax.xaxis)
        kit.plain_log(ax.yaxis)
    else:
        ax.set_xlim(left=0)
        ax.set_ylim(bottom=0)
        kit.thousands(ax.xaxis)
    kit.x_words(ax, "largest difference, nats")
    ax.legend(loc="upper left", handletextpad=0.4, markerscale=3.2 / math.sqrt(size))
    return fig
