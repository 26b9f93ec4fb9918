"""A text set of several domains, so many texts of each: the replica's held-out texts."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from compute.core.errors import InputError, UsageError
from compute.core.tables import TextSet
from compute.minisuite import SourceFile
from compute.texts import Document, build_from, read_texts, write_texts
from compute.texts.building import Cutting, NoPieces


def write_domains(
    files: Mapping[str, Sequence[SourceFile]],
    counts: Sequence[tuple[str, int]],
    path: Path,
    *,
    source: str = "",
    licence: str = "",
    seed: int = 42,
) -> tuple[TextSet, tuple[str, ...]]:
    """Cut the files of each domain by the paper's rule and draw so many pieces; write all of them.

    A domain that has too few gives what it has, and the last one makes up for it. The order of the
    whole is drawn too, so that its first texts are of all domains.

    Parameters
    ----------
    files : mapping
        Domain -> its files.
    counts : sequence of (str, int)
        How many texts of which domain.

    Returns
    -------
    (TextSet, tuple of str)
        What was written, and a sentence for each domain that had too few.

    Raises
    ------
    UsageError
        If no text is wanted.
    InputError
        If the file cannot be written.
    """
    total = sum(n for _, n in counts)
    if total < 1:
        raise UsageError("The number of texts must be at least 1")
    rows: list[tuple[str, str, str]] = []
    notes: list[str] = []
    for k, (domain, n) in enumerate(counts):
        wanted = n if k < len(counts) - 1 else total - len(rows)
        found = _drawn(files.get(domain, ()), domain, wanted, seed)
        if len(found) < wanted:
            notes.append(f"{domain}: {len(found)} texts, {wanted} were wanted")
        rows += found
    if not rows:
        raise InputError("there are no held-out texts", tried=f"Writing {path}")
    order = np.random.default_rng(seed).permutation(len(rows))
    ids, texts, domains = zip(*(rows[k] for k in order), strict=True)
    there = [[domain, domains.count(domain)] for domain, _ in counts]
    made = TextSet(ids, texts, domains, source, licence, {"domains": there, "seed": seed})
    write_texts(made, path)
    return made, tuple(notes)


def _drawn(
    files: Sequence[SourceFile], domain: str, n: int, seed: int
) -> list[tuple[str, str, str]]:
    """(id, text, domain) of ``n`` pieces, or of all there are."""
    if n < 1 or not files:
        return []

    def documents() -> Iterator[Document]:
        for f in files:
            yield Document(f.name, domain, lambda raw=f.raw: (raw,))  # type: ignore[misc]

    with tempfile.TemporaryDirectory(prefix="klscope-texts-") as folder:
        path = Path(folder) / "texts.jsonl"
        try:
            build_from(documents, path, Cutting(n=n, seed=seed))
        except NoPieces:
            return []
        texts = read_texts(path)
    return list(zip(texts.ids, texts.texts, texts.domains, strict=True))
