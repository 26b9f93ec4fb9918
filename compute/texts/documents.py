"""Documents from files and folders: plain text (one file, one document) and JSONL (one line)."""

from __future__ import annotations

import codecs
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from compute.core.errors import InputError
from compute.core.files import read_problem

_BLOCK = 1 << 20
_JSONL = (".jsonl", ".ndjson")
_BINARY = (
    ".png .jpg .jpeg .gif .bmp .tif .tiff .webp .ico .pdf .zip .gz .xz .bz2 .zst .tar .7z .mp3 .mp4"
    " .avi .mov .wav .ogg .flac .woff .woff2 .ttf .otf .so .dll .exe .o .a .pyc .class .h5 .hdf5"
    " .npy .npz .pkl .pt .pth .bin .safetensors .onnx .parquet .arrow .db .sqlite .docx .xlsx"
    " .pptx .odt "
)


@dataclass(frozen=True)
class Document:
    """One document. ``blocks()`` starts a new pass over its UTF-8 bytes."""

    name: str
    domain: str
    blocks: Callable[[], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Reading:
    """How files become documents. ``field`` and ``domain_field`` may be dotted (``meta.set``);
    ``leave_out`` is the file being made, which may lie among the sources."""

    field: str = "text"
    domain_field: str = ""
    encoding: str = "utf-8"
    leave_out: Path | None = None


@dataclass
class Skipped:
    """What was passed over, by suffix, and the number of files read."""

    n_files: int = 0
    by_suffix: dict[str, int] = field(default_factory=dict)

    def add(self, path: Path) -> None:
        key = path.suffix.lower() or "no suffix"
        self.by_suffix[key] = self.by_suffix.get(key, 0) + 1

    @property
    def total(self) -> int:
        return sum(self.by_suffix.values())

    def sentence(self) -> str:
        """``3 files that are no text were skipped (2 .png, 1 .so)``, "" when none was."""
        if not self.total:
            return ""
        ranked = sorted(self.by_suffix.items(), key=lambda kv: (-kv[1], kv[0]))[:4]
        what = ", ".join(f"{n} {suffix}" for suffix, n in ranked)
        noun = "file that is" if self.total == 1 else "files that are"
        verb = "was" if self.total == 1 else "were"
        return f"{self.total} {noun} no text {verb} skipped ({what})"


def documents(
    sources: Sequence[Path], reading: Reading, skipped: Skipped | None = None
) -> Iterator[Document]:
    """Every document of ``sources`` in a fixed order.

    The domain of a file is the first folder below the source it was found in, "" for files at the
    top; a JSONL record's own ``domain_field`` wins.

    Raises
    ------
    InputError
        If a source is not there, a file cannot be read, or a file is not valid text.
    """
    tally = skipped if skipped is not None else Skipped()
    prefixes = _prefixes(sources)
    for source, prefix in zip(sources, prefixes, strict=True):
        for path, name, domain in _files(source):
            if reading.leave_out is not None and path.resolve() == reading.leave_out:
                continue
            if _is_binary(path, reading):
                tally.add(path)
                continue
            tally.n_files += 1
            yield from _read(path, f"{prefix}{name}", domain, reading)


def _prefixes(sources: Sequence[Path]) -> list[str]:
    """ "" for a single source; otherwise each source's name, numbered when two are equal."""
    if len(sources) == 1:
        return [""]
    seen: dict[str, int] = {}
    prefixes = []
    for source in sources:
        name = source.name if source.is_dir() else ""
        seen[name] = seen.get(name, 0) + 1
        label = name if seen[name] == 1 else f"{name}~{seen[name]}"
        prefixes.append(f"{label}/" if label else "")
    return prefixes


def _files(source: Path) -> Iterator[tuple[Path, str, str]]:
    """(path, name below the source, domain), sorted by name; hidden ones are left out."""
    if source.is_file():
        yield source, source.name, ""
        return
    if not source.is_dir():
        raise InputError(
            "there is no such file or folder",
            tried=f"Reading {source}",
            advice="Check the path for a typing error",
        )
    for path in _walk(source):
        relative = path.relative_to(source)
        domain = relative.parts[0] if len(relative.parts) > 1 else ""
        yield path, relative.as_posix(), domain


def _walk(folder: Path) -> Iterator[Path]:
    try:
        entries = sorted(os.scandir(folder), key=lambda e: e.name)
    except OSError as e:
        raise read_problem(e, f"Reading {folder}") from e
    for entry in entries:
        if entry.name.startswith(".") or entry.name == "__pycache__":
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path))
        elif entry.is_file():
            yield Path(entry.path)


