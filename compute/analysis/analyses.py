"""The analyses of the paper: which entries each is about, and its own recipe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from compute.analysis.making import OWN, Wish, made, wish_of
from compute.analysis.members import members
from compute.core.errors import InputError
from compute.core.tables import Recipe, Snapshot, WeightDistances
from compute.geometry import LeftOut, find_recipe

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
UNCLIPPED = {("layers", "clip2"): "raw"}
"""(analysis, usual recipe) -> the recipe it has instead."""


@dataclass(frozen=True, eq=False)
class Analysis:
    """``ids`` are entry ids in project order, those that ``recipe`` excludes among them.

    ``left_out`` are entries that belong to it and were scored with another BOS rule than most.
    """

    name: str
    title: str
    ids: tuple[str, ...]
    recipe: Recipe
    left_out: tuple[LeftOut, ...] = ()


def analysis_of(
    snapshot: Snapshot,
    name: str,
    *,
    recipe: str = "clip2",
    after: int = -1,
    n_drop: int = -1,
    weights: Mapping[str, WeightDistances] | None = None,
) -> Analysis:
    """The entries and the recipe of one analysis.

    The three about pretraining have a recipe of their own, made from their own entries (paper,
    appendix E.1): the stored one where the project has it, else one made for the moment from
    ``recipe`` (version 0, so that every number with it is provisional). It is also made for the
    moment where ``after`` or ``n_drop`` ask for something else than the stored one was made with.
    The other analyses use ``recipe``; layers take no clip value where that is the usual one: they
    are measured as they are, as in the paper, since the clip value of finished models would cut
    most of what a shallow layer says.

    Parameters
    ----------
    snapshot : Snapshot
    name : str
        One of :data:`NAMES`.
    recipe : str
        The project's recipe.
    after : int
        First step that is after warm-up; -1 = two regular intervals of each run.
    n_drop : int
        Outlier texts to drop; -1 = 3 %.
    weights : mapping
        Run -> distances in weight space, in which odd checkpoints are looked for too.

    Raises
    ------
    UsageError
        If there is no such analysis or recipe.
    InputError
        If the project has none of its entries, or nothing is left of them or of the texts.
    """
    ids, left_out = members(snapshot, name)
    base = find_recipe(snapshot, UNCLIPPED.get((name, recipe), recipe))
    if name not in OWN or base.analysis == name:
        return Analysis(name, NAMES[name], ids, base, left_out)
    own = snapshot.recipes.get(OWN[name])
    if own is None or not _as_asked(own, after, n_drop):
        wish = Wish(OWN[name], recipe, n_drop=n_drop, analysis=name, after=after)
        own = made(snapshot, wish, weights)
    return Analysis(name, NAMES[name], ids, own, left_out)


def _as_asked(stored: Recipe, after: int, n_drop: int) -> bool:
    """Whether a stored recipe is what was asked for: -1 asks for nothing in particular."""
    if after < 0 and n_drop < 0:
        return True
    try:
        wish = wish_of(stored)
    except InputError:
        return False
    return after in (-1, wish.after) and n_drop in (-1, wish.n_drop)
