"""Tokenizers, texts and checkpoints made here: the Python standard library, random weights."""

from __future__ import annotations

import sysconfig
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from compute.core.errors import UsageError
from compute.core.tables import Checkpoint, TextSet
from compute.scoring.bench.shapes import Shape
from compute.scoring.tokens import encode

TOKENS = 270
"""Mean length of a text, about that of 1,024 bytes of the Pile under Pythia's tokenizer."""
_END = "<|endoftext|>"
_LEFT_OUT = frozenset({"site-packages", "dist-packages", "test", "tests", "idle_test"})
_SAMPLE = 40


@dataclass(frozen=True, eq=False, slots=True)
class Material:
    """A tokenizer and texts of about 270 tokens under it."""

    tokenizer: Any
    documents: tuple[str, ...]
    width: int

    def texts(self, n: int) -> TextSet:
        """``n`` texts; they come again from the start where the documents end."""
        made = tuple(islice(cycle(self._pieces()), n))
        return TextSet(tuple(str(k) for k in range(n)), made, ("",) * n)

    def ids(self, texts: TextSet) -> list[NDArray[np.int64]]:
        """(n_tokens,) int64 of each text."""
        return encode(self.tokenizer, texts.texts)

    def _pieces(self) -> Iterator[str]:
        """Documents cut into consecutive pieces, as the method does: the last may be a quarter."""
        for document in self.documents:
            for start in range(0, len(document), self.width):
                if len(piece := document[start : start + self.width]) > self.width // 4:
                    yield piece


@cache
def material(pieces: int) -> Material:
    """A byte-level BPE of at most ``pieces`` pieces, trained on the standard library's source.

    Raises
    ------
    UsageError
        If that source is not on this machine.
    """
    documents = _documents()
    tokenizer = _trained(documents, pieces)
    sample = documents[:: max(1, len(documents) // _SAMPLE)]
    n_tokens = sum(len(ids) for ids in tokenizer(list(sample), verbose=False)["input_ids"])
    width = round(1.06 * TOKENS * sum(map(len, sample)) / n_tokens)  # the last pieces are shorter
    return Material(tokenizer, documents, width)


def _documents() -> tuple[str, ...]:
    root = Path(sysconfig.get_path("stdlib"))
    found = sorted(p for p in root.rglob("*.py") if not _LEFT_OUT & set(p.relative_to(root).parts))
    if not found:
        raise UsageError(
            "the source of Python's standard library is not there",
            tried=f"Reading {root}",
            advice="Install a complete Python (on Debian: apt-get install python3)",
        )
    return tuple(p.read_text(encoding="utf-8", errors="ignore") for p in found)


def _trained(documents: Sequence[str], pieces: int) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=pieces,
        special_tokens=[_END],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    core.train_from_iterator(documents, trainer=trainer)
    return PreTrainedTokenizerFast(tokenizer_object=core, bos_token=_END, eos_token=_END)


def random_model(
    shape: Shape, dtype: torch.dtype, device: torch.device, attention: str = "sdpa"
) -> Any:
    """A GPT-NeoX with random weights, made where it stays."""
    from transformers import AutoConfig, AutoModelForCausalLM

    config = AutoConfig.for_model(
        "gpt_neox",
        vocab_size=shape.vocab,
        hidden_size=shape.hidden,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        intermediate_size=shape.intermediate,
        max_position_embeddings=shape.context,
        bos_token_id=0,
        eos_token_id=0,
    )
    torch.manual_seed(0)
    with device:
        model = AutoModelForCausalLM.from_config(config, dtype=dtype, attn_implementation=attention)
    return model.eval()


def checkpoints(shape: Shape, made: Material, folder: Path, n: int) -> tuple[Checkpoint, ...]:
    """``n`` checkpoints of one run in ``folder``, in float32, different in every tensor."""
    model = random_model(shape, torch.float32, torch.device("cpu"))
    found = []
    for step in range(n):
        place = folder / shape.name / f"step{step}"
        if not (place / "tokenizer_config.json").exists():
            model.save_pretrained(place)
            made.tokenizer.save_pretrained(place)
        found.append(Checkpoint(str(place), f"{shape.name} step {step}", shape.name, step=step))
        with torch.no_grad():
            for p in model.parameters():
                p.mul_(1.001)
    return tuple(found)