def _is_binary(path: Path, reading: Reading) -> bool:
    if path.suffix and f"{path.suffix.lower()} " in _BINARY:
        return True
    if codecs.lookup(reading.encoding).name.startswith(("utf-16", "utf-32")):
        return False
    try:
        with open(path, "rb") as f:
            head = f.read(8192)
    except OSError as e:
        raise read_problem(e, f"Reading {path}") from e
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and len(head) % 2 == 0:
        raise InputError(
            "it is UTF-16 text, not UTF-8",
            tried=f"Reading {path}",
            advice="Convert it to UTF-8, or pass --encoding utf-16",
        )
    return b"\0" in head


def _read(path: Path, name: str, domain: str, reading: Reading) -> Iterator[Document]:
    if path.suffix.lower() in _JSONL:
        yield from _records(path, name, domain, reading)
    else:
        yield Document(name, domain, lambda: text_blocks(path, reading.encoding))


def text_blocks(path: Path, encoding: str = "utf-8") -> Iterator[bytes]:
    """The file's text as UTF-8, in blocks of about 1 MiB; line ends are kept as they are.

    Raises
    ------
    InputError
        With the byte offset, if the file is not valid in ``encoding``.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    offset = 0
    try:
        with open(path, "rb") as f:
            while block := f.read(_BLOCK):
                pending = len(decoder.getstate()[0])
                try:
                    yield decoder.decode(block).encode()
                except UnicodeDecodeError as e:
                    raise _not_text(path, encoding, offset - pending + e.start) from e
                offset += len(block)
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as e:
            raise _not_text(path, encoding, offset - pending + e.start) from e
    except OSError as e:
        raise read_problem(e, f"Reading {path}") from e


def _not_text(path: Path, encoding: str, offset: int) -> InputError:
    other = "latin-1" if codecs.lookup(encoding).name == "utf-8" else "utf-8"
    return InputError(
        f"it is not valid {encoding.upper()}: the byte at offset {offset:,} cannot be read",
        tried=f"Reading {path}",
        advice=f"Convert the file to UTF-8, or name its encoding, for example --encoding {other}",
    )


def _records(path: Path, name: str, domain: str, reading: Reading) -> Iterator[Document]:
    for number, record in json_lines(path, reading.encoding):
        if number == 1 and "klscope_texts" in record:
            continue
        text = _text_of(record, reading.field, path, number)
        own = pick(record, reading.domain_field) if reading.domain_field else None
        raw = _encode(text, path, number)
        label = domain if own is None else str(own)
        yield Document(f"{name}:{number}", label, lambda raw=raw: (raw,))  # type: ignore[misc]


def json_lines(path: Path, encoding: str = "utf-8") -> Iterator[tuple[int, dict[str, Any]]]:
    """(line number from 1, object) for every line that is not blank.

    Raises
    ------
    InputError
        Names the file and the line if it is not text, not JSON or not an object.
    """
    for number, line in enumerate(_lines(path, encoding), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as e:
            raise InputError(
                f"line {number} is not JSON ({e})",
                tried=f"Reading {path}",
                advice="Each line of a JSONL file is one JSON object",
            ) from e
        if not isinstance(record, dict):
            raise InputError(
                f"line {number} is not a JSON object",
                tried=f"Reading {path}",
                advice='Each line looks like {"text": "..."}',
            )
        yield number, record


def _lines(path: Path, encoding: str) -> Iterator[bytes]:
    rest = b""
    for block in text_blocks(path, encoding):
        *lines, rest = (rest + block).split(b"\n")
        yield from lines
    if rest:
        yield rest


def pick(record: Mapping[str, Any], dotted: str) -> Any:
    """``record["a"]["b"]`` for ``"a.b"``; None where something is missing."""
    value: Any = record
    for key in dotted.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _text_of(record: Mapping[str, Any], name: str, path: Path, number: int) -> str:
    text = pick(record, name)
    if isinstance(text, str):
        return text
    has = ", ".join(map(repr, list(record)[:6]))
    raise InputError(
        f"line {number} has no text in the field {name!r} (it has {has})",
        tried=f"Reading {path}",
        advice="Name the field that holds the text with --field",
    )


def _encode(text: str, path: Path, number: int) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as e:
        raise InputError(
            f"line {number} holds half a character (an unpaired surrogate at position {e.start})",
            tried=f"Reading {path}",
            advice="Repair that line, or leave it out",
        ) from e
