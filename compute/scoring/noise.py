"""How far a vector is from the one that a model's own logits give, one text at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.core.errors import ScoringError
from compute.core.tables import TextSet
from compute.core.units import bits_per_byte
from compute.scoring.planning import ModelShape
from compute.scoring.reference import plain_loop
from compute.scoring.tokens import TokenizedTexts

MOST_TEXTS = 4
_SHARE = 0.02
_QUARTILE = 0.25
_LOGITS_BYTES = 1 << 28


def noise_floor(
    module: Any,
    shape: ModelShape,
    tokens: TokenizedTexts,
    texts: TextSet,
    row: NDArray[np.float32],
) -> float:
    """``mean(d^2) / 2`` in bits/byte, d = ``row`` (N,) nats minus the plain loop's values [D].

    It has the form of a KL (method 1): distances of this size between entries are noise. The plain
    loop runs the same weights in the same dtype, so d holds what batches, padding, chunks and the
    fast path change, and not what the dtype itself does. A few of the shorter texts are enough:
    rounding grows with the length of a text, and so do its bytes.

    Raises
    ------
    ScoringError
        If the model's own logits are not numbers.
    """
    few = some_texts(row, tokens, shape)
    if not len(few):
        return float("nan")
    single = plain_loop(module, [tokens.ids[k] for k in few], first=tokens.first)
    bad = np.flatnonzero(~np.isfinite(single))
    if len(bad):
        text = texts.ids[few[int(bad[0])]]
        raise ScoringError(f"its own logits are not numbers on text {text!r}")
    gap = row[few].astype(np.float64) - single
    return bits_per_byte(float(np.mean(gap**2)) / 2, float(texts.n_bytes[few].mean()))


def some_texts(
    row: NDArray[np.float32], tokens: TokenizedTexts, shape: ModelShape
) -> NDArray[np.int64]:
    """Scored texts from the lower quartile of lengths on: 2 % of them, 1 to 4.

    Left out are texts without a scored token and those read in windows, whose values the plain loop
    cannot give; also, where there are shorter ones, those whose logits would fill the memory.
    """
    lengths = tokens.n_tokens
    usable = np.isfinite(row) & (lengths > tokens.first)
    if shape.context > 0:
        usable &= lengths <= shape.context
    found = np.flatnonzero(usable)
    found = found[np.argsort(lengths[found], kind="stable")]
    start = int(_QUARTILE * len(found))
    fits = int((lengths[found] * 4 * shape.vocab <= _LOGITS_BYTES).sum())
    n = min(MOST_TEXTS, max(1, int(_SHARE * len(found))))
    start = max(0, min(start, fits - n))
    return found[start : start + n]
