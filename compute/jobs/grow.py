"""The job behind `klscope grow`: a suite, and texts that none of its models was trained on."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from compute.core.control import Control
from compute.core.events import Emit, Notice
from compute.core.specs import GrowSpec
from compute.minisuite import grow as grow_suite
from compute.minisuite.corpus import SourceFile, held_out_source, read_corpus
from compute.texts import BuildReport, Document, build_from
from compute.texts.building import Cutting

TEXTS = "texts.jsonl"
LICENCE = "PSF-2.0"


def grow(spec: GrowSpec, emit: Emit, control: Control) -> Mapping[str, Any]:
    """Grow the suite of ``spec``; the summary names its files.

    ``n_texts`` pieces of the held-out source are written to ``texts.jsonl`` beside ``suite.json``,
    by the cutting rule and draw of the paper (method section 1), so that the suite can be scored
    at once. With ``n_texts`` 0 none is written.

    Raises
    ------
    UsageError, InputError, Cancelled
        As :func:`compute.minisuite.grow`.
    """
    corpus = read_corpus()[:: spec.every_file]
    folder = grow_suite(spec, emit, control, corpus)
    summary: dict[str, Any] = {"out": str(folder)}
    if spec.n_texts:
        report = write_held_out(corpus, Path(spec.out) / TEXTS, spec.n_texts)
        for note in report.notes:
            emit(Notice(note))
        summary |= {"texts": str(report.path), "n_texts": report.n_texts, "digest": report.digest}
    return summary


def write_held_out(corpus: tuple[SourceFile, ...], path: Path, n: int) -> BuildReport:
    """Cut the held-out files and write ``n`` pieces; domains are the library's packages."""
    files = held_out_source(corpus)

    def documents() -> Iterator[Document]:
        for f in files:
            yield Document(f.name, f.domain, lambda raw=f.raw: (raw,))  # type: ignore[misc]

    source = f"Python {platform.python_version()} standard library, {len(files)} held-out files"
    return build_from(documents, path, Cutting(n=n), source=source, licence=LICENCE)
