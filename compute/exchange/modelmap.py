"""JSON lines for each model: ``index``, ``num-tokens``, ``log-likelihood``, ``token-log-probs``.

The layout of the modelmap releases: one file of texts, one file for each model with a record for
each text. Exports add ``entries.jsonl`` and ``klscope.json``.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.core.errors import InputError
from compute.core.tables import Entry, TextSet, TokenDetail, frozen
from compute.exchange import bundle, plain
from compute.exchange.axis import Axis
from compute.exchange.contract import Imported, Request, Say
from compute.exchange.lines import Lines, json_lines
from compute.exchange.tables import imported, named

TEXTS, ENTRIES, MODELS = "texts.jsonl", "entries.jsonl", "models"
INDEX, N_TOKENS, LOGLIK, TOKENS = "index", "num-tokens", "log-likelihood", "token-log-probs"
_STRANGE = re.compile(r"[^A-Za-z0-9._-]+")
_DOMAINS = ("domain", "pile_set_name")


def write(project: Imported, folder: Path, say: Say) -> None:
    """Fill ``folder``: ``texts.jsonl``, ``entries.jsonl`` (the file of each entry is named there),
    ``models/*.jsonl`` and ``klscope.json``."""
    texts = project.texts
    each = enumerate(zip(texts.ids, texts.texts, texts.domains, strict=True))
    _write(
        folder / TEXTS,
        ({INDEX: k, "id": i, "text": text, "domain": d} for k, (i, text, d) in each),
    )
    files = [_file_of(entry) for entry in project.entries]
    data = zip(files, project.entries, strict=True)
    _write(folder / ENTRIES, ({"file": f, **plain.entry_data(e)} for f, e in data))
    (folder / MODELS).mkdir()
    for k, entry in enumerate(project.entries):
        _write(folder / files[k], _records(project, entry, project.loglik[k]))
        say(k + 1, len(files), f"Writing {entry.label or entry.id}")
    bundle.write_head(project, "jsonl", folder)


def _write(path: Path, records: Iterator[Mapping[str, Any]]) -> None:
    with open(path, "w", encoding="utf-8", newline="") as file:
        for one in records:
            file.write(json.dumps(one, ensure_ascii=False, allow_nan=False) + "\n")


def _file_of(entry: Entry) -> str:
    plain_name = _STRANGE.sub("-", entry.id).strip(".-")[:80] or "model"
    return f"{MODELS}/{plain_name}-{hashlib.sha256(entry.id.encode()).hexdigest()[:8]}.jsonl"


def _records(project: Imported, entry: Entry, row: NDArray[np.float32]) -> Iterator[dict[str, Any]]:
    counts = project.n_tokens.get(entry.tokenization)
    detail = project.tokens.get(entry.id)
    for k, value in enumerate(row.tolist()):
        record = {INDEX: k, N_TOKENS: _count(counts, k), LOGLIK: plain.number(value)}
        if detail is not None:
            record[TOKENS] = plain.numbers(detail.of(k))
        yield record


def _count(counts: NDArray[np.int64] | None, k: int) -> int | None:
    return None if counts is None or counts[k] < 0 else int(counts[k])


def read(path: Path, request: Request) -> Imported:
    """A folder written by ``klscope export jsonl``, a folder of such files, or one of them.

    The texts are those that are given, or ``texts.jsonl`` in the folder.

    Raises
    ------
    InputError
        If there are no texts, or a record has no number of a text that is there.
    """
    if bundle.is_bundle(path, "jsonl"):
        return _own(path, request)
    files = _model_files(path)
    texts = request.texts
    if texts is None:
        texts = _texts_beside(path if path.is_dir() else path.parent)
    found = []
    for k, file in enumerate(files):
        found.append(_model(file, len(texts)))
        request.say(k + 1, len(files), f"Reading {file.name}")
    values = np.array([one.row for one in found], dtype=np.float32).reshape(-1, len(texts))
    entries = [_entry(one, file) for one, file in zip(found, files, strict=True)]
    axis = Axis(texts, np.arange(len(texts)))
    whole = imported([e.label for e in entries], values, axis, request, path, entries)
    counts = {e.tokenization: one.n_tokens for e, one in zip(entries, found, strict=True)}
    tokens = {
        entry.id: file
        for entry, file, one in zip(whole.entries, files, found, strict=True)
        if one.has_tokens
    }
    return Imported(
        texts,
        whole.entries,
        whole.loglik,
        tokens=_Tokens(tokens, len(texts)),
        n_tokens={digest: n for digest, n in counts.items() if digest and n is not None},
        notes=whole.notes,
    )


def sniff(path: Path) -> bool:
    if path.is_dir():
        if bundle.is_bundle(path, "jsonl"):
            return True
        return (path / TEXTS).is_file() and any(map(_has_values, _jsonl_in(path)[:3]))
    return path.suffix.lower() == ".jsonl" and _has_values(path)


def _has_values(path: Path) -> bool:
    try:
        _, record = next(json_lines(path))
    except (InputError, StopIteration):
        return False
    return INDEX in record and LOGLIK in record


def _jsonl_in(folder: Path) -> list[Path]:
    found = sorted(p for p in folder.rglob("*.jsonl") if p.is_file())
    return [p for p in found if p.name not in (TEXTS, ENTRIES)]


def _model_files(path: Path) -> list[Path]:
    if not path.is_dir():
        if any(True for _ in itertools.islice(json_lines(path), 1)) and _has_values(path):
            return [path]
        raise InputError(
            f"its first line has no fields {INDEX!r} and {LOGLIK!r}",
            tried=f"Reading {path}",
            advice="Each line is the record of one text",
        )
    files = [p for p in _jsonl_in(path) if _has_values(p)]
    if not files:
        raise InputError(
            f"no JSONL file in it has the fields {INDEX!r} and {LOGLIK!r}",
            tried=f"Reading {path}",
            advice="Each file holds the records of one model",
        )
    return files


def _texts_beside(folder: Path) -> TextSet:
    for path in (folder / TEXTS, folder.parent / TEXTS):
        if path.is_file():
            return _texts(path)
    raise InputError(
        f"the texts are missing: there is no {TEXTS}",
        tried=f"Reading {folder}",
        advice="Give them with --texts FILE.jsonl (one object with 'text' on each line)",
    )


def _texts(path: Path) -> TextSet:
    columns = _text_columns(path)
    if not columns[0]:
        raise InputError("it holds no text", tried=f"Reading {path}")
    ids, texts, domains = map(tuple, columns)
    return TextSet(ids, texts, domains, source=path.name)


def _text_columns(path: Path) -> tuple[list[str], list[str], list[str]]:
    ids: list[str] = []
    texts: list[str] = []
    domains: list[str] = []
    for lines, record in json_lines(path):
        if "klscope_texts" in record:
            continue
        text = record.get("text")
        if not isinstance(text, str) or not _is_text(text):
            raise lines.problem("has no text in the field 'text'")
        ids.append(str(record.get("id", record.get(INDEX, len(ids)))))
        texts.append(text)
        domains.append(next((str(record[d]) for d in _DOMAINS if record.get(d)), ""))
    return ids, texts, domains


def _is_text(text: str) -> bool:
    """Half a character (an unpaired surrogate) cannot be stored."""
    return not any("\ud800" <= mark <= "\udfff" for mark in text)


@dataclass(frozen=True, eq=False)
class _Model:
    """One file: values (N,), token counts (N,) or None where no record has one."""

    row: NDArray[np.float32]
    n_tokens: NDArray[np.int64] | None
    has_tokens: bool


def _model(path: Path, n_texts: int) -> _Model:
    row = np.full(n_texts, np.nan, dtype=np.float32)
    counts = np.full(n_texts, -1, dtype=np.int64)
    seen = np.zeros(n_texts, dtype=np.bool_)
    has_tokens = False
    for lines, record in json_lines(path):
        k = _index(record, n_texts, lines)
        if seen[k]:
            raise lines.problem(f"is a second record of the text {k}")
        seen[k] = True
        with np.errstate(over="ignore"):
            row[k] = _float(record.get(LOGLIK), lines)
        counts[k] = _length(record.get(N_TOKENS))
        detail = record.get(TOKENS)
        if isinstance(detail, list):
            has_tokens, counts[k] = True, len(detail)
    return _Model(row, frozen(counts) if (counts >= 0).any() else None, has_tokens)


def _index(record: Mapping[str, Any], n_texts: int, lines: Lines) -> int:
    k = record.get(INDEX)
    if not isinstance(k, int) or isinstance(k, bool) or not 0 <= k < n_texts:
        raise lines.problem(
            f"has the index {k!r}, but there are {n_texts:,} texts",
            "Indices count the texts from 0; check that these are their texts",
        )
    return k


def _length(value: Any) -> int:
    """A number of tokens, -1 = it is none."""
    return value if isinstance(value, int) and 0 <= value < 1 << 31 else -1


def _float(value: Any, lines: Lines) -> float:
    if value is None:
        return float("nan")
    try:
        return float("" if isinstance(value, bool) else value)
    except (TypeError, ValueError):
        raise lines.problem(f"has the log-likelihood {value!r}, which is no number") from None


def _entry(found: _Model, path: Path) -> Entry:
    label = path.stem.replace("__", "/")
    if found.n_tokens is None:
        return named(label, path)
    digest = hashlib.sha256(found.n_tokens.astype("<i8").tobytes()).hexdigest()[:16]
    return named(label, path).with_(tokenization=f"counts-{digest}")


class _Tokens(Mapping[str, TokenDetail]):
    """Entry id -> token detail, read from its file when it is asked for."""

    def __init__(self, files: Mapping[str, Path], n_texts: int) -> None:
        self._files, self._n_texts = files, n_texts

    def __getitem__(self, entry_id: str) -> TokenDetail:
        each: list[Sequence[Any]] = [()] * self._n_texts
        for lines, record in json_lines(self._files[entry_id]):
            found = record.get(TOKENS)
            each[_index(record, self._n_texts, lines)] = found if isinstance(found, list) else ()
        lengths = [len(one) for one in each]
        offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)])
        flat = [value for one in each for value in one]
        try:
            found64 = plain.array(flat, "float64", (len(flat),))
        except (TypeError, ValueError) as error:
            raise InputError(
                f"a value of {TOKENS!r} is no number", tried=f"Reading {self._files[entry_id]}"
            ) from error
        with np.errstate(over="ignore"):
            values = found64.astype(np.float16)
        return TokenDetail(frozen(offsets), frozen(values))

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


def _own(folder: Path, request: Request) -> Imported:
    bundle.check_request(request, f"Reading {folder}")
    head = bundle.head_in(folder)
    columns = _text_columns(folder / TEXTS)
    n_texts = len(columns[0])
    entries: list[Entry] = []
    rows: list[NDArray[np.float32]] = []
    tokens: dict[str, Path] = {}
    for lines, record in json_lines(folder / ENTRIES):
        data = dict(record)
        file = folder / MODELS / Path(str(data.pop("file", ""))).name
        entries.append(plain.entry_of(data, f"line {lines.number} of {ENTRIES}"))
        found = _model(file, n_texts)
        rows.append(found.row)
        if found.has_tokens:
            tokens[entries[-1].id] = file
        request.say(len(entries), _length(head.get("n_models")), f"Reading {file.name}")
    loglik = np.array(rows, dtype=np.float32).reshape(len(rows), n_texts)
    return bundle.assembled(
        head, columns, entries, frozen(loglik), f"Reading {folder}", _Tokens(tokens, n_texts)
    )
