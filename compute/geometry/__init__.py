"""From log-likelihoods to KL: recipes, double centring, distances with standard errors. numpy only.

Functions on arrays and on the tables of :mod:`compute.core`, which is all this folder imports. A
new quantity is a function of :class:`Prepared` in a file named after it, listed below.

Decided:

* :func:`prepare` follows the order of the method: exclude, tau and clip, drop texts, centre.
  Entries that are done take part, and partial ones that have settled the first round of texts; the
  others are in ``Prepared.left_out`` with the reason. With partial ones everything is over the
  leading texts of the scoring order that every used entry has settled (refused: the texts each
  pair has, which gives no coordinates, and texts outside the prefix, which come sorted by length).
* Entries of several BOS rules are not compared unless they are asked for by name, and then with a
  caution. Entries that scored long texts in windows are compared, with a caution: whoever chose
  windows wants to compare them.
* A text that some used entry lacks is dropped for all (``Prepared.n_texts_missing``), never per
  pair. Where that would leave fewer than half of the texts, the entry that lacks most is left out
  instead, and so on until half remain: one bad entry must not shrink everybody's axis.
* A tau that is not frozen is the quantile over *all* usable entries of the project, not over the
  entries asked for: a pair, a part of the map and the whole map then show the same number.
* Distances come from the Gram matrix, except close pairs and single pairs, which come from the
  difference (refused: always the difference, 50 times slower).
* Thousands of entries: :func:`prepare_lean` keeps the float32 log-likelihoods and centres a few
  rows at a time; :func:`kl_block` gives any part of the matrix, :func:`write_kl` all of it into a
  file (refused: float32 distances, which lose the digits of close pairs).
* A bootstrap over texts keeps the mean number of bytes fixed, as the standard error does, and
  draws the same texts for everything that is compared.
* A KL that is asked for as a pair uses all texts both have, and works on partial entries; it is
  then provisional.
"""

from compute.geometry.bootstrap import Comparison, bootstrap_kl, compare, resamples
from compute.geometry.contributions import (
    Contributions,
    DomainShare,
    contributions,
    without,
    without_first,
)
from compute.geometry.entropy import EntropyBound, entropy_bound
from compute.geometry.kl import (
    ESTIMATOR,
    Neighbour,
    PairKL,
    consecutive_kl,
    kl_among,
    kl_matrix,
    kl_pair,
    kl_to,
    mean_bits_per_byte,
    neighbours,
)
from compute.geometry.lean import LeanPrepared, Rows, prepare_lean
from compute.geometry.naming import find_entry
from compute.geometry.prepared import Prepared, Selected, prepare, select
from compute.geometry.recipes import (
    OldMap,
    find_recipe,
    freeze,
    old_maps,
    pooled_tau,
    recipe_from_json,
    recipe_to_json,
    told,
)
from compute.geometry.tiles import Tile, kl_block, kl_row, kl_tiles, se_block, se_matrix, write_kl
from compute.geometry.usable import LeftOut, prefix_of

__all__ = [
    "ESTIMATOR",
    "Comparison",
    "Contributions",
    "DomainShare",
    "EntropyBound",
    "LeanPrepared",
    "LeftOut",
    "Neighbour",
    "OldMap",
    "PairKL",
    "Prepared",
    "Rows",
    "Selected",
    "Tile",
    "bootstrap_kl",
    "compare",
    "consecutive_kl",
    "contributions",
    "entropy_bound",
    "find_entry",
    "find_recipe",
    "freeze",
    "kl_among",
    "kl_block",
    "kl_matrix",
    "kl_pair",
    "kl_row",
    "kl_tiles",
    "kl_to",
    "mean_bits_per_byte",
    "neighbours",
    "old_maps",
    "pooled_tau",
    "prefix_of",
    "prepare",
    "prepare_lean",
    "recipe_from_json",
    "recipe_to_json",
    "resamples",
    "se_block",
    "se_matrix",
    "select",
    "told",
    "without",
    "without_first",
    "write_kl",
]
