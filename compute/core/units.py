"""Units. Log-likelihoods are in nats per text; distances are shown in bits per byte."""

from __future__ import annotations

import math

LN2 = math.log(2.0)


def bits_per_byte(nats_per_text: float, mean_bytes: float) -> float:
    """Nats per text -> bits per byte, for texts of ``mean_bytes`` UTF-8 bytes on average."""
    return nats_per_text / (mean_bytes * LN2)
