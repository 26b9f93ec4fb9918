"""An upper bound of the entropy of the texts: what the best model needs for them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from compute.core.units import LN2
from compute.geometry.prepared import Selected


@dataclass(frozen=True, slots=True)
class EntropyBound:
    """``bits_per_byte`` and ``se`` of the entry ``id``, the smallest of all on the same texts."""

    bits_per_byte: float
    se: float
    id: str
    n_texts: int


def entropy_bound(rows: Selected) -> EntropyBound:
    """``min_i (-mean_s l_i) / (Bbar ln 2)`` over the entries in use, without clipping.

    No model can need fewer bits on average than the entropy of its texts. The paper reports 0.71
    (section 2). Where the first token of a text is not scored (BOS rule ``tokenizer`` of Pythia,
    GPT-2 or Falcon), the number lacks that token and is a little too small to be a strict bound.

    Returns
    -------
    EntropyBound
        ``se`` is that of the mean over texts, ``sd / sqrt(N)``, bits/byte.
    """
    means = -rows.raw.mean(axis=1, dtype=np.float64)
    best = int(np.argmin(means))
    unit = rows.mean_bytes * LN2
    sd = float(rows.raw[best].std(dtype=np.float64))
    return EntropyBound(
        float(means[best]) / unit, sd / unit / math.sqrt(rows.n_texts), rows.ids[best], rows.n_texts
    )
