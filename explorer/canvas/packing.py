"""Colours as one float each, as the shaders take them: 0xRRGGBB, exact in 24 bits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_PLACES = np.array([65536.0, 256.0, 1.0], np.float32)


def packed(colour: NDArray[np.float32]) -> NDArray[np.float32]:
    """(..., 3) in [0, 1] to (...) float32."""
    levels = np.clip(colour, 0.0, 1.0) * np.float32(255)
    return np.rint(levels, out=levels) @ _PLACES
