"""Format 2 stores the order in which texts are scored, and how far each entry has come in it."""

from __future__ import annotations

import numpy as np

from compute.core.tables import TextSet
from compute.store import nodes, schema, tables
from compute.store.nodes import Node
from compute.store.settled import prefix

_ROWS = 256


def step(file: Node) -> None:
    """Add ``/texts/order`` and ``/models/n_prefix``."""
    texts = nodes.group(file, "texts")
    ids, found, domains = (nodes.strings(texts, name) for name in ("id", "text", "domain"))
    order = TextSet(ids, found, domains).order
    with nodes.unfinished(texts):
        tables.write(texts, schema.ORDER, order)
    models = nodes.group(file, "models")
    statuses = nodes.strings(models, "status")
    loglik = nodes.dataset(file, "loglik", "float32", (len(statuses), len(order)))
    counts = np.zeros(len(statuses), dtype=np.int64)
    for k, status in enumerate(statuses):
        if status == "done":
            counts[k] = len(order)
        elif status == "partial":
            counts[k] = prefix(~np.isnan(loglik[k]), order)
    with nodes.unfinished(models):
        tables.write(models, schema.N_PREFIX, counts, maxshape=(None,), chunks=(_ROWS,))
