"""NumPy's NPZ: one file with the matrix and its names. Nothing in it is ever unpickled."""

from __future__ import annotations

import json
import math
import tokenize
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from compute.core.errors import InputError
from compute.core.tables import frozen
from compute.exchange import bundle, plain
from compute.exchange.axis import axis_of, numbered
from compute.exchange.contract import Imported, Request, Say
from compute.exchange.lines import head_of
from compute.exchange.tables import imported

HEAD = "klscope"
MATRIX = ("loglik", "log_likelihood", "logp", "logprobs", "L", "matrix", "data", "arr_0")
LABELS = ("labels", "label", "models", "model", "model_names", "names", "ids")
TEXT_IDS = ("text_ids", "text_id")
TEXTS = ("texts", "text")
LENGTHS = ("n_bytes", "bytes")
_DAMAGE = (
    ValueError,
    TypeError,
    KeyError,
    OSError,
    EOFError,
    SyntaxError,
    RuntimeError,
    OverflowError,
    zipfile.BadZipFile,
    zlib.error,
    tokenize.TokenError,
    RecursionError,
    NotImplementedError,
)
"""What numpy and zipfile answer to damage."""
_LARGE, _MOST_PACKED = 1 << 30, 100
"""An array of more bytes than this is refused if it was packed more tightly than that."""
_LONGEST_HEAD = 10_000
_MOST_NAMES = 10


