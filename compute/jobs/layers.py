"""Layers of a model as entries of their own: what they are called, and which are there. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from compute.core.files import os_problem
from compute.core.tables import Entry
from compute.jobs.entries import free_id

LAYER_OF = "layer-of"
ALL = -1
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


@dataclass(frozen=True, slots=True)
class Layers:
    """The layers that a job keeps, and those that its project has already.

    ``wanted`` are numbers, (-1,) = all, () = none; ``known`` holds the entries of the project.
    """

    wanted: tuple[int, ...]
    lens: str
    known: Mapping[str, Entry]
    done: Mapping[str, frozenset[int]]

    @classmethod
    def of(cls, wanted: tuple[int, ...], file: str, entries: Iterable[Entry]) -> Layers:
        """What is asked for, of a project with these entries; ``file`` is that of a lens, or "".

        Raises
        ------
        InputError
            If the file cannot be read.
        """
        lens, known = lens_name(file), {entry.id: entry for entry in entries}
        return cls(wanted, lens, known, _done(known.values(), lens))

    def lacking(self, owner: str) -> bool:
        """Whether a wanted layer of this model is not done."""
        return not set(self.wanted) <= self.done.get(owner, frozenset())

    def entries(
        self, owner: Entry, layers: Sequence[int], n_layers: int
    ) -> Iterator[tuple[int, Entry]]:
        """(position in ``layers``, entry) of each that is not done yet.

        Layer 0 are the embeddings, layer ``n_layers`` is the model itself (method page, section 3).
        """
        done = self.done.get(owner.id, frozenset())
        for k, layer in enumerate(layers):
            if layer not in done:
                yield k, self._named(self._entry(owner, layer, n_layers))

    def _named(self, entry: Entry) -> Entry:
        """With an id of its own, unless the one that has it is this very layer, not yet done."""
        other = self.known.get(entry.id)
        same = other is None or (_of(other) == _of(entry) and other.status != "done")
        return entry if same else entry.with_(id=free_id(entry.id, self.known))

    def _entry(self, owner: Entry, layer: int, n_layers: int) -> Entry:
        own = "" if self.lens == LOGIT_LENS else f" ({self.lens})"
        return owner.with_(
            id=f"{owner.id}/layer{layer}{own.replace(' ', '-')}",
            label=f"{owner.label or owner.id} layer {layer}{own}",
            run="",
            layer=layer,
            parent=owner.id,
            relation=LAYER_OF,
            other_parents=(),
            metadata=((N_LAYERS, str(n_layers)), (LENS, self.lens)),
            noise_floor=float("nan"),
        )


def _of(entry: Entry) -> tuple[str, str, int, str]:
    """Which layer an entry is."""
    return entry.relation, entry.parent, entry.layer, _lens(entry)


def _lens(entry: Entry) -> str:
    return dict(entry.metadata).get(LENS, LOGIT_LENS)


def _done(entries: Iterable[Entry], lens: str) -> Mapping[str, frozenset[int]]:
    """Id of a model -> its layers that are done; -1 among them when none is lacking."""
    found: dict[str, dict[int, int]] = {}
    for entry in entries:
        is_layer = entry.relation == LAYER_OF and entry.layer >= 0 and entry.status == "done"
        if is_layer and _lens(entry) == lens:
            n = dict(entry.metadata).get(N_LAYERS, "")
            found.setdefault(entry.parent, {})[entry.layer] = int(n) if n.isdecimal() else -1
    return {owner: _whole(layers) for owner, layers in found.items()}


def _whole(layers: Mapping[int, int]) -> frozenset[int]:
    n = max(layers.values())
    whole = n >= 0 and set(range(n + 1)) <= set(layers)
    return frozenset(layers) | (frozenset({ALL}) if whole else frozenset())
