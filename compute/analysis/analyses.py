"""The analyses of the paper: which entries each is about, and its own recipe."""

from __future__ import annotations

from dataclasses import dataclass

from compute.core.tables import Recipe, Snapshot

NAMES = {
    "sizes": "Training runs of different size, one for each size",
    "seeds": "Training runs of one size that differ in the seed",
    "pretraining": "All training runs",
    "models": "Models: the last checkpoint of each run, and everything that is no checkpoint",
    "quantization": "Quantized variants and the models they come from",
    "fine-tuning": "Fine-tuned models and the models they come from",
    "layers": "Layers of models",
    "everything": "Every entry",
}


@dataclass(frozen=True, eq=False)
class Analysis:
    """``ids`` are entry ids in project order, those that ``recipe`` excludes among them."""

    name: str
    title: str
    ids: tuple[str, ...]
    recipe: Recipe


def analysis_of(
    snapshot: Snapshot, name: str, *, recipe: str = "clip2", after: int = -1, n_drop: int = -1
) -> Analysis:
    """The entries and the recipe of one analysis.

    The three about pretraining have a recipe of their own, made from their own entries (paper,
    appendix E.1); the others use the project's.
    """
    raise NotImplementedError
