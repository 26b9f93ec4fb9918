"""The frozen tables that travel between folders: texts, entries, checkpoints, snapshots."""

from __future__ import annotations

import hashlib
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.core.errors import KlscopeError

STATUSES = ("planned", "partial", "done", "failed")
RELATIONS = (
    "",
    "checkpoint-of",
    "fine-tune-of",
    "quantized-from",
    "layer-of",
    "adapter-on",
    "merge-of",
)
_OF_A_RUN = ("", "checkpoint-of")
BOS_RULES = ("tokenizer", "prepend", "skip-first")
FIRST_TEXTS, FIRST_SHARE = 500, 0.05
"""The first round of scoring: this many texts or this share, whichever is more."""


def frozen(array: NDArray[Any]) -> NDArray[Any]:
    """The same array, marked read-only."""
    array.setflags(write=False)
    return array


@dataclass(frozen=True, eq=False)
class TextSet:
    """The fixed texts of a project, axis N of every vector.

    Attributes
    ----------
    ids : tuple of str, (N,)
        Stable names of the texts.
    texts : tuple of str, (N,)
    domains : tuple of str, (N,)
        ``""`` = unknown.
    source, licence : str
        Where the texts come from; exports keep both.
    parameters : mapping
        How the set was built (JSON values only).
    kept_order : ndarray, (N,) int64, optional
        The order in which a project scores the texts, as stored; None = not stored yet.
    """

    ids: tuple[str, ...]
    texts: tuple[str, ...]
    domains: tuple[str, ...]
    source: str = ""
    licence: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    kept_order: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        if not len(self.ids) == len(self.texts) == len(self.domains):
            raise KlscopeError("ids, texts and domains of a text set differ in length")

    def __len__(self) -> int:
        return len(self.texts)

    @cached_property
    def order(self) -> NDArray[np.int64]:
        """(N,) int64, text indices in the random order of scoring: the stored one, else one made
        from the digest. Its first :attr:`first_round` texts are scored in the first round."""
        if self.kept_order is not None:
            return frozen(self.kept_order)
        seed = int(self.digest[:16], 16)
        return frozen(np.random.default_rng(seed).permutation(len(self)))

    @property
    def first_round(self) -> int:
        """Texts of the first round: 500 or 5 %, whichever is more, or all there are."""
        return min(len(self), max(FIRST_TEXTS, math.ceil(FIRST_SHARE * len(self))))

    @cached_property
    def n_bytes(self) -> NDArray[np.int64]:
        """(N,) int64, UTF-8 bytes of each text."""
        return frozen(np.array([len(t.encode()) for t in self.texts], dtype=np.int64))

    @cached_property
    def digest(self) -> str:
        """sha256 over the texts in order, each preceded by its length: equal digest, equal axis."""
        h = hashlib.sha256(b"klscope texts 1\n")
        for text in self.texts:
            raw = text.encode()
            h.update(struct.pack("<Q", len(raw)))
            h.update(raw)
        return h.hexdigest()


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the model table: anything with a log-likelihood vector.

    Integers: -1 = unknown. Strings: "" = unknown. ``noise_floor`` is in bits/byte, NaN = unknown.
    ``id`` is unique within a project and never reused. ``n_prefix`` counts the leading texts of
    :attr:`TextSet.order` that are settled: scored, or known to get no score. The store keeps it at
    N for done entries and at 0 for planned and failed ones. ``parent`` is the id of an entry, or
    the name of a model that the project does not hold; a merge lists its further parents in
    ``other_parents``. ``metadata`` keeps what a source says beside that, as (name, value) pairs.
    """

    id: str
    label: str = ""
    family: str = ""
    run: str = ""
    step: int = -1
    tokens_seen: int = -1
    seed: int = -1
    layer: int = -1
    n_params: int = -1
    size: str = ""
    parent: str = ""
    relation: str = ""
    source: str = ""
    revision: str = ""
    digest: str = ""
    dtype: str = ""
    quantization: str = ""
    bos: str = ""
    context_length: int = -1
    device: str = ""
    n_threads: int = -1
    software: str = ""
    tags: tuple[str, ...] = ()
    status: str = "planned"
    error: str = ""
    n_scored: int = 0
    noise_floor: float = float("nan")
    tokenization: str = ""
    n_prefix: int = 0
    metadata: tuple[tuple[str, str], ...] = ()
    other_parents: tuple[str, ...] = ()

    def with_(self, **changes: Any) -> Entry:
        return replace(self, **changes)

    @property
    def parents(self) -> tuple[str, ...]:
        """Every declared parent; several for a merge."""
        return (*((self.parent,) if self.parent else ()), *self.other_parents)

    @property
    def is_checkpoint(self) -> bool:
        """Whether it is a step of a training run, and no variant or layer of one."""
        plain = self.layer < 0 and not self.quantization
        return plain and bool(self.run) and self.step >= 0 and self.relation in _OF_A_RUN


ENTRY_FIELDS = tuple(f.name for f in fields(Entry))


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One scorable thing found in a source, before it is an entry.

    ``problem`` is "" or one sentence that says why it cannot be scored. ``duplicate_of`` is the
    label of an earlier checkpoint with byte-identical weights. ``digest`` is the sha256 over the
    sorted sha256 of the weight files, "" = not computed yet. ``needs_trust``: it can be loaded
    only by code of its own, which runs only with consent (:mod:`compute.core.trust`).

    ``quantization`` says how its weights are stored, ``quantize`` how they are to be quantized when
    they are loaded (:mod:`compute.core.quantization`). ``adapter`` is the folder of an adapter that
    is put on the model in ``path``. ``parents`` are names of models that it says it comes from,
    ``relation`` one of :data:`RELATIONS`.
    """

    path: str
    label: str
    family: str = ""
    run: str = ""
    step: int = -1
    tokens_seen: int = -1
    seed: int = -1
    n_params: int = -1
    size: str = ""
    source: str = ""
    revision: str = ""
    digest: str = ""
    n_bytes: int = -1
    problem: str = ""
    duplicate_of: str = ""
    needs_trust: bool = False
    quantization: str = ""
    quantize: str = ""
    adapter: str = ""
    parents: tuple[str, ...] = ()
    relation: str = ""

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Checkpoint:
        """From its fields as JSON has them."""
        values: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in data.items()
        }
        return cls(**values)

    def with_(self, **changes: Any) -> Checkpoint:
        return replace(self, **changes)

    @property
    def place(self) -> str:
        """Where it lies: an adapter's own folder, else the model's."""
        return self.adapter or self.path

    @property
    def entry_id(self) -> str:
        """The id its entry gets when it is first scored, or that with ``-2``, ``-3``, ... after it.

        It stays when label, run or step of the entry are edited.
        """
        in_run = self.run and self.step >= 0
        name = f"{self.run}/step{self.step}" if in_run else self.label or "model"
        return f"{name}/{self.quantize}" if self.quantize else name


