"""Fig. 17: layers of three types, and the KL between adjacent layers (paper, appendix H)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from compute.analysis.layers import (
    SHALLOW,
    Profile,
    Stack,
    deepest_families,
    median_profile,
    profile,
    profiles_by_family,
)
from compute.core.colours import LIGHT, mix
from compute.report import kit
from compute.report.contract import DataTable, Drawing, MapRequest, Piece
from compute.report.figures.fig02c import NOISY, Places, layer_table, looks, paths, request
from compute.report.settings import layered, map_words, places
from compute.report.study import Study, about

N_TYPES, N_MODELS = 3, 10
"""The paper's: ten models of each of three types."""


def chosen(study: Study) -> tuple[Stack, ...]:
    """Up to ten models of one depth of each of the three families that have most of them."""
    return deepest_families(layered(study)[1], N_TYPES, N_MODELS)


def maps(study: Study) -> tuple[MapRequest, ...]:
    """The layers of those models alone."""
    return (request(study, chosen(study)),)


def make(study: Study) -> Piece:
    """The map of the three types beside their profiles."""
    rows, _ = layered(study)
    stacks = chosen(study)
    asked = request(study, stacks)
    at, found = places(study.map(asked)), [profile(rows, stack) for stack in stacks]
    depth = int(stacks[0].layers.max(initial=0))
    return Piece(
        caption=(
            f"{words(stacks)}. Left: their layers, pale where shallow. Right: KL between layer k "
            f"and k + 1 of each model (thin, with one standard error over texts) and the median of "
            f"each type (bold), {depth} layers. {map_words(study, asked)} {NOISY} {about(rows)}"
        ),
        tables=(_table(found), layer_table(study, rows, stacks, at)),
        drawings=(Drawing("types", lambda: _draw(study, stacks, at, found)),),
    )


def words(stacks: Sequence[Stack]) -> str:
    """Which models these are, in words."""
    n: dict[str, int] = {}
    for stack in stacks:
        n[stack.family or "unknown type"] = n.get(stack.family or "unknown type", 0) + 1
    return "Models of equal depth: " + ", ".join(f"{k} of {name}" for name, k in n.items())


def _draw(study: Study, stacks: Sequence[Stack], at: Places, found: Sequence[Profile]) -> Any:
    fig, (left, right) = kit.figure(kit.DOUBLE, 3.3, (1, 2), width_ratios=(1, 1.1))
    kit.title(left, "Models layer by layer", "t-SNE of √KL, no unit; pale where shallow")
    kit.bare(left)
    paths(left, study, stacks, at)
    _profiles(right, study, found)
    return fig


def _profiles(ax: Any, study: Study, found: Sequence[Profile]) -> None:
    styles = looks(study, [p.stack for p in found])
    kit.title(ax, "KL between adjacent layers", "bits/byte; linear up to 0.1, logarithmic above")
    kit.kl_axis(ax)
    last = max(int(p.layers.max(initial=0)) for p in found) + 1
    ax.set_xlim(0, last)
    names = []
    for family, of in profiles_by_family(found).items():
        style = styles[family]
        for p in of:
            _one(ax, p, style.colour)
        layers, middle = median_profile(of)
        ax.plot(layers, np.minimum(middle, 50), color=style.colour, lw=kit.CURVE * 1.3, zorder=4)
        kit.clip_marks(ax, layers, middle, style.colour)
        known = middle[np.isfinite(middle)]
        if len(known):
            names.append(kit.Name(0, float(known[-1]), style.name, style))
    kit.warm_up(ax, SHALLOW * last, "shallow: noisy")
    ax.xaxis.set_major_locator(kit.need("matplotlib.ticker").MaxNLocator(6, integer=True))
    kit.x_words(ax, "lower layer k")
    kit.direct_labels(ax, names)


def _one(ax: Any, p: Profile, colour: str) -> None:
    tint = mix(LIGHT.canvas, colour, 0.4)
    runs = np.split(np.arange(len(p.layers)), np.flatnonzero(np.diff(p.layers) != 1) + 1)
    for part in runs:
        x, kl, se = p.layers[part], p.kl[part], p.se[part]
        ax.plot(x, np.minimum(kl, 50), color=tint, lw=0.6, zorder=3)
        kit.se_band(ax, x, np.minimum(kl, 50), np.minimum(se, kl), colour)


def _table(found: Sequence[Profile]) -> DataTable:
    rows = tuple(
        (
            p.stack.label, p.stack.family, int(k), int(k) + 1,
            "shallow" if k < SHALLOW * p.stack.layers.max(initial=0) else "", float(kl), float(se),
        )
        for p in found
        for k, kl, se in zip(p.layers, p.kl, p.se, strict=True)
    )  # fmt: skip
    columns = (
        ("model", ""), ("family", ""), ("layer", ""), ("next layer", ""), ("noisy", ""),
        ("KL", "bits/byte"), ("SE", "bits/byte"),
    )  # fmt: skip
    return DataTable("profiles", "KL between adjacent layers", columns, rows)
