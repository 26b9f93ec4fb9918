"""The job that brings a foreign format into a project: new, or one that is there."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from compute import exchange, store
from compute.core.control import Control
from compute.core.errors import InputError, MissingPart, UsageError
from compute.core.events import Emit, Notice, Progress, Started
from compute.core.numbers import count
from compute.core.specs import ImportSpec
from compute.core.tables import Snapshot
from compute.exchange import Format, Imported, Request
from compute.exchange.contract import PER, ROWS, UNITS, Say, called
from compute.jobs import projects
from compute.jobs.joining import Kept, joined
from compute.texts import read_texts

EVERY_S = 0.2
READING = 0.9
"""Share of an import that reading takes, for the progress bar."""


def import_(spec: ImportSpec, emit: Emit, control: Control) -> Mapping[str, Any]:
    """Read ``spec.source`` and write it; the project is there whole or not at all.

    Returns
    -------
    mapping
        format, n_added, n_same, n_texts.

    Raises
    ------
    UsageError
        If the format or an option is unknown, or the project holds other texts.
    InputError, MissingPart
        If the source cannot be used.
    StoreError
        If the project cannot be written; it is then as it was.
    """
    _check(spec)
    path, source = Path(spec.project), Path(spec.source)
    emit(Started(f"Importing {source.name or source}"))
    found_format = chosen(spec.format, source)
    _check_heeded(spec, found_format)
    if spec.format == "auto":
        emit(Notice(f"Read as {found_format.id}: {found_format.title}"))
    own = store.read(path) if os.path.lexists(path) else None
    say = sayer(emit, control, READING)
    request = _request(spec, own, say)
    found: Imported = called(found_format.read)(source, request)
    if own is None and request.texts and request.texts.digest != found.texts.digest:
        raise UsageError(
            f"it has texts of its own, which are others than those of {spec.texts}",
            tried=f"Importing {source}",
            advice="Leave --texts out",
        )
    for note in found.notes:
        emit(Notice(note))
    control.checkpoint()
    emit(Progress(READING, message=f"Writing {path.name}"))
    if own is None:
        projects.make(path, found)
        added, same = len(found.entries), 0
    else:
        added, same = _join(path, own, found, emit)
    return {
        "format": found_format.id,
        "n_added": added,
        "n_same": same,
        "n_texts": len(found.texts),
        "project": str(path),
    }


def _check(spec: ImportSpec) -> None:
    for name, value, known in (
        ("unit", spec.unit, tuple(UNITS)),
        ("per", spec.per, PER),
        ("rows", spec.rows, ROWS),
    ):
        if value not in known:
            raise UsageError(
                f"--{name} {value!r} is unknown",
                advice=f"It is one of: {', '.join(v for v in known if v)}",
            )


def _check_heeded(spec: ImportSpec, one: Format) -> None:
    """Refuse an option that would change nothing, before someone believes that it did."""
    plain = ImportSpec("", "")
    for name in ("unit", "per", "rows"):
        if getattr(spec, name) != getattr(plain, name) and name not in one.takes:
            raise UsageError(
                f"--{name} means nothing for {one.id}, whose values are log-likelihoods in nats",
                advice="Leave it out",
            )


def chosen(name: str, source: Path) -> Format:
    """The format of this name, or the one that ``source`` looks like for ``auto``.

    Raises
    ------
    UsageError
        If the name is unknown.
    InputError
        If the source is not there, or looks like nothing that is read.
    """
    readable = {f.id: f for f in exchange.FORMATS.values() if f.read}
    if name != "auto" and name not in readable:
        raise UsageError(
            f"There is no format {name!r} that is imported",
            advice=f"It is auto or one of: {', '.join(readable)}",
        )
    if not source.exists():
        raise InputError("there is no such file or folder", tried=f"Importing {source}")
    if name != "auto":
        return readable[name]
    for one in readable.values():
        if _looks_like(one, source):
            return one
    raise InputError(
        "it looks like none of the formats that are imported",
        tried=f"Importing {source}",
        advice=f"Name the format: {', '.join(readable)}",
    )


def _looks_like(one: Format, source: Path) -> bool:
    if not one.sniff:
        return source.suffix.lower() in one.extensions
    try:
        return bool(called(one.sniff)(source))
    except (InputError, MissingPart, OSError):
        return False


def _request(spec: ImportSpec, own: Snapshot | None, say: Say) -> Request:
    texts = read_texts(Path(spec.texts)) if spec.texts else None
    if texts is not None and own is not None and texts.digest != own.texts.digest:
        raise UsageError(
            f"{spec.texts} holds other texts than {spec.project}",
            advice="Leave --texts out, or import into a new project",
        )
    if own is not None:
        texts = own.texts
    entries = own.entries if own is not None else ()
    return Request(texts, say, spec.unit, spec.per, spec.rows, entries)


def _join(path: Path, own: Snapshot, found: Imported, emit: Emit) -> tuple[int, int]:
    benchmarks = store.read_benchmarks(path)
    kept = Kept(
        frozenset(store.read_weights(path)),
        frozenset(store.embedding_keys(path)),
        benchmarks,
        frozenset(store.read_tokenizations(path)),
    )
    result = joined(own, found, kept)
    for note in result.notes:
        emit(Notice(note))
    new = result.added
    counts = {k: v for k, v in new.n_tokens.items() if k not in kept.tokenizations}
    before = {e.id: own.entries[own.row_of[e.id]] for e in result.edited}
    changes = (
        *projects.changes(replace(new, n_tokens=counts)),
        *(store.PutRecipe(one) for one in result.recipes),
        *((store.PutEntries(result.edited, before),) if result.edited else ()),
    )
    store.commit(path, *changes, texts=own.texts)
    projects.put_tokens(path, new)
    if not new.entries and not result.edited and not new.embeddings:
        emit(Notice(f"Nothing in it is new to {path.name} ({count(result.n_same)} entries)"))
    return len(new.entries), result.n_same


def sayer(emit: Emit, control: Control, share: float) -> Say:
    """What readers and writers report to: throttled progress, and the end when cancel was asked."""
    last = [float("-inf")]

    def say(done: int, total: int, what: str) -> None:
        control.checkpoint()
        now = time.monotonic()
        if now - last[0] >= EVERY_S:
            last[0] = now
            fraction = share * min(1.0, done / max(1, total))
            emit(Progress(fraction, done=done, total=total, message=what))

    return say
