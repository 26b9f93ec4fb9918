"""The job that trains models of a suite further, on other text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compute.core.control import Control
from compute.core.events import Emit
from compute.core.specs import TuneSpec
from compute.minisuite.tuning import tune as make


def tune(spec: TuneSpec, emit: Emit, control: Control) -> Mapping[str, Any]:
    """Make the models of ``spec``; see :func:`compute.minisuite.tuning.tune`."""
    folder = make(spec, emit, control)
    return {"out": str(folder), "models": [model.name for model in spec.tuned]}
