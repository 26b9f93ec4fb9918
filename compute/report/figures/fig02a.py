"""Fig. 2(a): models and their quantized variants on one map (paper, section 3.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.analysis.scale import kl_of_pairs
from compute.analysis.variants import Variant
from compute.core.colours import LIGHT, mix
from compute.report import kit
from compute.report.contract import DataTable, Drawing, MapRequest, Piece
from compute.report.settings import (
    Mark,
    below,
    label,
    map_words,
    name_at,
    places,
    quantized,
    short,
    shown_styles,
)
from compute.report.study import Study, about

Places = Mapping[str, NDArray[np.float64]]
HOLLOW = "4-bit"
"""Drawn as a hollow square; the others are filled."""
FEW_NAMES = 6
"""More models than this are not named on a map: their table names them."""


def maps(study: Study) -> tuple[MapRequest, ...]:
    """Models and variants together; null controls would only lie upon their models."""
    ids = dict.fromkeys(name for v in _shown(study) for name in (v.base, v.id))
    order = study.snapshot.row_of
    chosen = tuple(sorted(ids, key=order.__getitem__))
    return (MapRequest("quantization", perplexity=study.options.perplexity, ids=chosen),)


def _shown(study: Study) -> tuple[Variant, ...]:
    return tuple(v for v in quantized(study)[1] if v.how.kind != "null")


def make(study: Study) -> Piece:
    """Arrows from each model to its variants."""
    rows, every = quantized(study)
    shown, (request,) = _shown(study), maps(study)
    at = places(study.map(request))
    types = ", ".join(dict.fromkeys(f"{v.how.kind} {v.how.type}" for v in shown))
    controls = sum(v.how.kind == "null" for v in every)
    kl, se = kl_of_pairs(rows, tuple((v.base, v.id) for v in shown))
    return Piece(
        caption=(
            f"Models (circles) and their quantized variants (squares: {types}); an arrow leads "
            f"from each model to its variant. {map_words(study, request)} Lengths on "
            "the map are not KL. "
            + ("" if controls else "There is no null control here. ")
            + about(rows)
        ),
        tables=(_table(study, shown, at, kl, se),),
        drawings=(Drawing("quantized", lambda: _draw(study, shown, at)),),
    )


def _draw(study: Study, shown: tuple[Variant, ...], at: Places) -> Any:
    fig, (ax,) = kit.figure(kit.SINGLE, 3.7)
    styles = shown_styles(study, [v.family for v in shown])
    kit.title(ax, "Models and their quantized variants", "t-SNE of √KL, no unit")
    kit.bare(ax)
    bases = {v.base: v.family for v in shown}
    for kind in dict.fromkeys(v.how.kind for v in shown):
        of = [v for v in shown if v.how.kind == kind]
        kit.scatter(
            ax, np.array([at[v.id] for v in of]), colours=[styles[v.family].colour for v in of],
            shape="square", size=3.2, hollow=kind == HOLLOW,
        )  # fmt: skip
    xy = np.array([at[name] for name in bases])
    kit.scatter(ax, xy, colours=[styles[f].colour for f in bases.values()], size=4.4, zorder=5)
    _arrows(fig, ax, [(at[v.base], at[v.id], styles[v.family].colour) for v in shown])
    below(
        ax, styles, [v.family for v in shown], (("circle", False, "model"), *_marks(shown))
    )  # fmt: skip
    if len(bases) <= FEW_NAMES:
        names = [name_at(short(label(study, b)), at[b]) for b in bases]
        kit.map_labels(ax, names, avoid=np.array([at[v.id] for v in shown]))
    return fig


Arrow = tuple[NDArray[np.float64], NDArray[np.float64], str]
_WITH_HEAD = 9.0
"""A shift shorter than this, in points, is a line: the head would hide it."""


def _arrows(fig: Any, ax: Any, arrows: Sequence[Arrow]) -> None:
    """From each model to its variant; call it when every point is drawn."""
    fig.draw_without_rendering()
    for start, end, colour in arrows:
        length = np.hypot(*(ax.transData.transform(end) - ax.transData.transform(start)))
        tint = mix(LIGHT.canvas, colour, 0.7)
        if length * 72 / fig.dpi < _WITH_HEAD:
            ax.plot(*np.stack([start, end], axis=1), color=tint, lw=0.6, zorder=3)
            continue
        looks = {
            "arrowstyle": "-|>,head_length=0.28,head_width=0.13", "lw": 0.6, "shrinkA": 2,
            "shrinkB": 2, "color": tint, "mutation_scale": 9,
        }  # fmt: skip
        ax.annotate("", end, start, zorder=3, arrowprops=looks)


def _marks(shown: tuple[Variant, ...]) -> list[Mark]:
    kinds: dict[str, list[str]] = {}
    for v in shown:
        kinds.setdefault(v.how.kind, []).append(v.how.type)
    return [
        ("square", kind == HOLLOW, f"{kind} ({', '.join(dict.fromkeys(types))})")
        for kind, types in kinds.items()
    ]


def _table(
    study: Study,
    shown: tuple[Variant, ...],
    at: Places,
    kl: NDArray[np.float64],
    se: NDArray[np.float64],
) -> DataTable:
    rows = tuple(
        (
            label(study, v.base), v.family, v.how.kind, v.how.type, float(kl[k]), float(se[k]),
            v.n_bytes if v.n_bytes >= 0 else None,
            *(float(x) for name in (v.base, v.id) for x in at[name]),
        )
        for k, v in enumerate(shown)
    )  # fmt: skip
    columns = (
        ("model", ""), ("family", ""), ("variant", ""), ("type", ""), ("KL", "bits/byte"),
        ("SE", "bits/byte"), ("on disk", "bytes"), ("x of the model", ""), ("y of the model", ""),
        ("x of the variant", ""), ("y of the variant", ""),
    )  # fmt: skip
    return DataTable("quantized", "Models and their quantized variants", columns, rows)