@dataclass(frozen=True, slots=True)
class Listing:
    """What a source holds: its checkpoints in order (run, step) and sentences about it."""

    source: str
    name: str
    checkpoints: tuple[Checkpoint, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recipe:
    """The stored preprocessing of an analysis (method: exclude -> clip -> drop texts -> centre).

    ``clip_quantile`` 0 = no clipping. ``tau`` is the frozen clip value in nats, NaN = not frozen
    yet (then it is computed from the entries in use and is provisional). ``excluded`` holds entry
    ids, ``dropped_texts`` text ids.

    ``reasons`` says, for each of ``excluded``, why ("" = chosen by hand). ``domains`` keeps only
    texts of these domains, () = all. ``centred_on`` holds the ids whose mean is subtracted from
    every row, () = all entries in use; no KL depends on it, coordinates do. ``base`` names the
    recipe it was made from. ``basis`` is a digest of everything that its tau, exclusions and
    dropped texts were worked out from ("" = nothing was), ``made_with`` the parameters of that as
    JSON, ``analysis`` the analysis it belongs to ("" = the whole project). ``version`` 0 = worked
    out for the moment and not stored: every number made with it is provisional.
    """

    name: str
    clip_quantile: float = 0.0
    tau: float = float("nan")
    excluded: tuple[str, ...] = ()
    dropped_texts: tuple[str, ...] = ()
    version: int = 1
    reasons: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    centred_on: tuple[str, ...] = ()
    base: str = ""
    basis: str = ""
    made_with: str = ""
    analysis: str = ""


BUILT_IN_RECIPES = (Recipe("raw"), Recipe("clip2", clip_quantile=0.02))


@dataclass(frozen=True, eq=False)
class Embedding:
    """Coordinates of entries, cached under a key made from their inputs.

    Attributes
    ----------
    key : str
        sha256 prefix over entry ids and rows, texts, recipe, parameters and code version.
    ids : tuple of str, (K,)
        Entry ids, in row order.
    coords : ndarray, (K, dims) float32
        No unit for t-SNE; sqrt(bits/byte) for PCA.
    params : mapping
        Parameters as used (method, dims, perplexity, seed, ...), JSON values only.
    info : mapping
        Results beside the coordinates (explained shares, final objective, ...), JSON values only.
    """

    key: str
    ids: tuple[str, ...]
    coords: NDArray[np.float32]
    params: Mapping[str, Any]
    info: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class WeightDistances:
    """Squared Euclidean distances between the weights of a run's checkpoints.

    Attributes
    ----------
    run : str
    steps : ndarray, (S,) int64
        Ascending.
    squared : ndarray, (S, S) float64
        Symmetric, zero diagonal, in squared units of the parameters; NaN = not computed.
    source : str
        Where they come from ("" = unknown).
    """

    run: str
    steps: NDArray[np.int64]
    squared: NDArray[np.float64]
    source: str = ""

    def __post_init__(self) -> None:
        n = len(self.steps)
        if self.squared.shape != (n, n) or (np.diff(self.steps) <= 0).any():
            raise KlscopeError(f"the weight distances of {self.run} do not fit its steps")


@dataclass(frozen=True, eq=False)
class Benchmarks:
    """Scores of entries in benchmarks, for prediction from their vectors.

    Attributes
    ----------
    tasks : tuple of str, (T,)
    ids : tuple of str, (n,)
        Entry ids.
    values : ndarray, (n, T) float64
        As published, usually per cent; NaN = unknown.
    source : str
    """

    tasks: tuple[str, ...]
    ids: tuple[str, ...]
    values: NDArray[np.float64]
    source: str = ""

    def __post_init__(self) -> None:
        if self.values.shape != (len(self.ids), len(self.tasks)):
            raise KlscopeError("the benchmark scores do not fit their entries and tasks")


@dataclass(frozen=True, eq=False)
class TokenDetail:
    """Token-level log-probabilities of one entry, all texts in a row.

    Attributes
    ----------
    offsets : ndarray, (N+1,) int64
        Text s has the values ``offsets[s]`` up to ``offsets[s + 1]``.
    values : ndarray, (offsets[N],) float16, nats
        NaN = this token is not scored. Rounded to 11 bits, a relative error of at most 0.05 %.
    lengths : ndarray, (offsets[N],) int16, bytes, or None
        The tokens of a text stand for its bytes one after the other, each for so many; a token may
        end within a character, and one of length 0 belongs to the character before. -1 = it stands
        for no part of the text (BOS, EOS). None = where tokens begin is not known.
    """

    offsets: NDArray[np.int64]
    values: NDArray[np.float16]
    lengths: NDArray[np.int16] | None = None

    def __post_init__(self) -> None:
        steps = np.diff(self.offsets)
        ends = len(self.offsets) and (self.offsets[0], self.offsets[-1])
        if self.values.ndim != 1 or ends != (0, len(self.values)) or (steps < 0).any():
            raise KlscopeError("the offsets of token values do not fit the values")
        if self.lengths is not None and self.lengths.shape != self.values.shape:
            raise KlscopeError("the lengths of tokens do not fit their values")

    def of(self, text: int) -> NDArray[np.float16]:
        """(n_tokens,) float16, nats, of one text."""
        return self.values[self.offsets[text] : self.offsets[text + 1]]

    def lengths_of(self, text: int) -> NDArray[np.int16] | None:
        """(n_tokens,) int16, bytes, of one text."""
        if self.lengths is None:
            return None
        return self.lengths[self.offsets[text] : self.offsets[text + 1]]


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A project as read at one moment.

    Attributes
    ----------
    entries : tuple of Entry, (K,)
    loglik : ndarray, (K, N) float32, nats
        NaN = not scored. Row k belongs to ``entries[k]``. Batches in ``.parts`` are merged in.
    stamp : tuple of int
        Changes whenever the file is replaced.
    """

    path: Path
    texts: TextSet
    entries: tuple[Entry, ...]
    loglik: NDArray[np.float32]
    recipes: Mapping[str, Recipe]
    stamp: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.loglik.shape != (len(self.entries), len(self.texts)):
            raise KlscopeError(
                f"log-likelihoods have shape {self.loglik.shape}, expected "
                f"({len(self.entries)}, {len(self.texts)})"
            )

    @cached_property
    def row_of(self) -> Mapping[str, int]:
        """Entry id -> row of ``loglik``."""
        return {e.id: k for k, e in enumerate(self.entries)}
