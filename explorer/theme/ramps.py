"""Colour maps for values and for names, from cmap, which is imported on first use.

Every one here is safe for colour-blind eyes. On each theme a ramp is cut to the stretch that stands
out from the canvas.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

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
LEAST_CONTRAST = 2.0


@lru_cache(maxsize=32)
def ramp(name: str, canvas: str) -> NDArray[np.float32]:
    """(256, 3) float32 in [0, 1], low to high. "" or an unknown name is the usual one."""
    from cmap import Colormap

    full = np.asarray(Colormap(name if name in VALUES else USUAL).lut(256)[:, :3], np.float64)
    kept = full[_longest(_contrast(full, np.array(rgb(canvas))) >= LEAST_CONTRAST)]
    at = np.linspace(0, len(kept) - 1, 256)
    out = np.stack([np.interp(at, np.arange(len(kept)), channel) for channel in kept.T], axis=1)
    found: NDArray[np.float32] = out.astype(np.float32)
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
    strong = table[_contrast(table, np.array(rgb(tokens.canvas))) >= LEAST_CONTRAST]
    return tuple((float(r), float(g), float(b)) for r, g, b in strong[:8])


def _contrast(colours: NDArray[np.float64], canvas: NDArray[np.float64]) -> NDArray[np.float64]:
    """WCAG contrast of each colour with the canvas."""
    a, b = _luminance(colours), float(_luminance(canvas[None])[0])
    return (np.maximum(a, b) + 0.05) / (np.minimum(a, b) + 0.05)


def _luminance(colours: NDArray[np.float64]) -> NDArray[np.float64]:
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ np.array([0.2126, 0.7152, 0.0722]))


def _longest(good: NDArray[np.bool_]) -> slice:
    """The longest stretch of True; everything where there is none."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], good.astype(np.int8), [0]])))
    if not len(edges):
        return slice(None)
    k = int(np.argmax(edges[1::2] - edges[::2]))
    return slice(int(edges[2 * k]), int(edges[2 * k + 1]))
