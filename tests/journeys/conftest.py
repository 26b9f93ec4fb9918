"""One grown suite for all journeys."""

from __future__ import annotations

from pathlib import Path

import pytest

from compute.core.control import Control
from compute.core.specs import GrowSpec
from compute.jobs.grow import grow


@pytest.fixture(scope="session")
def suite(tmp_path_factory) -> Path:
    """Two runs of nine checkpoints each; not to be changed, copy it."""
    out = tmp_path_factory.mktemp("grown") / "suite"
    spec = GrowSpec(str(out), sizes=("xxs",), seeds=(0, 1), steps=8, n_threads=1, n_texts=24)
    grow(spec, lambda _event: None, Control())
    return out
