"""Layers of a model as entries of their own: what they are called, and which are there. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from compute.core.files import os_problem
from compute.core.tables import Entry

LAYER_OF = "layer-of"
ALL = (-1,)
LENS, LOGIT_LENS = "lens", "logit lens"
"""Name of the metadata that says what a layer was seen through, and what it says without a file."""
N_LAYERS = "layers"
"""Name of the metadata that says how many blocks the model of a layer has."""


def lens_name(file: str) -> str:
    """What a layer was seen through: the logit lens, or the translators of a file.

    Raises
    ------
    InputError
        If the file cannot be read.
    """
    if not file:
        return LOGIT_LENS
    try:
        with open(file, "rb") as opened:
            return f"tuned lens {hashlib.file_digest(opened, 'sha256').hexdigest()[:12]}"
    except OSError as error:
        raise os_problem(error, f"Reading the lens {file}") from error


def layer_entry(owner: Entry, layer: int, n_layers: int, lens: str = LOGIT_LENS) -> Entry:
    """The entry of one layer of a model that is scored, without its id made sure to be free.

    Layer 0 are the embeddings, layer ``n_layers`` is the model itself (method page, section 3).
    """
    own = "" if lens == LOGIT_LENS else f" ({lens})"
    return owner.with_(
        id=f"{owner.id}/layer{layer}{own.replace(' ', '-')}",
        label=f"{owner.label or owner.id} layer {layer}{own}",
        run="",
        layer=layer,
        parent=owner.id,
        relation=LAYER_OF,
        other_parents=(),
        metadata=((N_LAYERS, str(n_layers)), (LENS, lens)),
        noise_floor=float("nan"),
        tags=owner.tags,
    )


def layers_of(entries: Iterable[Entry], lens: str = LOGIT_LENS) -> Mapping[str, frozenset[int]]:
    """Id of a model -> its layers that are done; ALL's -1 among them when none is lacking."""
    found: dict[str, dict[int, int]] = {}
    for entry in entries:
        if entry.relation == LAYER_OF and entry.layer >= 0 and entry.status == "done":
            known = dict(entry.metadata)
            if known.get(LENS, LOGIT_LENS) == lens:
                n = known.get(N_LAYERS, "")
                found.setdefault(entry.parent, {})[entry.layer] = int(n) if n.isdecimal() else -1
    return {owner: _known(layers) for owner, layers in found.items()}


def _known(layers: Mapping[int, int]) -> frozenset[int]:
    n = max(layers.values())
    whole = n >= 0 and set(range(n + 1)) <= set(layers)
    return frozenset(layers) | (frozenset(ALL) if whole else frozenset())


def has_layers(
    entries: Iterable[Entry], owner: str, wanted: tuple[int, ...], lens: str = LOGIT_LENS
) -> bool:
    """Whether all wanted layers of a model are done."""
    return not wanted or set(wanted) <= layers_of(entries, lens).get(owner, frozenset())
