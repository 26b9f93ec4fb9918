"""From log-likelihoods to KL: recipes, double centring, distances with standard errors. numpy only.

Functions on arrays and on the tables of :mod:`compute.core`, which is all this folder imports. A
new quantity is a function of :class:`Prepared` in a file named after it, listed below.

Decided:

* :func:`prepare` follows the order of the method: exclude, tau and clip, drop texts, centre. Only
  entries with status ``done`` take part; the others are in ``Prepared.left_out`` with the reason.
* A text that some used entry lacks is dropped for all (``Prepared.n_texts_missing``), never per
  pair. Where that would leave fewer than half of the texts, the entry that lacks most is left out
  instead, and so on until half remain: one bad entry must not shrink everybody's axis.
* A tau that is not frozen is the quantile over *all* usable entries of the project, not over the
  entries asked for: a pair, a part of the map and the whole map then show the same number.
* Distances come from the Gram matrix, except close pairs and single pairs, which come from the
  difference (refused: always the difference, 50 times slower).
* A KL that is asked for as a pair uses all texts both have, and works on partial entries; it is
  then provisional.
"""

from compute.geometry.kl import (
    ESTIMATOR,
    Neighbour,
    PairKL,
    consecutive_kl,
    kl_matrix,
    kl_pair,
    kl_to,
    mean_bits_per_byte,
    neighbours,
)
from compute.geometry.naming import find_entry
from compute.geometry.prepared import LeftOut, Prepared, prepare
from compute.geometry.recipes import find_recipe, freeze

__all__ = [
    "ESTIMATOR",
    "LeftOut",
    "Neighbour",
    "PairKL",
    "Prepared",
    "consecutive_kl",
    "find_entry",
    "find_recipe",
    "freeze",
    "kl_matrix",
    "kl_pair",
    "kl_to",
    "mean_bits_per_byte",
    "neighbours",
    "prepare",
]
