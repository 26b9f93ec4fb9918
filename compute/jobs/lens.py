"""The job behind ``klscope lens fit``: translators of a model's layers, trained on texts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from compute.core.control import Control
from compute.core.errors import UsageError
from compute.core.events import Emit, Progress, Started
from compute.core.specs import LensSpec
from compute.texts import read_texts

SUFFIX = ".safetensors"


def fit(spec: LensSpec, emit: Emit, control: Control) -> Mapping[str, Any]:
    """Train a tuned lens and write it.

    Returns
    -------
    mapping
        ``out``, ``tokens`` it was trained on, and ``layers``: layer -> (KL before, KL after) to the
        model's own prediction, nats/token, on states that were held out.

    Raises
    ------
    UsageError
        If the file's name is not that of a safetensors file.
    InputError, ScoringError
        If texts or model cannot be read, there are too few tokens, or the states do not fit memory.
    """
    out = Path(spec.out)
    if out.suffix != SUFFIX:
        raise UsageError(
            f"{out.name} is no name for a lens", advice=f"It is written as {SUFFIX}, name it so"
        )
    emit(Started(f"Fitting a lens to {Path(spec.model).name}", 0, "layers"))
    texts = read_texts(Path(spec.texts))

    def tick(done: int, total: int) -> None:
        emit(Progress(done / max(total, 1), done, total, f"layer {min(done, total - 1)}"))
        control.checkpoint()

    from compute.scoring.fitting import fit_folder  # torch, in the process of the job alone

    return fit_folder(spec, texts, tick)
