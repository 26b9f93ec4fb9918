"""A copy of the example with made-up token detail that adds up to the scores."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from compute import store
from compute.core.assets import asset
from compute.core.tables import TokenDetail
from compute.store.ragged import offsets_of


def example_with_tokens(folder: Path, ids: Iterable[str], *, other: Iterable[str] = ()) -> Path:
    """Tokens of at most four letters; those of ``other`` have at most three."""
    path = folder / "detailed.h5"
    shutil.copyfile(asset("example.h5"), path)
    snapshot = store.read(path)
    for most, names in ((4, tuple(ids)), (3, tuple(other))):
        cut = re.compile(rf"\s?\w{{1,{most}}}|\s+|[^\w\s]{{1,2}}")
        pieces = [cut.findall(text) for text in snapshot.texts.texts]
        offsets = offsets_of(np.array([len(p) for p in pieces]))
        lengths = np.array([len(x.encode()) for p in pieces for x in p], np.int16)
        for name in names:
            row = snapshot.loglik[snapshot.row_of[name]]
            rng = np.random.default_rng(sum(name.encode()))
            values = -rng.gamma(0.6, 2.4, len(lengths))
            for s in range(len(pieces)):
                part = values[offsets[s] : offsets[s + 1]]
                part[0] = 0.0
                part *= row[s] / part.sum() if part.sum() else 0.0
                part[0] = np.nan
            entry = snapshot.entries[snapshot.row_of[name]].with_(tokenization="")
            store.write_tokens(
                path, entry, TokenDetail(offsets, values.astype(np.float16), lengths)
            )
    return path
