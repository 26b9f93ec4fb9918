"""Fig. 16: layer trajectories coloured by mean log-likelihood (paper, appendix H)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from compute.analysis.layers import Stack, levels
from compute.core.colours import LIGHT
from compute.core.numbers import count
from compute.geometry import Prepared
from compute.report import kit
from compute.report.contract import Drawing, MapRequest, Piece
from compute.report.figures.fig02a import FEW_NAMES
from compute.report.figures.fig02c import (
    NOISY,
    Places,
    heads,
    layer_table,
    request,
    stack_path,
)
from compute.report.settings import layered, map_words, places
from compute.report.study import Study, about


def maps(study: Study) -> tuple[MapRequest, ...]:
    """The map of Fig. 2(c)."""
    return (request(study),)


def make(study: Study) -> Piece:
    """The lines of Fig. 2(c), each layer coloured by how well it predicts."""
    rows, stacks = layered(study)
    asked = request(study)
    at = places(study.map(asked))
    return Piece(
        caption=(
            f"Layers of {count(len(stacks))} models on the map of Fig. 2c, coloured by mean "
            f"log-likelihood (before clipping; the colours end at the 2nd and 98th percentile). "
            f"{map_words(study, asked)} {NOISY} {about(rows)}"
        ),
        tables=(layer_table(study, rows, stacks, at),),
        drawings=(Drawing("mean-loglik", lambda: _draw(rows, stacks, at)),),
    )


def _draw(rows: Prepared, stacks: Sequence[Stack], at: Places) -> Any:
    fig, (ax,) = kit.figure(kit.SINGLE, 2.9)
    kit.title(ax, "Layers by mean log-likelihood", "t-SNE of √KL, no unit; the last layer is large")
    kit.bare(ax)
    lines = [stack_path(stack, at) for stack in stacks]
    for xy in lines:
        ax.plot(*xy.T, color=LIGHT.line, lw=0.7, zorder=2)
    xy = np.concatenate(lines)
    values = np.concatenate([levels(rows, stack.ids).loglik for stack in stacks])
    shown = np.isfinite(values) & np.isfinite(xy[:, 0])
    low, high = np.percentile(values[shown], [2, 98])
    points = kit.scatter(
        ax, xy[shown], values=values[shown], size=3.4, vmin=float(low), vmax=float(high)
    )
    last = np.array([path[-1] for path in lines])
    ends = [levels(rows, stack.ids[-1:]).loglik[0] for stack in stacks]
    kit.scatter(ax, last, values=ends, size=6.0, vmin=float(low), vmax=float(high), zorder=6)
    bar = kit.colour_bar(fig, points, ax, "mean log-likelihood, nats/text")
    kit.thousands(bar.ax.yaxis)
    if len(stacks) <= FEW_NAMES:
        kit.map_labels(ax, heads(stacks, at))
    return fig
