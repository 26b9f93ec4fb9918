"""A file of each released format is read. Never regenerate these files; add one per version."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from compute import store
from compute.core.tables import Recipe
from compute.store import schema

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "store"


def test_that_each_format_version_has_a_file() -> None:
    names = {path.name for path in FIXTURES.glob("*.h5")}
    assert names == {f"format-{v}.h5" for v in range(1, schema.FORMAT_VERSION + 1)}


def test_that_format_1_is_read() -> None:
    path = FIXTURES / "format-1.h5"
    snapshot = store.read(path)
    assert snapshot.texts.texts == ("one", "zwei – größer", "three\nlines")
    assert snapshot.texts.parameters == {"seed": 42}
    first, second = snapshot.entries
    assert (first.label, first.step, first.tags) == ("run/step8", 8, ("x", "ü"))
    assert (second.status, second.error) == ("failed", "its logits are NaN")
    np.testing.assert_array_equal(snapshot.loglik[0], np.float32([-1.5, -20.25, -3]))
    assert np.isnan(snapshot.loglik[1]).all()
    assert snapshot.recipes["mine"] == Recipe("mine", 0.05, -12.5, ("e1",), ("t1",), 2)
    np.testing.assert_array_equal(store.read_tokenizations(path)["f00"], [1, 5, 3])
    embedding = store.read_embedding(path, "ab12")
    assert embedding is not None
    np.testing.assert_array_equal(embedding.coords, [[1, 2, 3]])
