"""Texts as token ids, by the model's own tokenizer and a BOS rule (method 1)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from transformers import AutoTokenizer

from compute.core.errors import ScoringError
from compute.core.gguf import read_gguf
from compute.core.tables import TextSet, frozen
from compute.core.trust import NEEDS_TRUST
from compute.core.weights import is_gguf
from compute.scoring import lengths as measure
from compute.scoring.prefetch import Tick, go_on

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
_GROUP = 200
MOST_BYTES = 256 << 20
"""Tokens that are kept: 10,000 texts of 1,024 bytes take about 22 MB."""


@dataclass(frozen=True, eq=False)
class TokenizedTexts:
    """Token ids of every text. The first position that is scored is ``first`` (0-based).

    ``lengths`` (all tokens of all texts,) int16, bytes of the text that each token stands for, as
    :class:`~compute.core.tables.TokenDetail` has them; None = not asked for, or not known.
    """

    digest: str
    ids: tuple[NDArray[np.int64], ...]
    first: int
    lengths: NDArray[np.int16] | None = None

    @cached_property
    def n_tokens(self) -> NDArray[np.int64]:
        """(N,) int64."""
        return frozen(np.array([len(i) for i in self.ids], dtype=np.int64))

    @cached_property
    def highest(self) -> int:
        """The highest id of all, -1 = there are no tokens."""
        return max((int(i.max()) for i in self.ids if len(i)), default=-1)


class TokenCache:
    """Tokens by equal tokenizer files and equal texts; the ones used last are kept."""

    def __init__(self, bos: str, *, lengths: bool = False) -> None:
        self._bos, self._lengths = bos, lengths
        self._known: dict[tuple[str, str], TokenizedTexts] = {}

    def get(
        self, folder: Path, texts: TextSet, *, trusted: bool = False, tick: Tick = go_on
    ) -> TokenizedTexts:
        """As :func:`tokenize`, at once where the tokens are known."""
        key = (tokenizer_digest(folder, self._bos, trusted=trusted), texts.digest)
        found = self._known.pop(key, None)
        if found is None:
            found = tokenize(
                folder, texts, self._bos, trusted=trusted, tick=tick, lengths=self._lengths
            )
        self._known[key] = found
        while len(self._known) > 1 and self._n_bytes() > MOST_BYTES:
            del self._known[next(iter(self._known))]
        return found

    def _n_bytes(self) -> int:
        return sum(8 * int(tokens.n_tokens.sum()) for tokens in self._known.values())


def tokenizer_digest(folder: Path, bos: str, *, trusted: bool = False) -> str:
    """sha256 over the tokenizer's files and the BOS rule: equal digest, equal tokens.

    Parameters
    ----------
    trusted : bool
        Whether Python code in the folder may be part of it.

    Raises
    ------
    ScoringError
        If the tokenizer is missing.
    """
    if is_gguf(folder):
        said = f"klscope tokens 1\n{bos}\ngguf\n{read_gguf(folder).tokens}"
        return hashlib.sha256(said.encode()).hexdigest()
    present = [name for name in _FILES if (folder / name).is_file()]
    if trusted:
        present += sorted(path.name for path in folder.glob("*.py"))
    if not (_MAIN | {name for name in present if name.endswith(".py")}) & set(present):
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


def tokenize(
    folder: Path,
    texts: TextSet,
    bos: str,
    *,
    trusted: bool = False,
    tick: Tick = go_on,
    lengths: bool = False,
) -> TokenizedTexts:
    """All texts as ids.

    What a tokenizer adds behind a text (some add an EOS) belongs to the text and is scored, as the
    method has it: the tokenizer's own special tokens, whatever they are. A text of no or one token
    has no scored token.

    Parameters
    ----------
    tick : callable
        Called between groups of texts; raises what shall end it.
    lengths : bool
        Whether to find out which bytes of its text each token stands for.

    Raises
    ------
    ScoringError
        If the tokenizer is missing, cannot be loaded, or has no token to put in front.
    """
    digest = tokenizer_digest(folder, bos, trusted=trusted)
    tokenizer = load_tokenizer(folder, trusted=trusted)
    before = special_before(tokenizer)
    add = bos == "prepend" and not before
    front = np.array([_front(tokenizer)] if add else [], dtype=np.int64)
    ids: list[NDArray[np.int64]] = []
    sizes: list[NDArray[np.int16]] | None = [] if lengths else None
    for start in range(0, len(texts), _GROUP):
        tick()
        group = texts.texts[start : start + _GROUP]
        some = encode(tokenizer, group)
        ids.extend(np.concatenate([front, i]) for i in some)
        found = None if sizes is None else lengths_of(tokenizer, group, some)
        sizes = None if found is None or sizes is None else [*sizes, *found]
    first = before + 1 if bos == "skip-first" else 1
    return TokenizedTexts(digest, tuple(ids), first, _flat(sizes, n_front=len(front)))


def _flat(sizes: list[NDArray[np.int16]] | None, *, n_front: int) -> NDArray[np.int16] | None:
    """The lengths of all tokens of all texts, with those of what is put in front of each text."""
    if sizes is None:
        return None
    front = np.full(n_front, measure.NO_TEXT, dtype=np.int16)
    parts = [part for one in sizes for part in (front, one)]
    return frozen(np.concatenate(parts)) if parts else frozen(np.zeros(0, dtype=np.int16))


def lengths_of(
    tokenizer: Any, texts: Sequence[str], ids: Sequence[NDArray[np.int64]]
) -> list[NDArray[np.int16]] | None:
    """The bytes that each token of these texts stands for; None = it cannot be told.

    Where the vocabulary spells bytes they are counted; else the tokenizer says which characters.
    """
    special = set(tokenizer.all_special_ids)
    kinds = np.unique(np.concatenate(ids)).tolist() if len(ids) else []
    pieces = dict(zip(kinds, map(str, tokenizer.convert_ids_to_tokens(kinds)), strict=True))
    found: list[NDArray[np.int16]] = []
    spans: Sequence[Sequence[tuple[int, int]]] | None = None
    for k, (text, own) in enumerate(zip(texts, ids, strict=True)):
        row = own.tolist()
        one = measure.by_pieces([pieces[i] for i in row], [i in special for i in row], text)
        if one is None:
            spans = _spans(tokenizer, texts) if spans is None else spans
            one = measure.by_spans(spans[k], text) if spans else None
        if one is None or len(one) != len(own):
            return None
        found.append(one)
    return found


def _spans(tokenizer: Any, texts: Sequence[str]) -> Sequence[Sequence[tuple[int, int]]]:
    """The characters of each token; () = this tokenizer cannot say them."""
    if not getattr(tokenizer, "is_fast", False):
        return ()
    made = tokenizer(
        list(texts), truncation=False, return_attention_mask=False, verbose=False,
        return_offsets_mapping=True,
    )  # fmt: skip
    return [[(int(a), int(b)) for a, b in one] for one in made["offset_mapping"]]


def load_tokenizer(folder: Path, *, trusted: bool = False) -> Any:
    """The tokenizer of a checkpoint folder; ``trusted``: if need be by code of its own.

    Raises
    ------
    ScoringError
        If it cannot be loaded.
    """
    try:
        return _loaded(folder, own_code=False)
    except Exception as error:  # whatever a foreign file makes the library raise
        what = " ".join(str(error).split())[:300]
        if "trust_remote_code" not in what:
            raise ScoringError(f"its tokenizer cannot be loaded ({what})") from error
        if not trusted:
            raise ScoringError(NEEDS_TRUST) from error
    try:
        return _loaded(folder, own_code=True)
    except Exception as error:  # whatever its code does
        what = " ".join(str(error).split())[:300]
        raise ScoringError(f"its tokenizer cannot be loaded ({what})") from error


def _loaded(folder: Path, *, own_code: bool) -> Any:
    where, file = (folder.parent, {"gguf_file": folder.name}) if is_gguf(folder) else (folder, {})
    return AutoTokenizer.from_pretrained(
        where, local_files_only=True, trust_remote_code=own_code, **file
    )


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
