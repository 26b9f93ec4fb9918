"""Fig. 2(c): the layers of models as trajectories (paper, section 3.4 and appendix H)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.analysis.layers import SHALLOW, Stack, levels
from compute.core.numbers import count, percent
from compute.geometry import Prepared
from compute.report import kit
from compute.report.contract import DataTable, Drawing, MapRequest, Piece
from compute.report.figures.fig02a import FEW_NAMES
from compute.report.settings import (
    below,
    layered,
    map_words,
    name_at,
    places,
    short,
    shown_styles,
)
from compute.report.study import Study, about

Places = Mapping[str, NDArray[np.float64]]
NOISY = f"Layers of the first {percent(SHALLOW)} of the depth are noisy under the logit lens."
SHALLOW_MARK = ("circle", True, "shallow layer, noisy")


def request(study: Study, stacks: Sequence[Stack] = (), *, dims: int = 2) -> MapRequest:
    """The map of these models' layers; of all of them where none are named."""
    rows, every = layered(study)
    used = {name for stack in stacks or every for name in stack.ids}
    chosen = tuple(name for name in rows.ids if name in used)
    return MapRequest("layers", dims=dims, perplexity=study.options.perplexity, ids=chosen)


def maps(study: Study) -> tuple[MapRequest, ...]:
    """The layers of all models that have some, jointly centred."""
    return (request(study),)


def make(study: Study) -> Piece:
    """One line through the layers of each model, coloured by family."""
    rows, stacks = layered(study)
    asked = request(study)
    at = places(study.map(asked))
    return Piece(
        caption=(
            f"Layers of {count(len(stacks))} models, a line from the first layer to the last "
            f"(mark), pale where shallow. {map_words(study, asked)} Lengths on the map are not "
            f"KL. {NOISY} {about(rows)}"
        ),
        tables=(layer_table(study, rows, stacks, at),),
        drawings=(Drawing("layers", lambda: _draw(study, stacks, at)),),
    )


def _draw(study: Study, stacks: Sequence[Stack], at: Places) -> Any:
    fig, (ax,) = kit.figure(kit.SINGLE, 3.7)
    kit.title(ax, "Models layer by layer", "t-SNE of √KL, no unit; pale where shallow")
    kit.bare(ax)
    paths(ax, study, stacks, at)
    below(ax, looks(study, stacks), [s.family for s in stacks], (SHALLOW_MARK,))
    if len(stacks) <= FEW_NAMES:
        kit.map_labels(ax, heads(stacks, at))
    return fig


def paths(ax: Any, study: Study, stacks: Sequence[Stack], at: Places) -> None:
    """The lines, with hollow dots where shallow; in two or three dimensions."""
    styles = looks(study, stacks)
    for stack in stacks:
        xyz, style = stack_path(stack, at), styles[stack.family]
        kit.run_lines(ax, xyz, _ages(stack), style)
        first = xyz[stack.shallow & np.isfinite(xyz[:, 0])]
        if len(first):
            kit.scatter(ax, first, colours=style.colour, size=2.2, hollow=True).set_linewidth(0.5)


def looks(study: Study, stacks: Sequence[Stack]) -> Mapping[str, kit.RunStyle]:
    """How the families of these models look."""
    return shown_styles(study, [stack.family for stack in stacks])


def _ages(stack: Stack) -> NDArray[np.int64]:
    """Layers as if they were steps whose age grows evenly with the depth."""
    share = stack.layers / max(int(stack.layers.max(initial=0)), 1)
    return np.asarray(np.expm1(np.cbrt(share) * np.log(1e6)).round(), np.int64)


def stack_path(stack: Stack, at: Places) -> NDArray[np.float64]:
    """(L, dims) float64; NaN = the layer is not on the map."""
    dims = len(next(iter(at.values())))
    return np.array([at.get(name, np.full(dims, np.nan)) for name in stack.ids])


def heads(stacks: Sequence[Stack], at: Places) -> list[kit.Name]:
    """Names at the last layers."""
    return [
        name_at(short(stack.label), at[stack.ids[-1]]) for stack in stacks if stack.ids[-1] in at
    ]


def layer_table(study: Study, rows: Prepared, stacks: Sequence[Stack], at: Places) -> DataTable:
    """Where each layer lies and how well it predicts."""
    dims = len(next(iter(at.values())))
    body: list[tuple[Any, ...]] = []
    for stack in stacks:
        level = levels(rows, stack.ids)
        for t, name in enumerate(stack.ids):
            if name in at:
                own = (level.loglik[t], level.bits_per_byte[t], level.clipped[t], *at[name])
                kind = "shallow" if stack.shallow[t] else ""
                body.append(
                    (stack.label, stack.family, int(stack.layers[t]), kind, *map(float, own))
                )
    columns = (
        ("model", ""), ("family", ""), ("layer", ""), ("noisy", ""),
        ("mean log-likelihood", "nats/text"), ("code length", "bits/byte"), ("texts clipped", ""),
        *((axis, "") for axis in "xyz"[:dims]),
    )  # fmt: skip
    return DataTable(
        "layers",
        "Layers of models",
        columns,
        tuple(body),
        notes="Means are before clipping. Texts clipped: share at or below the clip value.",
    )
