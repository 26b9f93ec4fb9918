"""What can be measured on the map: ticks, the length of a scale bar, or why nothing can. Pure.

Distances in PCA and MDS are square roots of KL, in sqrt(bits/byte); their axes are not: only those
of PCA are told apart by the data. t-SNE keeps who is near whom and nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from explorer.canvas.camera import FOCAL, View2D, View3D, Viewport
from explorer.canvas.fit import Box
from explorer.canvas.grid.spec import Lattice

UNIT = "√(bits/byte)"
THIN, MINUS = "\u2009", "\u2212"
TICK_PX, BAR_PX = 80.0, 72.0
MEASURED = ("pca", "mds", "smacof")
WHY_NOT = (
    "t-SNE keeps who is near whom, not how far: the axes and the lengths mean nothing, so there are"
    " none. PCA and MDS have a scale."
)
SHORT = "t-SNE: no axes, no scale"
BAR_TIP = (
    "A straight line of this length on the map. Distances are square roots of KL, as far as so few"
    " dimensions can keep them."
)
DEPTH_TIP = (
    BAR_TIP + " In perspective it holds at the middle of the view; nearer things look longer."
)


@dataclass(frozen=True, slots=True)
class Tick:
    """A number of an axis and where it stands, in px from the left or from the top."""

    at: float
    words: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A scale bar: ``length`` in px, what it says, and the sentence behind it."""

    length: float
    words: str
    tip: str


@dataclass(frozen=True, slots=True)
class Ruler:
    """``names`` are those of the axes, with shares; ``why`` says why there is no scale."""

    names: tuple[str, ...] = ()
    across: tuple[Tick, ...] = ()
    upright: tuple[Tick, ...] = ()
    bar: Bar | None = None
    why: str = ""


def nice(least: float) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that is at least ``least`` (> 0)."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(m * power for m in (1, 2, 5, 10) if m * power >= least * (1 - 1e-9))


def worded(value: float, step: float) -> str:
    """A tick's number, to the digits that its step needs, with a true minus."""
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    text = f"{abs(value):,.{digits}f}"
    return MINUS + text if value < 0 and float(text.replace(",", "")) else text


def axis_names(params: Mapping[str, Any], info: Mapping[str, Any], dims: int) -> tuple[str, ...]:
    """``PC 1 · 62 % of mean KL`` for a PCA with known shares, else nothing."""
    shares = info.get("explained", ())
    if params.get("method") != "pca" or not len(shares):
        return ()
    chosen = params.get("components") or range(1, dims + 1)
    return tuple(
        f"PC {number} · {100 * float(share):.0f}{THIN}% of mean KL"
        for number, share in list(zip(chosen, shares, strict=False))[:dims]
    )


def px_per_unit(box: Box, view: View2D | View3D, port: Viewport) -> float:
    """Px for one unit of the coordinates; in 3D at the depth of what the camera looks at."""
    if isinstance(view, View2D):
        return view.scale * box.scale
    return FOCAL * min(port.free) / view.distance * box.scale


def lattice(params: Mapping[str, Any], box: Box, view: View2D) -> Lattice | None:
    """The grid of a picture with a unit: lines at the ticks, one of them through zero."""
    unit = view.scale * box.scale
    if params.get("method") not in MEASURED or unit <= 0:
        return None
    x, y = (-m * box.scale for m in box.middle[:2])
    return Lattice(nice(TICK_PX / unit) * box.scale, x, y)


def ruler(
    params: Mapping[str, Any],
    info: Mapping[str, Any],
    box: Box,
    view: View2D | View3D,
    port: Viewport,
) -> Ruler:
    """What stands at the edges of a picture, as it is seen now."""
    method, flat = params.get("method"), isinstance(view, View2D)
    unit = px_per_unit(box, view, port)
    names = axis_names(params, info, 2 if flat else 3)
    if method == "tsne":
        return Ruler(why=WHY_NOT)
    if method not in MEASURED or unit <= 0:
        return Ruler(names)
    if isinstance(view, View2D) and method == "pca":
        return Ruler(names, *_ticks(box, view, port))
    return Ruler(names, bar=_bar(unit, DEPTH_TIP if not flat else BAR_TIP, flat=flat))


def _bar(unit: float, tip: str, *, flat: bool) -> Bar:
    length = nice(BAR_PX / unit)
    where = "" if flat else ", at the middle"
    return Bar(length * unit, f"{worded(length, length)} {UNIT}{where}", tip)


def _ticks(box: Box, view: View2D, port: Viewport) -> tuple[tuple[Tick, ...], tuple[Tick, ...]]:
    unit = view.scale * box.scale
    step = nice(TICK_PX / unit)
    ox, oy = port.offset
    zero_x = port.width * (1 + ox) / 2 + (-box.middle[0] * box.scale - view.x) * view.scale
    zero_y = port.height * (1 - oy) / 2 + (box.middle[1] * box.scale + view.y) * view.scale
    across = _along(zero_x, step * unit, port.width)
    upright = _along(zero_y, step * unit, port.height)
    return (
        tuple(Tick(zero_x + k * step * unit, worded(k * step, step)) for k in across),
        tuple(Tick(zero_y + k * step * unit, worded(-k * step, step)) for k in upright),
    )


def _along(zero: float, step: float, length: float) -> range:
    """Which multiples of ``step`` from ``zero`` lie in [0, length]."""
    return range(math.ceil(-zero / step), math.floor((length - zero) / step) + 1)
