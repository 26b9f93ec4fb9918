"""Estimators: parameters in, coordinates out. The only home of openTSNE; imports core only.

An estimator is a file here with a parameter class and a function ``fit``, and one line in
:data:`ESTIMATORS`. It sees :class:`~compute.embedding.protocol.Rows` (what ``geometry.Prepared``
is), so that this folder needs to know nothing about recipes.

Decided:

* PCA is numpy only and importable without scikit-learn and openTSNE: it is the first picture.
* t-SNE gets exact neighbours by ``sqrt(KL)``, the Euclidean distance of the rows ``qs``, and PCA as
  its initialisation, both from the KL matrix that is there anyway. Refused: openTSNE's own search
  and PCA, which compute the same from all texts again.
* Below an estimator's ``min_entries`` the map is PCA; ``info["note"]`` says why. Notes are not part
  of a stored embedding: they belong to the question, and are added when it is answered.
* Keys are made from the parameters *used*: two perplexities cut down to the same one share a key.
  A parameter that came later is left out of them at its default, so that stored maps are found.
* A preview (``tsne.carry_on``) starts from the picture that is there and is never stored; the map
  of the parameters is always computed from PCA.
* New entries are placed without moving the old ones (:mod:`compute.embedding.place`). Refused:
  optimising them together with the old ones, which moves these and depends on who came first.
* Turning a picture onto the one before (:mod:`compute.embedding.register`) is for display only.
"""

from compute.embedding.parameters import Option, options_of, validated
from compute.embedding.protocol import Checkpoints, Fit, OnState, Params, Rows, State
from compute.embedding.run import Plan, cache_key, embed, params_dict, plan
from compute.embedding.table import ESTIMATORS, Estimator, make_params

__all__ = [
    "ESTIMATORS",
    "Checkpoints",
    "Estimator",
    "Fit",
    "OnState",
    "Option",
    "Params",
    "Plan",
    "Rows",
    "State",
    "cache_key",
    "embed",
    "make_params",
    "options_of",
    "params_dict",
    "plan",
    "validated",
]
