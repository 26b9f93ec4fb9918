"""Fig. 18: the layers of three types in three dimensions (paper, appendix H)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from compute.analysis.layers import Stack
from compute.report import kit
from compute.report.contract import Drawing, MapRequest, Piece
from compute.report.figures.fig02c import (
    NOISY,
    SHALLOW_MARK,
    Places,
    layer_table,
    looks,
    paths,
    request,
)
from compute.report.figures.fig17 import chosen, words
from compute.report.settings import below, layered, map_words, places
from compute.report.study import Study, about


def maps(study: Study) -> tuple[MapRequest, ...]:
    """The layers of Fig. 17 in three dimensions."""
    return (request(study, chosen(study), dims=3),)


def make(study: Study) -> Piece:
    """The models of Fig. 17, seen from two sides."""
    rows, _ = layered(study)
    stacks = chosen(study)
    asked = request(study, stacks, dims=3)
    at = places(study.map(asked))
    return Piece(
        caption=(
            f"{words(stacks)}; their layers in three dimensions from two sides. "
            f"{map_words(study, asked)} {NOISY} {about(rows)}"
        ),
        tables=(layer_table(study, rows, stacks, at),),
        drawings=(Drawing("space", lambda: _draw(study, stacks, at)),),
    )


def _draw(study: Study, stacks: Sequence[Stack], at: Places) -> Any:
    fig, _ = kit.figure(kit.DOUBLE, 3.6, (0, 0))
    grid = fig.add_gridspec(1, 2, wspace=0.0)
    for k, azim in enumerate((-58.0, 32.0)):
        ax = kit.space(fig, grid[k], azim=azim)
        paths(ax, study, stacks, at)
        if k == 0:
            kit.title(
                ax, "Layers in three dimensions", "t-SNE of √KL, no unit; seen from two sides"
            )
            below(ax, looks(study, stacks), [s.family for s in stacks], (SHALLOW_MARK,), down=12)
    return fig
