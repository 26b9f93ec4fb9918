"""Where models come from: a source resolves to a listing of checkpoints.

Imports ``core`` only; no torch, no transformers: configs and safetensors headers are read as the
small files they are.

To add a source, write ``sources/<name>.py`` with ``accepts(source)`` and ``find(source)``, and add
one line to :data:`SOURCES` below; the first that accepts a name resolves it. The last one takes
everything left, and says what is wrong with it. A folder of the same name comes before the cache,
unless the name begins with ``cache:``.

Decided: a bad checkpoint is listed with its problem in one sentence and is not an error, so that
one of them never hides the others (the alternative, refusing the folder, would). Byte-identical
checkpoints stay in the listing too, marked with the label of the first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from compute.core.tables import Listing
from compute.sources import cache as hf_cache
from compute.sources import folder, gguf
from compute.sources.adapters import base_name, put_on
from compute.sources.auditing import OnProgress, audit
from compute.sources.checking import check
from compute.sources.digests import DigestCache, digest_of, user_cache
from compute.sources.naming import step_of
from compute.sources.weights import count_parameters

__all__ = [
    "SOURCES",
    "DigestCache",
    "Source",
    "base_name",
    "check",
    "count_parameters",
    "digest_of",
    "in_cache",
    "put_on",
    "resolve",
    "step_of",
    "user_cache",
]


@dataclass(frozen=True, slots=True)
class Source:
    """A kind of place where checkpoints are found."""

    id: str
    title: str
    needs_network: bool
    accepts: Callable[[str], bool]
    find: Callable[[str], Listing]


in_cache = hf_cache.accepts
"""Whether a name stands for the Hugging Face cache or a repository, with or without revision."""

SOURCES = (
    Source("cache", "From the Hugging Face cache", False, hf_cache.accepts, hf_cache.find),
    Source("gguf", "GGUF file", False, gguf.accepts, gguf.find),
    Source("folder", "Folder", False, folder.accepts, folder.find),
)


def resolve(
    source: str,
    *,
    digests: bool = True,
    cache: DigestCache | None = None,
    on_progress: OnProgress | None = None,
) -> Listing:
    """The checkpoints of ``source``, in order of run and step, each with what is wrong with it.

    Parameters
    ----------
    source : str
        A folder: one model in Hugging Face layout, a run of checkpoints, or a folder of runs; or a
        GGUF file. Or ``org/name[@revision,...]`` in the Hugging Face cache; ``cache:`` = all of
        that cache.
    digests : bool
        Whether to read all weights for their digests, which duplicates are found by.
    cache : DigestCache, optional
        Digests known from before.
    on_progress : callable, optional
        Called with the number of checkpoints looked at and of all.

    Raises
    ------
    InputError
        If the source is not there or holds no model.
    """
    kind = next((s for s in SOURCES if s.accepts(source)), SOURCES[-1])
    return audit(kind.find(source), digests=digests, cache=cache, on_progress=on_progress)
