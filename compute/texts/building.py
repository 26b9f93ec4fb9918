"""Build a text set from documents: count the pieces, draw, read the drawn ones, write."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compute.core.errors import InputError, UsageError
from compute.core.tables import TextSet
from compute.texts.cutting import MAX_BYTES, MIN_BYTES, SEED, draw, pieces
from compute.texts.documents import Document, Reading, Skipped, documents
from compute.texts.jsonl import write_texts

OnProgress = Callable[[str, int], None]
_EVERY = 5_000


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What was built. ``n_pieces`` is the number of pieces the texts were drawn from."""

    path: Path
    n_texts: int
    n_pieces: int
    n_documents: int
    n_bytes: int
    digest: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cutting:
    """The numbers of the cutting rule and the draw (method section 1)."""

    n: int = 10_000
    max_bytes: int = MAX_BYTES
    min_bytes: int = MIN_BYTES
    seed: int = SEED

    def __post_init__(self) -> None:
        if self.n < 1:
            raise UsageError("The number of texts must be at least 1")
        if self.max_bytes < 4:
            raise UsageError("A piece must be allowed at least 4 bytes, the longest character")
        if not 0 <= self.min_bytes < self.max_bytes:
            raise UsageError("The least piece must be shorter than the longest")


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece and where it comes from; ``index`` counts the kept pieces, ``chunk`` all of a
    document."""

    index: int
    doc: str
    chunk: int
    domain: str
    raw: bytes


def build(
    sources: Sequence[Path],
    out: Path,
    *,
    n: int = 10_000,
    max_bytes: int = MAX_BYTES,
    min_bytes: int = MIN_BYTES,
    seed: int = SEED,
    licence: str = "",
    source_name: str = "",
    field: str = "text",
    domain_field: str = "",
    encoding: str = "utf-8",
    on_progress: OnProgress | None = None,
) -> BuildReport:
    """Cut files and folders, text or JSONL, and write a sample as a text set (method section 1).

    Parameters
    ----------
    sources : sequence of Path
        Files and folders. Domains are the first folder level, or ``domain_field`` of JSONL.
    n, max_bytes, min_bytes, seed
        The paper's cutting rule and draw; pieces of *more* than ``min_bytes`` bytes are kept.
    on_progress : callable, optional
        Called with ``"counting"`` or ``"reading"`` and the number of pieces so far.

    Raises
    ------
    InputError
        If a source cannot be read, is not valid text, or no piece is long enough.
    UsageError
        If the numbers make no sense or the encoding is unknown.
    """
    cutting = Cutting(n, max_bytes, min_bytes, seed)
    reading = Reading(field, domain_field, _known(encoding), out.resolve())
    if not sources:
        raise UsageError("no file or folder was named", tried="Building a text set")
    skipped = Skipped()
    first = [skipped]

    def start() -> Iterator[Document]:
        tally = first.pop() if first else Skipped()
        return documents(sources, reading, tally)

    name = source_name or ", ".join(s.name or str(s) for s in sources)
    try:
        report = build_from(
            start, out, cutting, source=name, licence=licence, on_progress=on_progress
        )
    except NoPieces as e:
        raise _nothing(sources, cutting, skipped, e) from e
    note = skipped.sentence()
    return report if not note else _with_note(report, note)


def _known(encoding: str) -> str:
    try:
        codecs.lookup(encoding)
    except LookupError as e:
        raise UsageError(
            f"there is no encoding {encoding!r}", advice="Common ones: utf-8, latin-1, cp1252"
        ) from e
    return encoding


class NoPieces(InputError):  # noqa: N818 - reads as what it says
    """Nothing was long enough; carries how many documents were read."""

    def __init__(self, n_documents: int) -> None:
        super().__init__("no piece of text is long enough")
        self.n_documents = n_documents


def _nothing(
    sources: Sequence[Path], cutting: Cutting, skipped: Skipped, e: NoPieces
) -> InputError:
    tried = f"Building a text set from {', '.join(map(str, sources))}"
    advice = "Name a text file, a JSONL file or a folder that holds some"
    if e.n_documents:
        return InputError(
            f"none of the {e.n_documents:,} documents has a piece of more than "
            f"{cutting.min_bytes} bytes",
            tried=tried,
            advice="Add longer texts, or lower --min-bytes",
        )
    happened = skipped.sentence()
    return InputError(
        f"there is no text in it: {happened}" if happened else "it is empty",
        tried=tried,
        advice=advice,
    )


def _with_note(report: BuildReport, note: str) -> BuildReport:
    values = {f: getattr(report, f) for f in BuildReport.__slots__}
    return BuildReport(**{**values, "notes": (*report.notes, note)})


def build_from(
    start: Callable[[], Iterable[Document]],
    out: Path,
    cutting: Cutting,
    *,
    source: str = "",
    licence: str = "",
    parameters: Mapping[str, Any] | None = None,
    on_progress: OnProgress | None = None,
) -> BuildReport:
    """Build a text set from documents; ``start()`` begins a pass over them, twice.

    Raises
    ------
    NoPieces
        If no piece is long enough.
    InputError
        If the documents changed between the two passes, or ``out`` cannot be written.
    """
    n_pieces, n_documents = _count(start(), cutting, on_progress)
    if not n_pieces:
        raise NoPieces(n_documents)
    chosen = draw(n_pieces, cutting.n, cutting.seed)
    found = _collect(start(), cutting, chosen, on_progress)
    if len(found) != len(chosen):
        raise InputError(
            "the files changed while they were read",
            tried="Building a text set",
            advice="Try again when nothing writes to them",
        )
    texts = _text_set(found, cutting, n_pieces, source, licence, parameters or {})
    write_texts(texts, out, [{"doc": p.doc, "chunk": p.chunk, "piece": p.index} for p in found])
    return BuildReport(
        path=out,
        n_texts=len(texts),
        n_pieces=n_pieces,
        n_documents=n_documents,
        n_bytes=int(texts.n_bytes.sum()),
        digest=texts.digest,
        notes=_few(len(texts), cutting.n),
    )


def _few(n_texts: int, asked: int) -> tuple[str, ...]:
    if n_texts >= asked:
        return ()
    return (f"only {n_texts:,} pieces are long enough, all were taken ({asked:,} were asked for)",)


def _kept(docs: Iterable[Document], cutting: Cutting) -> Iterator[Piece]:
    index = 0
    for document in docs:
        for chunk, raw in enumerate(pieces(document.blocks(), cutting.max_bytes)):
            if len(raw) > cutting.min_bytes:
                yield Piece(index, document.name, chunk, document.domain, raw)
                index += 1


def _count(
    docs: Iterable[Document], cutting: Cutting, on_progress: OnProgress | None
) -> tuple[int, int]:
    n_documents = 0

    def counted() -> Iterator[Document]:
        nonlocal n_documents
        for document in docs:
            n_documents += 1
            yield document

    n_pieces = 0
    for n_pieces, _piece in enumerate(_kept(counted(), cutting), start=1):
        _report(on_progress, "counting", n_pieces)
    return n_pieces, n_documents


def _collect(
    docs: Iterable[Document],
    cutting: Cutting,
    chosen: Sequence[int],
    on_progress: OnProgress | None,
) -> list[Piece]:
    """The chosen pieces in drawing order."""
    wanted = set(chosen)
    found = {}
    for piece in _kept(docs, cutting):
        _report(on_progress, "reading", piece.index + 1)
        if piece.index in wanted:
            found[piece.index] = piece
            if len(found) == len(wanted):
                break
    return [found[i] for i in chosen if i in found]


def _report(on_progress: OnProgress | None, what: str, n: int) -> None:
    if on_progress is not None and n % _EVERY == 0:
        on_progress(what, n)


def _text_set(
    found: Sequence[Piece],
    cutting: Cutting,
    n_pieces: int,
    source: str,
    licence: str,
    parameters: Mapping[str, Any],
) -> TextSet:
    used = {
        "n": cutting.n,
        "max_bytes": cutting.max_bytes,
        "min_bytes": cutting.min_bytes,
        "seed": cutting.seed,
        "n_pieces": n_pieces,
    }
    return TextSet(
        ids=tuple(f"{p.doc}#{p.chunk}" for p in found),
        texts=tuple(p.raw.decode() for p in found),
        domains=tuple(p.domain for p in found),
        source=source,
        licence=licence,
        parameters={**used, **parameters},
    )
