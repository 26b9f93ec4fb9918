"""Colour maps for values and for names, from cmap, which is imported on first use.

Every one here is safe for colour-blind eyes. On each theme a ramp is cut to the stretch that stands
out from the canvas.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from compute.core.colours import LEAST_CONTRAST, contrast, standing_out
from explorer.theme.tokens import Tokens, rgb

VALUES = {
    "crameri:batlow": "batlow",
    "bids:viridis": "viridis",
    "crameri:lipari": "lipari",
    "bids:magma": "magma",
    "crameri:oslo": "oslo",
}
NAMES = {
    "okabeito:okabeito": "Okabe and Ito",
    "tol:bright": "Tol bright",
    "tol:muted": "Tol muted",
    "petroff:petroff8": "Petroff 8",
}
USUAL = "crameri:batlow"


@lru_cache(maxsize=32)
def ramp(name: str, canvas: str) -> NDArray[np.float32]:
    """(256, 3) float32 in [0, 1], low to high. "" or an unknown name is the usual one."""
    from cmap import Colormap

    full = np.asarray(Colormap(name if name in VALUES else USUAL).lut(256)[:, :3], np.float64)
    return standing_out(full, canvas)


@lru_cache(maxsize=4)
def signed(*, dark: bool) -> NDArray[np.float32]:
    """(256, 3) float32 in [0, 1]: from one side over none to the other; dark or light in the
    middle, as the canvas is."""
    from cmap import Colormap

    found = Colormap("crameri:berlin" if dark else "crameri:vik").lut(256)[:, :3]
    table: NDArray[np.float32] = np.asarray(found, np.float32)
    table.setflags(write=False)
    return table


@lru_cache(maxsize=1)
def near_far() -> NDArray[np.uint8]:
    """(255, 3) uint8 along the scale of KL, near to far: crameri:lipari in every theme."""
    from cmap import Colormap

    table = np.asarray(Colormap("crameri:lipari").lut(256)[:, :3])
    some = np.rint(np.linspace(0, 255, 255)).astype(np.intp)
    found: NDArray[np.uint8] = np.rint(255 * table[some]).astype(np.uint8)
    found.setflags(write=False)
    return found


def colours(name: str, tokens: Tokens) -> tuple[tuple[float, float, float], ...]:
    """The data colours by name, as floats; "" or an unknown name gives those of the theme.

    Of another palette only what stands out from the canvas is taken.
    """
    own = tuple(rgb(c) for c in tokens.runs)
    if name not in NAMES:
        return own
    from cmap import Colormap

    table = np.array([stop.color.rgba[:3] for stop in Colormap(name).color_stops], np.float64)
    strong = table[contrast(table, np.array(rgb(tokens.canvas))) >= LEAST_CONTRAST]
    return tuple((float(r), float(g), float(b)) for r, g, b in strong[:8])
