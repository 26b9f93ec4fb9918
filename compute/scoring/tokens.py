"""Texts as token ids, by the model's own tokenizer and a BOS rule (method 1)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from transformers import AutoTokenizer

from compute.core.errors import ScoringError
from compute.core.tables import TextSet

_FILES = (
    "tokenizer.json",
    "tokenizer.model",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "merges.txt",
    "vocab.txt",
    "spiece.model",
    "sentencepiece.bpe.model",
    "tekken.json",
)
_MAIN = frozenset(_FILES) - {"tokenizer_config.json", "special_tokens_map.json"}


@dataclass(frozen=True, eq=False, slots=True)
class TokenizedTexts:
    """Token ids of every text. The first position that is scored is ``first`` (0-based)."""

    digest: str
    ids: tuple[NDArray[np.int64], ...]
    first: int

    @property
    def n_tokens(self) -> NDArray[np.int64]:
        """(N,) int64."""
        return np.array([len(i) for i in self.ids], dtype=np.int64)


def tokenizer_digest(folder: Path, bos: str) -> str:
    """sha256 over the tokenizer's files and the BOS rule: equal digest, equal tokens.

    Raises
    ------
    ScoringError
        If the tokenizer is missing.
    """
    present = [name for name in _FILES if (folder / name).is_file()]
    if not _MAIN & set(present):
        raise ScoringError("its tokenizer is missing: there is no tokenizer.json (or the like)")
    h = hashlib.sha256(f"klscope tokens 1\n{bos}\n{_model_type(folder)}\n".encode())
    for name in present:
        raw = (folder / name).read_bytes()
        h.update(f"{name} {len(raw)}\n".encode())
        h.update(raw)
    return h.hexdigest()


def _model_type(folder: Path) -> str:
    try:
        return str(json.loads((folder / "config.json").read_bytes()).get("model_type", ""))
    except (OSError, ValueError, AttributeError):
        return ""


def tokenize(folder: Path, texts: TextSet, bos: str) -> TokenizedTexts:
    """All texts as ids.

    Raises
    ------
    ScoringError
        If the tokenizer is missing, cannot be loaded, or has no token to put in front.
    """
    digest = tokenizer_digest(folder, bos)
    tokenizer = load_tokenizer(folder)
    ids = encode(tokenizer, texts.texts)
    before = special_before(tokenizer)
    if bos == "prepend" and not before:
        front = np.array([_front(tokenizer)], dtype=np.int64)
        ids = [np.concatenate([front, i]) for i in ids]
    return TokenizedTexts(digest, tuple(ids), before + 1 if bos == "skip-first" else 1)


def load_tokenizer(folder: Path) -> Any:
    """The tokenizer of a checkpoint folder.

    Raises
    ------
    ScoringError
        If it cannot be loaded.
    """
    try:
        return AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except Exception as error:  # whatever a foreign file makes the library raise
        what = " ".join(str(error).split())[:300]
        raise ScoringError(f"its tokenizer cannot be loaded ({what})") from error


def encode(tokenizer: Any, texts: Sequence[str]) -> list[NDArray[np.int64]]:
    """Ids with the tokenizer's default special tokens, nothing cut."""
    found = tokenizer(list(texts), truncation=False, return_attention_mask=False, verbose=False)[
        "input_ids"
    ]
    return [np.array(i, dtype=np.int64) for i in found]


def special_before(tokenizer: Any) -> int:
    """How many special tokens the tokenizer puts in front of a text by itself."""
    plain = tokenizer("a", add_special_tokens=False)["input_ids"]
    full = tokenizer("a")["input_ids"]
    return next((k for k in range(len(full)) if full[k : k + len(plain)] == plain), 0)


def _front(tokenizer: Any) -> int:
    for token in (tokenizer.bos_token_id, tokenizer.eos_token_id):
        if token is not None:
            return int(token)
    raise ScoringError(
        "its tokenizer has neither a BOS nor an EOS token to put in front",
        advice="Use the BOS rule tokenizer or skip-first",
    )
