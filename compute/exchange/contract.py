"""What a foreign format is, what is read from one and how it is found."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from compute.core.errors import InputError
from compute.core.tables import (
    Benchmarks,
    Embedding,
    Entry,
    Recipe,
    TextSet,
    TokenDetail,
    WeightDistances,
    frozen,
)


@dataclass(frozen=True, eq=False)
class Imported:
    """Everything that one project holds, as read from a foreign format or to be written in one.

    Attributes
    ----------
    texts : TextSet
        Axis N.
    entries : tuple of Entry, (K,)
        With unique ids. Their ``status`` is ``done`` when the source has no more to give (gaps stay
        NaN), ``partial`` when it was half-way, and where the row is all NaN ``planned``, or
        ``failed`` with a sentence in ``error``; ``n_scored`` counts its finite values.
    loglik : ndarray, (K, N) float32, nats
        Row k belongs to ``entries[k]``; NaN = not scored.
    weights : tuple of WeightDistances
    benchmarks : Benchmarks, optional
    recipes : tuple of Recipe
        Those that the project gets beside, or in place of, the built-in ones.
    embeddings : tuple of Embedding
    tokens : mapping
        Entry id -> log-probability of each token.
    n_tokens : mapping
        Digest of a tokenization -> (N,) int64, tokens of each text, -1 = unknown.
    notes : tuple of str
        Sentences: what was not there, what was passed over, what was decided.
    """

    texts: TextSet
    entries: tuple[Entry, ...]
    loglik: NDArray[np.float32]
    weights: tuple[WeightDistances, ...] = ()
    benchmarks: Benchmarks | None = None
    recipes: tuple[Recipe, ...] = ()
    embeddings: tuple[Embedding, ...] = ()
    tokens: Mapping[str, TokenDetail] = field(default_factory=dict)
    n_tokens: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.loglik.shape != (len(self.entries), len(self.texts)):
            raise InputError(
                f"log-likelihoods have shape {self.loglik.shape}, expected "
                f"({len(self.entries)}, {len(self.texts)})"
            )
        if len({entry.id for entry in self.entries}) != len(self.entries):
            raise InputError("two entries have the same id")
        frozen(self.loglik)


UNITS = {"nats": 1.0, "bits": math.log(2.0), "log10": math.log(10.0)}
"""Unit of log-likelihoods -> nats."""
PER = ("", "text", "byte")
"""What a number is the log-likelihood of: a whole text, or on average a byte of it."""
ROWS = ("", "models", "texts")
"""What the rows of a table are; "" = its header says."""


Say: TypeAlias = Callable[[int, int, str], None]
"""``say(done, total, what)`` reports progress, and raises
:class:`~compute.core.errors.Cancelled` when the user has asked to stop."""


def silent(done: int, total: int, what: str) -> None:
    """Nobody listens."""


@dataclass(frozen=True)
class Request:
    """What a reader is told beside the path.

    ``texts`` are those of a file named beside the source, or of the project that is imported into,
    for formats that carry none; None = none were given. ``entries`` are those of that project.
    ``unit`` is a key of :data:`UNITS`; ``per`` of :data:`PER`, "" = sums over texts, and refused
    where they look like averages; ``rows`` of :data:`ROWS`.
    """

    texts: TextSet | None = None
    say: Say = silent
    unit: str = "nats"
    per: str = ""
    rows: str = ""
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, eq=False)
class Distances:
    """KL between entries, to be written as a table.

    Attributes
    ----------
    ids, labels : tuple of str, (K,)
    kl, se : ndarray, (K, K) float64, bits/byte
        NaN = unknown.
    recipe : str
    """

    ids: tuple[str, ...]
    labels: tuple[str, ...]
    kl: NDArray[np.float64]
    se: NDArray[np.float64]
    recipe: str


@dataclass(frozen=True, eq=False)
class Coordinates:
    """Coordinates of entries, to be written as a table.

    Attributes
    ----------
    entries : tuple of Entry, (K,)
    vectors : ndarray, (K, dims) float32
        In ``unit``, "" = none (t-SNE).
    name : str
    """

    entries: tuple[Entry, ...]
    vectors: NDArray[np.float32]
    name: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Format:
    """One line of the table of formats.

    Attributes
    ----------
    id, title : str
        ``id`` is what the command line takes; ``title`` how people call it.
    read : str
        ``module:function``, ``(Path, Request) -> Imported``; "" = is not read.
    write : str
        ``module:function``, ``(content, Path, Say) -> None``: fills a new file of that path, or a
        new empty folder; "" = is not written. Whoever calls it sees to it that nothing half-written
        stays.
    content : str
        What the writer is given: ``project`` (:class:`Imported`), ``coordinates``
        (:class:`Coordinates`), ``distances`` (:class:`Distances`), ``tree`` (str, Newick).
    sniff : str
        ``module:function``, ``(Path) -> bool``: whether a path looks like it, without reading much;
        "" = only its extensions tell.
    extensions : tuple of str
        With the dot; () = a folder.
    takes : tuple of str
        Which of ``unit``, ``per`` and ``rows`` of a :class:`Request` the reader heeds.
    folder : bool
        Whether the writer fills a folder.
    needs : str
        The optional part of klscope that it needs, "" = none.
    """

    id: str
    title: str
    read: str = ""
    write: str = ""
    sniff: str = ""
    extensions: tuple[str, ...] = ()
    needs: str = ""
    content: str = "project"
    takes: tuple[str, ...] = ()
    folder: bool = False


def called(path: str) -> Callable[..., Any]:
    """The function at ``module:function`` of a :class:`Format`, loaded on first use."""
    module, _, name = path.partition(":")
    function: Callable[..., Any] = getattr(import_module(module), name)
    return function
