"""Diffusion: how the squared distance from a start grows with the lag (paper, section 4.2).

``trajectories`` has the squared distances of a run in one space, worked out once; ``windows`` says
which checkpoints are fitted from which start; ``fit`` is the power law, ``laws`` noise plus drift
beside it; ``exponents`` is every start of a trajectory, ``runs`` everything about one run.
``resampling``, ``dimension`` and ``scales`` hold the bootstrap over texts, what follows from an
exponent and when to doubt it, and the likelihood scales; ``folding`` is the illustration.

For whoever refits while something is dragged: keep the :class:`Trajectory` (or
:class:`RunDiffusion`) and call :func:`exponents` or :func:`exponents_from`; that reads distances
and takes logarithms, nothing else.

Decided:

* Both laws are fitted by least squares of ln(distance^2), with two parameters each, so residuals
  compare. Refused: a linear fit of distance^2 for noise plus drift, which would lose on the other
  law's scale.
* A window holds every saved checkpoint within ten intervals, also those between the regular ones,
  as the paper says; it is complete if the run goes on that long.
* The bootstrap resamples texts, not checkpoints: the points of one window depend on each other.
"""

from compute.analysis.diffusion.dimension import caution, embedding_dimension
from compute.analysis.diffusion.exponents import (
    Exponents,
    Spread,
    after,
    exponents,
    exponents_from,
    late,
    squared_in,
)
from compute.analysis.diffusion.fit import PowerLaw, power_law
from compute.analysis.diffusion.laws import (
    Comparison,
    NoiseDrift,
    compare,
    noise_plus_drift,
    verdict,
)
from compute.analysis.diffusion.resampling import text_draws
from compute.analysis.diffusion.runs import (
    NO_WEIGHTS,
    AtStart,
    RunDiffusion,
    at_start,
    diffusion_of,
    representative_start,
)
from compute.analysis.diffusion.scales import SCALES
from compute.analysis.diffusion.trajectories import Trajectory, in_loglikelihood, in_weights
from compute.analysis.diffusion.windows import POINTS

__all__ = [
    "NO_WEIGHTS",
    "POINTS",
    "SCALES",
    "AtStart",
    "Comparison",
    "Exponents",
    "NoiseDrift",
    "PowerLaw",
    "RunDiffusion",
    "Spread",
    "Trajectory",
    "after",
    "at_start",
    "caution",
    "compare",
    "diffusion_of",
    "embedding_dimension",
    "exponents",
    "exponents_from",
    "in_loglikelihood",
    "in_weights",
    "late",
    "noise_plus_drift",
    "power_law",
    "representative_start",
    "squared_in",
    "text_draws",
    "verdict",
]
