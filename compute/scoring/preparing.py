"""Everything about a checkpoint that can be known or read before its turn comes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from compute.core.errors import KlscopeError, ScoringError
from compute.core.tables import Checkpoint, TextSet
from compute.core.trust import NEEDS_TRUST
from compute.core.weights import read_header, weight_files
from compute.scoring import devices, models
from compute.scoring.contract import Settings
from compute.scoring.loading import Loader, Source, is_plain, needs_own_code, scoring_error
from compute.scoring.prefetch import Dropped, Tick
from compute.scoring.reading import Sums
from compute.scoring.tokens import TokenCache, TokenizedTexts

_NO_MATTER = ("_name_or_path", "transformers_version")


@dataclass(frozen=True, eq=False, slots=True)
class Prepared:
    """Ready to be loaded. ``digest`` is that of the weights, "" if it was known before."""

    source: Source
    tokens: TokenizedTexts
    digest: str


class Preparer:
    """Tokens, digest and weights of checkpoints; what is equal is kept from one to the next."""

    def __init__(self, settings: Settings, device: torch.device, loader: Loader) -> None:
        self._settings, self._device, self._loader = settings, device, loader
        self._tokens = TokenCache(settings.bos, lengths=settings.tokens)
        self._sums = Sums()

    def prepare(self, checkpoint: Checkpoint, texts: TextSet, tick: Tick) -> Prepared:
        """Read a checkpoint, in the order in which mistakes are cheap.

        Raises
        ------
        ScoringError
            If it cannot be scored; one sentence.
        Dropped
            If ``tick`` says so.
        """
        try:
            return self._prepared(checkpoint, texts, tick)
        except (Dropped, ScoringError):
            raise
        except Exception as error:  # whatever a foreign file makes the libraries raise
            raise scoring_error(error) from error

    def _prepared(self, checkpoint: Checkpoint, texts: TextSet, tick: Tick) -> Prepared:
        folder = Path(checkpoint.path)
        trusted = checkpoint.path in self._settings.trusted
        if not trusted and needs_own_code(folder):
            raise ScoringError(NEEDS_TRUST)
        tokens = self._tokens.get(folder, texts, trusted=trusted, tick=tick)
        dtype = self.dtype_of(checkpoint)
        changed = bool(checkpoint.quantize or checkpoint.adapter)
        source = Source(
            folder,
            dtype,
            "" if changed else signature_of(folder, dtype),
            trusted,
            quantize=checkpoint.quantize,
            adapter=checkpoint.adapter,
        )
        sums = None if checkpoint.digest else self._sums
        source = replace(source, staged=self._loader.stage(source, sums, tick))
        digest = sums.digest_of(source.files, tick) if sums is not None else ""
        return Prepared(source, tokens, digest)

    def dtype_of(self, checkpoint: Checkpoint) -> str:
        """The dtype that a checkpoint is scored in.

        Raises
        ------
        ScoringError
            If the dtype asked for is not known.
        """
        try:
            own = models.own_dtype(Path(checkpoint.path))
        except (OSError, ValueError, KeyError, TypeError, AttributeError, KlscopeError):
            own = ""
        return devices.choose_dtype(self._settings.dtype, own, self._device)


def signature_of(folder: Path, dtype: str) -> str:
    """Equal for checkpoints of which one's module may take over the other's weights."""
    if not is_plain(folder):
        return ""
    config = json.loads((folder / "config.json").read_bytes())
    for name in _NO_MATTER:
        config.pop(name, None)
    rows = [row for path in weight_files(folder) for row in read_header(path).items()]
    shapes: dict[str, Any] = {name: (row["dtype"], row["shape"]) for name, row in rows}
    text = json.dumps([config, shapes], sort_keys=True)
    return f"{dtype} {hashlib.sha256(text.encode()).hexdigest()}"