def write(project: Imported, path: Path, say: Say) -> None:
    """One compressed file: ``loglik`` (K, N) float32 nats, ``ids``, ``labels``, ``text_ids``,
    ``n_bytes``, and ``klscope``: everything else as UTF-8 JSON, with the texts."""
    texts = project.texts
    head = bundle.head_of(project, "npz") | {
        "columns": [texts.ids, texts.texts, texts.domains],
        "entries": [plain.entry_data(entry) for entry in project.entries],
    }
    raw = json.dumps(head, ensure_ascii=False, allow_nan=False).encode()
    arrays: dict[str, NDArray[Any]] = {
        "loglik": project.loglik,
        "ids": np.array([e.id for e in project.entries], dtype=np.str_),
        "labels": np.array([e.label for e in project.entries], dtype=np.str_),
        "text_ids": np.array(texts.ids, dtype=np.str_),
        "n_bytes": texts.n_bytes,
        HEAD: np.frombuffer(raw, dtype=np.uint8),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as archive:
        for k, (name, array) in enumerate(arrays.items()):
            say(k, len(arrays), f"Writing {name}")
            with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                np.lib.format.write_array(file, np.ascontiguousarray(array), allow_pickle=False)


def read(path: Path, request: Request) -> Imported:
    """A file written by ``klscope export npz``, or one with a matrix, names and lengths or texts.

    Raises
    ------
    InputError
        If it is no NPZ, an array holds Python objects, or the arrays do not fit each other.
    """
    with _opened(path) as arrays:
        if HEAD in arrays:
            bundle.check_request(request, f"Reading {path}")
            return _own(arrays, path)
        return _foreign(arrays, request, path)


def sniff(path: Path) -> bool:
    return path.suffix.lower() == ".npz" and path.is_file() and zipfile.is_zipfile(path)


class _Arrays(Mapping[str, NDArray[Any]]):
    """The arrays of a file by name; each is read when it is asked for."""

    def __init__(self, file: Any, path: Path) -> None:
        self._file, self._path = file, path

    def __getitem__(self, name: str) -> NDArray[Any]:
        if name not in self._file.files:
            raise KeyError(name)
        tried = f"Reading {name!r} in {self._path}"
        try:
            self._check_size(name)
            return np.asarray(self._file[name])
        except MemoryError as error:
            raise InputError(
                "it is larger than the memory that is free",
                tried=tried,
                advice="Use a machine with more memory, or export fewer models at a time",
            ) from error
        except _DAMAGE as error:
            if "allow_pickle" in str(error):
                raise InputError(
                    "it holds Python objects, which are never unpickled",
                    tried=tried,
                    advice="Save it as an array of numbers or of text (dtype float32 or str)",
                ) from error
            raise InputError(f"it is damaged ({error})", tried=tried) from error

    def _check_size(self, name: str) -> None:
        """Refuse an array whose head promises other bytes than there are, before it is made.

        Raises
        ------
        ValueError
            With what is wrong, in words that follow "it is damaged".
        """
        archive: zipfile.ZipFile = self._file.zip
        known = set(archive.namelist())
        info = archive.getinfo(f"{name}.npy" if f"{name}.npy" in known else name)
        if info.file_size > max(_LARGE, _MOST_PACKED * info.compress_size):
            raise ValueError(f"{info.compress_size:,} bytes that unpack to {info.file_size:,}")
        with archive.open(info) as file:
            version = np.lib.format.read_magic(file)
            head = (
                np.lib.format.read_array_header_1_0
                if version == (1, 0)
                else np.lib.format.read_array_header_2_0
            )
            shape, _, dtype = head(file, max_header_size=_LONGEST_HEAD)
            there = info.file_size - file.tell()
        if not dtype.hasobject and math.prod(shape) * dtype.itemsize != there:
            raise ValueError(f"it should hold {math.prod(shape):,} values, but has {there:,} bytes")

    def __iter__(self) -> Iterator[str]:
        return iter(self._file.files)

    def __len__(self) -> int:
        return len(self._file.files)

    def first(self, names: Sequence[str]) -> NDArray[Any] | None:
        return next((self[name] for name in names if name in self._file.files), None)


@contextmanager
def _opened(path: Path) -> Iterator[_Arrays]:
    head_of(path)  # says why, if it cannot be read
    with open(path, "rb") as handle, _loaded(handle, path) as file:
        yield _Arrays(file, path)


def _loaded(handle: BinaryIO, path: Path) -> np.lib.npyio.NpzFile:
    tried = f"Reading {path}"
    try:
        found = np.load(handle, allow_pickle=False)
    except _DAMAGE as error:
        raise InputError("it is no NPZ file", tried=tried) from error
    if not isinstance(found, np.lib.npyio.NpzFile):
        raise InputError(
            "it is a single array without names",
            tried=tried,
            advice="Save it with numpy.savez(..., loglik=, labels=, n_bytes=)",
        )
    return found


def _own(arrays: _Arrays, path: Path) -> Imported:
    tried = f"Reading {path}"
    head = bundle.parsed_head(bytes(arrays[HEAD].tobytes()).decode(errors="replace"), tried)
    loglik = arrays.first(("loglik",))
    if loglik is None or loglik.dtype != np.float32 or loglik.ndim != 2:
        raise InputError("its log-likelihoods are no float32 matrix", tried=tried)
    try:
        columns = head["columns"]
        entries = [plain.entry_of(one, f"entry {k + 1}") for k, one in enumerate(head["entries"])]
    except (KeyError, TypeError) as error:
        raise InputError(f"its entries are missing ({error})", tried=tried) from error
    return bundle.assembled(head, tuple(columns), entries, frozen(loglik), tried)


def _foreign(arrays: _Arrays, request: Request, path: Path) -> Imported:
    tried = f"Reading {path}"
    values = arrays.first(MATRIX)
    if values is None or values.ndim != 2 or values.dtype.kind not in "fiu":
        more = f" and {len(arrays) - _MOST_NAMES:,} more" if len(arrays) > _MOST_NAMES else ""
        there = ", ".join(name[:60] for name in list(arrays)[:_MOST_NAMES]) or "nothing"
        raise InputError(
            f"it has no matrix of numbers called loglik, only {there}{more}",
            tried=tried,
            advice="Name the (models, texts) matrix 'loglik'",
        )
    if request.rows == "texts":
        values = values.T
    labels = _strings(arrays.first(LABELS), tried)
    _check_length("labels", labels, values.shape[0], tried)
    names = _strings(arrays.first(TEXT_IDS), tried) or numbered(values.shape[1])
    _check_length("text_ids", names, values.shape[1], tried)
    texts = _strings(arrays.first(TEXTS), tried)
    _check_length("texts", texts, values.shape[1], tried)
    lengths = arrays.first(LENGTHS)
    n_bytes = None if lengths is None else np.asarray(lengths, dtype=np.int64).ravel()
    axis = axis_of(names, request, tried, texts=texts, n_bytes=n_bytes)
    own = labels or tuple(f"model {k}" for k in range(len(values)))
    return imported(own, np.array(values), axis, request, path)


def _strings(found: NDArray[Any] | None, tried: str) -> tuple[str, ...]:
    if found is None:
        return ()
    if found.dtype.kind == "S":
        return tuple(name.decode(errors="replace") for name in found.ravel().tolist())
    if found.dtype.kind not in "Uiu":
        raise InputError(f"names are of the type {found.dtype}, not text", tried=tried)
    return tuple(str(name) for name in found.ravel().tolist())


def _check_length(name: str, found: Sequence[str], expected: int, tried: str) -> None:
    if found and len(found) != expected:
        raise InputError(
            f"it has {len(found):,} {name}, but the matrix has {expected:,}",
            tried=tried,
            advice="The matrix is (models, texts); give --rows texts if it is the other way round",
        )
