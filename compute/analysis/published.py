"""The paper's published numbers, as data (arXiv 2505.15353; method page, section 6).

Everything is in bits/byte unless it says otherwise. The paper's quantization values have no null
control, so they are shown but never used as a scale.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    """Median, mean and SD (ddof 0) of the KL of one setting."""

    median: float
    mean: float
    sd: float


@dataclass(frozen=True, slots=True)
class Measured:
    """A KL and its standard error over texts."""

    kl: float
    se: float


@dataclass(frozen=True, slots=True)
class Exponents:
    """Diffusion exponents of squared distances; ``alpha`` is ``loglik / weights``."""

    weights: float
    loglik: float
    alpha: float
    likelihood: float


@dataclass(frozen=True, slots=True)
class Fit:
    """R squared of the diffusion fits, mean and SD over starts."""

    loglik: float
    loglik_sd: float
    weights: float
    weights_sd: float


SETTINGS: Mapping[str, Spread] = {
    "later": Spread(0.011, 0.014, 0.0050),
    "early": Spread(0.067, 0.078, 0.047),
    "seed": Spread(0.12, 0.12, 0.0071),
    "size": Spread(0.48, 0.61, 0.47),
    "8-bit": Spread(0.44, 0.80, 1.9),
    "4-bit": Spread(0.49, 0.91, 2.0),
    "fine-tune": Spread(0.40, 1.5, 3.6),
    "same-type": Spread(0.95, 2.8, 6.4),
    "random": Spread(2.2, 5.3, 8.8),
    "layers": Spread(3.0, 8.1, 13.0),
}
"""Table 2(a): group (:mod:`compute.analysis.groups`) -> its KL."""

UNCONTROLLED = ("8-bit", "4-bit")
"""Settings whose published values come without a null control."""

STEPS: Mapping[int, Measured] = {
    10_000: Measured(0.069, 0.0011),
    50_000: Measured(0.053, 0.0010),
    100_000: Measured(0.023, 0.00042),
}
"""Table 2(b), Pythia 410M: step -> KL to the checkpoint 1,000 steps later."""
LAST_STEP = 143_000
SEEDS_410M = Measured(0.11, 0.0024)
"""Table 2(b): the original 410M against its valid seeds at the last step, averaged."""
SIZES_410M: Mapping[str, Measured] = {
    "1B": Measured(0.28, 0.010),
    "1.4B": Measured(0.52, 0.018),
    "2.8B": Measured(1.0, 0.036),
    "6.9B": Measured(1.7, 0.060),
}
"""Table 2(b): 410M against another size at the last step."""

LAYERS: Mapping[str, tuple[Measured, Measured, Measured]] = {
    "Llama-2-7b-hf": (Measured(0.61, 0.013), Measured(1.6, 0.063), Measured(1.3, 0.10)),
    "Meta-Llama-3-8B": (Measured(4.0, 0.075), Measured(22.0, 0.78), Measured(1.7, 0.037)),
    "Mistral-7B-v0.3": (Measured(2.4, 0.10), Measured(5.7, 0.12), Measured(8.6, 0.54)),
}
"""Table 2(c): model -> KL of the layers in :data:`LAYER_PAIRS`."""
LAYER_PAIRS = ((1, 2), (16, 17), (31, 32))

SIZE_PAIRS: Mapping[tuple[str, str], float] = {
    ("410M", "1B"): 0.28,
    ("410M", "1.4B"): 0.52,
    ("410M", "2.8B"): 1.04,
    ("410M", "6.9B"): 1.7,
    ("1B", "1.4B"): 0.15,
    ("1B", "2.8B"): 0.44,
    ("1B", "6.9B"): 0.92,
    ("1.4B", "2.8B"): 0.21,
    ("1.4B", "6.9B"): 0.57,
    ("2.8B", "6.9B"): 0.21,
}
"""Table 3: KL between sizes at the last step."""

EXPONENTS: Mapping[str, Exponents] = {
    "410M": Exponents(1.1, 0.15, 0.14, 0.15),
    "1B": Exponents(0.83, 0.20, 0.24, 0.20),
    "1.4B": Exponents(0.91, 0.21, 0.23, 0.21),
    "2.8B": Exponents(0.90, 0.26, 0.29, 0.26),
    "6.9B": Exponents(0.92, 0.33, 0.36, 0.34),
}
"""Table 1."""

FITS: Mapping[str, Fit] = {
    "410M": Fit(0.849, 0.158, 0.993, 0.00622),
    "1B": Fit(0.935, 0.0866, 0.999, 0.000922),
    "1.4B": Fit(0.955, 0.0336, 0.999, 0.000687),
    "2.8B": Fit(0.959, 0.088, 0.999, 0.000704),
    "6.9B": Fit(0.977, 0.0305, 0.999, 0.000975),
}
"""Table 4."""

SHIFT_COSINES: Mapping[str, tuple[float, int]] = {
    "llama-2": (0.98, 8),
    "llama-3": (0.91, 7),
    "mistral": (0.96, 9),
}
"""Section 3.2: family -> mean cosine of 8-bit shifts, number of models."""
RANDOM_COSINE = 0.67
"""Section 3.2: the same for nine models drawn whatever their family, mean of 100 trials."""
RANDOM_MODELS, RANDOM_TRIALS = 9, 100

ENTROPY = 0.71
"""Upper bound of the entropy of the text set (appendix C)."""
HALVES_PEARSON = 0.99
"""Correlation of all KLs of a run between two text sets (appendix C). No unit."""
N_TEXTS, MEAN_BYTES = 10_000, 972.3188
TAU = -1412.3424912643432
"""Clip value of the public matrix of 1,018 models, nats per text."""

FAMILY_COLOURS: Mapping[str, str] = {
    "llama-1": "#1f77b4",
    "llama-2": "#ff7f0e",
    "llama-3": "#2ca02c",
    "mistral": "#d62728",
    "gpt_neox": "#9467bd",
    "gptj": "#8c564b",
    "gemma": "#e377c2",
    "falcon": "#17becf",
    "opt": "#7f7f7f",
    "others": "#d3d3d3",
    "deepseek": "#191970",
}
"""The authors' colours of model types, for those who ask for them."""
