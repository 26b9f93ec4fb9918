"""What every format that holds a whole project has in common: ``klscope.json`` beside its tables.

The tables (texts, entries, log-likelihoods) are in the format's own files, for other programs; what
no other program asks for (recipes, weight distances, benchmark scores, maps, token counts) is in
``klscope.json``. An import checks the texts against their digest.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute import __version__
from compute.core.errors import InputError, UsageError
from compute.core.files import read_problem
from compute.core.tables import Entry, TextSet, TokenDetail, frozen
from compute.exchange import plain
from compute.exchange.contract import Imported, Request

HEAD = "klscope.json"
VERSION = 1
_NO_TOKENS: Mapping[str, TokenDetail] = {}


def is_bundle(path: Path, format_id: str) -> bool:
    """Whether a folder was written by an export in this format."""
    if not (path / HEAD).is_file():
        return False
    try:
        return bool(head_in(path)["format"] == format_id)
    except InputError:
        return False


def head_of(project: Imported, format_id: str) -> dict[str, Any]:
    """Everything but the texts themselves, the entries, the matrix and token detail."""
    texts = project.texts
    return {
        "klscope_export": VERSION,
        "format": format_id,
        "generator": f"klscope {__version__}",
        "texts": {
            "n": len(texts),
            "digest": texts.digest,
            "source": texts.source,
            "licence": texts.licence,
            "parameters": dict(texts.parameters),
            "order": None if texts.kept_order is None else texts.kept_order.tolist(),
        },
        "n_models": len(project.entries),
        "recipes": [plain.recipe_data(one) for one in project.recipes],
        "weights": [plain.weights_data(one) for one in project.weights],
        "benchmarks": project.benchmarks and plain.benchmarks_data(project.benchmarks),
        "embeddings": [plain.embedding_data(one) for one in project.embeddings],
        "n_tokens": {k: v.tolist() for k, v in project.n_tokens.items()},
    }


def write_head(project: Imported, format_id: str, folder: Path) -> None:
    text = json.dumps(head_of(project, format_id), ensure_ascii=False, allow_nan=False, indent=1)
    (folder / HEAD).write_text(text + "\n", encoding="utf-8")


def check_request(request: Request, tried: str) -> None:
    """Refuse options that an export of ours does not need.

    Raises
    ------
    UsageError
        If the unit or the layout of the numbers was given.
    """
    if (request.unit, request.per, request.rows) != ("nats", "", ""):
        raise UsageError(
            "it was exported by klscope: its values are sums over texts, in nats",
            tried=tried,
            advice="Leave --unit, --per and --rows out",
        )


def head_in(folder: Path) -> Mapping[str, Any]:
    """The head of an exported folder.

    Raises
    ------
    InputError
        If it is none, or of a newer klscope.
    """
    try:
        text = (folder / HEAD).read_text(encoding="utf-8")
    except OSError as error:
        raise read_problem(error, f"Reading {folder / HEAD}") from error
    except UnicodeError as error:
        raise InputError("it is no UTF-8 text", tried=f"Reading {folder / HEAD}") from error
    return parsed_head(text, f"Reading {folder / HEAD}")


def parsed_head(text: str, tried: str) -> Mapping[str, Any]:
    """As :func:`head_in`, from its text."""
    try:
        head = json.loads(text)
        version = head["klscope_export"]
        if not isinstance(head["format"], str) or not isinstance(head["texts"], dict):
            raise TypeError("no format or texts")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(f"it is no head of an export ({error})", tried=tried) from error
    if version != VERSION:
        raise InputError(
            f"its version is {version!r}, this klscope reads {VERSION}",
            tried=tried,
            advice="Use a newer klscope",
        )
    return dict(head)


def assembled(
    head: Mapping[str, Any],
    columns: tuple[Sequence[str], Sequence[str], Sequence[str]],
    entries: Sequence[Entry],
    loglik: NDArray[np.float32],
    tried: str,
    tokens: Mapping[str, TokenDetail] = _NO_TOKENS,
) -> Imported:
    """A project from its head and its tables; ``columns`` are ids, texts and domains.

    Raises
    ------
    InputError
        If the texts are not those of the head, or a part of it is damaged.
    """
    try:
        texts = _texts(head["texts"], columns)
        _check_texts(texts, head["texts"], tried)
        found = head["benchmarks"]
        return Imported(
            texts,
            tuple(entries),
            loglik,
            weights=tuple(plain.weights_of(one) for one in head["weights"]),
            benchmarks=plain.benchmarks_of(found) if found is not None else None,
            recipes=tuple(plain.recipe_of(one) for one in head["recipes"]),
            embeddings=tuple(plain.embedding_of(one) for one in head["embeddings"]),
            tokens=tokens,
            n_tokens={
                str(k): frozen(np.array(v, dtype=np.int64)) for k, v in head["n_tokens"].items()
            },
        )
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
        raise InputError(f"{HEAD} is damaged ({error})", tried=tried) from error


def _texts(head: Mapping[str, Any], columns: tuple[Sequence[str], ...]) -> TextSet:
    ids, texts, domains = (tuple(column) for column in columns)
    order = head["order"]
    return TextSet(
        ids,
        texts,
        domains,
        source=str(head["source"]),
        licence=str(head["licence"]),
        parameters=dict(head["parameters"]),
        kept_order=None if order is None else frozen(np.array(order, dtype=np.int64)),
    )


def _check_texts(texts: TextSet, head: Mapping[str, Any], tried: str) -> None:
    if texts.digest != head["digest"]:
        raise InputError(
            "its texts are not those that were exported",
            tried=tried,
            advice="The log-likelihoods belong to the texts as they were: export them again",
        )
