"""The JSONL file of a text set: a header line with provenance, then one record per text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from compute.core.errors import InputError
from compute.core.files import write_atomically
from compute.core.tables import TextSet
from compute.texts.documents import json_lines

FORMAT = 1
_DOMAINS = ("domain", "pile_set_name")


def write_texts(
    texts: TextSet, path: Path, extra: Sequence[Mapping[str, Any]] | None = None
) -> None:
    """Write ``texts`` to ``path``, whole or not at all.

    Parameters
    ----------
    extra : sequence of mapping, (N,), optional
        More fields for each record, for example where the text was cut from.

    Raises
    ------
    InputError
        If the file cannot be written; what was there stays as it was.
    """
    write_atomically(path, _lines(texts, extra))


def _lines(texts: TextSet, extra: Sequence[Mapping[str, Any]] | None) -> Iterator[str]:
    yield _dump(
        {
            "klscope_texts": FORMAT,
            "n": len(texts),
            "digest": texts.digest,
            "source": texts.source,
            "licence": texts.licence,
            "parameters": dict(texts.parameters),
        }
    )
    for i, (name, text, domain) in enumerate(
        zip(texts.ids, texts.texts, texts.domains, strict=True)
    ):
        more = dict(extra[i]) if extra is not None else {}
        yield _dump({"index": i, "id": name, "text": text, "domain": domain, **more})


def _dump(record: Mapping[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False) + "\n"


def read_texts(path: Path) -> TextSet:
    """Read a text set: a file made by ``klscope texts build``, or any JSONL with a ``text`` field.

    Raises
    ------
    InputError
        If the file is not there or not valid, holds no text, or differs from its own digest.
    """
    _must_be_file(path)
    header: Mapping[str, Any] = {}
    rows: list[tuple[str, str, str]] = []
    for number, record in json_lines(path):
        if number == 1 and "klscope_texts" in record:
            header = _checked_header(record, path)
        else:
            rows.append(_row(record, number, path))
    if not rows:
        raise InputError("it holds no text", tried=f"Reading {path}")
    ids, texts, domains = (tuple(column) for column in zip(*rows, strict=True))
    _must_be_unique(ids, path)
    result = TextSet(
        ids=ids,
        texts=texts,
        domains=domains,
        source=str(header.get("source", path.name)),
        licence=str(header.get("licence", "")),
        parameters=dict(header.get("parameters") or {}),
    )
    _check(result, header, path)
    return result


def _must_be_file(path: Path) -> None:
    if path.is_dir():
        raise InputError(
            "it is a folder",
            tried=f"Reading the texts {path}",
            advice="Make a text set of it first: klscope texts build FOLDER -o texts.jsonl",
        )
    if not path.exists():
        raise InputError(
            "there is no such file",
            tried=f"Reading the texts {path}",
            advice="Check the path, or make a text set with klscope texts build",
        )


def _checked_header(record: Mapping[str, Any], path: Path) -> Mapping[str, Any]:
    version = record["klscope_texts"]
    if not isinstance(version, int) or version > FORMAT:
        raise InputError(
            f"its format is {version!r}, this klscope reads up to {FORMAT}",
            tried=f"Reading the texts {path}",
            advice="Use a newer klscope",
        )
    return record


def _row(record: Mapping[str, Any], number: int, path: Path) -> tuple[str, str, str]:
    text = record.get("text")
    if not isinstance(text, str) or not text:
        raise InputError(
            f"line {number} has no text in the field 'text'",
            tried=f"Reading the texts {path}",
            advice="A text set is JSONL with a 'text' field; klscope texts build makes one",
        )
    try:
        text.encode()
    except UnicodeEncodeError as e:
        raise InputError(
            f"line {number} holds half a character (an unpaired surrogate)",
            tried=f"Reading the texts {path}",
        ) from e
    domain = next((str(record[k]) for k in _DOMAINS if record.get(k)), "")
    return str(record.get("id", record.get("index", number))), text, domain


def _must_be_unique(ids: Sequence[str], path: Path) -> None:
    seen: set[str] = set()
    for name in ids:
        if name in seen:
            raise InputError(
                f"two texts have the id {name!r}",
                tried=f"Reading the texts {path}",
                advice="Give every text its own id, or leave the field out",
            )
        seen.add(name)


def _check(texts: TextSet, header: Mapping[str, Any], path: Path) -> None:
    n, digest = header.get("n"), header.get("digest")
    if n is not None and n != len(texts):
        raise InputError(
            f"it holds {len(texts)} texts, its header says {n}",
            tried=f"Reading the texts {path}",
            advice="The file was cut short or changed; build it again",
        )
    if digest is not None and digest != texts.digest:
        raise InputError(
            "its texts differ from the digest in its header",
            tried=f"Reading the texts {path}",
            advice="The file was changed after it was made; build it again, or delete the first "
            "line to use it as it is",
        )
